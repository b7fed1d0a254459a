/** `sallyport/codelists` on a pull request of the registry: every fault on its line, what changes, who has signed. */
import {
  isSigned,
  WANTED_SIGN_OFFS,
  type ChangeReading,
  type NewVersion,
  type Signing,
} from '../../codelists/codelists.ts';
import { code, codeCell, prose } from '../markdown.ts';
import { plural, type CheckContent } from './content.ts';

const MOST_ROWS = 100;
const MOST_FAULTS = 100;

export interface RegistryCheck {
  change: ChangeReading;
  signing: Signing;
  tooMany: boolean;
  /** The files of the pull request on GitHub. */
  filesUrl: string;
  /** A person as others know them. */
  nameOf(person: number): string;
  /** It was merged: what was published, or why nothing was. */
  merged?: { published: string[]; unpublished: string | undefined };
}

export function registryCheck(check: RegistryCheck): CheckContent {
  const { change, tooMany } = check;
  const errors = change.findings.filter(({ severity }) => severity === 'error').length + (tooMany ? 1 : 0);
  const brings = change.versions.length + change.systems.length + change.lists.length > 0;
  const { conclusion, title } = verdict(check, errors, brings);
  return {
    status: 'completed',
    conclusion,
    title,
    summary: [
      ...(tooMany ? ['This pull request has more than 300 files. Open several.', ''] : []),
      ...(errors > 0
        ? ['It cannot be published as it is; each fault is marked on its line.', '', ...faults(change), '']
        : []),
      ...(brings ? signed(check) : ['It changes no codelist and no system of codes.']),
      ...change.versions.flatMap((version) => ['', ...versionLines(version, check.filesUrl)]),
      ...change.systems.map(({ id, codes }) => `\nThe system ${code(id)} has ${plural(codes, 'code')} then.`),
      ...(errors === 0 && change.findings.length > 0 ? ['', '### Remarks', '', ...faults(change)] : []),
    ].join('\n'),
    annotations: change.findings.map(({ path, line, column, severity, code: title, message, hint }) => ({
      ...{ path, line, column, severity, title },
      message: [message, hint].filter(Boolean).join('\n'),
    })),
    actions: [],
  };
}

function verdict(
  { signing, merged }: RegistryCheck,
  errors: number,
  brings: boolean,
): { conclusion: 'success' | 'failure' | 'action_required'; title: string } {
  if (merged?.unpublished)
    return { conclusion: 'failure', title: `Merged, but not published: ${merged.unpublished}` };
  if (merged) return { conclusion: 'success', title: merged.published.length > 0 ? 'Published' : 'Merged' };
  if (errors > 0) return { conclusion: 'failure', title: plural(errors, 'fault') };
  if (!brings) return { conclusion: 'success', title: 'No codelist changes' };
  if (isSigned(signing)) return { conclusion: 'success', title: 'Valid, and signed off by two' };
  if (signing.against.length > 0)
    return { conclusion: 'action_required', title: 'Valid; somebody asks for changes' };
  return {
    conclusion: 'action_required',
    title: `Valid; ${signing.signers.length} of ${WANTED_SIGN_OFFS} sign-offs`,
  };
}

function signed({ signing, nameOf }: RegistryCheck): string[] {
  const names = (people: readonly number[]): string => people.map((each) => prose(nameOf(each))).join(', ');
  const { signers, against, stale } = signing;
  return [
    signers.length > 0 ? `Signed off as it is by ${names(signers)}.` : 'Nobody has signed it off as it is.',
    ...(isSigned(signing)
      ? []
      : [
          `It takes approvals of ${WANTED_SIGN_OFFS} people of this deployment who did not make it, on the newest commit.`,
        ]),
    ...(stale.length > 0
      ? [`An earlier commit was approved by ${names(stale)}: they have to look again.`]
      : []),
    ...(against.length > 0 ? [`${names(against)} asked for changes.`] : []),
  ];
}

function versionLines({ line, codes, meta, since }: NewVersion, filesUrl: string): string[] {
  const system = meta ? ` of ${code(meta.coding_system)}` : '';
  const head = `### ${code(line.id)}: ${plural(codes.length, 'code')}${system}`;
  if (!since) return [head, '', 'The first version of its list.', '', ...table(codes.map(added), filesUrl)];
  const { difference: all, id } = since;
  const rows = [
    ...all.added.map(added),
    ...all.removed.map((each) => row('removed', each.code, each.term)),
    ...all.changed.map(({ code: which, before, after }) => row('changed', which, `${before} → ${after}`)),
  ];
  return [
    head,
    '',
    `Since ${code(id)}: ${all.added.length} added, ${all.removed.length} removed, ${plural(all.changed.length, 'term')} changed.`,
    '',
    ...table(rows, filesUrl),
  ];
}

const added = ({ code: which, term }: { code: string; term: string }): string => row('added', which, term);

const row = (what: string, which: string, term: string): string =>
  `| ${what} | ${codeCell(which)} | ${term === '' ? '–' : prose(term)} |`;

function table(rows: readonly string[], filesUrl: string): string[] {
  if (rows.length === 0) return [];
  const rest = rows.length - MOST_ROWS;
  return [
    '| | code | term |',
    '| --- | --- | --- |',
    ...rows.slice(0, MOST_ROWS),
    ...(rest > 0 ? ['', `and ${plural(rest, 'more row')}: [all files](${filesUrl})`] : []),
  ];
}

function faults({ findings }: ChangeReading): string[] {
  const shown = findings
    .slice(0, MOST_FAULTS)
    .map(
      ({ path, line, message, hint, code: which }) =>
        `- ${code(path)}, line ${line}: ${prose(message)}${hint ? ` ${prose(hint)}` : ''} (${which})`,
    );
  const rest = findings.length - shown.length;
  return rest > 0 ? [...shown, `- and ${plural(rest, 'more')}`] : shown;
}
