/** What an agent's operator does on its host: verify, back up, restore, archive a workspace and bring it back. */
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { archiveWorkspace, isArchivedHere, readArchive, restoreWorkspace } from '../../agent/keep/archive.ts';
import {
  backUpAgent,
  backupsIn,
  readAgentBackup,
  restoreAgent,
  type Keeper,
} from '../../agent/keep/backup.ts';
import { anyUntold, deedsKept, noteDeed, tellDeeds } from '../../agent/keep/deeds.ts';
import { filesBelow, isPlace } from '../../agent/keep/files.ts';
import { dueOutputs, removeDue } from '../../agent/keep/retention.ts';
import { verifyAgent } from '../../agent/keep/verify.ts';
import { layout } from '../../agent/runner/layout.ts';
import { signManifest, storedForm, unsigned } from '../../agent/store/manifest.ts';
import { countingIds, randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { refusal } from '../../src/lib/refusal.ts';
import {
  aWorld,
  closeUpstream,
  goodScript,
  zoneKey,
  type TestAgent,
  type World,
} from '../support/zone-world.ts';

let world: World;
let agent: TestAgent;
let beside: string;
let keeper: Keeper;
beforeEach(async () => {
  world = await aWorld();
  beside = `${world.dir}-beside`;
  mkdirSync(beside);
  keeper = { stateDir: world.dir, agent: 'agent-1', backend: 'attainment', key: zoneKey, secrets: [] };
  agent = world.agent({ script: goodScript });
  for (const action of ['extract', 'model']) {
    const task = world.task(action);
    world.hub.give(task);
    await world.hub.end(task.id);
  }
  await agent.stop();
});
afterEach(async () => {
  rmSync(beside, { recursive: true, force: true });
  await world.close();
});
afterAll(closeUpstream);

const AT = Date.parse('2026-11-21T01:00:00Z');
const KEYS = { keys: [zoneKey.publicKey], quick: false };
const faults = async (dir = world.dir, quick = false) =>
  (await verifyAgent(layout(dir), { ...KEYS, quick })).map(({ what, where }) => `${what} ${where}`);
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { refusal?: { code: string } }) => error.refusal?.code ?? String(error),
  );
/** Every file with its bytes and mode. */
const pictureOf = (dir: string, only: string): Record<string, string> =>
  Object.fromEntries(
    [...filesBelow(path.join(dir, only))].map(({ path: file, stat }) => [
      file,
      `${(stat.mode & 0o777).toString(8)} ${readFileSync(path.join(dir, only, file), 'latin1')}`,
    ]),
  );
const objects = (dir = world.dir) =>
  [...filesBelow(path.join(dir, 'store/objects'))].map(({ path: file }) => file);
const high = (file: string) => path.join(world.layout.workspace('study-main').high, file);
const medium = (file: string) => path.join(world.layout.workspace('study-main').medium, file);

/** Whoever may write to the disk puts other bytes where these were, mode and all. */
function overwrite(file: string, bytes: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, bytes);
  chmodSync(file, 0o444);
}

