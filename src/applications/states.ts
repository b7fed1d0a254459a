/**
 * Where an application stands, and what has to happen that it goes on.
 *
 * draft: answers are missing · submitted: whole and sealed; its proposal is being made · in_review: governance looks at the
 * pull request · returned: governance or a change of the answers asks for more · approved …: the project is in force.
 * The state follows from what is there, not from events: looking twice changes nothing.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';

export const APPLICATION_STATES = [
  'draft',
  'submitted',
  'in_review',
  'returned',
  'approved',
  'approved_with_conditions',
  'deferred',
  'rejected',
  'withdrawn',
] as const;
export type ApplicationState = (typeof APPLICATION_STATES)[number];

export const DECISIONS = ['returned', 'deferred', 'rejected'] as const;
export type ApplicationDecision = (typeof DECISIONS)[number];

/** What may follow. */
export const NEXT = {
  draft: ['submitted', 'withdrawn'],
  submitted: [
    'submitted',
    'in_review',
    'returned',
    'deferred',
    'rejected',
    'approved',
    'approved_with_conditions',
    'withdrawn',
  ],
  in_review: [
    'submitted',
    'returned',
    'deferred',
    'rejected',
    'approved',
    'approved_with_conditions',
    'withdrawn',
  ],
  returned: [
    'submitted',
    'in_review',
    'deferred',
    'rejected',
    'approved',
    'approved_with_conditions',
    'withdrawn',
  ],
  deferred: ['submitted', 'returned', 'rejected', 'approved', 'approved_with_conditions', 'withdrawn'],
  approved: [],
  approved_with_conditions: [],
  rejected: [],
  withdrawn: [],
} as const satisfies Record<ApplicationState, readonly ApplicationState[]>;

export const isDecided = (state: ApplicationState): boolean => NEXT[state].length === 0;

export interface ApplicationNow {
  state: ApplicationState;
  /** Of the answers that were handed in last. */
  seal: string | null;
}

export interface ApplicationFacts {
  /** Nothing is missing, nothing wrong. */
  whole: boolean;
  /** Of the answers as they are. */
  seal: string;
  /** The issue was closed by its applicant. */
  closedByApplicant: boolean;
  /** The pull request for the answers handed in last: undefined until it was asked for. */
  proposal?: 'asked' | 'opened' | 'merged' | 'closed' | 'refused';
  /** What a label on the closed pull request says. */
  closedAs: 'deferred' | 'rejected';
  /** What is in force that names the seal handed in last. */
  inForce?: 'approved' | 'approved_with_conditions';
}

/** One step; undefined: it stays. */
export function nextState(now: ApplicationNow, facts: ApplicationFacts): ApplicationState | undefined {
  if (isDecided(now.state)) return undefined;
  // What is in force is so, whatever is written afterwards.
  if (facts.inForce && now.state !== 'draft') return facts.inForce;
  if (facts.closedByApplicant) return 'withdrawn';
  if (now.state === 'draft') return facts.whole ? 'submitted' : undefined;
  if (facts.seal !== now.seal)
    return facts.whole ? 'submitted' : now.state === 'returned' ? undefined : 'returned';
  if (facts.proposal === 'closed' && now.state !== 'deferred' && now.state !== 'returned')
    return facts.closedAs;
  return facts.proposal === 'opened' && now.state === 'submitted' ? 'in_review' : undefined;
}

/** A label of a person who may decide. */
export function decideBy(
  now: ApplicationNow,
  decision: ApplicationDecision,
  who: { id: number; mayDecide: boolean; applicants: readonly number[] },
): ApplicationDecision | Refusal {
  if (who.applicants.includes(who.id)) return no.ownApplication();
  if (!who.mayDecide) return no.mayNotDecide();
  const may: readonly ApplicationState[] = NEXT[now.state];
  return may.includes(decision) ? decision : no.notNow(now.state, decision);
}

const no = {
  ownApplication: () =>
    refusal(
      'application.own',
      'Nobody decides on an application that they take part in.',
      'Somebody else of the governance team decides.',
    ),
  mayNotDecide: () =>
    refusal(
      'application.may-not-decide',
      'Applications are decided by the governance team.',
      'Ask one of them.',
    ),
  notNow: (state: ApplicationState, decision: ApplicationDecision) =>
    refusal(
      'application.not-now',
      `An application that is ${state.replaceAll('_', ' ')} cannot become ${decision}.`,
      state === 'draft'
        ? 'Wait until it is submitted.'
        : 'A decided application stays as it is; its applicant may begin a new one.',
    ),
};
