/**
 * The plan of a pull request on the governance repository: one comment, edited in place, that says what
 * merging does. Made anew when its commits change, and when what is in force changes under it.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { queueOutbox } from '../db/outbox.ts';
import { planChange } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import { marker } from './markdown.ts';
import { planText } from './plan-words.ts';
import { showFor } from './reach.ts';
import type { RepoClient } from './repo.ts';
import { keepSetting, settingOf, type Room } from './room.ts';

interface KeptPlan {
  sha: string;
  body: string;
  /** What it stands on no longer changes. */
  closed: boolean;
}

const KEY = 'governance-plan:';

export async function planPull(room: Room, number: number, sha: string): Promise<void> {
  const { reading, base, behind } = await room.governance.propose(sha);
  const { governance, findings } = reading;
  const now = room.clock.now();
  const plan = governance && planChange(base, governance, isoDay(now));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const body = [
    marker('plan', String(number)),
    planText({ sha, plan, errors, behind, ...(base && { base: base.commit }) }),
  ].join('\n');
  await keepSetting(room.db, `${KEY}${number}`, { sha, body, closed: false } satisfies KeptPlan, now);
  await room.db.transaction((tx) => queueOutbox(tx, [{ topic: 'plan', subject: String(number) }], now));
}

/** A closed pull request keeps the plan it was closed with. */
export async function closePlan(room: Room, number: number): Promise<void> {
  const kept = await settingOf<KeptPlan>(room.db, `${KEY}${number}`);
  if (kept) await keepSetting(room.db, `${KEY}${number}`, { ...kept, closed: true }, room.clock.now());
}

/** What is in force has changed: every open plan is compared with it. */
export async function planAgain(room: Room, client: RepoClient): Promise<void> {
  for (const number of await planNumbers(room, { open: true })) {
    const pull = await client.pull(number);
    if (pull?.open) await planPull(room, number, pull.sha);
    else await closePlan(room, number);
  }
}

export async function planNumbers(room: Room, { open = false } = {}): Promise<number[]> {
  const rows = await rowsOf<{ key: string; value: KeptPlan }>(
    room.db,
    sql`select key, value from settings where key like ${`${KEY}%`} order by key`,
  );
  return rows.filter(({ value }) => !open || !value.closed).map(({ key }) => Number(key.slice(KEY.length)));
}

export async function showPlan(room: Room, number: string, force: boolean): Promise<void> {
  const kept = await settingOf<KeptPlan>(room.db, `${KEY}${number}`);
  if (!kept) return;
  const show = await showFor(room, room.governance.repositoryId, force);
  await show.comment({
    key: `plan:${number}`,
    issue: Number(number),
    mark: marker('plan', number),
    body: kept.body,
    final: true,
  });
}
