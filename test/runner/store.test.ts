import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NotBeneath, openBeneath, TooManyFiles, walkBeneath } from '../../agent/store/beneath.ts';
import { linkOver, writeWhole } from '../../agent/store/durable.ts';
import { entriesOf } from '../../agent/store/entries.ts';
import { Store } from '../../agent/store/store.ts';
import { placeInputs } from '../../agent/runner/inputs.ts';
import { makeWork } from '../../agent/runner/export.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { requires } from '../support/require.ts';

let dir: string;
let work: string;
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-store-'));
  chmodSync(dir, 0o755);
  work = path.join(dir, 'work');
  mkdirSync(work);
  store = new Store(path.join(dir, 'store'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('taking files', () => {
  test('bytes are found under their hash, once however often they come', async () => {
    writeFileSync(path.join(work, 'a.csv'), 'same');
    writeFileSync(path.join(work, 'b.csv'), 'same');

    const first = await store.take(work, 'a.csv', { mayLink: false });
    const second = await store.take(work, 'b.csv', { mayLink: false });

    expect(first).toEqual({ hash: sha256('same'), size: 4 });
    expect(second).toEqual(first);
    expect(readFileSync(store.path(first.hash), 'utf8')).toBe('same');
    expect(lstatSync(store.path(first.hash)).mode & 0o777).toBe(0o444);
  });

  test('a copy leaves the original alone: changing it later changes nothing in the store', async () => {
    writeFileSync(path.join(work, 'a.csv'), 'before');
    const { hash } = await store.take(work, 'a.csv', { mayLink: false });

    writeFileSync(path.join(work, 'a.csv'), 'after!');

    expect(readFileSync(store.path(hash), 'utf8')).toBe('before');
  });

  test('a file with several names is refused', async () => {
    writeFileSync(path.join(work, 'a.csv'), 'x');
    linkSync(path.join(work, 'a.csv'), path.join(work, 'b.csv'));

    await expect(store.take(work, 'b.csv', { mayLink: false })).rejects.toThrow(NotBeneath);
  });

  test.each([
    ['a symbolic link', (at: string) => symlinkSync('/etc/hostname', path.join(at, 'out.csv')), 'out.csv'],
    [
      'a path through a symbolic link',
      (at: string) => symlinkSync('/etc', path.join(at, 'etc')),
      'etc/hostname',
    ],
    ['a path that leads upwards', () => undefined, '../store/objects'],
    ['an absolute path', () => undefined, '/etc/hostname'],
    ['a folder', (at: string) => mkdirSync(path.join(at, 'out.csv')), 'out.csv'],
    ['a pipe', (at: string) => void spawnSync('mkfifo', [path.join(at, 'out.csv')]), 'out.csv'],
  ])('%s is refused without waiting', async (_what, make, relative) => {
    make(work);

    await expect(store.take(work, relative, { mayLink: false })).rejects.toThrow(NotBeneath);
  });

  test('what a killed process left half-copied is cleared away, objects stay', async () => {
    writeFileSync(path.join(work, 'a.csv'), 'whole');
    const { hash } = await store.take(work, 'a.csv', { mayLink: false });
    writeFileSync(path.join(dir, 'store', 'incoming', 'half'), 'ha');

    store.clearIncoming();

    expect(readdirSync(path.join(dir, 'store', 'incoming'))).toEqual([]);
    expect(store.has(hash)).toBe(true);
  });
});

const asRoot = requires('root');
const JOB = { uid: 10_001, gid: 10_001 };

asRoot.describe('as root, with jobs of another user', () => {
  async function taken(text: string): Promise<string> {
    writeFileSync(path.join(work, 'made.csv'), text);
    chownSync(path.join(work, 'made.csv'), JOB.uid, JOB.gid);
    return (await store.take(work, 'made.csv', { mayLink: true })).hash;
  }

  test('a file enters by chown and link, without a copy', async () => {
    const hash = await taken('by link');

    const object = statSync(store.path(hash));
    expect(object.ino).toBe(statSync(path.join(work, 'made.csv')).ino);
    expect([object.uid, object.mode & 0o777]).toEqual([0, 0o444]);
  });

  test('jobs that end at the same time with the same bytes keep each other’s object', async () => {
    const names = ['one.csv', 'two.csv', 'three.csv'];
    for (const name of names) {
      writeFileSync(path.join(work, name), 'the same');
      chownSync(path.join(work, name), JOB.uid, JOB.gid);
    }
    const stored = await Promise.all(names.map((name) => store.take(work, name, { mayLink: true })));

    expect(new Set(stored.map(({ hash }) => hash)).size).toBe(1);
    expect(readFileSync(store.path(stored[0]!.hash), 'utf8')).toBe('the same');
  });

  test('taking again after a crash between link and record is harmless', async () => {
    const hash = await taken('again');

    expect(await store.take(work, 'made.csv', { mayLink: true })).toEqual({ hash, size: 5 });
  });

  test('a job that owns its directory cannot change the bytes of an input', async () => {
    const hash = await taken('the truth');
    const job = path.join(dir, 'job');
    makeWork(job, JOB);
    placeInputs([{ path: 'in/made.csv', hash, level: 'highly_sensitive', job: 'x' }], store, job, JOB, {});

    const attempts = [
      'echo lie > in/made.csv',
      'echo lie >> in/made.csv',
      'chmod 777 in/made.csv',
      'truncate -s 0 in/made.csv',
      'touch -d 2001-01-01 in/made.csv',
      'mv in/made.csv in/other.csv && echo lie > in/made.csv',
      'rm -f in/other.csv && ln in/made.csv again.csv; echo lie > again.csv',
      'rm -rf in && mkdir in && echo lie > in/made.csv && chmod 777 in/made.csv',
    ].map((script) => spawnSync('sh', ['-c', script], { cwd: job, ...JOB }).status);

    expect(attempts.slice(0, 5).every((status) => status !== 0)).toBe(true);
    expect(readFileSync(store.path(hash), 'utf8')).toBe('the truth');
    expect(statSync(store.path(hash)).uid).toBe(0);
    expect(statSync(store.path(hash)).mode & 0o777).toBe(0o444);
  });

  test('an input is the very object, not a copy', async () => {
    const hash = await taken('linked');
    const job = path.join(dir, 'job');
    makeWork(job, JOB);

    placeInputs([{ path: 'a/b/c.csv', hash, level: 'highly_sensitive', job: 'x' }], store, job, JOB, {});

    expect(statSync(path.join(job, 'a/b/c.csv')).ino).toBe(statSync(store.path(hash)).ino);
    expect(statSync(path.join(job, 'a/b')).uid).toBe(JOB.uid);
  });

  test('across file systems a file enters by copy', async () => {
    const disks = ['/dev/shm', '/var/tmp'].filter(
      (at) => existsSync(at) && statSync(at).dev !== statSync(dir).dev,
    );
    const elsewhere = disks[0] ? mkdtempSync(path.join(disks[0], 'sallyport-store-')) : dir;
    try {
      const other = new Store(path.join(elsewhere, 'store'));
      writeFileSync(path.join(work, 'made.csv'), 'far');
      chownSync(path.join(work, 'made.csv'), JOB.uid, JOB.gid);

      const { hash } = await other.take(work, 'made.csv', { mayLink: true });

      expect(readFileSync(other.path(hash), 'utf8')).toBe('far');
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});

describe('walking', () => {
  test('links and special files are reported, never followed; skipped folders are not entered', async () => {
    mkdirSync(path.join(work, 'out', 'deep'), { recursive: true });
    mkdirSync(path.join(work, 'metadata'));
    writeFileSync(path.join(work, 'metadata', 'x'), '');
    writeFileSync(path.join(work, 'out', 'deep', 'a.csv'), '1');
    symlinkSync('/etc', path.join(work, 'out', 'etc'));
    spawnSync('mkfifo', [path.join(work, 'pipe')]);
    writeFileSync(Buffer.concat([Buffer.from(`${work}/bad`), Buffer.from([0xff])]), '');
    writeFileSync(path.join(work, 'two\nlines'), '');

    const found = await walkBeneath(work, (at) => at === 'metadata');

    expect(found.map(({ path: at, kind }) => `${kind} ${at}`)).toEqual(
      ['unnameable bad?', 'link out/etc', 'file out/deep/a.csv', 'special pipe', 'unnameable two?lines'].sort(
        (a, b) => (a.slice(a.indexOf(' ')) < b.slice(b.indexOf(' ')) ? -1 : 1),
      ),
    );
  });

  test('a folder of endless names is left as soon as there are too many', async () => {
    const most = { entries: 100, characters: 1_000_000 };
    for (let n = 0; n < 120; n++) writeFileSync(path.join(work, `file ${n}`), '');
    await expect(walkBeneath(work, () => false, most)).rejects.toThrow(TooManyFiles);
    await expect(walkBeneath(work, () => false, { ...most, entries: 120 })).resolves.toHaveLength(120);
  });

  test('long paths count together, or a million of them would fill the memory', async () => {
    const most = { entries: 1000, characters: 10_000 };
    const deep = path.join(work, ...Array.from({ length: 10 }, () => 'd'.repeat(200)));
    mkdirSync(deep, { recursive: true });
    await expect(walkBeneath(work, () => false, most)).rejects.toThrow(TooManyFiles);
    await expect(walkBeneath(work, () => false, { ...most, characters: 12_000 })).resolves.toEqual([]);
  });

  test('the names of a folder are read as they are needed, not all at once', () => {
    // Names this long: the system hands over about 150 of them at a time.
    for (let n = 0; n < 2000; n++) writeFileSync(path.join(work, `${n}`.padStart(200, '-')), '');
    const names = entriesOf(work);
    names.next();
    for (const name of readdirSync(work)) rmSync(path.join(work, name));

    expect([...names].length).toBeLessThan(1500);
  });

  test('a file is read through its own folders only', () => {
    mkdirSync(path.join(work, 'a'));
    writeFileSync(path.join(work, 'a', 'b.txt'), 'inside');

    const file = openBeneath(work, 'a/b.txt');

    expect(Number(file.stat.size)).toBe(6);
    file.close();
    expect(() => openBeneath(work, 'a/../a/b.txt')).toThrow(NotBeneath);
  });
});

describe('whole files', () => {
  test('a file is replaced in one step and nothing is left beside it', () => {
    writeWhole(path.join(dir, 'x', 'y.json'), 'one');
    writeWhole(path.join(dir, 'x', 'y.json'), 'two');

    expect(readFileSync(path.join(dir, 'x', 'y.json'), 'utf8')).toBe('two');
    expect(readdirSync(path.join(dir, 'x'))).toEqual(['y.json']);
  });

  test('linking over a name that is already the same file leaves one name', () => {
    writeFileSync(path.join(dir, 'object'), 'x');
    linkOver(path.join(dir, 'object'), path.join(dir, 'view'));
    linkOver(path.join(dir, 'object'), path.join(dir, 'view'));

    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(statSync(path.join(dir, 'object')).nlink).toBe(2);
  });
});
