/**
 * Writes ledger leaves in the transaction that changes the state.
 *
 * Public is only what has a kind, with the fields of that kind. An entry that has none is a fault of this program:
 * tests end with it. Where people work, a freeze or a recall must not fail for it, and nothing may leave unseen:
 * the state changes, the log says that something happened, sealed by a salted digest, and what it was stays in
 * a table for whoever runs the hub.
 */
import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { faultOfKind, LEDGER_TYPES, leafOf, type Leaf, type LedgerEntry } from '../ledger/ledger.ts';
import { isoTime } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { asJson, rowsOf, type Db, type Tx } from './database.ts';
import { noteRights } from './rights.ts';

/** Unnumbered: places in the log are given after the commit, so that writers never wait for each other. */
export async function record(tx: Tx, ...entries: LedgerEntry[]): Promise<void> {
  return recordOrWithhold(tx, entries, process.env['NODE_ENV'] === 'test' ? 'throw' : 'withhold');
}

/** `record`, told what to do about an entry that no kind has a place for. */
export async function recordOrWithhold(
  tx: Tx,
  entries: readonly LedgerEntry[],
  unknown: 'throw' | 'withhold',
): Promise<void> {
  if (entries.length === 0) return;
  const held: Withheld[] = [];
  const leaves = entries.map((entry): Leaf => {
    const read = leafOrFault(entry);
    if (typeof read !== 'string') return read;
    if (unknown === 'throw') throw new TypeError(`not an entry of the ledger: ${read}`);
    const sealed = seal(entry, read);
    held.push(sealed);
    return sealed.leaf;
  });
  const written = await rowsOf<{ id: number; type: string }>(
    tx,
    sql`
      insert into ledger_leaves (type, subject, entry, hash)
      select type, subject, entry, hash
      from json_to_recordset(${asJson(leaves)}) as row (type text, subject text, entry text, hash text)
      returning id::float8 as id, type`,
  );
  const rights = written.filter(({ type }) => type === 'membership' || type === 'grant');
  await noteRights(
    tx,
    rights.map(({ id }) => id),
  );
  for (const { commitment, salt, entry, fault } of held)
    await tx.execute(sql`
      insert into ledger_withheld (commitment, salt, entry, fault) values (${commitment}, ${salt}, ${entry}, ${fault})`);
}

/** An entry about what the operator did with the hub itself. */
export function hubDeed(given: {
  deed: string;
  why: string;
  at: number;
  policy: string | null;
  /** The moment that a backup told of. */
  of?: number;
}): LedgerEntry {
  const body = { event: given.deed, why: given.why };
  return {
    time: isoTime(given.at),
    type: 'policy',
    actor: 'operator',
    subject: 'hub:hub',
    policy_commit: given.policy,
    body: given.of === undefined ? body : { ...body, at: isoTime(given.of) },
  };
}

/** How many entries were withheld so far: each is a fault to be mended. */
export async function withheldEntries(db: Db): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(db, sql`select count(*)::int as n from ledger_withheld`);
  return row?.n ?? 0;
}

function leafOrFault(entry: LedgerEntry): Leaf | string {
  try {
    const leaf = leafOf(entry);
    return faultOfKind(entry) ?? leaf;
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

interface Withheld {
  leaf: Leaf;
  commitment: string;
  salt: string;
  entry: string;
  fault: string;
}

/** Whoever is given salt and entry later can see that the digest is of both. */
function seal(given: LedgerEntry, fault: string): Withheld {
  const salt = randomBytes(32).toString('hex');
  const entry = JSON.stringify(given);
  const commitment = sha256(`${salt}${entry}`);
  const at = Date.parse(given.time);
  const leaf = leafOf({
    time: new Date(Number.isNaN(at) ? Date.now() : at).toISOString(),
    type: LEDGER_TYPES.includes(given.type) ? given.type : 'refused',
    actor: 'hub',
    subject: `entry:${commitment.slice(0, 16)}`,
    policy_commit: null,
    body: { event: 'withheld', commitment },
  });
  return { leaf, commitment, salt, entry, fault };
}
