/** What a task is taken to mean: by governance that may be younger than the agent's, and by tags that may move. */
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Governance, MirrorRefresh } from '../../src/governance/governance.ts';
import { FreshGovernance } from '../../agent/runner/governance.ts';
import type { Metadata } from '../../agent/runner/types.ts';
import { projectAt } from '../../src/github/commit.ts';
import type { RepoClient } from '../../src/github/repo.ts';
import { minutes, seconds } from '../../src/lib/clock.ts';
import { commandOf } from '../../src/pipeline/pipeline.ts';
import type { RunTask, Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited, PEOPLE } from '../support/governance.ts';
import {
  aWorld,
  closeUpstream,
  STUDY_FILES,
  type AgentSettings,
  type TestAgent,
  type World,
} from '../support/zone-world.ts';

let world: World;
let agent: TestAgent | undefined;
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.close();
});
afterAll(closeUpstream);

async function endOf(task: RunTask, settings: AgentSettings = {}): Promise<Update> {
  await agent?.stop();
  world.hub.give(task);
  agent = world.agent(settings);
  const [end] = await world.hub.end(task.id);
  while (!agent.runner.idle) await new Promise(setImmediate);
  return end as Update;
}

describe('governance that is younger than the agent’s last look', () => {
  /** Governance as the agent has it, a newer one in the repository, and how often it looked. */
  function lagging(mine: Governance, newer: Governance) {
    let current = mine;
    let looks = 0;
    const mirror = {
      current: () => current,
      async refresh(): Promise<MirrorRefresh> {
        looks += 1;
        const changed = current.commit !== newer.commit;
        current = newer;
        return { changed };
      },
    };
    return { mirror, looks: () => looks };
  }
  const versioned = (edits: Record<string, [string, string]>, commit: string): Governance => ({
    ...aGovernance(edited(edits)),
    commit: commit.repeat(40),
  });
  const OLD: [string, Record<string, [string, string]>, string][] = [
    [
      'an image',
      { 'images.yml': ['name: sqlrunner, version: v1', 'name: sqlrunner, version: v9'] },
      'image-not-allowed',
    ],
    [
      'a backend',
      { 'projects/ns-2026-014.yml': ['backends: [attainment]', 'backends: [rehearsal]'] },
      'backend-not-permitted',
    ],
    [
      'a digest',
      { 'images.yml': ["digest: 'sha256:" + '3'.repeat(64), "digest: 'sha256:" + '5'.repeat(64)] },
      'image-missing',
    ],
  ];

  async function play(mine: Governance, newer: Governance): Promise<{ end: Update; looks: number }> {
    world = await aWorld();
    const { mirror, looks } = lagging(mine, newer);
    const limits = { freshMs: minutes(1), maxAgeMs: minutes(60) };
    const governance = new FreshGovernance(mirror, limits, world.clock);
    const keep = mirror.refresh;
    // The last look was before the change.
    mirror.refresh = async () => ({ changed: false });
    await governance.look();
    mirror.refresh = keep;
    world.clock.advance(seconds(20));
    const end = await endOf(world.task('extract'), { governance });
    return { end, looks: looks() };
  }

  test.each(OLD)('%s that was enrolled a moment ago is found by looking once more', async (_what, edits) => {
    const { end, looks } = await play(versioned(edits, 'a'), versioned({}, 'b'));

    expect(end.state).toBe('succeeded');
    expect(looks).toBe(1);
  });

  test.each(OLD)(
    '%s that is not there at a second look either is refused, after one look',
    async (_what, edits, reason) => {
      const old = versioned(edits, 'a');
      const { end, looks } = await play(old, old);

      expect(end).toMatchObject({ state: expect.stringMatching(/refused_by_zone|prepare_failed/), reason });
      expect(looks).toBe(1);
    },
  );

  test('what does not lie in governance is refused without a look', async () => {
    world = await aWorld();
    const { mirror, looks } = lagging(versioned({}, 'a'), versioned({}, 'a'));
    const governance = new FreshGovernance(
      mirror,
      { freshMs: minutes(1), maxAgeMs: minutes(60) },
      world.clock,
    );
    await governance.look();

    expect(await endOf(world.task('modle'), { governance })).toMatchObject({ reason: 'action-unknown' });
    expect(looks()).toBe(1);
  });

  test('jobs that are refused together share looks', async () => {
    world = await aWorld();
    const old = versioned({}, 'a');
    const { mirror, looks } = lagging(old, old);
    const governance = new FreshGovernance(
      mirror,
      { freshMs: minutes(1), maxAgeMs: minutes(60) },
      world.clock,
    );
    await governance.look();
    world.clock.advance(1);
    const signal = new AbortController().signal;

    await Promise.all(Array.from({ length: 20 }, () => governance.lookSince(world.clock.now(), signal)));

    expect(looks()).toBe(2);
  });

  test('a person who was let in a moment ago may run', async () => {
    const old = versioned({}, 'a');
    const people = old.people.filter(({ id }) => id !== PEOPLE.lead);
    const { end } = await play({ ...old, people }, versioned({}, 'b'));

    expect(end.state).toBe('succeeded');
  });
});

