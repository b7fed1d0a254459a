/** What the due-date issue of a repository says, and the one of governance when something stands in the way. */
import type { Governance } from '../../governance/governance.ts';
import type { Place } from '../../visibility/visibility.ts';
import { code, codeCell, cut, marker, mention, prose } from '../markdown.ts';
import type { SecretKind } from '../../visibility/visibility.ts';
import type { Clock, Held } from './clock-rows.ts';

export const ITEMS = ['purpose', 'branches', 'readme', 'outputs'] as const;
export type Item = (typeof ITEMS)[number];

/** One line each: what is ticked is found again by these words. */
export const ITEM_WORDS: Record<Item, string> = {
  purpose: 'The purpose of the study is written down, in README or in the text about the repository.',
  branches: 'Branches and tags that nobody needs are deleted; those that stay may be seen by everybody.',
  readme: 'README and licence say what this is, and how others may use it.',
  outputs:
    'Outputs were released from here. Somebody with the right to clear repositories has looked for them in its history.',
};

export interface SignOff {
  item: Item;
  login: string;
  on: string;
}

export interface DueFacts {
  clock: Clock;
  /** As day of `startedAt`. */
  start: string | undefined;
  place: Place;
  months: number;
  pendingDays: number;
  signOffs: readonly SignOff[];
  /** Whether anything was released from here. */
  released: boolean;
  held: Held | undefined;
  /** Logins of the leads. */
  leads: readonly string[];
  replaces: number | undefined;
}

export const dueMark = (repository: number): string => marker('due', String(repository));
export const heldMark = (repository: number): string => marker('due-held', String(repository));

export function dueTitle({ clock }: Pick<DueFacts, 'clock'>): string {
  if (clock.state === 'public') return 'This repository is public';
  if (clock.state === 'exempt') return 'This repository may stay private';
  if (clock.state === 'blocked')
    return 'This repository has to become public, and something stands in the way';
  return clock.due === null
    ? 'When this repository becomes public'
    : `This repository becomes public by ${clock.due}`;
}

export function dueBody(facts: DueFacts): string {
  const { clock, replaces } = facts;
  const open = ['running', 'due', 'blocked', 'gone'].includes(clock.state);
  return cut(
    [
      dueMark(clock.repository),
      headline(facts),
      days(facts),
      ...(facts.held ? [heldText(facts.held, true)] : []),
      ...(open ? [VISIBLE, checklist(facts), howToExtend(facts)] : []),
      ...(replaces ? [`This issue replaces #${replaces}.`] : []),
      '<sub>This text is kept by the App; what is changed by hand is put back, ticks in the list are taken.</sub>',
    ].join('\n\n'),
  );
}

function headline({ clock, place, pendingDays }: DueFacts): string {
  const { due, flip, state, why } = clock;
  if (state === 'public') return 'Everybody can read this repository. Nothing is left to be done here.';
  if (state === 'exempt') {
    const { reason = '', ref = '' } = place.repository.exempt ?? {};
    return `Governance says that this repository is no research (${prose(reason)}, ${code(ref)}), and its topic says so too: it may stay private.`;
  }
  if (due === null) return 'Nothing has been run on real data from here, so no day is set.';
  const because =
    why === 'paper'
      ? 'a paper was registered for it'
      : why === 'governance'
        ? 'governance wants it to be'
        : why === 'publication'
          ? 'something made from it is published'
          : 'it was run on real data';
  if (state === 'running')
    return flip !== null && flip > due
      ? `This repository has to be public on **${due}**, because ${because}. Somebody asked for more time and nobody has decided yet: it is held back until **${flip}**, ${pendingDays} days and no longer.`
      : `This repository becomes public on **${due}**, because ${because}. The App does it; nobody has to.`;
  return `This repository has been due to be public since **${due}**, because ${because}.`;
}

function days({ clock, start, months, place }: DueFacts): string {
  const rows: [string, string][] = [
    ...(start ? ([['first run on real data', start]] as [string, string][]) : []),
    ...(start ? ([['rule', `public at the latest ${months} months after that`]] as [string, string][]) : []),
    ...place.repository.extensions.map(({ on, until, reason, ref }): [string, string] => [
      'more time',
      `until ${until}, given on ${on} (${codeCell(ref)}): ${prose(reason).replace(/\|/g, '\\|')}`,
    ]),
    ...(clock.due === null ? [] : ([['public by', `**${clock.due}**`]] as [string, string][])),
  ];
  return ['| what | says |', '| --- | --- |', ...rows.map(([what, says]) => `| ${what} | ${says} |`)].join(
    '\n',
  );
}

