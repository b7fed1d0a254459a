/**
 * `kill -9` at every step, then a new agent over the same folder and engine: no job lost, none run
 * twice, none stuck, and the same workspace as without the fault. The points come from the code.
 */
import { afterAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../src/lib/hash.ts';
import type { Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited } from '../support/governance.ts';
import type { Script } from '../support/scripted-executor.ts';
import {
  aWorld,
  closeUpstream,
  dyingAt,
  goodScript,
  KILL_POINTS,
  leftovers,
  type AgentSettings,
  type FetchFrom,
  type World,
} from '../support/zone-world.ts';

afterAll(closeUpstream);

/** As a fetch leaves a mirror, without its four processes; test/runner/kill has the real one. */
const copied: FetchFrom =
  (root) =>
  async ({ dir, owner, name, refspecs }) => {
    const from = path.join(root, owner, `${name}.git`);
    cpSync(path.join(from, 'objects'), path.join(dir, 'objects'), { recursive: true });
    for (const [source = '', as = ''] of refspecs.map((one) => one.replace('+', '').split(':'))) {
      mkdirSync(path.dirname(path.join(dir, as)), { recursive: true });
      cpSync(path.join(from, source), path.join(dir, as));
    }
  };

/** A life of a few tasks; returns their ends, in order. */
interface Story {
  settings: AgentSettings;
  prepare?: (world: World) => void;
  give: (world: World) => Promise<string[]>;
  /** How each task ends. */
  ends: Update['state'][];
  /** The first task runs a second time, and no more often. */
  twice?: true;
}

/** Exit codes stay in the zone, so that the zone itself tries again. */
const HIDDEN = aGovernance(edited({ 'images.yml': [', exit_codes: trusted', ''] }));

const fails: Script = async (job) => {
  await goodScript(job);
  return job.spec.labels['action'] === 'model' ? 7 : 0;
};

/** A database that cannot be reached at the first try. */
const passes: Script = (job) => {
  const again = existsSync(path.join(job.spec.workDir, '..', 'tries.json'));
  return again || job.spec.labels['action'] === 'model' ? goodScript(job) : 3;
};

/** Runs until it is stopped, in the model; the file is written first. */
const waits: Script = async (job) => {
  await goodScript(job);
  if (job.spec.labels['action'] === 'extract') return 0;
  await new Promise((resolve) => job.ended.addEventListener('abort', resolve));
  return 0;
};

const both = async (world: World): Promise<string[]> => {
  const extract = world.task('extract');
  world.hub.give(extract);
  await world.hub.end(extract.id);
  const model = world.task('model');
  world.hub.give(model);
  await world.hub.end(model.id);
  return [extract.id, model.id];
};

const STORIES: Record<string, Story> = {
  'a job that succeeds': {
    settings: {},
    async give(world) {
      const extract = world.task('extract');
      world.hub.give(extract);
      await world.hub.end(extract.id);
      return [extract.id];
    },
    ends: ['succeeded'],
  },
  'two jobs that succeed': { settings: {}, give: both, ends: ['succeeded', 'succeeded'] },
  'a job that fails': { settings: { script: fails }, give: both, ends: ['succeeded', 'nonzero_exit'] },
  'a database that does not answer at first': {
    settings: { script: passes },
    give: both,
    ends: ['succeeded', 'succeeded'],
    twice: true,
  },
  'a job that the zone refuses': {
    settings: {},
    async give(world) {
      const refused = world.task('extract', { requestedBy: 1 });
      world.hub.give(refused);
      await world.hub.end(refused.id);
      return [refused.id];
    },
    ends: ['refused_by_zone'],
  },
  'dummy data': { settings: { data: 'dummy' }, give: both, ends: ['succeeded', 'succeeded'] },
  'a cancelled job': {
    settings: { script: waits },
    async give(world) {
      const extract = world.task('extract');
      world.hub.give(extract);
      await world.hub.end(extract.id);
      const model = world.task('model');
      world.hub.give(model);
      await started(world, model.id);
      world.hub.give({ type: 'cancel', id: 'cancel0000000001', job: model.job, task: model.id });
      await world.hub.end(model.id, 'cancel0000000001');
      return [extract.id, model.id];
    },
    ends: ['succeeded', 'cancelled_by_user'],
  },
};

async function started(world: World, id: string): Promise<void> {
  while (!world.engine.started.includes(id)) await new Promise(setImmediate);
}

/** What a person would see of the workspace: paths, levels and bytes, without ids and times. */
function picture(world: World): unknown {
  const manifest = world.manifest();
  const places = world.layout.workspace('study-main');
  const files = Object.entries(manifest?.outputs ?? {}).map(([file, entry]) => ({
    file,
    level: entry.level,
    action: entry.action,
    hash: entry.content_hash,
    high: existsSync(path.join(places.high, file)),
    medium: existsSync(path.join(places.medium, file)),
  }));
  const runs = Object.entries(manifest?.runs ?? {}).map(([action, { state, log }]) => ({
    action,
    state,
    log: log && sha256(readFileSync(path.join(places.medium, log.path))) === log.content_hash,
  }));
  return { files, runs };
}

async function settled(world: World, agent: { runner: { idle: boolean } }): Promise<void> {
  while (!agent.runner.idle || leftovers(world).length > 0) await new Promise(setImmediate);
}

/** Plays a story with a death at one point that it passes. */
async function playDying(story: Story, point: string): Promise<void> {
  const world = await aWorld({ governance: HIDDEN, fetch: copied });
  const fault = dyingAt(point);
  const first = world.agent({ ...story.settings, checkpoint: fault.checkpoint });
  const giving = story.give(world);
  await Promise.race([fault.death, giving]);
  await first.stop();
  const second = world.agent(story.settings);
  const ids = await giving;
  await settled(world, second);

  const context = `${point}: `;
  expect(context + ids.map((id) => world.hub.ended.get(id)?.state).join()).toBe(context + story.ends.join());
  const twice = story.twice ? ids.slice(0, 1) : [];
  expect(context + duplicates(world.engine.started).join()).toBe(context + twice.join());
  const { picture: whole } = await faultless(story);
  expect({ point, picture: picture(world), died: fault.died() }).toEqual({
    point,
    picture: whole,
    died: true,
  });
  await second.stop();
  await world.close();
}

const duplicates = (ids: readonly string[]): string[] => ids.filter((id, index) => ids.indexOf(id) !== index);

interface Faultless {
  picture: unknown;
  /** What the story passes when nothing happens: nowhere else can its first agent die. */
  points: Set<string>;
}
const known = new Map<Story, Promise<Faultless>>();
function faultless(story: Story): Promise<Faultless> {
  const made = known.get(story) ?? playFaultless(story);
  known.set(story, made);
  return made;
}

async function playFaultless(story: Story): Promise<Faultless> {
  const world = await aWorld({ governance: HIDDEN, fetch: copied });
  const points = new Set<string>();
  const agent = world.agent({ ...story.settings, checkpoint: (point) => void points.add(point) });
  await story.give(world);
  await settled(world, agent);
  const seen = picture(world);
  await agent.stop();
  await world.close();
  return { picture: seen, points };
}

const reached = new Set<string>();
/** Which points of a story are taken although another took them; the long run takes all of every story. */
const EVERY: Record<string, number> = { 'a job that succeeds': 1, 'two jobs that succeed': 8 };

test.each(Object.keys(STORIES))(
  'killed at every step of %s, the next agent brings it to the same end',
  async (name) => {
    const story = STORIES[name] as Story;
    const every = process.env['SALLYPORT_TEST_SEEDS'] === 'many' ? 1 : (EVERY[name] ?? Infinity);
    const { points } = await faultless(story);
    for (const [index, point] of KILL_POINTS.filter((one) => points.has(one)).entries()) {
      // The other stories need only the points that those before them do not pass.
      if (reached.has(point) && index % every > 0) continue;
      await playDying(story, point);
      reached.add(point);
    }
  },
  240_000,
);

test('killed while a reusable action is looked up, the next agent runs it', async () => {
  const files = {
    'project.yaml': `version: 5
actions:
  count:
    run: tally:v1 --deep
    outputs: {highly_sensitive: {out: out.csv}}
`,
  };
  for (const point of ['derive.reusable:before', 'derive.reusable:after']) {
    const world = await aWorld({ files });
    if (point.endsWith('before'))
      world.upstream.repository('northshire-actions/tally', {
        'action.yaml': 'run: python:v2 tally.py\n',
        'tally.py': 'x',
      });
    tag(world, 'northshire-actions/tally', 'v1');
    const fault = dyingAt(point);
    const task = world.task('count');
    world.hub.give(task);
    const first = world.agent({ checkpoint: fault.checkpoint });
    await fault.death;
    await first.stop();
    let command: string[] = [];
    const second = world.agent({
      script: ({ spec }) => {
        command = spec.command;
        writeFileSync(path.join(spec.workDir, 'out.csv'), 'x');
        return existsSync(path.join(spec.workDir, 'tally.py')) ? 0 : 9;
      },
    });

    const [end] = await world.hub.end(task.id);

    expect(end?.state).toBe('succeeded');
    expect(command).toEqual(['tally.py', '--deep']);
    reached.add(point);
    await second.stop();
    await world.close();
  }
});

function tag(world: World, name: string, version: string): void {
  execFileSync('git', ['-C', path.join(world.upstream.root, `${name}.git`), 'tag', '-f', version, 'main'], {
    stdio: 'ignore',
  });
}

test('every kill point there is was passed by some story', () => {
  expect(KILL_POINTS.filter((point) => !reached.has(point))).toEqual([]);
});
