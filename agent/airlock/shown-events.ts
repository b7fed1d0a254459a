/**
 * Entries as the hub may be told of them. Edits, grades, comments and looks have no counterpart: not even
 * that there was one crosses, so steps are counted among themselves.
 */
import { apply, type Entry, type EntryType, type ReleaseRequest } from '../../src/release/release.ts';
import type { ShownEvent } from '../../src/protocol/airlock.ts';

const SHOWN: ReadonlySet<EntryType> = new Set<EntryType>([
  'REQUEST_CREATE',
  'REQUEST_SUBMIT',
  'REQUEST_WITHDRAW',
  'REQUEST_REVIEW',
  'REQUEST_APPROVE',
  'REQUEST_REJECT',
  'REQUEST_RETURN',
  'REQUEST_EARLY_RETURN',
  'REQUEST_RELEASE',
  'REQUEST_HALT',
  'REQUEST_PARTIAL_RELEASE',
  'REQUEST_TRANSFER',
  'REQUEST_CLAIM',
  'REQUEST_UNCLAIM',
  'REQUEST_ADMIN',
  'REQUEST_RESTORE',
  'REQUEST_FILE_REVOKE',
  'REQUEST_FILE_UPLOAD_FAILED',
  'INCIDENT_CLOSE',
]);

/** A step of which the hub may know that it happened. First halves of what takes two say nothing yet. */
export function isShown(entry: Entry): boolean {
  if (!SHOWN.has(entry.type)) return false;
  // A signature that is given again while they consolidate is the checkers' own affair.
  if (entry.type === 'REQUEST_REVIEW' && entry.phase === 'consolidating') return false;
  return !('step' in entry && entry.step === 'proposed');
}

export interface Told {
  events: ShownEvent[];
  /** Steps so far. */
  version: number;
  decidedAt: number | null;
  category: ShownEvent['category'] | null;
}

/** Every step of the log, numbered among themselves from 1. */
export function shownEvents(entries: readonly Entry[]): Told {
  const told: Told = { events: [], version: 0, decidedAt: null, category: null };
  let request: ReleaseRequest | undefined;
  for (const entry of entries) {
    request = apply(request, entry);
    if (!isShown(entry)) continue;
    told.version += 1;
    if (DECIDES.has(entry.type)) told.decidedAt = entry.at;
    const event = eventOf(entry, request);
    if (!event) continue;
    if (event.category && event.what !== 'recalled') told.category = event.category;
    told.events.push({
      seq: told.version,
      at: entry.at,
      state: request.state,
      ...inEpoch(request),
      ...event,
    });
  }
  return told;
}

/** Left out until there was a restore. */
export const inEpoch = ({ epoch }: ReleaseRequest): { epoch?: number } => (epoch > 0 ? { epoch } : {});

const DECIDES: ReadonlySet<EntryType> = new Set<EntryType>([
  'REQUEST_APPROVE',
  'REQUEST_REJECT',
  'REQUEST_RETURN',
  'REQUEST_PARTIAL_RELEASE',
]);

type Step = Omit<ShownEvent, 'seq' | 'at' | 'state'>;

/** Who signed is told neither at the first nor at the second review. */
function eventOf(entry: Entry, after: ReleaseRequest): Step | undefined {
  const by = entry.by.kind === 'person' ? entry.by.id : null;
  switch (entry.type) {
    case 'REQUEST_CREATE':
      return { what: 'created', by };
    case 'REQUEST_SUBMIT':
      return { what: entry.turn > 0 ? 'resubmitted' : 'submitted', by };
    case 'REQUEST_WITHDRAW':
      return { what: 'withdrawn', by };
    case 'REQUEST_CLAIM':
      return by === null ? { what: 'assigned', by: null } : { what: 'claimed', by };
    case 'REQUEST_UNCLAIM':
      return { what: 'unclaimed', by };
    case 'REQUEST_REVIEW':
      return entry.to === 'consolidating'
        ? { what: 'reviewed', by: null }
        : { what: 'review-received', by: null };
    case 'REQUEST_APPROVE':
      return { what: 'approved', by };
    case 'REQUEST_REJECT':
      return { what: 'rejected', by, category: entry.category };
    case 'REQUEST_RETURN':
      return { what: 'returned', by, ...(entry.category ? { category: entry.category } : {}) };
    case 'REQUEST_EARLY_RETURN':
      return { what: 'returned', by, category: entry.category };
    case 'REQUEST_PARTIAL_RELEASE':
      return { what: 'part-released', by, batch: after.batches.at(-1)!.number };
    case 'REQUEST_HALT':
      return { what: 'halted', by, batch: entry.batch };
    case 'REQUEST_RELEASE':
      return entry.step === 'started'
        ? { what: 'releasing', by, ...(entry.batch ? { batch: entry.batch } : {}) }
        : { what: 'released', by, ...(entry.batch ? { batch: entry.batch } : {}) };
    case 'REQUEST_RESTORE':
      return { what: 'restored', by: null };
    case 'REQUEST_ADMIN':
      return { what: entry.closes, by };
    case 'REQUEST_FILE_REVOKE': {
      const file = after.files.find(({ path }) => path === entry.path)?.number;
      return {
        what: entry.to === 'revoked' ? 'revoked' : 'recalled',
        by,
        category: entry.category,
        ...(file ? { file } : {}),
      };
    }
    case 'INCIDENT_CLOSE':
      return { what: 'incident-closed', by };
    case 'REQUEST_FILE_UPLOAD_FAILED':
      return { what: 'upload-failed', by: null, batch: entry.batch };
    default:
      return undefined;
  }
}
