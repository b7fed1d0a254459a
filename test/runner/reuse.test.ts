/** When the results of an earlier run on dummy data stand for a run that has not begun, and when they never do. */
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readManifest } from '../../agent/store/manifest.ts';
import { dummyUpdate, realUpdate, type RunTask, type Update } from '../../src/protocol/messages.ts';
import { aGovernance, edited } from '../support/governance.ts';
import type { Script } from '../support/scripted-executor.ts';
import {
  aWorld,
  closeUpstream,
  dyingAt,
  leftovers,
  OWNER,
  STUDY_FILES,
  type AgentSettings,
  type TestAgent,
  type World,
} from '../support/zone-world.ts';

let world: World;
let agent: TestAgent | undefined;
let programs: string[];
let pushes: number;
beforeEach(async () => {
  world = await aWorld({ files: { ...STUDY_FILES, 'analysis/other.py': 'print(2)' } });
  programs = [];
  pushes = 0;
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.close();
});
afterAll(closeUpstream);

const script: Script = ({ spec, say }) => {
  programs.push(spec.labels['action'] ?? '');
  say('fitting');
  const out = path.join(spec.workDir, 'output');
  mkdirSync(path.join(out, 'figures'), { recursive: true });
  const rows = readFileSync(path.join(out, 'rows.csv'), 'utf8').length;
  writeFileSync(path.join(out, 'table.csv'), `measure,value\nrows,${rows}\n`);
  writeFileSync(path.join(out, 'figures', 'absence.svg'), '<svg/>');
  return 0;
};

const name = (): string => world.task('model').repository.name;
const change = (
  files: Record<string, string | undefined>,
  options?: Parameters<World['upstream']['commit']>[2],
): string => world.upstream.commit(`${OWNER}/${name()}`, files, options);

interface Checked {
  workspace: string;
  ends: Record<string, Update>;
}

/** The check of a push, as the hub plans it: a workspace of its own, and every action. */
async function check(
  commit = world.commit,
  more: Partial<RunTask> = {},
  settings: AgentSettings = {},
  until: (task: RunTask) => Promise<unknown> = (task) => world.hub.end(task.id),
): Promise<Checked> {
  pushes += 1;
  const request = `push${String(pushes).padStart(12, '0')}`;
  const workspace = `study-main-dummy-${request}`;
  agent ??= world.agent({ data: 'dummy', script, ...settings });
  const ends: Record<string, Update> = {};
  for (const action of ['extract', 'model']) {
    const task = world.task(action, { commit, request, workspace, reuse: true, ...more });
    world.hub.give(task);
    await until(task);
    ends[action] = world.hub.ended.get(task.id)!;
  }
  return { workspace, ends };
}

/** The hub hears of an end before the agent has cleaned up behind it. */
async function settled(): Promise<void> {
  while (!agent?.runner.idle) await new Promise(setImmediate);
}

const reuseOf = ({ ends }: Checked): Record<string, Update['reuse']> =>
  Object.fromEntries(Object.entries(ends).map(([action, end]) => [action, end.reuse]));
const because = (...kinds: string[]) => ({ because: kinds.map((kind) => ({ kind })) });
const high = ({ workspace }: Checked, file: string): string =>
  readFileSync(path.join(world.layout.workspace(workspace).high, file), 'utf8');

test('a push that changes nothing of what is run starts no program, and its workspace holds the results', async () => {
  const first = await check();
  expect(reuseOf(first)).toEqual({ extract: because('never-run'), model: because('never-run') });
  expect(programs).toEqual(['model']);

  const commit = change({ 'README.md': 'words', '.github/x.yml': 'a: 1' });
  const second = await check(commit);

  expect(programs).toEqual(['model']);
  const from = { from: { commit: world.commit, request: 'push000000000001' } };
  expect(reuseOf(second)).toEqual({ extract: from, model: from });
  expect(second.ends['model']).toEqual({
    ...{ task: expect.any(String), job: expect.any(String), state: 'succeeded' },
    ...{ at: expect.any(Number), finishedAt: expect.any(Number) },
    ...{ outputsMissing: false, outputsWithheld: false, reuse: from },
  });
  for (const file of ['output/rows.csv', 'output/table.csv', 'output/figures/absence.svg'])
    expect(high(second, file)).toBe(high(first, file));
  const [then, now] = [first, second].map(({ workspace }) =>
    readManifest(world.layout.workspace(workspace).manifest),
  );
  expect(Object.values(now?.jobs ?? {}).map(({ reused_from }) => reused_from)).toEqual([
    world.commit,
    world.commit,
  ]);
  const content = (manifest = then) =>
    Object.entries(manifest?.outputs ?? {}).map(([file, { level, content_hash, excluded }]) => [
      file,
      level,
      content_hash,
      excluded,
    ]);
  expect(content(now)).toEqual(content(then));
  await settled();
  expect(leftovers(world)).toEqual([]);

  // What stood in stands in again, and still says who made it.
  expect(reuseOf(await check(change({ 'README.md': 'more words' })))).toEqual({ extract: from, model: from });
  expect(programs).toEqual(['model']);
});

