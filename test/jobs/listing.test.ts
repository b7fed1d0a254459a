import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { listJobs, inspect, takeDeeds, pauseBackend } from '../../src/jobs/jobs.ts';
import { minutes } from '../../src/lib/clock.ts';
import { inspectAnswer, listAnswer } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aPipeline, aWorld } from '../support/jobs.ts';

eachDatabase((open) => {
  test('the list has jobs by state, backend and workspace, with what each waits for', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await world.submit({ branch: 'other', pipeline: aPipeline({ a: [] }) });
    await agent.ends('a', 'nonzero_exit');
    const shown = async (ask: object) => {
      const jobs = await listJobs(world.deps, ask);
      expect(listAnswer.parse({ at: 1, jobs })).toEqual({ at: 1, jobs });
      return jobs.map(({ action, workspace, code }) => `${workspace} ${action} ${code}`);
    };

    expect(await shown({})).toEqual(['attendance-other a initiated']);
    await agent.runs();
    await pauseBackend(world.deps, { backend: 'schools', paused: true, why: '' });
    await world.submit({ branch: 'third', pipeline: aPipeline({ z: [] }) });
    expect(await shown({})).toEqual(['attendance-third z paused', 'attendance-other a initiated']);
    expect(await shown({ state: 'waiting' })).toEqual(['attendance-third z paused']);
    expect(await shown({ state: 'running' })).toEqual(['attendance-other a initiated']);
    expect(await shown({ state: 'ended' })).toEqual([
      'attendance-main b dependency_failed',
      'attendance-main a nonzero_exit',
    ]);
    expect(await shown({ state: 'all', workspace: 'attendance-main' })).toHaveLength(2);
    expect(await shown({ state: 'all', backend: 'moon' })).toEqual([]);
    expect(await shown({ state: 'all', limit: 1 })).toHaveLength(1);
    const [running] = await listJobs(world.deps, { state: 'running' });
    expect(running).toMatchObject({ login: 'researcher', agent: 'agent-1', attempts: 1, stopping: false });
  });

  test('a request is shown with its attempts, what it waits for, what is on record, and whether GitHub has been told', async () => {
    const world = aWorld(await open());
    const agent = world.agent();
    const { request } = await world.submit({ pipeline: aPipeline({ a: [], b: ['a'] }) });
    await agent.ends('a', 'interrupted');
    world.clock.advance(minutes(1));

    const found = await inspect(world.deps, request);

    expect(inspectAnswer.parse({ at: 1, found }).found).toEqual(found);
    expect(found).toMatchObject({
      request,
      job: null,
      state: 'running',
      repository: 'school-research/attendance',
      login: 'researcher',
      jobs: [
        {
          action: 'a',
          attempts: 2,
          waitsFor: [],
          tasks: [{ type: 'run', state: 'done', ended: 'interrupted' }, { state: 'active' }],
        },
        {
          action: 'b',
          code: 'waiting_on_dependencies',
          waitsFor: [{ action: 'a', code: 'initiated' }],
          tasks: [],
        },
      ],
      github: [{ topic: 'request', state: 'pending' }],
    });
    const { timeline, jobs } = found as Exclude<typeof found, { refused: true }>;
    expect(timeline.map(({ event, actor }) => `${event} ${actor}`)).toEqual([
      'submitted person:7',
      'started hub',
      'requeued agent:schools/agent-1',
      'started hub',
    ]);
    expect(await inspect(world.deps, jobs[1]!.job)).toMatchObject({
      job: jobs[1]!.job,
      jobs: [{ action: 'b' }],
      timeline: [{ event: 'submitted' }],
    });
    for (const unknown of ['z'.repeat(16), "'; drop table jobs; --"])
      expect(await inspect(world.deps, unknown)).toMatchObject({ code: 'operator.unknown-id' });
  });

  test('what operators did in a zone stands in the log once, and names no workspace that the hub has not heard of', async () => {
    const world = aWorld(await open());
    await world.submit({ pipeline: aPipeline({ a: [] }) });
    const by = (agent: string) => ({ backend: 'schools', as: agent, actor: `agent:schools/${agent}` });
    const at = world.clock.now() - 5000;
    const archived = {
      id: '0000000000000001',
      deed: 'workspace-archived',
      at,
      workspace: 'attendance-main',
    } as const;
    const secret = {
      id: '0000000000000002',
      deed: 'outputs-removed',
      at: at + 9e9,
      workspace: 'patient_7_has_hiv',
    } as const;

    expect(await takeDeeds(world.deps, by('agent-1'), [archived, secret, archived])).toBe(2);
    expect(await takeDeeds(world.deps, by('agent-1'), [secret])).toBe(0);
    // Another agent may use the same id for a deed of its own.
    expect(await takeDeeds(world.deps, by('agent-2'), [archived])).toBe(1);

    const rows = await rowsOf<{ entry: string }>(
      world.deps.db,
      sql`select entry from ledger_leaves where subject = 'zone:schools' order by id`,
    );
    expect(rows.map(({ entry }) => JSON.parse(entry) as object)).toMatchObject([
      {
        actor: 'agent:schools/agent-1',
        body: { event: 'workspace-archived', at: new Date(at).toISOString(), workspace: 'attendance-main' },
      },
      { body: { event: 'outputs-removed', at: new Date(world.clock.now()).toISOString(), workspace: null } },
      { actor: 'agent:schools/agent-2' },
    ]);
    expect(JSON.stringify(rows)).not.toContain('patient');
  });
});