test('what an agent keeps holds, and each thing that does not is named', async () => {
  expect(await faults()).toEqual([]);
  const kept = `${beside}/kept`;
  cpSync(world.dir, kept, { recursive: true, preserveTimestamps: true });
  const seen = async (spoil: (at: (file: string) => string) => void, quick = false) => {
    const dir = `${beside}/spoilt`;
    cpSync(kept, dir, { recursive: true });
    spoil((file) => path.join(dir, file));
    const found = await faults(dir, quick);
    rmSync(dir, { recursive: true });
    return found.map((fault) => fault.replace(/[0-9a-f]{2}\/[0-9a-f]{64}/, '<hash>'));
  };
  const [object] = objects();
  const manifest = 'workspaces/study-main/medium/metadata/manifest.json';
  const history = 'workspaces/study-main/medium/metadata/history.jsonl';
  const own = world.manifest()!;
  const older = storedForm(signManifest({ ...unsigned(own), sequence: own.sequence - 1 }, zoneKey));

  expect({
    bytes: await seen((at) => overwrite(at(`store/objects/${object!}`), 'other')),
    stray: await seen((at) => writeFileSync(at('store/objects/x'), 'x')),
    writable: await seen((at) => chmodSync(at(`store/objects/${object!}`), 0o644)),
    edited: await seen((at) => overwrite(at(manifest), JSON.stringify({ ...own, repo: 'another' }))),
    foreign: await seen((at) =>
      overwrite(at(manifest), storedForm(signManifest(unsigned(own), newKeyPair()))),
    ),
    older: await seen((at) => overwrite(at(manifest), older)),
    gone: await seen((at) => rmSync(at(manifest))),
    history: await seen((at) => rmSync(at(history))),
    missingLine: await seen((at) =>
      writeFileSync(at(history), readFileSync(at(history), 'utf8').split('\n').slice(1).join('\n')),
    ),
    output: await seen((at) =>
      overwrite(at('workspaces/study-main/high/output/rows.csv'), 'learner_id,absent\n1,3\n'),
    ),
    unseen: await seen(
      (at) => overwrite(at('workspaces/study-main/high/output/rows.csv'), 'learner_id,absent\n1,3\n'),
      true,
    ),
    shown: await seen((at) => rmSync(at('workspaces/study-main/medium/output/table.csv'))),
    log: await seen((at) => appendFileSync(at('workspaces/study-main/medium/metadata/model.log'), 'more')),
    added: await seen((at) => writeFileSync(at('workspaces/study-main/medium/output/secret.csv'), 'x')),
  }).toMatchInlineSnapshot(`
   {
     "added": [
       "stray study-main: medium/output/secret.csv",
     ],
     "bytes": [
       "object <hash>",
       "output study-main: output/table.csv",
     ],
     "edited": [
       "manifest study-main",
     ],
     "foreign": [
       "manifest study-main",
     ],
     "gone": [
       "manifest study-main: none",
     ],
     "history": [
       "history study-main: there is none",
     ],
     "log": [
       "output study-main: metadata/model.log",
     ],
     "missingLine": [
       "history study-main: a change is missing, or told twice",
     ],
     "older": [
       "history study-main: the manifest is an older one, or a switch was cut off",
     ],
     "output": [
       "output study-main: output/rows.csv",
     ],
     "shown": [
       "output study-main: output/table.csv",
     ],
     "stray": [
       "object x",
     ],
     "unseen": [],
     "writable": [
       "object <hash>",
     ],
   }
  `);
});

test('a backup is restored on another machine, and everything there holds and goes on', async () => {
  const made = await backUpAgent(keeper, `${beside}/backup`, AT);
  const elsewhere = `${beside}/elsewhere`;
  const other = { ...keeper, stateDir: elsewhere };

  const { faults: found, backup } = await restoreAgent(other, `${beside}/backup`);

  expect(found).toEqual([]);
  expect(backup.objects).toEqual(made.objects);
  expect(pictureOf(elsewhere, 'workspaces')).toEqual(pictureOf(world.dir, 'workspaces'));
  expect(objects(elsewhere)).toEqual(objects());
  const inWorkspace = statSync(path.join(elsewhere, 'workspaces/study-main/high/output/rows.csv'));
  expect(inWorkspace.nlink).toBeGreaterThan(1);
  expect(readdirSync(elsewhere)).not.toContain('mirrors');
  expect(statSync(path.join(elsewhere, 'workspaces/study-main/high')).mode & 0o777).toBe(0o700);
  expect(await code(restoreAgent(other, `${beside}/backup`))).toBe('restore.not-empty');
});

test('each backup adds what is new; no key is in it, and one that is broken off leaves those before it', async () => {
  const secret = path.join(world.dir, 'agent.key');
  writeFileSync(secret, 'THE PRIVATE KEY');
  const to = `${beside}/backup`;
  const first = await backUpAgent({ ...keeper, secrets: [secret] }, to, AT);
  expect(first.fresh).toBeGreaterThan(0);
  expect((await backUpAgent({ ...keeper, secrets: [secret] }, to, AT + 1000)).fresh).toBe(0);
  const all = [...filesBelow(to)].map(({ path: file }) => readFileSync(path.join(to, file), 'latin1'));
  expect(all.join('\n')).not.toContain('PRIVATE KEY');
  // Broken off: bytes, but no list.
  const [object] = objects();
  chmodSync(path.join(world.dir, 'store/objects', object!), 0o600);
  writeFileSync(path.join(world.dir, 'store/objects', object!), 'not what its name says');
  rmSync(path.join(to, 'objects', object!));
  expect(await code(backUpAgent(keeper, to, AT + 2000))).toBe('backup.unsound');
  expect(backupsIn(to)).toHaveLength(2);
  expect(await code(backUpAgent(keeper, path.join(world.dir, 'backup'), AT))).toBe('backup.inside');
});

