/** What people and the airlock ask of a request. Ids and hashes are made by whoever sends the command. */
import type {
  Actor,
  ColumnRole,
  Controls,
  FileType,
  GivenGrade,
  IncidentOutcome,
  RejectCategory,
  ReturnCategory,
  RevokeCategory,
  Verdict,
} from './types.ts';

/** The copy that was made when a file was picked: hash of what was read, hash and size of what was kept. */
interface Copy {
  source: string;
  sha256: string;
  size: number;
}

type Deed =
  | { type: 'create'; id: string; workspace: string; project: string; author: number }
  // The authors' work.
  | ({ type: 'add-file'; path: string; group: string; as: FileType; reason?: string } & Copy)
  | ({ type: 'update-file'; path: string; reason?: string } & Copy)
  | { type: 'move-file'; path: string; group: string }
  | { type: 'retype-file'; path: string; as: FileType }
  | { type: 'withdraw-file'; path: string }
  /** Against what the checks read in a column: its author says what it is, and why. */
  | { type: 'set-role'; path: string; column: string; as: ColumnRole; reason: string }
  | { type: 'clear-role'; path: string; column: string }
  | { type: 'explain'; group: string; context: string; controls: Controls | null }
  | { type: 'accept-policy'; version: string }
  | { type: 'name-co-author'; person: number }
  | { type: 'except-hint'; hint: string; reason: string }
  | { type: 'resolve-hint'; hint: string; reason: string }
  | { type: 'submit' }
  | { type: 'withdraw' }
  | { type: 'take-over' }
  // The checkers' work.
  | { type: 'claim' }
  | { type: 'unclaim' }
  | { type: 'assign'; checker: number }
  | { type: 'unassign'; checker: number }
  | { type: 'grade'; path: string; grade: GivenGrade }
  | { type: 'grade-group'; group: string }
  | { type: 'confirm-grade'; path?: string; group?: string }
  | { type: 'clear-grade'; path: string }
  | { type: 'reset-grades' }
  /** With file numbers it grades those and does not sign. `code`: what the viewer showed, given on GitHub. */
  | { type: 'sign'; verdict: Verdict; files?: number[]; code?: string }
  | { type: 'arbitrate'; reason: string }
  | { type: 'return'; category?: ReturnCategory }
  | { type: 'close-request'; category: RejectCategory; reason?: string }
  | { type: 'propose-part'; paths: string[] }
  | { type: 'confirm-part' }
  | { type: 'queue-release' }
  | { type: 'halt'; batch: number }
  // Out of the zone, and back.
  /** `hashes`: of the stored copies, computed just now, by path. */
  | { type: 'start-upload'; batch: number; hashes: Record<string, string> }
  /** `handedOut`: the airlock gave these bytes out, when it was allowed. */
  | { type: 'confirm-upload'; batch: number; path: string; sha256: string; handedOut?: boolean }
  | { type: 'fail-upload'; batch: number; path: string }
  | { type: 'revoke'; file: number; category: RevokeCategory; reason?: string }
  | { type: 'close-incident'; incident: number; outcome: IncidentOutcome; reason: string }
  | { type: 'close-by-operators'; to: 'withdrawn' | 'rejected'; reason: string }
  // Talk.
  | {
      type: 'comment';
      id: string;
      group: string;
      text: string;
      visibility: 'public' | 'private';
      anchor?: string;
    }
  | { type: 'delete-comment'; id: string }
  | { type: 'publish-comment'; id: string };

/** `turn`: of the page on which it was asked for; in another turn that page has nothing to say any more. */
export type Command = Deed & { by: Actor; turn?: number };
export type CommandType = Command['type'];
type Deeds = { [D in Deed as D['type']]: D };
export type CommandOf<T extends CommandType> = Deeds[T] & { by: Actor };
