/** What an agent's operator does on its host: verifies what it keeps, backs it up, restores it elsewhere; and each deed is told. */
import { beforeEach, expect, test } from '@jest/globals';
import {
  appendFileSync,
  chmodSync,
  chownSync,
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
import {
  backUpAgent,
  backupsIn,
  readAgentBackup,
  restoreAgent,
  type Keeper,
} from '../../agent/keep/backup.ts';
import { anyUntold, deedsKept, noteDeed, tellDeeds } from '../../agent/keep/deeds.ts';
import { filesBelow, isPlace } from '../../agent/keep/files.ts';
import { signManifest, storedForm, unsigned } from '../../agent/store/manifest.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { zoneKey, type World } from '../support/zone-world.ts';
import { AT, code, keptStudy, overwrite, pictureOf } from './support/kept-study.ts';

const kept = keptStudy();
let world: World;
let keeper: Keeper;
let beside: string;
beforeEach(() => {
  ({ world, keeper, beside } = kept);
});

test('what an agent keeps holds, and each thing that does not is named', async () => {
  expect(await kept.faults()).toEqual([]);
  const whole = `${beside}/whole`;
  cpSync(world.dir, whole, { recursive: true, preserveTimestamps: true });
  const seen = async (spoil: (at: (file: string) => string) => void, quick = false) => {
    const dir = `${beside}/spoilt`;
    cpSync(whole, dir, { recursive: true });
    spoil((file) => path.join(dir, file));
    const found = await kept.faults(dir, quick);
    rmSync(dir, { recursive: true });
    return found.map((fault) => fault.replace(/[0-9a-f]{2}\/[0-9a-f]{64}/, '<hash>'));
  };
  const [object] = kept.objects();
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
  mkdirSync(elsewhere);
  // Its group is how an airlock comes in.
  const group = process.getuid?.() === 0 ? 10_103 : process.getgid!();
  chownSync(elsewhere, process.getuid!(), group);

  const { faults: found, backup } = await restoreAgent(other, `${beside}/backup`);

  expect(found).toEqual([]);
  expect(backup.objects).toEqual(made.objects);
  expect(pictureOf(elsewhere, 'workspaces')).toEqual(pictureOf(world.dir, 'workspaces'));
  expect(kept.objects(elsewhere)).toEqual(kept.objects());
  const inWorkspace = statSync(path.join(elsewhere, 'workspaces/study-main/high/output/rows.csv'));
  expect(inWorkspace.nlink).toBeGreaterThan(1);
  expect(readdirSync(elsewhere)).not.toContain('mirrors');
  expect(statSync(path.join(elsewhere, 'workspaces')).gid).toBe(group);
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
  const [object] = kept.objects();
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
