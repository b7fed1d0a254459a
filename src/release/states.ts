/** What may follow each state, whose turn it is, and which phase that makes. One row per state. */
import type { Phase, State } from './types.ts';

export const NEXT = {
  draft: ['submitted', 'withdrawn', 'rejected'],
  submitted: ['reviewing', 'returned', 'withdrawn', 'rejected'],
  reviewing: ['consolidating', 'returned', 'withdrawn', 'rejected'],
  consolidating: ['approved', 'returned', 'rejected', 'withdrawn'],
  // After a part was released the author may withdraw the rest: then nothing is left to decide.
  returned: ['submitted', 'withdrawn', 'rejected', 'releasing', 'released', 'revoked'],
  // Back to its author only when the zone was restored from a backup.
  approved: ['releasing', 'consolidating', 'returned', 'withdrawn', 'rejected'],
  // Back to `returned` only when a queued part is halted after the rest was withdrawn.
  releasing: ['released', 'revoked', 'returned', 'withdrawn', 'rejected'],
  released: ['revoked'],
  rejected: [],
  withdrawn: [],
  revoked: [],
} as const satisfies Record<State, readonly State[]>;

export type Owner = 'author' | 'checker' | 'system';

export const OWNER = {
  draft: 'author',
  submitted: 'checker',
  reviewing: 'checker',
  consolidating: 'checker',
  returned: 'author',
  approved: 'system',
  releasing: 'system',
  released: 'system',
  rejected: 'system',
  withdrawn: 'system',
  revoked: 'system',
} as const satisfies Record<State, Owner>;

export const PHASE = {
  draft: 'author',
  submitted: 'independent',
  reviewing: 'independent',
  consolidating: 'consolidating',
  returned: 'author',
  approved: 'complete',
  releasing: 'complete',
  released: 'complete',
  rejected: 'complete',
  withdrawn: 'complete',
  revoked: 'complete',
} as const satisfies Record<State, Phase>;

/** One of these per author and workspace; the database holds it too. */
export const ACTIVE = [
  'draft',
  'submitted',
  'reviewing',
  'consolidating',
  'returned',
] as const satisfies readonly State[];

/** Nobody decides anything any more; `released` may still be revoked. */
export const FINAL = ['released', 'rejected', 'withdrawn', 'revoked'] as const satisfies readonly State[];

export function mayFollow(from: State, to: State): boolean {
  return (NEXT[from] as readonly State[]).includes(to);
}
