/**
 * The labels of a release: which there are, and which an issue bears.
 *
 * `verdict: …` is what checkers put on; all others are projected and put back when changed by hand.
 * `checks: …` says no more than the zone tells: hints none → clean, some → warn, many → blocked. Blocking
 * hints never reach a submitted request without a recorded exception; "blocked" asks for them to be read first.
 */
import { RELEASE_STATES, type ShownRequest } from '../../protocol/protocol.ts';
import type { Label } from '../issues.ts';

export const VERDICTS = ['submit', 'approve', 'changes', 'reject'] as const;
export type Verdict = (typeof VERDICTS)[number];

const VERDICT = 'verdict: ';
export const OVERDUE = 'review: overdue';

type State = ShownRequest['state'];

const STATE_LABELS: Record<State, readonly [color: string, description: string]> = {
  draft: ['ededed', 'Not submitted yet'],
  submitted: ['0969da', 'Waiting for its checkers'],
  reviewing: ['0969da', 'The checkers are at work'],
  consolidating: ['8250df', 'Both reviews are in; the checkers discuss'],
  returned: ['bf8700', 'Back with its author'],
  approved: ['1a7f37', 'Approved and queued'],
  releasing: ['1a7f37', 'On its way out of the zone'],
  released: ['1a7f37', 'Released to the members of the project'],
  rejected: ['cf222e', 'Rejected as a whole'],
  withdrawn: ['6e7781', 'Taken back by its author'],
  revoked: ['cf222e', 'Released once, and recalled'],
};
const CHECKS = {
  none: { name: 'checks: clean', color: '1a7f37', description: 'The automatic checks have nothing to say' },
  some: { name: 'checks: warn', color: 'bf8700', description: 'The automatic checks have hints' },
  many: {
    name: 'checks: blocked',
    color: 'cf222e',
    description: 'Many hints: read them before anything else',
  },
} as const satisfies Record<ShownRequest['hints'], Label>;
const AUTHORS = {
  internal: {
    name: 'author: internal',
    color: 'd4c5f9',
    description: 'Of the organisation that leads the project',
  },
  external: { name: 'author: external', color: 'c5def5', description: 'Of another organisation' },
} as const satisfies Record<string, Label>;
const SIGN: Record<Verdict, string> = {
  submit: 'Checker: sign the grades you gave in the viewer',
  approve: 'Checker: sign, approving what you did not grade singly',
  changes: 'Checker: sign, asking for changes to what you did not grade singly',
  reject: 'Checker: sign, rejecting what you did not grade singly',
};

const stateName = (state: State): string => `release: ${state}`;
const states: Label[] = RELEASE_STATES.map((state) => ({
  name: stateName(state),
  color: STATE_LABELS[state][0],
  description: STATE_LABELS[state][1],
}));
const overdue: Label = {
  name: OVERDUE,
  color: 'b60205',
  description: 'Waiting for checkers longer than policy says',
};

/** What a study repository needs, and what a review repository needs. */
export const STUDY_LABELS: readonly Label[] = [...states, ...Object.values(CHECKS), overdue];
export const REVIEW_LABELS: readonly Label[] = [
  ...STUDY_LABELS,
  ...Object.values(AUTHORS),
  ...VERDICTS.map((verdict) => ({ name: VERDICT + verdict, color: '5319e7', description: SIGN[verdict] })),
];

const OURS = new Set(REVIEW_LABELS.map((each) => each.name.toLowerCase()));

/** Ours whatever it says: nobody's own labels begin so on an issue of ours. */
export function isOurs(label: string): boolean {
  return OURS.has(label.toLowerCase()) || /^(release|checks|author|verdict|project): /i.test(label);
}

export function verdictOf(label: string): Verdict | undefined {
  return VERDICTS.find((each) => VERDICT + each === label.toLowerCase());
}

export const isVerdict = (label: string): boolean => label.toLowerCase().startsWith(VERDICT);

/** While its author edits it, the zone says nothing of hints or files. */
export const isWithAuthor = (state: State): boolean => state === 'draft' || state === 'returned';

export interface Labelled {
  state: State;
  hints: ShownRequest['hints'];
  overdue: boolean;
  /** Only on the review issue. */
  author?: 'internal' | 'external';
}

export function labelsOf({ state, hints, overdue: late, author }: Labelled): string[] {
  return [
    stateName(state),
    ...(isWithAuthor(state) ? [] : [CHECKS[hints].name]),
    ...(author ? [AUTHORS[author].name] : []),
    ...(late ? [OVERDUE] : []),
  ];
}
