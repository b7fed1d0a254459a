/** What an agent tells those who watch it: enough for an operator, and nothing that a job can choose. */
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AgentWatch } from '../../agent/agent-watch.ts';
import { DiskWatch, type DiskFacts } from '../../agent/disk.ts';
import { Phases } from '../../agent/runner/observe.ts';
import { zoneDisk } from '../../agent/zone-watch.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { GovernanceLook } from '../../src/lib/role-metrics.ts';
import { aGovernance, edited } from '../support/governance.ts';
import type { Script } from '../support/scripted-executor.ts';
import { aWorld, closeUpstream, type World } from '../support/zone-world.ts';

const silent = createLogger('test', { level: 'silent' });
/** Exit codes of no image leave the zone. */
const HIDDEN = aGovernance(edited({ 'images.yml': [', exit_codes: trusted', ''] }));
const SETTING = { listen: { host: '127.0.0.1', port: 0 } };
let world: World;
const open: AgentWatch[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await world?.close();
});
afterAll(closeUpstream);

/** A disk that is as full as the test says. */
function aDisk(freeBytes: number): { disk: DiskWatch; facts: DiskFacts } {
  const facts: DiskFacts = { freeBytes, totalBytes: 100 };
  const disk = new DiskWatch(
    '/',
    zoneDisk.parse({ amber_free_bytes: 50, red_free_bytes: 10 }),
    silent,
    async () => facts,
  );
  return { disk, facts };
}

function aWatch(data: 'real' | 'dummy', disk = aDisk(100).disk): AgentWatch {
  const clock = fixedClock('2026-08-03T09:00:00Z');
  const governance = new GovernanceLook(clock);
  governance.note({});
  const made = new AgentWatch({ data, clock, disk, governance });
  open.push(made);
  return made;
}

const read = async (watch: AgentWatch, where: string): Promise<string> =>
  (await fetch(`${watch.url}${where}`)).text();

/** Says its secret in names, counts, sizes, contents, its log, its exit code, and in whether it needs another try. */
function telling(secret: number): Script {
  let tries = 0;
  return ({ spec, say }) => {
    const out = path.join(spec.workDir, 'output');
    mkdirSync(path.join(out, 'figures'), { recursive: true });
    say(`the secret is ${secret}`);
    if (spec.labels['action'] === 'extract') {
      writeFileSync(path.join(out, 'rows.csv'), 'x'.repeat(secret * 1000));
      // A passing error of the database: tried again in the zone, and nobody outside is told.
      return secret > 20 && tries++ === 0 ? 3 : 0;
    }
    for (let n = 0; n < secret; n += 1)
      writeFileSync(path.join(out, 'figures', `s${secret}_${n}.svg`), '<svg/>');
    if (secret > 20) writeFileSync(path.join(out, 'table.csv'), 'a,b\n'.repeat(secret * 300));
    return 1 + secret;
  };
}

async function metricsOf(secret: number): Promise<{ text: string; starts: number }> {
  world = await aWorld({ governance: HIDDEN });
  const watch = aWatch('real');
  const agent = world.agent({ script: telling(secret), watch });
  await watch.start(
    SETTING,
    {
      running: () => agent.runner.running,
      untold: () => agent.runner.untold,
      hasGovernance: () => true,
      draining: () => false,
    },
    silent,
  );
  const extract = world.task('extract');
  world.hub.give(extract);
  await world.hub.end(extract.id);
  const model = world.task('model');
  world.hub.give(model);
  await world.hub.end(model.id);
  await agent.stop();
  const text = await read(watch, '/metrics');
  const starts = world.engine.started.length;
  await world.close();
  // Durations may differ; and how often the hub was asked is a matter of the moment.
  const untimed = text.replace(
    /^(sallyport_agent_(phase_seconds_(bucket|sum)|polls_total).*) [\d.e+]+$/gm,
    '$1 TIME',
  );
  return { text: untimed, starts };
}

test('a job that tells a secret in every way it has leaves the same metrics but for durations', async () => {
  const [first, second] = [await metricsOf(17), await metricsOf(41)];
  // It did have another try, the second time.
  expect([first.starts, second.starts]).toEqual([2, 3]);
  expect(second.text).toBe(first.text);
  expect(first.text).toContain('sallyport_agent_runs_total{end="nonzero_exit"} 1');
  expect(first.text).toContain('sallyport_agent_phase_seconds_count{phase="execute"} 2');
  expect(first.text).not.toMatch(/study|extract|model|rows|output|_bytes|process_|nodejs_/);
});

