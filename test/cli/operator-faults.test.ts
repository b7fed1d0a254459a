/**
 * What the machine refuses an operator's command – a full disk, a closed folder, a path that is none – is told as a refusal
 * with its place and what to do; and a workspace name that leads elsewhere is refused before anything is touched.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  closeSync,
  openSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileFault } from '../../src/cli/file-fault.ts';
import { main } from '../../src/cli/main.ts';
import { program } from '../../src/cli/program.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { SmallDisk } from '../hosts/support/small-disk.ts';
import { appKey } from '../support/app-key.ts';
import { AIRLOCK_MIGRATIONS, copyPglite, HUB_MIGRATIONS, scratchFolder } from '../support/database.ts';
import { writeHubFile } from '../support/hub-file.ts';
import { asUser } from '../support/other-user.ts';
import { requires } from '../support/require.ts';

const root = scratchFolder('operator-faults');
const at = (...names: string[]): string => path.join(root, ...names);
const state = at('agent');
const key = newKeyPair();
const disks: SmallDisk[] = [];
let hub: string;
let zone: string;
let stdout: string;
let stderr: string;

beforeAll(async () => {
  const origin = 'http://127.0.0.1:1';
  hub = writeHubFile(at('hub'), {
    github: {
      origin,
      appId: 1,
      privateKey: readFileSync(appKey('sallyport'), 'utf8'),
      webhookSecrets: ['x'],
      signIn: { clientId: '', clientSecret: '' },
    },
    governance: {
      repository: { id: 9001, owner: 'northshire-research', name: 'governance' },
      branch: 'main',
      pinned: 'a'.repeat(40),
    },
    ...{ origin, key, dataDir: '', log: 'error' },
    listen: { host: '127.0.0.1', port: 1 },
    writes: { perSecond: 1, burst: 1, creationsPerMinute: 1, creationsPerHour: 1, updateGapMs: 0 },
  });
  await copyPglite(HUB_MIGRATIONS, at('hub', 'data', 'database'));
  await copyPglite(AIRLOCK_MIGRATIONS, at('airlock', 'database'));
  const template = readFileSync(new URL('../../docs/install/zone-hub.yml', import.meta.url), 'utf8');
  zone = at('zone.yml');
  writeFileSync(
    zone,
    template.replaceAll('/var/lib/sallyport', root).replace(/^ {2}database_url_file.*\n/m, ''),
  );
  chmodSync(zone, 0o644);
  for (const name of ['agent.key', 'airlock.key']) writePrivateKey(at(name), newKeyPair());
  mkdirSync(at('agent', 'store'), { recursive: true });
  writeFileSync(at('agent', 'large'), 'x'.repeat(200_000));
  writeFileSync(at('a-file'), 'x');
  // A backup and a workspace's archive that can be brought back.
  await says('agent', 'backup', '--to', at('good'));
});
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});
afterAll(() => {
  for (const disk of disks) disk.close();
  rmSync(root, { recursive: true, force: true });
});

/** What a person reads when they type this on the host. */
async function says(role: string, ...words: string[]): Promise<string> {
  stdout = stderr = '';
  const of = role === 'hub' ? ['--config', hub] : ['--zone', zone];
  const heard = (['stdout', 'stderr'] as const).map((name) => process[name].listeners('error'));
  const why = words[0] === 'inspect' ? [] : ['--why', 'x'];
  await main(program(), ['node', 'sallyport', role, ...words, ...of, ...why]);
  (['stdout', 'stderr'] as const).forEach((name, turn) => {
    for (const each of process[name].listeners('error'))
      if (!heard[turn]!.includes(each)) process[name].off('error', each as () => void);
  });
  expect(stderr).not.toMatch(/\n {4}at /);
  return stderr.replaceAll(root, '…').trim();
}

function small(options: string): SmallDisk {
  const disk = new SmallDisk(options);
  disks.push(disk);
  return disk;
}

const WRITES: [string, ...string[]][] = [
  ['hub', 'backup', '--to'],
  ['agent', 'backup', '--to'],
  ['airlock', 'backup', '--to'],
];

test.each(WRITES)('%s %s to a place beneath a file', async (...words) => {
  expect(await says(...words, at('a-file', 'x'))).toMatch(
    /^sallyport: At …\/a-file\S* stands a file where .+ \(file\.in-the-way\)$/,
  );
});

test.each([
  ['hub', 'restore', '--from'],
  ['agent', 'restore', '--from'],
  ['airlock', 'restore', '--from'],
  ['agent', 'restore-workspace', 'study-main', '--from'],
])('%s %s: nothing is brought back from where nothing is, or from a file', async (...words) => {
  const [role = '', ...rest] = words;
  if (words[1] === 'restore') execFileSync('sed', ['-i', `s|${state}|${at('empty')}|`, zone]);
  try {
    for (const from of role === 'agent' ? ['nowhere', 'a-file', 'agent'] : ['a-file'])
      expect(await says(role, ...rest, at(from))).toMatch(/^sallyport: .*…\/.+ \((backup|archive)\.none\)$/);
  } finally {
    execFileSync('sed', ['-i', `s|${at('empty')}|${state}|`, zone]);
  }
});

