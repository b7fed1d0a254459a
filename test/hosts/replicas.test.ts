/** Two hubs, a balancer and three agents on one backend, each a process: whoever dies or stands still, the others take over. */
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../e2e/town.ts';
import { requires } from '../support/require.ts';
import { AGENTS, Crowd, HUBS, type HubName } from './support/crowd.ts';

const { describe, test } = requires('nginx', 'postgres');
jest.setTimeout(240_000);

/** What is measured and not promised: shown with SALLYPORT_TEST_TIMES. */
const tell = (what: string, ms: number): void => {
  if (process.env['SALLYPORT_TEST_TIMES']) process.stderr.write(`${what}: ${(ms / 1000).toFixed(1)} s\n`);
};

describe('several of each', () => {
  let crowd: Crowd;
  let branches = 0;
  beforeAll(async () => {
    crowd = await Crowd.start();
  }, 180_000);
  afterAll(async () => crowd?.stop(), 60_000);

  async function newBranches(n: number): Promise<string[]> {
    const shas: string[] = [];
    for (let each = 0; each < n; each += 1) shas.push(await crowd.branch(`work-${(branches += 1)}`));
    return shas;
  }

  /** Each job of these commits was given to and run by exactly one agent, and the ledger says the same. */
  async function onceEach(shas: readonly string[]): Promise<void> {
    const jobs = await crowd.jobs(shas);
    expect(jobs.map(({ sha }) => sha).sort()).toEqual([...shas].sort());
    expect(jobs.filter(({ state }) => state !== 'succeeded')).toEqual([]);
    const ledger = await crowd.ledger(shas);
    for (const { id } of jobs) {
      const said = ledger.get(id)!;
      expect(said.filter((each) => each.startsWith('ended'))).toEqual(['ended succeeded']);
      expect(crowd.runs(id)).toHaveLength(1);
    }
    const shownTwice = await crowd.rows(
      `select job from tasks where type = 'run' and shown_at is not null group by job having count(*) > 1`,
    );
    expect(shownTwice).toEqual([]);
  }

  test('work is spread over the agents, and no task is given or run twice', async () => {
    crowd.close();
    const shas = await newBranches(6);
    await Promise.all(shas.map((sha) => crowd.ask(sha)));
    // The pool has four places: all agents have one before any has three.
    await until('the pool is full', async () => {
      const jobs = await crowd.jobs(shas);
      return jobs.filter(({ state }) => state === 'running').length === 4 ? true : undefined;
    });
    const loads = await crowd.rows<{ n: number }>(
      `select count(*)::int as n from tasks where state = 'active' and type = 'run' and backend = $1 group by agent order by n`,
      [crowd.town.stage.on.backend],
    );
    expect(loads.map(({ n }) => n).sort()).toEqual([1, 1, 2]);
    crowd.open();
    await crowd.finished(shas);
    await onceEach(shas);
    // A workspace has one manifest, with one agent.
    for (const job of await crowd.jobs(shas)) {
      const [workspace] = await crowd.rows<{ workspace: string }>(
        'select workspace from jobs where id = $1',
        [job.id],
      );
      const manifests = AGENTS.filter((agent) =>
        existsSync(
          path.join(crowd.state(agent), 'workspaces', workspace!.workspace, 'medium/metadata/manifest.json'),
        ),
      );
      expect(manifests).toEqual(crowd.runs(job.id));
    }
  });

  test('each schedule is served by one hub at a time, and what is due is done once', async () => {
    const rows = await until('every appointment was kept', async () => {
      const all = await crowd.rows<{ name: string; done: number; open: number }>(
        `select schedule.name, count(*) filter (where job.state = 'completed')::int as done,
           count(*) filter (where job.state = 'active')::int as open
         from timetable.schedule left join timetable.job on job.name = schedule.name group by schedule.name order by 1`,
      );
      return all.length > 5 && all.every(({ done }) => done > 0) ? all : undefined;
    });
    for (const { open } of rows) expect(open).toBeLessThanOrEqual(1);
    // Numbers of the ledger have neither gaps nor doubles, whichever hub gave them.
    const [numbers] = await crowd.rows<{ n: number; last: number; different: number }>(
      'select count(seq)::int as n, max(seq)::int + 1 as last, count(distinct seq)::int as different from ledger_leaves',
    );
    expect(numbers!.n).toBe(numbers!.last);
    expect(numbers!.different).toBe(numbers!.n);
  });

  test('a hub is killed with deliveries stored, jobs handed out and news in hand: the other takes all of it over', async () => {
    for (const [round, victim] of HUBS.entries()) {
      const shas = await newBranches(2);
      const asked = Promise.all(shas.map((sha) => crowd.ask(sha)));
      await wait([0, 120][round]);
      const from = Date.now();
      await crowd.kill(victim);
      await asked;
      await crowd.finished(shas);
      tell(`${victim} killed, jobs ended after`, Date.now() - from);
      await until('nothing is in a dead hand', async () => {
        const [row] = await crowd.rows<{ n: number }>(
          `select (select count(*) from inbox where state in ('received', 'working')) + (select count(*) from outbox where state = 'sending') as n`,
        );
        return Number(row!.n) === 0 ? true : undefined;
      });
      tell(`${victim} killed, nothing in its hand after`, Date.now() - from);
      await onceEach(shas);
      await crowd.hub(victim);
    }
  });

  test('a hub that stood still for longer than its claims hold finds itself fenced, and nothing is said twice', async () => {
    const shas = await newBranches(4);
    const victim: HubName = 'hub-a';
    await Promise.all(shas.map((sha) => crowd.ask(sha)));
    const claims = () =>
      crowd.rows<{ key: string; lease: number }>(
        `select 'i' || guid as key, lease::int as lease from inbox where state = 'working'
         union all select 'o' || id, lease::int from outbox where state = 'sending'`,
      );
    const held = await until('something is in hand', async () => {
      const found = await claims();
      return found.length > 0 ? found : undefined;
    });
    crowd.signal(victim, 'SIGSTOP');
    try {
      await crowd.finished(shas);
      await until('what it had was taken over', async () => {
        const now = await crowd.rows<{ n: number }>(
          `select count(*)::int as n from inbox where state in ('received', 'working')`,
        );
        return now[0]!.n === 0 ? true : undefined;
      });
    } finally {
      crowd.signal(victim, 'SIGCONT');
    }
    await until('it answers again', () =>
      fetch(`${crowd.at(victim)}/healthz`).then(
        ({ status }) => (status === 200 ? true : undefined),
        () => undefined,
      ),
    );
    await until('everything was said', async () => {
      const [row] = await crowd.rows<{ n: number }>(
        `select count(*)::int as n from outbox where state in ('pending', 'sending')`,
      );
      return row!.n === 0 ? true : undefined;
    });
    await onceEach(shas);
    for (const sha of shas) {
      const replies = (await crowd.commentsOn(sha)).filter((body) => body.includes('sallyport:request'));
      expect(replies.length).toBeLessThanOrEqual(1);
      const checks = (await crowd.town.stage.checksOf(sha)).map(({ name }) => name);
      expect(checks.filter((name, at) => checks.indexOf(name) !== at)).toEqual([]);
    }
    // No number of a claim is ever given again.
    for (const { key, lease } of held) {
      const [row] = await crowd.rows<{ lease: number }>(
        key.startsWith('i')
          ? 'select lease::int as lease from inbox where guid = $1'
          : 'select lease::int as lease from outbox where id = $1::bigint',
        [key.slice(1)],
      );
      expect(row!.lease).toBeGreaterThanOrEqual(lease);
    }
  });

  test('an agent is killed: what it never read goes to the others, what it runs goes on and is its own', async () => {
    crowd.close();
    const [begun] = await newBranches(1);
    await crowd.ask(begun!);
    const owner = await until('it runs', async () => {
      const [job] = await crowd.jobs([begun!]);
      return job ? crowd.runs(job.id)[0] : undefined;
    });
    const from = Date.now();
    await crowd.town.kill(owner);
    const shas = await newBranches(3);
    await Promise.all(shas.map((sha) => crowd.ask(sha)));
    crowd.open();
    await crowd.finished(shas);
    tell('an agent killed, new work done by the others after', Date.now() - from);
    await onceEach(shas);
    for (const { id } of await crowd.jobs(shas)) expect(crowd.runs(id)).not.toContain(owner);
    // What it may have read is nobody else's.
    expect(await crowd.jobs([begun!])).toMatchObject([{ state: 'running', attempts: 1 }]);

    await crowd.town.start(owner);
    await crowd.finished([begun!]);
    await onceEach([begun!]);
    const [ledger] = (await crowd.ledger([begun!])).values();
    expect(ledger).toEqual([expect.stringMatching(/^started /), 'ended succeeded']);
  });

  test('an agent that is drained ends when its last job has, and the others go on', async () => {
    crowd.close();
    const [begun] = await newBranches(1);
    await crowd.ask(begun!);
    const owner = await until('it runs', async () => {
      const [job] = await crowd.jobs([begun!]);
      return job ? crowd.runs(job.id)[0] : undefined;
    });
    const drained = crowd.agentCommand(owner, 'drain', '--why', 'an upgrade');
    await until('the hub knows', async () => {
      const rows = await crowd.rows('select 1 from agents where draining');
      return rows.length === 1 ? true : undefined;
    });
    const shas = await newBranches(3);
    await Promise.all(shas.map((sha) => crowd.ask(sha)));
    await until('they are given out', async () => {
      const jobs = await crowd.jobs(shas);
      return jobs.filter(({ state }) => state === 'running').length === 3 ? true : undefined;
    });
    crowd.open();
    expect(await drained).toMatchObject({ code: 0, out: expect.stringContaining('has ended') });
    await crowd.finished([...shas, begun!]);
    await onceEach([...shas, begun!]);
    for (const { id } of await crowd.jobs(shas)) expect(crowd.runs(id)).not.toContain(owner);
    await crowd.town.start(owner);
  });

  test('a hub is drained under load: it ends by itself, and no caller is refused', async () => {
    const shas = await newBranches(3);
    const asked = Promise.all(shas.map((sha) => crowd.ask(sha)));
    const done = await crowd.hubCommand('hub-a', 'drain', '--why', 'an upgrade');
    expect(done).toMatchObject({ code: 0 });
    expect(await crowd.ended('hub-a')).toBe(0);
    const told = await crowd.rows<{ entry: string }>(
      "select entry from ledger_leaves where subject = 'hub:hub'",
    );
    expect(told.map(({ entry }) => entry)).toEqual([expect.stringContaining('"hub-drained"')]);
    await asked;
    await crowd.finished(shas);
    await onceEach(shas);
    await crowd.hub('hub-a');
  });
});