test('a changed program runs, and what needs it when other bytes come of it', async () => {
  await check();
  expect(reuseOf(await check(change({ 'analysis/model.py': 'print(3)' })))).toMatchObject({
    extract: { from: {} },
    model: { because: [{ kind: 'code', names: ['analysis/model.py'] }] },
  });
  // A file that anybody could read changes it for all.
  expect(reuseOf(await check(change({ 'analysis/shared.py': 'x = 1' })))).toMatchObject({
    extract: { because: [{ kind: 'code', names: ['analysis/shared.py'] }] },
    model: { because: [{ kind: 'code', names: ['analysis/shared.py'] }] },
  });
  expect(reuseOf(await check(change({ 'dummy/rows.csv': 'school,absent\nb,22\n' })))).toEqual({
    extract: { because: [{ kind: 'code', names: ['dummy/rows.csv'] }] },
    model: because('inputs'),
  });
  expect(programs).toHaveLength(4);
});

test.each([
  [
    'a config',
    (project: string) => project.replace('needs: [extract]', 'needs: [extract]\n    config: {a: 1}'),
    ['config'],
  ],
  ['a word of the command', (project: string) => project.replace('model.py', 'model.py --all'), ['command']],
  [
    'the declared outputs',
    (project: string) => project.replace('table: output/table.csv\n', 'table: output/t*.csv\n'),
    ['outputs'],
  ],
])('%s that changes makes its action run, and no other', async (_what, edit, kinds) => {
  await check();
  const ran = await check(change({ 'project.yaml': edit(STUDY_FILES['project.yaml'] ?? '') }));
  expect(reuseOf(ran)).toMatchObject({ extract: { from: {} }, model: because(...kinds) });
  expect(programs).toEqual(['model', 'model']);
});

test('an image of another digest, bytes that are gone, and a failure before make an action run', async () => {
  const first = await check();
  const digest = `sha256:${'7'.repeat(64)}`;
  world.governance = aGovernance(edited({ 'images.yml': [`sha256:${'2'.repeat(64)}`, digest] }));
  world.images.push(`northshire-images/python@${digest}`);
  await agent?.stop();
  agent = undefined;
  expect(reuseOf(await check())).toMatchObject({ extract: { from: {} }, model: because('image') });

  const table = readManifest(world.layout.workspace(first.workspace).manifest)?.outputs['output/table.csv'];
  rmSync(storedAt(table?.content_hash ?? ''), { force: true });
  expect(reuseOf(await check())).toMatchObject({ extract: { from: {} }, model: because('missing') });

  await agent!.stop();
  agent = undefined;
  const commit = change({ 'analysis/model.py': 'raise' });
  const failed = await check(commit, {}, { script: () => 1 });
  expect(failed.ends['model']?.state).toBe('nonzero_exit');
  await agent!.stop();
  agent = undefined;
  expect(reuseOf(await check(commit))).toMatchObject({ extract: { from: {} }, model: because('failed') });
  expect(reuseOf(await check(commit))).toMatchObject({ model: { from: { commit } } });
});

const storedAt = (hash: string): string => agent!.context.store.path(hash);

test('what another branch made is nothing to main until it is merged', async () => {
  const branch = change({ 'README.md': 'of a branch' }, { branch: 'evil', onto: [world.commit] });
  await check(branch, { branch: 'evil' });
  expect(programs).toEqual(['model']);

  // The very same programs on main: it is not told from the branch by what is in it.
  const main = change({ 'README.md': 'of main' });
  expect(reuseOf(await check(main))).toEqual({ extract: because('never-run'), model: because('never-run') });

  // The branch may take what main made before it began.
  const later = change({ 'README.md': 'later' }, { branch: 'good', onto: [main] });
  expect(reuseOf(await check(later, { branch: 'good' }))).toMatchObject({
    model: { from: { commit: main } },
  });

  const evil = change({ 'analysis/model.py': 'evil' }, { branch: 'evil' });
  await check(evil, { branch: 'evil' });
  const merge = change({ 'analysis/model.py': 'evil' }, { onto: [main, evil] });
  expect(reuseOf(await check(merge))).toMatchObject({ model: { from: { commit: evil } } });
});

