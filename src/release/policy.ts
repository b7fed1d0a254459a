/** Does the state allow it? One row per command; and what governance may set within the zone's floors. */
import type { Refusal } from '../lib/refusal.ts';
import type { CommandType } from './commands.ts';
import { no } from './refusals.ts';
import { ACTIVE } from './states.ts';
import { STATES, type ReleasePolicy, type State } from './types.ts';

const AUTHORS = ['draft', 'returned'] as const satisfies readonly State[];
const REVIEW = ['submitted', 'reviewing', 'consolidating'] as const satisfies readonly State[];
const OPEN = [...ACTIVE, 'approved', 'releasing'] as const satisfies readonly State[];
/** A part may be on its way while the rest is back with its author, or closed. */
const UPLOADING = ['approved', 'releasing', 'returned', 'withdrawn', 'rejected'] as const;

/** `create` has no state to be allowed by. */
export const ALLOWED = {
  'add-file': AUTHORS,
  'update-file': AUTHORS,
  'move-file': AUTHORS,
  'retype-file': AUTHORS,
  'withdraw-file': AUTHORS,
  'set-role': AUTHORS,
  'clear-role': AUTHORS,
  explain: AUTHORS,
  'accept-policy': AUTHORS,
  'name-co-author': AUTHORS,
  'except-hint': AUTHORS,
  'resolve-hint': ACTIVE,
  submit: AUTHORS,
  withdraw: AUTHORS,
  'take-over': ACTIVE,
  claim: REVIEW,
  unclaim: [...REVIEW, 'returned'],
  assign: REVIEW,
  unassign: [...REVIEW, 'returned'],
  grade: REVIEW,
  'grade-group': REVIEW,
  'confirm-grade': REVIEW,
  'clear-grade': REVIEW,
  'reset-grades': REVIEW,
  sign: REVIEW,
  arbitrate: ['consolidating'],
  return: REVIEW,
  'close-request': ['consolidating'],
  'propose-part': ['consolidating'],
  'confirm-part': ['consolidating'],
  'queue-release': ['consolidating'],
  halt: ['approved', 'returned', 'releasing'],
  'start-upload': ['approved', 'returned', 'releasing'],
  'confirm-upload': UPLOADING,
  'fail-upload': UPLOADING,
  revoke: STATES.filter((state) => state !== 'draft'),
  'close-incident': STATES.filter((state) => state !== 'draft'),
  'close-by-operators': OPEN,
  comment: ACTIVE,
  'delete-comment': ACTIVE,
  'publish-comment': ACTIVE,
} as const satisfies Record<Exclude<CommandType, 'create'>, readonly State[]>;

export function stateAllows(state: State, command: Exclude<CommandType, 'create'>): Refusal | undefined {
  return (ALLOWED[command] as readonly State[]).includes(state) ? undefined : no.state(state, command);
}

export const DEFAULT_POLICY: ReleasePolicy = {
  trust: 'hub',
  blind: 'open',
  confirm: false,
  signingCode: 'optional',
  sameOrganisation: true,
  types: ['csv', 'tsv', 'json', 'txt', 'log', 'md', 'png', 'jpg', 'jpeg', 'svg', 'svgz', 'html'],
  maxFile: 16 * 1024 * 1024,
  policyText: '1',
  freshMs: 15 * 60_000,
  workingDays: 5,
  incidentMs: 72 * 3_600_000,
};

/** Two, whatever anybody configures. */
export const CHECKERS = 2;

/** Governance may tighten what the zone sets, never loosen it. */
export function withinFloors(floor: ReleasePolicy, wanted: Partial<ReleasePolicy>): ReleasePolicy {
  const types = wanted.types ?? floor.types;
  return {
    trust: floor.trust === 'zone' || wanted.trust === 'zone' ? 'zone' : 'hub',
    blind: floor.blind === 'strict' || wanted.blind === 'strict' ? 'strict' : 'open',
    confirm: floor.confirm || wanted.confirm === true,
    signingCode:
      floor.signingCode === 'required' || wanted.signingCode === 'required' ? 'required' : 'optional',
    sameOrganisation: floor.sameOrganisation && wanted.sameOrganisation !== false,
    types: types.filter((type) => floor.types.includes(type)),
    maxFile: Math.min(floor.maxFile, wanted.maxFile ?? Infinity),
    policyText: wanted.policyText ?? floor.policyText,
    freshMs: Math.min(floor.freshMs, wanted.freshMs ?? Infinity),
    workingDays: wanted.workingDays ?? floor.workingDays,
    incidentMs: Math.min(floor.incidentMs, wanted.incidentMs ?? Infinity),
  };
}
