/**
 * clock: when a repository was first run on real data · due: the day on which it has to be public ·
 * flip: making it so · exempt: no research, it may stay private · finding: a file in its history that
 * must not become public unseen.
 */
import type { Day } from '../governance/types.ts';
import type { SecretKind } from './secrets.ts';

/** Why a repository has to be public. */
export type Why = 'due' | 'paper' | 'governance' | 'publication';

/** What is asked of the repository, by whatever is known. */
export interface Question {
  /** Day of the first job on real data; undefined: there was none. */
  start: Day | undefined;
  /** Something published is made from it: what was approved waits for the code to be public. */
  published?: boolean;
  /** An extension was asked for, and nobody has decided: that holds the day back, once. */
  pending?: boolean;
  /** Its topics on GitHub; undefined while they are not known. */
  topics?: readonly string[] | undefined;
  today: Day;
}

/** One file in one commit; or a reference that means no commit, under its own name. */
export interface HistoryFile {
  path: string;
  /** Its bytes, by git object. */
  object: string;
  /** Undefined: its bytes lie elsewhere, as those of a large file do. */
  size: number | undefined;
  kind: 'file' | 'link' | 'module' | 'reference';
  /** In which it came; undefined of what is in none. */
  commit?: string | undefined;
  /** What its bytes hold, whatever it is called. */
  secrets?: readonly SecretKind[] | undefined;
}

export const FOUND = ['secret', 'reference', 'folder', 'type', 'large'] as const;

export interface Finding {
  why: (typeof FOUND)[number];
  path: string;
  object: string;
  size: number | null;
  commit?: string;
  /** Which kind of secret; of that alone. */
  secret?: SecretKind;
}
