/** The hub is away for an hour: what the agent gathered meanwhile counts, and nothing is begun anew. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Reporter } from '../../agent/runner/reporter.ts';
import { rowsOf } from '../../src/db/database.ts';
import { pollTasks, requestView, sweep } from '../../src/jobs/jobs.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  HubUnreachable,
  verifyTask,
  type PollAnswer,
  type TaskClaims,
  type Update,
  type UpdateAnswer,
  type ZoneClient,
} from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aPipeline, aWorld, HUB_KEY, type World } from '../support/jobs.ts';
import { serveZone, type ZoneServer } from '../support/zone.ts';

let server: ZoneServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(world: World): Promise<ZoneClient> {
  server = await serveZone(world);
  return server.client();
}

async function tasksOf(client: ZoneClient): Promise<TaskClaims[]> {
  const answer = await client.poll({ seen: 0, waitMs: 0, engine: true });
  if (isRefusal(answer)) throw new Error(answer.code);
  expect(answer.refused).toEqual([]);
  return answer.tasks;
}

const told = (task: TaskClaims, at: number, state: Update['state'], rest: Partial<Update> = {}): Update => ({
  task: task.task.id,
  job: task.task.type === 'run' ? task.task.job : '',
  at,
  state,
  ...rest,
});

eachDatabase((open) => {
  test('what was reported while it was away is taken afterwards, and the next job starts', async () => {
    const world = aWorld(await open());
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'], c: [] }) });
    const before = await serve(world);
    const [a, c] = await tasksOf(before);
    await server?.close();
    server = undefined;
    await expect(before.poll({ seen: 0, waitMs: 0, engine: true })).rejects.toBeInstanceOf(HubUnreachable);

    // The agent's own memory of what it could not say: of each task the latest word.
    let client = before;
    const answers: UpdateAnswer[] = [];
    const stop = new AbortController();
    const reporter = new Reporter(
      {
        updates: async (updates, signal) => {
          const said = await client.updates(updates, signal);
          if (!isRefusal(said)) answers.push(...said);
          return said;
        },
      },
      createLogger('test', { level: 'silent' }),
      // The pause between two tries: an hour goes by, and the hub is back.
      async () => {
        world.clock.advance(hours(1));
        client = await serve(world);
      },
    );
    const started = world.clock.now();
    reporter.say(told(a!, started + minutes(1), 'executing', { startedAt: started }));
    reporter.say(
      told(a!, started + minutes(20), 'succeeded', { startedAt: started, finishedAt: started + minutes(19) }),
    );
    reporter.say(told(c!, started + minutes(30), 'executing', { startedAt: started }));
    const reporting = reporter.run(stop.signal);
    while (reporter.backlog > 0) await new Promise(setImmediate);
    stop.abort();
    await reporting;

    expect(answers).toEqual(['taken', 'taken']);
    await sweep(world.deps);
    const after = await tasksOf(client);
    expect(after.map(({ task }) => task)).toMatchObject([c!.task, { type: 'run', action: 'b' }]);
    expect(await requestView(world.deps, request)).toMatchObject({
      state: 'running',
      jobs: [
        { action: 'a', code: 'succeeded', attempts: 1, completedAt: started + hours(1) },
        { action: 'b', code: 'initiated', attempts: 1 },
        { action: 'c', code: 'executing', attempts: 1 },
      ],
    });
    await client.updates(after.map((task) => told(task, started + hours(2), 'succeeded')));
    expect(await requestView(world.deps, request)).toMatchObject({ state: 'succeeded' });
    expect(await tasksOf(client)).toEqual([]);
    expect(await rowsOf(world.deps.db, sql`select 1 from tasks where state = 'active'`)).toEqual([]);
  });

  test('a task that runs is the same after an hour, under a new signature; the old one is worth nothing', async () => {
    const world = aWorld(await open());
    await world.submit({ pipeline: aPipeline({ a: [] }) });
    const caller = { agent: 'agent-1', backend: 'schools' };
    const [old] = await signatures(world);
    const read = (jws: string) =>
      verifyTask({ jws, hubKeys: [HUB_KEY.publicKey], clock: world.clock, ...caller }) as Promise<TaskClaims>;
    const first = await read(old!);

    // Ten minutes, by the agent's clock: enough for the longest poll, too short to keep a task for later.
    world.clock.advance(minutes(10) - 1000);
    expect(await read(old!)).toEqual(first);
    world.clock.advance(1000);
    expect(await read(old!)).toMatchObject({ code: 'protocol.task-expired' });
    world.clock.advance(minutes(50));
    await sweep(world.deps);
    const [renewed, ...more] = await signatures(world);

    expect(more).toEqual([]);
    expect(await read(renewed!)).toEqual({ ...first, iat: first.iat + 3600, exp: first.exp + 3600 });
    expect(await rowsOf(world.deps.db, sql`select attempts, code from jobs`)).toEqual([
      { attempts: 1, code: 'initiated' },
    ]);
  });
});

/** The agent's list as it is sent. */
async function signatures(world: World): Promise<string[]> {
  const answer = await pollTasks(
    world.deps,
    { agent: 'agent-1', backend: 'schools' },
    { protocol: 1, seen: 0, waitMs: 0, engine: true },
  );
  return (answer as PollAnswer).tasks.map(({ jws }) => jws);
}
