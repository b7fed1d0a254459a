/**
 * The bodies of the release issue and of the review issue. Pure.
 *
 * They hold ids, states, dates, counts and links, and nothing else: no content, no name of a file or a
 * group, no free text, no hash. Made anew from the shown copy each time.
 */
import type { ShownEvent } from '../../protocol/protocol.ts';
import { words as released } from '../../release/release.ts';
import type { ShownView, StepView } from '../../outputs/outputs.ts';
import { code, codeCell, marker } from '../markdown.ts';
import { instant } from '../request-view.ts';
import { isWithAuthor } from './labels.ts';

export interface IssueFacts {
  request: ShownView;
  /** Oldest first. */
  steps: readonly StepView[];
  /** Login of a person as governance knows it. */
  login(person: number): string;
  /** Reviews that are needed. */
  needed: number;
  /** Working days that checkers have. */
  workingDays: number;
  overdue: boolean;
  /** Where the viewer is, when governance says it. */
  viewer: string | undefined;
  /** By governance: a signature here carries the code that the viewer shows. */
  signingCode?: boolean;
  /** `owner/name#12`, which GitHub makes a link. */
  release: string | undefined;
  review: string | undefined;
  replaces: number | undefined;
}

export const releaseMark = (request: string): string => marker('release', request);
export const reviewMark = (request: string): string => marker('review', request);
export const releaseTitle = (request: string): string => `Release request ${request}`;
export const reviewTitle = (request: string): string => `Review of release request ${request}`;

const HINTS = { none: 'no hints', some: 'some hints', many: 'many hints' } as const;

export function releaseBody(facts: IssueFacts, publications: readonly Row[]): string {
  const { request, review } = facts;
  return page([
    releaseMark(request.id),
    headline(facts),
    trail(facts),
    table([
      ['workspace', `${codeCell(request.workspace)} on ${codeCell(request.backend)}`],
      ['asked for by', codeCell(facts.login(request.author))],
      ...common(facts),
      ...(review ? ([['reviewed in', review]] as const) : []),
      ...madeBy(request),
      ...batches(request),
      ...incidents(request),
      ...publications,
    ]),
    history(facts, false),
    foot(
      facts,
      'Commands for the author: `/submit`, `/withdraw`; after the release `/publish`. Everything else is done in the viewer.',
    ),
  ]);
}

export function reviewBody(facts: IssueFacts, unassigned: readonly number[]): string {
  const { request, release } = facts;
  const { state } = request;
  const atWork = state === 'submitted' || state === 'reviewing' || state === 'consolidating';
  return page([
    reviewMark(request.id),
    headline(facts),
    trail(facts),
    table([
      ['project', codeCell(request.project)],
      ['workspace', `${codeCell(request.workspace)} on ${codeCell(request.backend)}`],
      ['author', codeCell(facts.login(request.author))],
      ...(release ? ([['release issue', release]] as const) : []),
      ...common(facts),
      ['checkers', request.checkers.map((id) => codeCell(facts.login(id))).join(', ') || 'none yet'],
      ...madeBy(request),
      ...batches(request),
      ...incidents(request),
      ...(request.commitments.length > 0
        ? ([['commitments', request.commitments.map(codeCell).join('<br>')]] as const)
        : []),
    ]),
    request.short > 0 && atWork
      ? `Nobody was found for ${request.short === 1 ? 'one place' : `${request.short} places`}: an independent checker may write \`/claim\`.`
      : undefined,
    unassigned.length > 0
      ? `GitHub does not let ${unassigned.map((id) => code(facts.login(id))).join(', ')} be assigned here: an administrator gives the checkers' team triage on this repository.`
      : undefined,
    atWork ? how(facts) : undefined,
    history(facts, true),
    foot(facts, 'Commands for checkers: `/help` lists them.'),
  ]);
}

const page = (parts: readonly (string | undefined)[]): string =>
  parts.filter((each) => each !== undefined && each !== '').join('\n\n');

function headline({ request, overdue, workingDays, replaces }: IssueFacts): string {
  const late = overdue
    ? ` It is **overdue**: it has waited for its checkers for more than ${workingDays} working days.`
    : '';
  const instead = replaces ? ` This issue replaces #${replaces}.` : '';
  const why = request.category ? ` (${CATEGORY[request.category]})` : '';
  return `**Release request ${code(request.id)}** is ${released.STATE_WORDS[request.state]}${why}.${late}${instead}`;
}

const CATEGORY = { ...released.RETURN_WORDS, ...released.REJECT_WORDS, ...released.REVOKE_WORDS };

const MAIN = ['submitted', 'reviewing', 'consolidating', 'approved', 'releasing', 'released'] as const;

/** Where it stands on its way; what ends beside the way is added behind it. */
function trail({ request: { state } }: IssueFacts): string {
  const onWay = (MAIN as readonly string[]).includes(state);
  const way = MAIN.map((each) => (each === state ? `**${each}**` : each)).join(' → ');
  return onWay ? way : `${way}; now **${state}**`;
}