test('results of commits that were replaced by force, and of another repository, are nobody’s', async () => {
  await check();
  const anew = change({ ...STUDY_FILES, 'README.md': 'begun anew' }, { orphan: true });
  expect(reuseOf(await check(anew))).toEqual({ extract: because('never-run'), model: because('never-run') });
  const folders = path.join(world.dir, 'results');
  expect(existsSync(path.join(folders, String(world.task('model').repository.id)))).toBe(true);
});

test('the hub cannot make a stale result count: it may only spare a run, or ask for one', async () => {
  await check();
  const commit = change({ 'analysis/model.py': 'print(9)' });
  // Whatever names it gives: job, request and workspace of the run before.
  const lied = await check(commit, {
    request: 'push000000000001',
    workspace: 'study-main-dummy-push000000000001',
  });
  expect(reuseOf(lied)).toMatchObject({ model: { because: [{ kind: 'code' }] } });
  expect(reuseOf(await check(commit, { reuse: undefined }))).toEqual({
    extract: undefined,
    model: undefined,
  });
  expect(programs).toEqual(['model', 'model', 'model']);
});

test('next to real data nothing is reused and nothing is remembered, whatever the hub says', async () => {
  agent = world.agent({
    data: 'real',
    script: (job) => (job.spec.labels['action'] === 'extract' ? extract(job) : script(job)),
  });
  const first = await check();
  const second = await check();
  expect(programs).toEqual(['extract', 'model', 'extract', 'model']);
  expect(reuseOf(first)).toEqual(reuseOf(second));
  expect(existsSync(path.join(world.dir, 'results'))).toBe(false);
  for (const end of Object.values(second.ends)) expect(() => realUpdate.parse(end)).not.toThrow();
});

const extract: Script = ({ spec }) => {
  programs.push('extract');
  mkdirSync(path.join(spec.workDir, 'output'), { recursive: true });
  writeFileSync(path.join(spec.workDir, 'output/rows.csv'), 'a\n');
  return 0;
};

test('what is remembered may be broken, or a name hold what nobody sees: the action runs and the hub is told', async () => {
  await check();
  for (const text of ['', '{', 'null', '{"a":1}']) {
    writeFileSync(
      path.join(world.dir, 'results', String(world.task('model').repository.id), 'model.json'),
      text,
    );
    expect(reuseOf(await check())).toMatchObject({ extract: { from: {} }, model: because('never-run') });
  }
  const hostile = change({
    'analysis/\u202Egnp.py': 'x',
    [`analysis/${'a'.repeat(200)}/${'b'.repeat(200)}.py`]: 'x',
  });
  const { ends } = await check(hostile);
  for (const end of Object.values(ends)) {
    expect(end.reuse).toEqual({ because: [{ kind: 'code', names: [] }] });
    expect(() => dummyUpdate.parse(end)).not.toThrow();
  }
});

const POINTS = [
  'prepare.reuse',
  'prepare.marker',
  'finalize.moderate',
  'finalize.remember',
  'finalize.write-log',
  'finalize.switch',
  'switch.manifest',
  'finalize.metadata',
];
test('killed wherever that may be, a run that reuses results ends with them all the same', async () => {
  const first = await check();
  for (const point of POINTS.flatMap((each) => [`${each}:before`, `${each}:after`])) {
    await agent?.stop();
    const dying = dyingAt(point);
    agent = world.agent({ data: 'dummy', script, checkpoint: dying.checkpoint });
    let replaced = false;
    const second = await check(world.commit, {}, {}, async (task) => {
      const ended = world.hub.end(task.id);
      if (!replaced && (await Promise.race([dying.death.then(() => true), ended.then(() => false)]))) {
        replaced = true;
        await agent?.stop().catch(() => undefined);
        agent = world.agent({ data: 'dummy', script });
      }
      await ended;
    });
    expect([point, dying.died()]).toEqual([point, true]);
    expect(reuseOf(second)).toMatchObject({ extract: { from: {} }, model: { from: {} } });
    expect(high(second, 'output/table.csv')).toBe(high(first, 'output/table.csv'));
    await settled();
    expect(leftovers(world)).toEqual([]);
  }
  expect(programs).toEqual(['model']);
});
