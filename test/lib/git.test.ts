import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, type GitFailed, gitFetch, gitInitBare, isSha } from '../../src/lib/git.ts';
import {
  hasCommit,
  isAncestor,
  listTree,
  readObjects,
  readTexts,
  resolveRef,
} from '../../src/lib/git-objects.ts';
import { KnownCommits } from '../../src/lib/git-known.ts';
import { Refused } from '../../src/lib/refusal.ts';

let root: string;
let dir: string;
let first: string;
let second: string;

function work(...args: string[]): string {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  return execFileSync('git', ['-C', join(root, 'work'), ...who, ...args], { encoding: 'utf8', env }).trim();
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-git-'));
  execFileSync('git', ['init', '-q', '-b', 'main', join(root, 'work')]);
  writeFileSync(join(root, 'work', 'one.txt'), 'one\n');
  writeFileSync(join(root, 'work', 'same.txt'), 'one\n');
  writeFileSync(join(root, 'work', 'ünder tab\t.txt'), 'odd name');
  symlinkSync('/etc/passwd', join(root, 'work', 'link'));
  work('add', '-A');
  work('commit', '-qm', 'first');
  first = work('rev-parse', 'HEAD');
  writeFileSync(join(root, 'work', 'big.bin'), Buffer.alloc(300_000, 7));
  work('add', '-A');
  work('commit', '-qm', 'second');
  second = work('rev-parse', 'HEAD');
  dir = join(root, 'work', '.git');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('names resolve to shas, and only full names are taken', async () => {
  expect(await resolveRef(dir, 'refs/heads/main')).toBe(second);
  expect(await resolveRef(dir, 'refs/heads/nowhere')).toBeUndefined();
  await expect(resolveRef(dir, '--help')).rejects.toThrow('not a full ref name');
});

test('ancestry and presence are answers, not failures', async () => {
  expect(await isAncestor(dir, first, second)).toBe(true);
  expect(await isAncestor(dir, second, first)).toBe(false);
  expect(await isAncestor(dir, '1'.repeat(40), second)).toBe(false);
  expect(await hasCommit(dir, first)).toBe(true);
  expect(await hasCommit(dir, '1'.repeat(40))).toBe(false);
  await expect(hasCommit(dir, 'HEAD')).rejects.toThrow('not a commit sha');
  expect(isSha(first.toUpperCase())).toBe(false);
});

test('files are listed with odd names, and read without following links', async () => {
  const entries = await listTree(dir, second);

  expect(entries.map((entry) => [entry.mode, entry.size, entry.path])).toEqual([
    ['100644', 300_000, 'big.bin'],
    ['120000', 11, 'link'],
    ['100644', 4, 'one.txt'],
    ['100644', 4, 'same.txt'],
    ['100644', 8, 'ünder tab\t.txt'],
  ]);
  const texts = await readTexts(dir, second, (entry) => entry.path !== 'big.bin');
  expect(Object.fromEntries(texts)).toEqual({
    'one.txt': 'one\n',
    'same.txt': 'one\n',
    'ünder tab\t.txt': 'odd name',
  });
});

test('objects larger than a pipe come whole, missing ones are left out', async () => {
  const big = (await listTree(dir, second)).find((entry) => entry.path === 'big.bin')!.sha;
  const sizes: number[] = [];

  for await (const object of readObjects(dir, [big, '1'.repeat(40), big])) sizes.push(object.bytes.length);

  expect(sizes).toEqual([300_000, 300_000]);
});

test('leaving a reading half way ends git', async () => {
  const big = (await listTree(dir, second)).find((entry) => entry.path === 'big.bin')!.sha;
  for await (const object of readObjects(dir, Array<string>(200).fill(big))) {
    expect(object.bytes.length).toBe(300_000);
    break;
  }
});

test('a reading that is aborted says so', async () => {
  const big = (await listTree(dir, second)).find((entry) => entry.path === 'big.bin')!.sha;
  const stop = new AbortController();
  const read = async () => {
    for await (const _ of readObjects(dir, Array<string>(200).fill(big), { signal: stop.signal }))
      stop.abort();
  };

  await expect(read()).rejects.toMatchObject({ name: 'GitFailed', trouble: 'aborted' });
});

test('the environment is closed: no user configuration, hook, prompt or file protocol', async () => {
  const { stdout } = await git(['config', '--list', '--show-scope'], {
    dir: join(root, 'nowhere.git'),
    accept: [0],
  });
  const scopes = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0]);
  expect(new Set(scopes)).toEqual(new Set(['command']));

  const bare = join(root, 'closed.git');
  await gitInitBare(bare);
  await gitInitBare(bare);
  await expect(git(['fetch', '--end-of-options', dir], { dir: bare })).rejects.toThrow(
    "transport 'file' not allowed",
  );
});