describe('a reusable action', () => {
  const PROJECT = `version: 5
actions:
  one:
    run: tally:v1
    outputs: {highly_sensitive: {out: one.csv}}
  two:
    run: tally:v1 --again
    outputs: {highly_sensitive: {out: two.csv}}
`;
  const NAME = 'northshire-actions/tally';
  const tag = (): void => {
    const bare = path.join(world.upstream.root, `${NAME}.git`);
    execFileSync('git', ['-C', bare, 'tag', '-f', 'v1', 'main'], { stdio: 'ignore' });
  };
  const ran: Record<string, string> = {};
  const script: AgentSettings['script'] = ({ spec }) => {
    const action = spec.labels['action'] ?? '';
    ran[action] = readFileSync(path.join(spec.workDir, 'tally.py'), 'utf8');
    writeFileSync(path.join(spec.workDir, `${action}.csv`), 'x');
    return 0;
  };

  test('is the same commit for all jobs of a request, also when its tag is moved and the agent restarted', async () => {
    world = await aWorld({ files: { 'project.yaml': PROJECT } });
    const first = world.upstream.repository(NAME, {
      'action.yaml': 'run: python:v2 tally.py\n',
      'tally.py': 'first',
    });
    tag();
    const one = world.task('one');
    expect(await endOf(one, { script })).toMatchObject({ state: 'succeeded' });
    const second = world.upstream.commit(NAME, { 'tally.py': 'second' });
    tag();
    world.clock.advance(minutes(5));

    expect((await endOf(world.task('two'), { script })).state).toBe('succeeded');
    expect(ran).toEqual({ one: 'first', two: 'first' });
    const later = world.task('two', { request: 'request000000002' });
    expect((await endOf(later, { script })).state).toBe('succeeded');
    expect(ran['two']).toBe('second');

    const code = (commit: string) => ({ repo: 'https://github.com/northshire-actions/tally', commit });
    const metadata = readFileSync(world.layout.run(one.job, one.id).metadata, 'utf8');
    expect((JSON.parse(metadata) as Metadata).reusable_action).toEqual(code(first));
    expect(readFileSync(world.layout.run(one.job, one.id, 'one').log, 'utf8')).toContain(first);
    const { jobs = {} } = world.manifest() ?? {};
    expect(jobs[one.job]?.reusable_action).toEqual(code(first));
    expect(jobs[later.job]?.reusable_action).toEqual(code(second));
  });
});

test('a file called __proto__ is a file like any other', async () => {
  const project = `version: 5
actions:
  make:
    run: python:v2 make.py
    outputs: {moderately_sensitive: {odd: "out/*.csv", top: "__proto__*.csv"}}
  use:
    run: python:v2 use.py
    needs: [make]
    outputs: {highly_sensitive: {seen: seen.txt}}
`;
  world = await aWorld({
    files: {
      ...STUDY_FILES,
      'project.yaml': project,
      ['__proto__']: 'code',
      'lib/__proto__': 'code',
      constructor: 'code',
    },
  });
  const script: AgentSettings['script'] = ({ spec }) => {
    const at = (file: string): string => path.join(spec.workDir, file);
    if (spec.labels['action'] === 'make') {
      expect(readFileSync(at('lib/__proto__'), 'utf8')).toBe('code');
      mkdirSync(at('out'));
      writeFileSync(at('__proto__.csv'), 'a\n1\n');
      writeFileSync(at('out/__proto__.csv'), 'made');
      return 0;
    }
    writeFileSync(at('seen.txt'), readFileSync(at('out/__proto__.csv'), 'utf8'));
    return 0;
  };

  expect(await endOf(world.task('make'), { script })).toMatchObject({ state: 'succeeded' });
  expect((await endOf(world.task('use'), { script })).state).toBe('succeeded');
  expect(Object.keys(world.manifest()?.outputs ?? {}).sort()).toEqual([
    '__proto__.csv',
    'out/__proto__.csv',
    'seen.txt',
  ]);
});

test('of a study written short, the zone runs what the hub read: one reader, on both sides', async () => {
  const project = `version: 5
defaults: {image: "python:v2", needs: [make]}
actions:
  make:
    run: python make.py
    outputs: {highly_sensitive: {all: all.csv}}
  part_<area>:
    for_each: {area: [north, south]}
    run: python part.py <area>
    config: {only: <area>}
    outputs: {moderately_sensitive: {part: part_<area>.csv}}
`;
  const client = { file: async () => Buffer.from(project) } as unknown as RepoClient;
  const read = await projectAt(client, 'a'.repeat(40));
  const hub = read.kind === 'read' ? read.reading.pipeline! : undefined;
  world = await aWorld({ files: { ...STUDY_FILES, 'project.yaml': project } });
  const ran: Record<string, string[]> = {};
  const script: AgentSettings['script'] = ({ spec }) => {
    const action = hub!.actions.find(({ name }) => name === spec.labels['action'])!;
    ran[action.name] = spec.command;
    for (const need of action.needs) expect(existsSync(path.join(spec.workDir, outputOf(need)))).toBe(true);
    writeFileSync(path.join(spec.workDir, outputOf(action.name)), 'a\n1\n');
    return 0;
  };
  const outputOf = (name: string): string =>
    hub!.actions.find((action) => action.name === name)!.outputs[0]!.pattern;

  for (const { name } of hub!.actions)
    expect(await endOf(world.task(name), { script })).toMatchObject({ state: 'succeeded' });

  expect(ran).toEqual(Object.fromEntries(hub!.actions.map((action) => [action.name, commandOf(action)])));
  expect(ran['part_south']).toEqual(['python', 'part.py', 'south', '--config', '{"only":"south"}']);
});