export type Row = readonly [name: string, says: string];

function common({ request, needed }: IssueFacts): Row[] {
  return [
    ...(isWithAuthor(request.state)
      ? []
      : ([
          ['files asked for', String(request.files)],
          ['automatic checks', HINTS[request.hints]],
        ] as const)),
    ['turn', `${Math.ceil(request.turn / 2)}, ${needed} reviews needed`],
    ...(request.submittedAt ? ([['submitted', instant(request.submittedAt)]] as const) : []),
    ...(request.decidedAt ? ([['decided', instant(request.decidedAt)]] as const) : []),
  ];
}

function batches({ id, batches: all }: ShownView): Row[] {
  return all.map(({ number, state, recalled }) => {
    const gone = recalled.length > 0 ? `; recalled: file ${recalled.join(', ')}` : '';
    return [`release ${codeCell(`${id}-${number}`)}`, `${state}${gone}`];
  });
}

function madeBy({ automated }: ShownView): Row[] {
  return automated ? [['made by', 'a schedule of the project']] : [];
}

function incidents({ incidents: all = [] }: ShownView): Row[] {
  return all.map(({ number, category, files, openedAt, dueAt, closedAt }) => {
    const until = closedAt === null ? `to be closed by ${instant(dueAt)}` : `closed ${instant(closedAt)}`;
    const which = `file ${files.join(', ')}: ${CATEGORY[category]}`;
    return [`incident ${number}`, `${which}; opened ${instant(openedAt)}, ${until}`];
  });
}

function table(rows: readonly Row[]): string {
  return [
    '| what | how it is |',
    '| --- | --- |',
    ...rows.map(([name, says]) => `| ${name} | ${says} |`),
  ].join('\n');
}

function how({ viewer, signingCode }: IssueFacts): string {
  if (signingCode) {
    return [
      `**To review**: read every file in the viewer${viewer ? ` (${viewer})` : ''} and grade it there. Then sign: in the viewer, or here by commenting \`/submit-review\` with the code that the viewer shows you. Labels and commands without it are refused.`,
      '',
      'Your signature counts when it is confirmed below.',
    ].join('\n');
  }
  return [
    `**To review**: read every file in the viewer${viewer ? ` (${viewer})` : ''} and grade it there. Then sign here, with one of`,
    '',
    '- the label `verdict: submit`, or `/submit-review`: signs the grades you gave in the viewer;',
    '- the label `verdict: approve`, `verdict: changes` or `verdict: reject`, or the command of that name: this grade for every file you did not grade singly, then signs.',
    '',
    'The label is taken off at once; your signature counts when it is confirmed below.',
  ].join('\n');
}

const STEPS: Record<ShownEvent['what'], string> = {
  created: 'draft started',
  submitted: 'submitted',
  resubmitted: 'submitted again',
  assigned: 'checker assigned',
  claimed: 'place claimed',
  unclaimed: 'place given back',
  'review-received': 'review received',
  reviewed: 'all reviews received',
  returned: 'returned to its author',
  'part-released': 'part of it approved for release',
  approved: 'approved',
  halted: 'release halted',
  releasing: 'release under way',
  released: 'released',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  recalled: 'file recalled',
  revoked: 'all its files recalled',
  'upload-failed': 'upload failed',
  restored: 'went back to an earlier state: the zone was restored from a backup',
  'incident-closed': 'incident closed',
};
/** Who checks is nobody's business in the study. */
const FOR_CHECKERS: readonly ShownEvent['what'][] = ['assigned', 'claimed', 'unclaimed', 'upload-failed'];
const BY_AUTHOR: readonly ShownEvent['what'][] = ['created', 'submitted', 'resubmitted', 'withdrawn'];
const MOST_STEPS = 200;

function history({ steps, login }: IssueFacts, forCheckers: boolean): string {
  const shown = steps.filter((step) => forCheckers || !FOR_CHECKERS.includes(step.what));
  const rows = shown.slice(-MOST_STEPS).map((step) => {
    const named = step.by !== null && (forCheckers || BY_AUTHOR.includes(step.what));
    const what = [
      STEPS[step.what],
      step.batch ? `(release ${step.batch}${step.file ? `, file ${step.file}` : ''})` : '',
      step.category ? `: ${CATEGORY[step.category]}` : '',
    ];
    const said = what.filter(Boolean).join(' ').replace(' :', ':');
    return `| ${instant(step.at)} | ${said} | ${named && step.by !== null ? codeCell(login(step.by)) : ''} |`;
  });
  return ['| when | what | who |', '| --- | --- | --- |', ...rows].join('\n');
}

function foot({ viewer }: IssueFacts, commands: string): string {
  const where = viewer ? `the [viewer](${viewer})` : 'the viewer';
  return `<sub>Written from Sallyport's record: what is changed here by hand is put back. Files, names, explanations and grades stay in ${where}. ${commands}</sub>`;
}