test('next to real data the agent tells nothing of its own memory, CPU and disk; on dummy data it does', async () => {
  const facts = { running: () => 0, untold: () => 0, hasGovernance: () => true, draining: () => false };
  const [real, dummy] = [aWatch('real'), aWatch('dummy')];
  await real.start(SETTING, facts, silent);
  await dummy.start(SETTING, facts, silent);

  expect(await read(real, '/metrics')).toMatch(/^sallyport_agent_disk_level\{level="ok"\} 1$/m);
  expect(await read(real, '/metrics')).not.toMatch(/free_bytes|resident_memory|eventloop/);
  expect(await read(dummy, '/metrics')).toMatch(/disk_free_bytes|resident_memory|eventloop/);
});

test('an agent is ready when engine, hub and governance are there and the disk has room, and says what is not', async () => {
  const { disk, facts } = aDisk(100);
  const codes = async (state: {
    engine?: boolean;
    hub?: boolean;
    governance?: boolean;
    draining?: boolean;
    stops?: boolean;
  }) => {
    const watch = aWatch('real', disk);
    const { engine, hub, governance = true, draining = false, stops = false } = state;
    await watch.start(
      SETTING,
      { running: () => 0, untold: () => 0, hasGovernance: () => governance, draining: () => draining },
      silent,
    );
    if (engine !== undefined) watch.engine(engine);
    if (hub !== undefined) watch.polled(hub);
    watch.isStopping = stops;
    const { reasons } = JSON.parse(await read(watch, '/readyz')) as { reasons: { code: string }[] };
    return reasons.map(({ code }) => code);
  };
  expect(await codes({})).toEqual(['ready.starting']);
  expect(await codes({ engine: true })).toEqual(['ready.starting']);
  expect(await codes({ engine: true, hub: true })).toEqual([]);
  expect(await codes({ engine: true, hub: true, draining: true })).toEqual(['ready.draining']);
  facts.freeBytes = 5;
  await disk.look();
  expect(await codes({ engine: false, hub: false, governance: false })).toEqual([
    'ready.engine',
    'ready.hub',
    'ready.governance',
    'ready.disk',
  ]);
  expect(await codes({ engine: true, hub: true, stops: true })).toEqual(['ready.stopping']);
});

test('with the disk nearly full no task is taken and the hub hears that the agent is not ready; then it goes on', async () => {
  world = await aWorld();
  const { disk, facts } = aDisk(5);
  await disk.look();
  const agent = world.agent({
    full: { isFull: () => disk.level === 'red', onChange: (changed) => disk.onChange(changed) },
  });
  const task = world.task('extract');
  world.hub.give(task);
  // A second poll was asked: the list with the task has been heeded.
  while (world.hub.asked.length < 2) await new Promise(setImmediate);
  expect(agent.runner.running).toBe(0);
  expect(world.hub.asked.map(({ engine }) => engine)).not.toContain(true);
  expect(world.hub.updatesSeen).toEqual([]);

  facts.freeBytes = 60;
  await disk.look();
  expect((await world.hub.end(task.id))[0]?.state).toBe('succeeded');
  expect(world.hub.asked.at(-1)?.engine).toBe(true);
  await agent.stop();
});

test('each phase of a run is told once, in whole seconds, however often the run goes back', () => {
  let now = 0;
  const told: string[] = [];
  const phases = new Phases(
    {
      phase: (phase, seconds) => told.push(`${phase} ${seconds}`),
      ended: (end) => told.push(end),
      polled: () => undefined,
      engine: () => undefined,
      turned: () => undefined,
    },
    { id: 't', job: 'j', request: 'r' },
    () => now,
  );
  now = 2999;
  phases.enter('execute');
  phases.enter('prepare');
  now = 60_000;
  phases.enter('execute');
  now = 62_999;
  phases.enter('finalize');
  now = 63_000;
  phases.over('succeeded');
  expect(told).toEqual(['prepare 2', 'execute 60', 'finalize 0', 'succeeded']);
});
