import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { cancelRequest, pauseBackend, submitRequest, sweep } from '../../src/jobs/jobs.ts';
import type { RunTask } from '../../src/protocol/protocol.ts';
import { Died, onBothDatabases, type TestDatabase } from '../support/database.ts';
import { aPipeline, aRequest, aWorld } from '../support/jobs.ts';

/** Everything that somebody could see of what happened, but for the order of writing. */
async function truth(db: Db): Promise<unknown> {
  return {
    requests: await rowsOf(
      db,
      sql`select id, outcome, job_count, completed_at is not null as done from job_requests order by id`,
    ),
    jobs: await rowsOf(
      db,
      sql`select action, state, code, reason, unmet, attempts, latest from jobs order by id`,
    ),
    tasks: await rowsOf(db, sql`select id, type, state, ended from tasks order by id`),
    needs: await rowsOf(db, sql`select * from job_needs order by job, needs`),
    leaves: await rowsOf(
      db,
      sql`select type, subject, count(*)::int as n from ledger_leaves group by type, subject order by subject`,
    ),
    log: await rowsOf(
      db,
      sql`select count(seq)::int as numbered, coalesce(max(seq), -1)::int as last, count(*)::int as n from ledger_leaves`,
    ),
    outbox: await rowsOf(db, sql`select topic, subject, state from outbox order by subject`),
    keepers: await rowsOf(db, sql`select * from workspace_agents order by workspace`),
  };
}

/** The life of a request, in steps that whoever takes them repeats when they get no answer. */
function life(database: TestDatabase): (() => Promise<unknown>)[] {
  const world = aWorld(database);
  const agent = world.agent();
  const input = aRequest({
    id: 'request0crashing',
    pipeline: aPipeline({ a: [], b: ['a'], c: ['b'], db_d: [], e: [] }),
  });
  let tasks: RunTask[] = [];
  const task = (action: string): RunTask => {
    const found = tasks.find((each) => each.action === action);
    if (!found) throw new Error(`no task for ${action}`);
    return found;
  };
  // The agent keeps what it was given: a task that has left the list is reported again all the same.
  const look = async (): Promise<void> => {
    const now = await agent.runs();
    tasks = [...now, ...tasks.filter(({ id }) => !now.some((each) => each.id === id))];
  };
  return [
    () => submitRequest(world.deps, input),
    look,
    () => agent.report(task('a'), 'executing', { at: 5 }),
    () => agent.report(task('a'), 'succeeded', { at: 6 }),
    () => agent.report(task('db_d'), 'nonzero_exit', { at: 7 }),
    look,
    () => cancelRequest(world.deps, { request: input.id, actions: ['b'], by: 7 }),
    () => agent.report(task('b'), 'cancelled_by_user', { at: 8 }),
    () => agent.report(task('e'), 'interrupted', { at: 9 }),
    look,
    () => pauseBackend(world.deps, { backend: 'schools', paused: false, why: '' }).then(() => undefined),
    () => agent.report(task('e'), 'succeeded', { at: 10 }),
    () => sweep(world.deps),
    () => numberLeaves(world.deps.db),
  ];
}

/** Takes the step again and again, dying before its first statement, its second, … until it comes through. Returns how often it died. */
async function dieEverywhere(database: TestDatabase, step: () => Promise<unknown>): Promise<number> {
  for (let k = 1; ; k++) {
    let count = 0;
    let died = false;
    database.faults.at = () => {
      count += 1;
      died ||= count >= k;
      return count >= k;
    };
    await step().catch((error: unknown) => {
      if (!isDeath(error)) throw error;
    });
    database.faults.at = undefined;
    if (!died) return k - 1;
  }
}

function isDeath(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof Died) return true;
  return false;
}

onBothDatabases((open) => {
  test('a hub that dies before any statement ends, after a repeat, where one that lived does', async () => {
    const healthy = await open();
    for (const step of life(healthy)) await step();
    const expected = await truth(healthy.db);
    const mortal = await open();
    let deaths = 0;

    for (const step of life(mortal)) {
      deaths += await dieEverywhere(mortal, step);
      // Most deaths leave nothing to do again; one whose commit came through is repeated too.
      await step();
    }

    expect(await truth(mortal.db)).toEqual(expected);
    expect(deaths).toBeGreaterThan(100);
  }, 120_000);

  test('a step whose answer was lost is repeated without a trace', async () => {
    const once = await open();
    for (const step of life(once)) await step();
    const expected = await truth(once.db);

    const twice = await open();
    for (const step of life(twice)) {
      await step();
      await step();
    }

    expect(await truth(twice.db)).toEqual(expected);
  });
});