test('addresses are checked before git starts', async () => {
  const bare = join(root, 'address.git');
  await gitInitBare(bare);
  const fetchFrom = (url: string) => gitFetch({ dir: bare, url, refspecs: ['refs/heads/main'] });

  await expect(fetchFrom('http://example.org/a/b')).rejects.toThrow(Refused);
  await expect(fetchFrom('https://user:pass@example.org/a/b')).rejects.toThrow(Refused);
  await expect(fetchFrom('ext::sh -c id')).rejects.toThrow(Refused);
});

test('a fetch sends the credential in a header and follows no redirect', async () => {
  const bare = join(root, 'header.git');
  await gitInitBare(bare);
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    if (request.url?.startsWith('/moved')) response.writeHead(302, { location: '/elsewhere' });
    else response.writeHead(request.url?.startsWith('/none') ? 404 : 403);
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trouble = async (path: string) => {
    const fetching = gitFetch({
      dir: bare,
      url: `${origin}${path}`,
      refspecs: ['refs/heads/main'],
      authorization: 'Bearer x',
    });
    return fetching.then(
      () => 'none',
      (error: unknown) => (error as GitFailed).trouble,
    );
  };

  expect([await trouble('/a/b'), await trouble('/none/b'), await trouble('/moved/b')]).toEqual([
    'denied',
    'missing',
    'unreachable',
  ]);
  expect(seen).toEqual(['Bearer x', 'Bearer x', 'Bearer x']);
  server.close();
  expect(await fetchTrouble(bare, origin)).toBe('unreachable');
});

test('time, abort and size end it and say which', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/a/b`;
  const bare = join(root, 'slow.git');
  await gitInitBare(bare);
  const stop = new AbortController();
  const aborted = gitFetch({ dir: bare, url, refspecs: ['refs/heads/main'], signal: stop.signal });
  silent.once('request', () => stop.abort());

  await expect(aborted).rejects.toMatchObject({ trouble: 'aborted' });
  await expect(gitFetch({ dir: bare, url, refspecs: ['x'], timeoutMs: 50 })).rejects.toMatchObject({
    trouble: 'timeout',
  });
  await expect(git(['ls-tree', '-r', second], { dir, maxBytes: 20 })).rejects.toMatchObject({
    trouble: 'too-large',
  });
  await expect(git(['ls-tree', '-r', second], { dir, signal: AbortSignal.abort() })).rejects.toMatchObject({
    trouble: 'aborted',
  });
  silent.closeAllConnections();
  silent.close();
});

async function fetchTrouble(bare: string, origin: string): Promise<string> {
  return gitFetch({ dir: bare, url: `${origin}/a/b`, refspecs: ['refs/heads/main'] }).then(
    () => 'none',
    (error: unknown) => (error as GitFailed).trouble,
  );
}

test('what is known of a commit is not asked of git again, and what is missing is', async () => {
  const copy = join(root, 'known.git');
  await gitInitBare(copy);
  const known = new KnownCommits(copy);
  expect(await known.has(second)).toBe(false);
  expect(await known.isAncestor(first, second)).toBe(false);
  cpSync(join(dir, 'objects'), join(copy, 'objects'), { recursive: true });
  const answers = async () => [
    await known.has(first),
    await known.isAncestor(first, second),
    await known.isAncestor(second, first),
    await known.isAncestor(second, second),
    (await known.list(second)).map(({ path }) => path),
  ];
  const told = await answers();
  expect(told).toEqual([true, true, false, true, (await listTree(dir, second)).map(({ path }) => path)]);
  rmSync(copy, { recursive: true });
  expect(await answers()).toEqual(told);
  expect(await known.has('1'.repeat(40))).toBe(false);
});

test('a repository is as git makes it, and one that was left half made is made again', async () => {
  const half = join(root, 'half.git');
  mkdirSync(join(half, 'refs'), { recursive: true });
  writeFileSync(join(half, 'HEAD'), '');
  await gitInitBare(half);
  const theirs = join(root, 'theirs.git');
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', theirs]);
  const made = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length), statSync(path).isFile() ? readFileSync(path, 'utf8') : ''])
      .sort();
  expect(made(half)).toEqual(made(theirs));
  writeFileSync(join(half, 'HEAD'), 'ref: refs/heads/other\n');
  await gitInitBare(half);
  expect(readFileSync(join(half, 'HEAD'), 'utf8')).toBe('ref: refs/heads/other\n');
});