test('a backup that somebody touched is refused, and nothing is restored', async () => {
  const to = `${beside}/backup`;
  await backUpAgent(keeper, to, AT);
  const [name] = backupsIn(to);
  const list = `lists/${name!}.json`;
  const [object, another] = [...filesBelow(path.join(to, 'objects'))].map(
    ({ path: file }) => `objects/${file}`,
  );
  const attack = async (spoil: (at: (file: string) => string) => void, as: Partial<Keeper> = {}) => {
    const dir = `${beside}/spoilt`;
    cpSync(to, dir, { recursive: true });
    spoil((file) => path.join(dir, file));
    const target = `${beside}/target`;
    const answer = await code(restoreAgent({ ...keeper, ...as, stateDir: target }, dir));
    expect(existsSync(target)).toBe(false);
    rmSync(dir, { recursive: true });
    return answer;
  };
  const flip = (file: string): void => {
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    overwrite(file, '');
    chmodSync(file, 0o600);
    writeFileSync(file, bytes);
  };

  expect({
    byte: await attack((at) => flip(at(object!))),
    cut: await attack((at) => {
      chmodSync(at(object!), 0o600);
      truncateSync(at(object!), 1);
    }),
    gone: await attack((at) => rmSync(at(object!))),
    swapped: await attack((at) => {
      renameSync(at(object!), at('kept'));
      renameSync(at(another!), at(object!));
      renameSync(at('kept'), at(another!));
    }),
    list: await attack((at) => flip(at(list))),
    listGone: await attack((at) => rmSync(at(list))),
    older: await attack((at) => renameSync(at(list), at('lists/2099-01-01T000000.000Z.json'))),
    otherAgent: await attack(() => undefined, { agent: 'agent-2' }),
    otherKey: await attack(() => undefined, { key: newKeyPair() }),
  }).toMatchInlineSnapshot(`
   {
     "byte": "backup.damaged",
     "cut": "backup.damaged",
     "gone": "backup.damaged",
     "list": "backup.none",
     "listGone": "backup.none",
     "older": "backup.none",
     "otherAgent": "backup.none",
     "otherKey": "backup.none",
     "swapped": "backup.damaged",
   }
  `);
  for (const place of ['', '..', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a\0b'])
    expect(isPlace(place)).toBe(false);
  expect(await code(readAgentBackup(keeper, to, '../../etc/passwd'))).toBe('backup.none');
});

test('a workspace goes into one file and comes back byte for byte; meanwhile nothing runs in it', async () => {
  const file = `${beside}/study-main.workspace`;
  const before = { views: pictureOf(world.dir, 'workspaces'), objects: objects() };

  const made = await archiveWorkspace(keeper, 'study-main', file, AT);

  expect(existsSync(world.layout.workspace('study-main').dir)).toBe(false);
  expect(made.objects.length).toBeGreaterThan(0);
  expect(objects()).toEqual([]);
  expect(isArchivedHere(world.dir, 'study-main')).toBe(true);
  expect(isArchivedHere(world.dir, 'study-other')).toBe(false);
  expect(() => isArchivedHere(world.dir, '../../etc')).toThrow('not a name');
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.archived');
  expect(await code(restoreWorkspace(keeper, 'study-other', file))).toBe('archive.other');
  const { faults: found } = await restoreWorkspace(keeper, 'study-main', file);

  expect(found).toEqual([]);
  expect({ views: pictureOf(world.dir, 'workspaces'), objects: objects() }).toEqual(before);
  expect(await faults()).toEqual([]);
  expect(isArchivedHere(world.dir, 'study-main')).toBe(false);
  expect(await code(restoreWorkspace(keeper, 'study-main', file))).toBe('workspace.there');
});

test('what another workspace names stays in the store, and a workspace in which a job works stays where it is', async () => {
  const other = world.agent({ script: goodScript });
  const task = world.task('extract', { workspace: 'study-other' });
  world.hub.give(task);
  await world.hub.end(task.id);
  await other.stop();
  const shared = readFileSync(high('output/rows.csv'), 'utf8');

  await archiveWorkspace(keeper, 'study-main', `${beside}/a`, AT);
  expect(await faults()).toEqual([]);
  expect(readFileSync(path.join(world.layout.workspace('study-other').high, 'output/rows.csv'), 'utf8')).toBe(
    shared,
  );

  writeFileSync(path.join(world.dir, 'active/00000000000000aa'), '{"workspace":"study-other"}');
  expect(await code(archiveWorkspace(keeper, 'study-other', `${beside}/b`, AT))).toBe('workspace.busy');
  expect(isArchivedHere(world.dir, 'study-other')).toBe(false);
  expect(existsSync(`${beside}/b`)).toBe(false);
});

test('a workspace that does not hold is not archived, and an archive that somebody touched does not come back', async () => {
  const file = `${beside}/a`;
  writeFileSync(`${beside}/there`, '');
  expect(await code(archiveWorkspace(keeper, 'study-main', `${beside}/there`, AT))).toBe('archive.there');
  expect(await code(archiveWorkspace(keeper, 'study-none', file, AT))).toBe('workspace.unknown');
  expect(await code(archiveWorkspace(keeper, 'study-main', path.join(world.dir, 'a'), AT))).toBe(
    'backup.inside',
  );
  writeFileSync(medium('output/more.csv'), 'x');
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.unsound');
  rmSync(medium('output/more.csv'));
  await archiveWorkspace(keeper, 'study-main', file, AT);
  const good = readFileSync(file);
  const attack = async (bytes: Buffer, as: Partial<Keeper> = {}) => {
    writeFileSync(file, bytes);
    const answer = await code(restoreWorkspace({ ...keeper, ...as }, 'study-main', file));
    expect(existsSync(world.layout.workspace('study-main').dir)).toBe(false);
    return answer;
  };
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at]! ^= 1;
    return bytes;
  };

  expect({
    head: await attack(flipped(3)),
    list: await attack(flipped(300)),
    last: await attack(flipped(good.length - 1)),
    longer: await attack(Buffer.concat([good, Buffer.from('x')])),
    shorter: await attack(good.subarray(0, -1)),
    empty: await attack(Buffer.alloc(0)),
    huge: await attack(Buffer.from('SALLYPORT-WORKSPACE-1 999999999\n')),
    key: await attack(good, { key: newKeyPair() }),
    backend: await attack(good, { backend: 'other' }),
  }).toMatchInlineSnapshot(`
   {
     "backend": "archive.none",
     "empty": "archive.none",
     "head": "archive.none",
     "huge": "archive.none",
     "key": "archive.none",
     "last": "archive.damaged",
     "list": "archive.none",
     "longer": "archive.damaged",
     "shorter": "archive.damaged",
   }
  `);
  writeFileSync(file, good);
  expect((await readArchive(keeper, file)).workspace).toBe('study-main');
  expect((await restoreWorkspace(keeper, 'study-main', file)).faults).toEqual([]);
});

