/** Workspaces that an operator puts away, and brings back. */
import { beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  archiveWorkspace,
  isArchivedHere,
  isStillStored,
  readArchive,
  restoreWorkspace,
} from '../../agent/keep/archive.ts';
import type { Keeper } from '../../agent/keep/backup.ts';
import { lockFolder } from '../../agent/lock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal, refusal } from '../../src/lib/refusal.ts';
import { goodScript, type World } from '../support/zone-world.ts';
import { AT, code, keptStudy, pictureOf } from './support/kept-study.ts';

const kept = keptStudy();
let world: World;
let keeper: Keeper;
let beside: string;
beforeEach(() => {
  ({ world, keeper, beside } = kept);
});

test('a workspace goes into one file and comes back byte for byte; meanwhile nothing runs in it', async () => {
  const file = `${beside}/study-main.workspace`;
  const before = { views: pictureOf(world.dir, 'workspaces'), objects: kept.objects() };

  const made = await archiveWorkspace(keeper, 'study-main', file, AT);

  expect(existsSync(world.layout.workspace('study-main').dir)).toBe(false);
  expect(made.objects.length).toBeGreaterThan(0);
  expect(kept.objects()).toEqual([]);
  expect(isArchivedHere(world.dir, 'study-main')).toBe(true);
  expect(isArchivedHere(world.dir, 'study-other')).toBe(false);
  expect(() => isArchivedHere(world.dir, '../../etc')).toThrow('not a name');
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.archived');
  expect(await code(restoreWorkspace(keeper, 'study-other', file))).toBe('archive.other');
  const { faults: found } = await restoreWorkspace(keeper, 'study-main', file);

  expect(found).toEqual([]);
  expect({ views: pictureOf(world.dir, 'workspaces'), objects: kept.objects() }).toEqual(before);
  expect(await kept.faults()).toEqual([]);
  expect(isArchivedHere(world.dir, 'study-main')).toBe(false);
  expect(await code(restoreWorkspace(keeper, 'study-main', file))).toBe('workspace.there');
});

test('killed while a workspace was removed: archiving again reads the archive back and ends it', async () => {
  const file = `${beside}/a`;
  const { dir, manifest } = world.layout.workspace('study-main');
  const rows = readFileSync(kept.high('output/rows.csv'));
  const made = await archiveWorkspace(keeper, 'study-main', file, AT);
  const good = readFileSync(file);
  mkdirSync(path.join(dir, 'high/output'), { recursive: true });
  writeFileSync(kept.high('output/rows.csv'), rows);

  writeFileSync(file, good.subarray(0, -1));
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('archive.damaged');
  expect(existsSync(kept.high('output/rows.csv'))).toBe(true);
  writeFileSync(file, good);
  expect(await archiveWorkspace(keeper, 'study-main', `${beside}/elsewhere`, AT)).toEqual(made);
  expect(existsSync(dir)).toBe(false);
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.archived');
  expect((await restoreWorkspace(keeper, 'study-main', file)).faults).toEqual([]);
  expect(existsSync(manifest)).toBe(true);
});

test('what another workspace names stays in the store, and a workspace in which a job works stays where it is', async () => {
  const other = world.agent({ script: goodScript });
  const task = world.task('extract', { workspace: 'study-other' });
  world.hub.give(task);
  await world.hub.end(task.id);
  await other.stop();
  const shared = readFileSync(kept.high('output/rows.csv'), 'utf8');

  await archiveWorkspace(keeper, 'study-main', `${beside}/a`, AT);
  expect(await kept.faults()).toEqual([]);
  expect(readFileSync(path.join(world.layout.workspace('study-other').high, 'output/rows.csv'), 'utf8')).toBe(
    shared,
  );

  writeFileSync(path.join(world.dir, 'active/00000000000000aa'), '{"workspace":"study-other"}');
  expect(await code(archiveWorkspace(keeper, 'study-other', `${beside}/b`, AT))).toBe('workspace.busy');
  expect(isArchivedHere(world.dir, 'study-other')).toBe(false);
  expect(existsSync(`${beside}/b`)).toBe(false);
});

test('beside an agent at work the store keeps its copies: it may be taking one over for another workspace at that moment', async () => {
  const file = `${beside}/a`;
  const stored = kept.objects();
  const lock = lockFolder(world.dir, () => refusal('test.held', 'Held.', 'Wait.'));
  if (isRefusal(lock)) throw new Error('the folder is taken');

  const made = await archiveWorkspace(keeper, 'study-main', file, AT);

  expect(existsSync(world.layout.workspace('study-main').dir)).toBe(false);
  expect(kept.objects()).toEqual(stored);
  expect(isStillStored(world.dir, 'study-main')).toBe(true);
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('agent.at-work');
  expect(kept.objects()).toEqual(stored);
  lock.release();
  expect(await archiveWorkspace(keeper, 'study-main', file, AT)).toEqual(made);
  expect(kept.objects()).toEqual([]);
  expect(isStillStored(world.dir, 'study-main')).toBe(false);
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.archived');
  expect((await restoreWorkspace(keeper, 'study-main', file)).faults).toEqual([]);
});

test('a workspace that does not hold is not archived, and an archive that somebody touched does not come back', async () => {
  const file = `${beside}/a`;
  writeFileSync(`${beside}/there`, '');
  expect(await code(archiveWorkspace(keeper, 'study-main', `${beside}/there`, AT))).toBe('archive.there');
  expect(await code(archiveWorkspace(keeper, 'study-none', file, AT))).toBe('workspace.unknown');
  expect(await code(archiveWorkspace(keeper, 'study-main', path.join(world.dir, 'a'), AT))).toBe(
    'backup.inside',
  );
  writeFileSync(kept.medium('output/more.csv'), 'x');
  expect(await code(archiveWorkspace(keeper, 'study-main', file, AT))).toBe('workspace.unsound');
  rmSync(kept.medium('output/more.csv'));
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