const VISIBLE = `**What everybody will see then:** every branch, tag and commit that ever was, with whatever was in it and taken out again; every issue and comment, this one too; every pull request with its branches; logs of Actions; the wiki; releases with their files. Look through them before that day.

On that day all of the history is looked through for files that look like outputs or data, for large ones, and for keys, tokens and passwords in any. If any are found nothing becomes public, and governance is told.`;

function checklist({ signOffs, released }: DueFacts): string {
  const lines = ITEMS.filter((item) => item !== 'outputs' || released).map((item) => {
    const done = signOffs.find((each) => each.item === item);
    const by = done ? ` (${code(done.login)}, ${done.on})` : '';
    return `- [${done ? 'x' : ' '}] ${ITEM_WORDS[item]}${by}`;
  });
  return `**Before that day**, somebody of the study ticks what is done:\n\n${lines.join('\n')}`;
}

function howToExtend({ leads }: DueFacts): string {
  const who = leads.length > 0 ? leads.map(code).join(', ') : 'A lead of the project';
  return `**More time.** ${who} may ask for it here: \`/extend --reason "why"\`. It is a change of governance, and others decide about it.`;
}

const SECRET: Record<SecretKind, string> = {
  'private-key': 'holds a private key',
  'github-token': 'holds a token of GitHub',
  'cloud-key': 'holds a key of a cloud provider',
  'service-token': 'holds a token of a service',
  'database-password': 'holds an address of a database with its password',
  'env-file': 'a file of settings with a password or token',
};

const WHY = {
  secret: 'holds a secret',
  reference: 'a reference to a file that is in no commit',
  folder: 'in a folder for outputs',
  type: 'a type in which outputs and data come',
  large: 'large, or kept in Git LFS',
} as const;

/** `list`: the repository is private and may name its own files. Elsewhere only how many there are. */
function heldText({ on, count, files, refusal }: Held, list: boolean): string {
  if (refusal)
    return `> [!WARNING]\n> It was not made public on ${on}: ${prose(refusal.says)} ${prose(refusal.next)} (${refusal.code})`;
  const many = count === 1 ? '1 file' : `${count} files`;
  const says = `> [!WARNING]\n> It was not made public on ${on}: ${many} in its history may be outputs, data or secrets.`;
  if (!list) return says;
  const rows = files
    .slice(0, 50)
    .map(
      (each) =>
        `| ${codeCell(each.path)} | ${each.secret ? SECRET[each.secret] : WHY[each.why]} | ${each.size ?? ''} | ${each.commit ? codeCell(each.commit.slice(0, 12)) : ''} | ${codeCell(each.object)} |`,
    );
  const rest = count > rows.length ? `\n\nand ${count - rows.length} more.` : '';
  return `${says}

| file | why | bytes | came with commit | object |
| --- | --- | --- | --- | --- |
${rows.join('\n')}${rest}

Either take them out of the history (every branch, tag and pull request that holds them), or have governance clear them: under \`cleared\` of this repository in the project file, each by its object, with a reason. It is tried again each day.${files.some(({ why }) => why === 'secret') ? SPENT : ''}`;
}

const SPENT =
  '\n\n**A key, token or password that was ever committed has to be replaced where it is used**, also when it is taken out of the history: whoever read the repository may have it.';

export function reminderText(
  g: Governance,
  { clock, leads }: Pick<DueFacts, 'clock' | 'leads'>,
  ahead: number,
): string {
  const who = leads.map(mention).join(' ');
  const { flip, due } = clock;
  const when =
    ahead === 0 ? 'This repository becomes public now' : `This repository becomes public on ${flip}`;
  const extend = `A lead may ask for more time here: \`/extend --reason "why"\` (${g.policies.visibility.extension_months} months from ${due}, if it is granted).`;
  return `${who ? `${who}: ` : ''}${when}. See the list above for what is to be done before. ${extend}`.trim();
}

export function heldIssueTitle(project: string): string {
  return `A repository of project ${project} is due and cannot become public`;
}

/** In the governance repository. Names of files stay where they are. */
export function heldIssueBody(
  { clock, held, replaces }: Pick<DueFacts, 'clock' | 'held' | 'replaces'>,
  where: { name: string; issue: string | undefined },
): string {
  const over = !held;
  return [
    heldMark(clock.repository),
    `Repository ${code(where.name)} (${clock.repository}) of project ${code(clock.project)} had to be public by **${clock.due ?? 'now'}**.`,
    over ? 'Nothing stands in the way any more.' : heldText(held, false),
    ...(where.issue ? [`Which files, and what can be done: ${where.issue}.`] : []),
    ...(over
      ? []
      : [
          'What to do: have the study take them out of the history; or look at them, and clear each by its object under `cleared` of the repository in the project file; or grant an extension. It is tried again each day.',
        ]),
    ...(replaces ? [`This issue replaces #${replaces}.`] : []),
  ].join('\n\n');
}