test('a deed is told when the hub can be reached, once, and why it was done stays here', async () => {
  const given = { clock: world.clock, ids: countingIds() };
  const heard: unknown[] = [];
  let away = true;
  const hub = {
    deeds: (deeds: readonly object[]) => {
      if (away) return Promise.resolve(refusal('hub.away', 'x', 'y'));
      heard.push(...deeds);
      return Promise.resolve(deeds.length);
    },
  };
  noteDeed(world.dir, { deed: 'zone-verified', why: 'patient 7 asked' }, given);
  noteDeed(world.dir, { deed: 'workspace-archived', workspace: 'study-main', why: 'done' }, given);
  writeFileSync(path.join(world.dir, 'deeds/untold/zz.json'), '{"half a fi');

  expect(await tellDeeds(world.dir, hub)).toBe(0);
  expect(anyUntold(world.dir)).toBe(true);
  away = false;
  expect(await tellDeeds(world.dir, hub)).toBe(2);
  expect(await tellDeeds(world.dir, hub)).toBe(0);

  const at = world.clock.now();
  expect(heard).toEqual([
    { id: '0000000000000001', deed: 'zone-verified', at, workspace: null },
    { id: '0000000000000002', deed: 'workspace-archived', at, workspace: 'study-main' },
  ]);
  expect(deedsKept(world.dir, 'told').map(({ why }) => why)).toEqual(['patient 7 asked', 'done']);
  expect(deedsKept(world.dir, 'untold')).toEqual([]);
});

