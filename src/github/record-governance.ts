/**
 * What a governance version does, in the public log: a leaf for the version, one for each right that it gives,
 * ends or changes, and what was told so far, in one transaction.
 *
 * The list of what was told is a row, not another look at the repository: whatever became of the version
 * before (read by an older program, rewritten, gone), what is written next is what changed since.
 */
import { setImmediate } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, type Db, type Tx } from '../db/database.ts';
import { record } from '../db/record.ts';
import {
  allGiven,
  givenChanges,
  type Given,
  type GivenChange,
  type Governance,
} from '../governance/governance.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { isoTime } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { recordTold, toldIsOf } from './record-told.ts';
import type { Room } from './room.ts';

/** So many leaves at a time: each batch is one statement, and between two of them others have their turn. */
const BATCH = 250;

const VERSION = 'governance:recorded';
const RIGHTS = 'governance:rights';

type Recorder = Pick<Room, 'db' | 'clock' | 'logger' | 'governance'>;

/** The version that the log was told of last; null when it was of none. */
export async function recordedVersion(db: Db | Tx): Promise<string | null> {
  const [row] = await rowsOf<{ value: string | null }>(
    db,
    sql`select value from settings where key = ${VERSION}`,
  );
  return row?.value ?? null;
}

/**
 * Once for each version that came into force, however often hubs start and whoever saw it first.
 *
 * `known`: what was recorded before the repository was looked at with success. Another hub may have seen more
 * of it than we have: what it recorded since is not undone.
 */
export async function recordGovernance(room: Recorder, known?: string | null): Promise<void> {
  const governance = room.governance.current();
  if (!governance) return;
  const before = await recordedVersion(room.db);
  if (
    before === governance.commit &&
    (await rightsAreOf(room.db, before)) &&
    (await toldIsOf(room.db, before))
  )
    return;
  if (before !== null && before !== known && (await isAhead(room, before))) return;
  const facts = await room.governance.versions.facts(governance.commit);
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    if ((await lockVersion(tx, now)) !== before) return;
    const told = await toldRights(tx);
    // Another hub wrote the same while we waited.
    if (before === governance.commit && told.version === before && (await toldIsOf(tx, before))) return;
    const given = allGiven(governance);
    const changes = givenChanges(new Map(told.rights), given);
    const count = (event: GivenChange['event']): number =>
      changes.filter((change) => change.event === event).length;
    if (before !== governance.commit) {
      await record(tx, {
        ...entryBy(governance, now),
        type: 'policy',
        subject: `policy:${governance.commit}`,
        body: {
          event: 'in-force',
          old: before,
          new: governance.commit,
          ...facts,
          rights: { given: count('given'), ended: count('ended'), changed: count('changed') },
        },
      });
    }
    for (let at = 0; at < changes.length; at += BATCH) {
      await record(tx, ...changes.slice(at, at + BATCH).map((change) => leafOf(change, governance, now)));
      await setImmediate();
    }
    await recordTold(tx, governance, now);
    await keep(tx, VERSION, governance.commit, now);
    await keep(tx, RIGHTS, { version: governance.commit, rights: [...given] } satisfies Told, now);
  });
}

interface Told {
  version: string | null;
  rights: [key: string, given: Given][];
}

/** Without the network nobody knows: it is asked again with the next look at the repository. */
async function isAhead({ governance, logger }: Recorder, recorded: string): Promise<boolean> {
  try {
    return await governance.versions.isAhead(recorded);
  } catch (error) {
    logger.warn(
      { err: error, code: 'governance.unrecorded', recorded },
      'Whether another hub has seen a newer governance version cannot be told: recording this one waits',
    );
    return true;
  }
}

/** One writer at a time, over all hubs; what it is under the lock. */
async function lockVersion(tx: Tx, now: number): Promise<string | null> {
  await tx.execute(sql`
    insert into settings (key, value, updated_at) values (${VERSION}, 'null'::jsonb, ${now}::bigint) on conflict (key) do nothing`);
  await tx.execute(sql`select 1 from settings where key = ${VERSION} for update`);
  return recordedVersion(tx);
}

/** The list may be long: only whose it is. */
async function rightsAreOf(db: Db, version: string): Promise<boolean> {
  const found = await rowsOf(
    db,
    sql`select 1 from settings where key = ${RIGHTS} and value ->> 'version' = ${version}`,
  );
  return found.length > 0;
}

async function toldRights(tx: Tx): Promise<Told> {
  const [row] = await rowsOf<{ value: Told }>(tx, sql`select value from settings where key = ${RIGHTS}`);
  return row?.value ?? { version: null, rights: [] };
}

async function keep(tx: Tx, key: string, value: unknown, now: number): Promise<void> {
  await tx.execute(sql`
    insert into settings (key, value, updated_at) values (${key}, ${asJson(value)}::jsonb, ${now}::bigint)
    on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
}

const entryBy = ({ commit }: Governance, now: number) => ({
  time: isoTime(now),
  actor: 'hub',
  policy_commit: commit,
});

/** Who belongs where is a membership; what may be used is a grant. */
const MEMBERSHIPS: readonly Given['what'][] = ['person', 'team', 'member', 'copilot'];

function leafOf({ event, given, wasUntil }: GivenChange, governance: Governance, now: number): LedgerEntry {
  const { what, project, person, scope, ...rest } = given;
  return {
    ...entryBy(governance, now),
    type: MEMBERSHIPS.includes(what) ? 'membership' : 'grant',
    subject: project === null ? `person:${person?.id}` : `project:${project}`,
    body: {
      event,
      what,
      project,
      person,
      scope: scope && bounded(scope),
      ...rest,
      ...(event === 'changed' && { was_until: wasUntil }),
    },
  };
}

/** As it is while it is short, else how much it names, and its digest: an entry has a largest size. */
function bounded(scope: NonNullable<Given['scope']>): NonNullable<Given['scope']> | LongScope {
  const text = canonicalJson(scope);
  return text.length <= 20_000
    ? scope
    : { count: scope.orgs.length + scope.projects.length, sha256: sha256(text) };
}

// A type, not an interface: an entry's body holds JSON.
type LongScope = { count: number; sha256: string };