test.each([['archive-workspace'], ['restore-workspace']])(
  'agent %s takes no name that leads elsewhere',
  async (deed) => {
    const victim = at('etc');
    mkdirSync(path.join(victim, 'medium'), { recursive: true });
    writeFileSync(path.join(victim, 'medium', 'x'), 'mine');
    const before = readdirSync(root, { recursive: true }).map(String).sort();
    const where = deed === 'archive-workspace' ? '--to' : '--from';
    for (const name of [
      '../../etc',
      '..',
      '.',
      '',
      '/etc',
      'a/../../../etc',
      'a\\..',
      `${'x'.repeat(101)}`,
      'a\u0000b',
      '‮a',
    ])
      expect(await says('agent', deed, name, where, at('archive'))).toMatch(
        /^sallyport: "[^"]*" cannot be the name of a workspace\. .+ \(workspace\.bad-name\)$/,
      );
    expect(readdirSync(root, { recursive: true }).map(String).sort()).toEqual(before);
  },
);

test('agent inspect shows nothing of a name that leads elsewhere', async () => {
  expect(await says('agent', 'inspect', '../../etc')).toMatch(/\(workspace\.bad-name\)$/);
});

requires('root').describe('a disk', () => {
  test.each(WRITES)('that is full: %s %s', async (...words) => {
    const disk = small('size=32k');
    const { folder } = disk;
    disk.fill();
    expect(await says(...words, path.join(folder, 'to'))).toMatch(
      new RegExp(`^sallyport: No room is left on a disk to write ${folder}/to.* \\(file\\.no-room\\)$`),
    );
  });

  test.each(WRITES)('that can only be read: %s %s', async (...words) => {
    const { folder } = small('ro');
    expect(await says(...words, path.join(folder, 'to'))).toMatch(
      new RegExp(
        `^sallyport: ${folder}/to\\S* is on a disk that can only be read\\. .+ \\(file\\.read-only\\)$`,
      ),
    );
  });

  test('that is full beneath the state folder: what was done is said, and that its note is missing', async () => {
    const disk = small('size=64k');
    execFileSync('sed', ['-i', `s|${state}|${disk.folder}|`, zone]);
    try {
      expect(await says('agent', 'restore', '--from', at('good'))).toMatch(/\(file\.no-room\)$/);
      disk.fill();
      expect(await says('agent', 'verify')).toBe('');
      expect(stdout).toMatch(
        /^verified: everything holds\nThis is done, .+: No room is left .+ \(deed\.not-noted\)\n$/,
      );
      expect(process.exitCode).toBe(1);
    } finally {
      execFileSync('sed', ['-i', `s|${disk.folder}|${state}|`, zone]);
    }
  });

  test('whose files are another user’s', async () => {
    chmodSync(root, 0o755);
    chownSync(at('agent.key'), 54321, 54321);
    const said = await asUser({ uid: 54321, gid: 54321 }, () => says('agent', 'backup', '--to', at('mine')));
    expect(said).toMatch(/^sallyport: You may not read or write …\/\S+\. .+ \(file\.not-permitted\)$/);
    expect(existsSync(at('mine'))).toBe(false);
    chownSync(at('agent.key'), 0, 0);
  });
});

test('what is printed onto a full disk is said not to be all of it', () => {
  const full = openSync('/dev/full', 'w');
  const bin = new URL('../../src/cli/bin.js', import.meta.url).pathname;
  const ran = spawnSync(process.execPath, ['--no-warnings', bin, 'reference'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect([ran.status, ran.stderr]).toEqual([
    1,
    'sallyport: What it prints cannot be written (ENOSPC). Make room, or let it print elsewhere; what was printed is not all of it. (print.not-written)\n',
  ]);
});

const fault = (code: string, more: object = { syscall: 'open', path: '/a/b' }): Error =>
  Object.assign(new Error(code), { code, ...more });

describe('what the machine says', () => {
  test.each([
    ['ENOSPC', 'file.no-room'],
    ['EDQUOT', 'file.no-room'],
    ['EROFS', 'file.read-only'],
    ['EACCES', 'file.not-permitted'],
    ['EPERM', 'file.not-permitted'],
    ['ENOENT', 'file.missing'],
    ['ENOTDIR', 'file.in-the-way'],
    ['EISDIR', 'file.in-the-way'],
    ['EEXIST', 'file.in-the-way'],
    ['ENOTEMPTY', 'file.in-the-way'],
    ['ENAMETOOLONG', 'file.bad-name'],
    ['ELOOP', 'file.bad-name'],
    ['EIO', 'file.disk-fault'],
    ['EMFILE', 'file.too-many-open'],
  ])('%s is %s, with the place and what to do', (code, expected) => {
    const no = fileFault(fault(code));
    expect(no).toMatchObject({ code: expected, says: expect.stringContaining('/a/b') });
    expect(no?.next).not.toBe('');
  });

  test('is found in what another error was caused by', () => {
    const wrapped = new Error('the query failed', { cause: fault('ENOSPC') });
    expect(fileFault(wrapped)?.code).toBe('file.no-room');
  });

  test('of a file that is open names what is read or written', () => {
    const places = { reads: '/from', writes: '/to' };
    expect(fileFault(fault('ENOSPC', { syscall: 'write' }), places)?.says).toContain('/to');
    expect(fileFault(fault('EISDIR', { syscall: 'read' }), places)?.says).toContain('/from');
  });

  test('never acts on the screen by a name', () => {
    expect(fileFault(fault('ENOENT', { syscall: 'open', path: '/a\u001b[2J' }))?.says).toContain('\\u001b');
  });

  test.each([
    ['a program that is missing', fault('ENOENT', { syscall: 'spawn git', path: 'git' })],
    ['a port that may not be listened on', fault('EACCES', { syscall: 'listen', port: 80 })],
    ['a mistake of this program', new TypeError('undefined is not a function')],
    ['a code that is no file’s', fault('EINVAL')],
    ['no error at all', undefined],
  ])('%s is left as it is', (_what, error) => {
    expect(fileFault(error)).toBeUndefined();
  });
});