test('high-privacy outputs of a workspace that has been idle are removed, on the record of its manifest; what may be viewed stays', async () => {
  const manifestNow = () => world.manifest()!;
  const now = Date.now() + 400 * 86_400_000;
  const before = now - 365 * 86_400_000;
  const given = { before, now, key: zoneKey };
  const viewed = Object.entries(manifestNow().outputs).filter(
    ([, entry]) => entry.level === 'moderately_sensitive',
  );
  const closed = Object.entries(manifestNow().outputs).filter(
    ([, entry]) => entry.level === 'highly_sensitive',
  );
  expect([viewed.length, closed.length]).toEqual([2, 1]);
  const [secret, entry] = closed[0]!;

  // Idle for less: nothing is due, and nothing is removed.
  const soon = Math.min(...Object.values(manifestNow().runs!).map((run) => run.completed_at));
  expect(dueOutputs(world.layout, soon)).toEqual([]);
  removeDue(world.layout, { ...given, before: 1 });
  expect(await faults()).toEqual([]);
  expect(dueOutputs(world.layout, before)).toEqual([
    { workspace: 'study-main', outputs: [{ path: secret, size: entry.size }], since: expect.any(Number) },
  ]);

  // Killed after the history's line, before the manifest: done again, it ends the same.
  const { history, manifest } = world.layout.workspace('study-main');
  const signed = readFileSync(manifest);
  removeDue(world.layout, { ...given, now: now - 1 });
  writeFileSync(manifest, signed);
  const removed = removeDue(world.layout, given);

  expect(removed).toMatchObject({ workspaces: ['study-main'], outputs: 1 });
  expect(manifestNow().outputs[secret]).toMatchObject({ removed_at: now, out_of_date_output: true });
  expect(existsSync(high(secret))).toBe(false);
  expect(objects().some((file) => file.endsWith(entry.content_hash))).toBe(false);
  expect(existsSync(medium(viewed[0]![0]))).toBe(true);
  expect(readFileSync(history, 'utf8').match(/"retention":true/g)).toHaveLength(1);
  expect(await faults()).toEqual([]);
  expect(dueOutputs(world.layout, before)).toEqual([]);
  expect(removeDue(world.layout, given)).toEqual({ workspaces: [], outputs: 0, bytes: 0 });

  // Who needs what is gone says so, and making it again brings it back.
  agent = world.agent({ script: goodScript });
  const model = world.task('model', { id: randomIds.id(), job: randomIds.id() });
  world.hub.give(model);
  expect((await world.hub.end(model.id))[0]).toMatchObject({
    state: 'prepare_failed',
    reason: 'input-missing',
  });
  const extract = world.task('extract', { id: randomIds.id(), job: randomIds.id() });
  world.hub.give(extract);
  await world.hub.end(extract.id);
  await agent.stop();
  expect(manifestNow().outputs[secret]).not.toHaveProperty('removed_at');
  expect(existsSync(high(secret))).toBe(true);
  expect(await faults()).toEqual([]);
});

test('retention leaves a workspace alone in which a job works, and bytes that a task is to read', async () => {
  const given = { before: Date.now() + 1e9, now: Date.now(), key: zoneKey };
  const [hash] = Object.values(world.manifest()!.outputs).map((entry) => entry.content_hash);
  const task = randomIds.id();
  mkdirSync(path.join(world.dir, 'active'), { recursive: true });
  writeFileSync(path.join(world.dir, 'active', task), JSON.stringify({ workspace: 'study-main' }));
  expect(dueOutputs(world.layout, given.before)).toEqual([]);

  // Its workspace lost its manifest: what its task was prepared with is still named by that.
  const job = path.join(world.dir, 'jobs', randomIds.id(), task);
  mkdirSync(job, { recursive: true });
  writeFileSync(path.join(job, 'prepared.json'), JSON.stringify({ inputs: [{ hash }] }));
  rmSync(world.layout.workspace('study-main').dir, { recursive: true });
  removeDue(world.layout, given);

  expect(objects().map((file) => path.basename(file))).toEqual([hash]);
});
