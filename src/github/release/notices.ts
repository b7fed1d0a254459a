/**
 * What is said under the two issues when something happened: one comment for all that is new, one mention.
 *
 * A signature is confirmed by how many are in, and by nothing else: not whose, not what it says.
 */
import { words as released } from '../../release/release.ts';
import type { ShownEvent } from '../../protocol/protocol.ts';
import type { StepView } from '../../outputs/outputs.ts';
import { mention } from '../markdown.ts';

export interface NoticeFacts {
  request: string;
  automated: boolean;
  /** Of this request. */
  incidentOpen: boolean;
  needed: number;
  viewer: string | undefined;
  /** Every step there is, oldest first. */
  steps: readonly StepView[];
  /** Logins. */
  author: string | undefined;
  checkers: readonly string[];
  operators: readonly string[];
  /** People who have copies of a file that was recalled, by its number. */
  downloaders: ReadonlyMap<number, readonly string[]>;
}

type What = ShownEvent['what'];
const CATEGORY = { ...released.RETURN_WORDS, ...released.REJECT_WORDS, ...released.REVOKE_WORDS };

/** Undefined: nothing of it concerns the author. */
export function forAuthor(facts: NoticeFacts, fresh: readonly StepView[]): string | undefined {
  const news = withoutOvertaken(fresh).flatMap((step) => {
    const line = AUTHOR[step.what]?.(step, facts);
    return line ? [line] : [];
  });
  const alsoTold = fresh.flatMap((step) => (step.file && facts.downloaders.get(step.file)) || []);
  return join(news, [...(facts.author ? [facts.author] : []), ...alsoTold]);
}

/** Undefined: nothing of it concerns the checkers. */
export function forCheckers(facts: NoticeFacts, fresh: readonly StepView[]): string | undefined {
  const news = fresh.flatMap((step) => {
    const line = CHECKERS[step.what]?.(step, facts);
    return line ? [line] : [];
  });
  const called = fresh.some((step) => CALLS.includes(step.what)) ? facts.checkers : [];
  const operators = fresh.some((step) => step.what === 'upload-failed') ? facts.operators : [];
  return join(news, [...called, ...operators]);
}

type Lines = Partial<Record<What, (step: StepView, facts: NoticeFacts) => string | undefined>>;

const why = ({ category }: StepView): string => (category ? ` (${CATEGORY[category]})` : '');
const where = ({ viewer, request }: NoticeFacts): string => (viewer ? ` ${viewer}/requests/${request}` : '');

const AUTHOR: Lines = {
  created: (_step, { automated, request, viewer }) =>
    automated
      ? `A schedule of the project made this request in your name. It is submitted by itself when nothing stands against it; while it is a draft, the viewer says what it waits for.${
          viewer ? ` ${viewer}/requests/${request}` : ''
        }`
      : undefined,
  returned: (step, facts) =>
    `The request is back with you${why(step)}. The viewer says what the checkers ask for.${where(facts)}`,
  approved: () => 'The request is approved; its files are on their way.',
  'part-released': () => 'A part of the request is approved and on its way; the rest is back with you.',
  rejected: (step) => `The request is rejected${why(step)}.`,
  released: () =>
    'The files are released: members of the project find them on the hub. `/publish` asks that they be published.',
  recalled: (step) => recalled(step),
  revoked: (step) =>
    `${step.file ? `${recalled(step)} ` : ''}With that, all released files of this request are recalled${why(step)}.`,
};

/** Who recalled it does not close it: the table above says by when somebody else has. */
function incident({ incidentOpen }: NoticeFacts): string {
  return incidentOpen
    ? ' An incident is open: somebody who did not ask for the recall looks into it and closes it in the viewer.'
    : '';
}

const CHECKERS: Lines = {
  resubmitted: () => 'The request was submitted again: look at what changed in the viewer.',
  'review-received': (step, facts) => received(step, facts),
  reviewed: (_step, { needed }) =>
    `Review ${needed} of ${needed} received. All reviews are in: compare them in the viewer and decide.`,
  returned: (step) => `The request is back with its author${why(step)}.`,
  'part-released': () => 'A part of the request is approved; the rest is back with its author.',
  approved: () => 'The request is approved and queued. `/halt` stops it as long as no file has left.',
  halted: () => 'The release was halted; the request is with its checkers again.',
  recalled: (step, facts) => `${recalled(step)}${incident(facts)}`,
  revoked: (step, facts) =>
    `${step.file ? `${recalled(step)} ` : ''}With that, all released files of this request are recalled${why(step)}.${incident(facts)}`,
  'incident-closed': () => 'The incident is closed. The viewer says how it ended.',
  'upload-failed': () =>
    'A file could not be handed over. An operator looks at it in the viewer, under Operations.',
};

/** Only these call people; the others are there to be read. */
const CALLS: readonly What[] = ['resubmitted', 'reviewed', 'halted', 'recalled', 'revoked', 'upload-failed'];

function recalled(step: StepView): string {
  const which = step.file ? `File ${step.file}${step.batch ? ` of release ${step.batch}` : ''}` : 'A file';
  return `${which} was recalled${why(step)}: whoever holds a copy deletes it.`;
}

/** How many were in at that step. */
function received(step: StepView, { steps, needed }: NoticeFacts): string {
  const begun = steps.filter(
    (each) => each.seq <= step.seq && (each.what === 'submitted' || each.what === 'resubmitted'),
  );
  const since = begun.at(-1)?.seq ?? 0;
  const count = steps.filter(
    (each) =>
      each.seq > since &&
      each.seq <= step.seq &&
      (each.what === 'review-received' || each.what === 'reviewed'),
  ).length;
  return count > needed ? 'A further review was received.' : `Review ${count} of ${needed} received.`;
}

/** What has been overtaken by the time it is told is not told. */
function withoutOvertaken(fresh: readonly StepView[]): StepView[] {
  const later = (what: What, after: number): boolean =>
    fresh.some((each) => each.what === what && each.seq > after);
  return fresh.filter(
    (step) => !(step.what === 'approved' && (later('released', step.seq) || later('halted', step.seq))),
  );
}

function join(news: readonly string[], people: readonly string[]): string | undefined {
  if (news.length === 0) return undefined;
  const called = [...new Set(people)].map(mention).join(', ');
  return called ? `${called}: ${news.join('\n\n')}` : news.join('\n\n');
}

/** What checkers are told about time, once each. `round` 1: the last day; above: overdue. */
export function reminder(round: number, workingDays: number, checkers: readonly string[]): string {
  const says =
    round === 1
      ? 'This review is due today.'
      : `This review is overdue: it has waited longer than ${workingDays} working days.`;
  return (
    join(
      [`${says} Whoever has not signed: read, grade and sign, or give your place back with \`/unclaim\`.`],
      checkers,
    ) ?? ''
  );
}

/** 0: nothing to say yet. Overdue is said again each time as many working days have passed as policy gives. */
export function reminderRound(waited: number, workingDays: number): number {
  if (waited < workingDays || waited === 0) return 0;
  if (waited === workingDays) return 1;
  return 2 + Math.floor((waited - workingDays - 1) / Math.max(1, workingDays));
}
