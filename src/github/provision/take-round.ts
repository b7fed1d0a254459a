/**
 * What the steward told of one part of the organisation, taken into state: deeds into the record, once each;
 * drift as it is now; and a repository that it made, which is looked at before anything follows from it.
 */
import { and, eq, notInArray } from 'drizzle-orm';
import type { Tx } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { record } from '../../db/record.ts';
import { drift, provisions, stewardDeeds } from '../../db/schema/provisioning.ts';
import { STEWARD_EVENTS, type LedgerEntry } from '../../ledger/ledger.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import { isoTime } from '../../lib/clock.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Json } from '../../pipeline/types.ts';
import type { StewardRound, ToldDeed } from '../../protocol/steward-rounds.ts';
import type { Room } from '../room.ts';
import { DRIFT_TOPIC, PROJECT_TOPIC } from './topics.ts';

type Round = Omit<StewardRound, 'protocol'>;

export async function takeRound(room: Pick<Room, 'db' | 'clock'>, round: Round): Promise<void> {
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    await takeDeeds(tx, round, now);
    const moved = await takeDrift(tx, round, now);
    if (moved) await queueOutbox(tx, [{ topic: DRIFT_TOPIC, subject: 'governance' }], now);
    if (round.made) await takeMade(tx, round.made, now);
  });
}

async function takeDeeds(tx: Tx, { scope, commit, deeds }: Round, now: number): Promise<void> {
  if (deeds.length === 0) return;
  const fresh = await tx
    .insert(stewardDeeds)
    .values(deeds.map(({ id }) => ({ id, takenAt: now })))
    .onConflictDoNothing()
    .returning({ id: stewardDeeds.id });
  const ids = new Set(fresh.map(({ id }) => id));
  await record(tx, ...deeds.filter(({ id }) => ids.has(id)).map((deed) => entryOf(scope, commit, deed)));
}

function entryOf(scope: string, commit: string, told: ToldDeed): LedgerEntry {
  const { at, deed, repository, team, person, sure } = told;
  const project = /^project:(.+)$/.exec(scope)?.[1] ?? null;
  const types = Object.keys(STEWARD_EVENTS) as (keyof typeof STEWARD_EVENTS)[];
  const type = types.find((one) => STEWARD_EVENTS[one].some((event) => event === deed));
  if (!type) throw new TypeError(`no kind of entry for ${deed}`);
  return {
    time: isoTime(at),
    type,
    actor: 'steward',
    subject: `steward:${scope.replace(':', '/')}`,
    policy_commit: commit,
    body: {
      event: deed,
      project,
      repository: repository === undefined ? null : { id: repository },
      team: team ?? null,
      person: person ?? null,
      sure,
    },
  };
}

/** Whether anything is open now that was not, or the other way round. A part that was not looked at as a whole says nothing. */
async function takeDrift(tx: Tx, round: Round, now: number): Promise<boolean> {
  const { scope } = round;
  // What GitHub merely failed to do is tried again in minutes.
  const refused = round.refused.filter(({ code }) => code !== 'steward.github');
  const found: object[] = [...(round.drift ?? []), ...refused];
  const rows = found.map((finding) => ({
    key: `${scope} ${sha256(canonicalJson(finding)).slice(0, 32)}`,
    scope,
    finding: finding as Json,
    since: now,
  }));
  const unique = [...new Map(rows.map((row) => [row.key, row])).values()];
  const made =
    unique.length > 0
      ? await tx.insert(drift).values(unique).onConflictDoNothing().returning({ key: drift.key })
      : [];
  if (round.drift === undefined) return made.length > 0;
  const keys = unique.map(({ key }) => key);
  const gone = await tx
    .delete(drift)
    .where(and(eq(drift.scope, scope), keys.length > 0 ? notInArray(drift.key, keys) : undefined))
    .returning({ key: drift.key });
  return made.length + gone.length > 0;
}

/** The first that was told stays: another of the same project would be a repository that nobody expects. */
async function takeMade(tx: Tx, made: NonNullable<Round['made']>, now: number): Promise<void> {
  await tx
    .insert(provisions)
    .values({ project: made.project, repositoryId: made.repository, toldAt: now })
    .onConflictDoNothing();
  await queueOutbox(tx, [{ topic: PROJECT_TOPIC, subject: made.project }], now);
}
