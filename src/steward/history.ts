/**
 * Everything that anybody can fetch of a repository: every file of every commit of every reference, those of
 * pull requests and hidden ones too. Read with git from the repository itself, bounded in time and size.
 *
 * What a commit took over unchanged from a parent is listed with the parent; of a merge only what is in none
 * of its parents. So each file is listed with each of its paths, at least once.
 */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { minutes } from '../lib/clock.ts';
import { git, gitFetch, GitFailed, gitInitBare, gitStream } from '../lib/git.ts';
import type { HistoryFile } from '../visibility/visibility.ts';
import { secretsIn } from './contents.ts';

export interface HistoryLimits {
  /** Of what git keeps of it. */
  bytes: number;
  /** Different files by path and bytes. */
  files: number;
  /** Of all files together, as they are and not as git packs them: each is read through. */
  contents: number;
  timeoutMs: number;
}
export const HISTORY_LIMITS: HistoryLimits = {
  ...{ bytes: 2 * 1024 ** 3, files: 500_000, contents: 8 * 1024 ** 3 },
  timeoutMs: minutes(10),
};

export interface Source {
  /** Of the steward's own; what lies there from before is removed. */
  dir: string;
  url: string;
  authorization: string;
}

export interface History {
  files: HistoryFile[];
  /** Digest of all references and what they mean. */
  refs: string;
}

/** It is larger than can be looked through: nobody can say that it is clean. */
export class TooMuch extends Error {
  override name = 'TooMuch';
}

export async function historyOf(source: Source, limits = HISTORY_LIMITS): Promise<History> {
  const { dir } = source;
  await rm(dir, { recursive: true, force: true });
  await gitInitBare(dir);
  // Always in packs: their size is watched.
  await git(['config', 'fetch.unpackLimit', '1'], { dir });
  await fetchAll(source, limits);
  const refs = await localRefs(dir);
  const files = await listed(dir, limits);
  for (const each of await oddReferences(dir, refs)) add(files, each, limits);
  const all = await sized(dir, [...files.values()]);
  return { files: await readThrough(dir, all, limits), refs: digest(refs) };
}

/** As the repository has them now, without its objects. */
export async function remoteRefs({ url, authorization }: Omit<Source, 'dir'>): Promise<string> {
  const { stdout } = await git(['ls-remote', '--quiet', '--refs', '--end-of-options', url], {
    config: { [`http.${url}.extraHeader`]: `Authorization: ${authorization}` },
  });
  return digest(linesOf(stdout).map((line) => line.split('\t') as [string, string]));
}

const HELD = 'refs/scan/';

async function fetchAll({ dir, url, authorization }: Source, limits: HistoryLimits): Promise<void> {
  const stop = new AbortController();
  const watch = setInterval(() => {
    void sizeOf(dir).then((bytes) => bytes > limits.bytes && stop.abort());
  }, 500);
  try {
    await gitFetch({
      ...{ dir, url, authorization, refspecs: [`+refs/*:${HELD}*`] },
      ...{ signal: stop.signal, timeoutMs: limits.timeoutMs },
    });
  } catch (error) {
    if (error instanceof GitFailed && (error.trouble === 'aborted' || error.trouble === 'timeout'))
      throw new TooMuch('the history is too large to fetch', { cause: error });
    throw error;
  } finally {
    clearInterval(watch);
  }
  if ((await sizeOf(dir)) > limits.bytes) throw new TooMuch('the history is too large');
}

async function sizeOf(dir: string): Promise<number> {
  let sum = 0;
  // What git is just renaming is counted the next time.
  for (const name of await readdir(join(dir, 'objects', 'pack')).catch(() => []))
    sum += (await stat(join(dir, 'objects', 'pack', name)).catch(() => ({ size: 0 }))).size;
  return sum;
}

type Ref = [object: string, name: string];

async function localRefs(dir: string): Promise<Ref[]> {
  const { stdout } = await git(['for-each-ref', '--format=%(objectname)%09%(refname)', HELD], { dir });
  return linesOf(stdout).map((line) => {
    const [object = '', name = ''] = line.split('\t');
    return [object, `refs/${name.slice(HELD.length)}`];
  });
}

const digest = (refs: readonly (readonly [string, string])[]): string =>
  createHash('sha256')
    .update(
      refs
        .map((each) => each.join('\t'))
        .sort()
        .join('\n'),
    )
    .digest('hex');

type Files = Map<string, HistoryFile>;

function add(files: Files, file: HistoryFile, { files: most }: HistoryLimits): void {
  files.set(`${file.object} ${file.path}`, file);
  if (files.size > most) throw new TooMuch('the history holds too many files');
}

async function listed(dir: string, limits: HistoryLimits): Promise<Files> {
  const files: Files = new Map();
  const options = { dir, timeoutMs: limits.timeoutMs };
  const flags = ['--all', '--raw', '-z', '--no-abbrev', '--no-renames', '--root', '--diff-merges=combined'];
  const running = gitStream(['log', ...flags, '--format=%H'], options);
  running.stdin.end();
  try {
    let header: string | undefined;
    let commit: string | undefined;
    for await (const word of words(running.stdout)) {
      if (header === undefined) {
        const at = word.indexOf(':');
        if (at === -1) commit = word;
        else header = word.slice(at);
        continue;
      }
      const file = changed(header, word, commit);
      header = undefined;
      if (file) add(files, file, limits);
    }
    await running.done;
  } catch (error) {
    running.stop();
    if (error instanceof GitFailed && error.trouble === 'timeout')
      throw new TooMuch('the history takes too long to read', { cause: error });
    throw error;
  }
  return files;
}

/** What stands between two NULs. */
async function* words(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let end = all.indexOf(0); end !== -1; end = all.indexOf(0)) {
      yield all.toString('utf8', 0, end);
      all = all.subarray(end + 1);
    }
    rest = all;
  }
}

/** `:100644 100644 <before> <after> M`, of a merge with one mode and object more for each further parent. */
function changed(header: string, path: string, commit: string | undefined): HistoryFile | undefined {
  const parents = /^:+/.exec(header)![0].length;
  const fields = header.slice(parents).split(' ');
  const [mode = '', object = ''] = [fields[parents], fields[2 * parents + 1]];
  if (/^0+$/.test(mode)) return undefined;
  return { path, object, size: 0, kind: kindOf(mode), commit };
}

function kindOf(mode: string): HistoryFile['kind'] {
  if (mode === '160000') return 'module';
  return mode === '120000' ? 'link' : 'file';
}

/** References, and tags of tags, that end at something else than a commit. */
async function oddReferences(dir: string, refs: readonly Ref[]): Promise<HistoryFile[]> {
  const asked = refs.map(([object]) => `${object}^{}`);
  const kinds = await describe(dir, asked);
  const found: HistoryFile[] = [];
  for (const [at, [, name]] of refs.entries()) {
    const { type = 'missing', object = '' } = kinds[at] ?? {};
    if (type === 'commit') continue;
    found.push({ path: name, object, size: 0, kind: 'reference' });
    if (type === 'tree') found.push(...(await filesIn(dir, object)));
  }
  return found;
}

async function filesIn(dir: string, tree: string): Promise<HistoryFile[]> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', tree], { dir });
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', object = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return path ? [{ path, object, size: 0, kind: kindOf(mode) }] : [];
    });
}

interface Described {
  object: string;
  type: string;
  size: number;
}

/** In the order asked; undefined for what is not there. */
async function describe(dir: string, objects: readonly string[]): Promise<(Described | undefined)[]> {
  if (objects.length === 0) return [];
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    ...{ dir, input: `${objects.join('\n')}\n`, timeoutMs: minutes(5), maxBytes: 512 * 1024 ** 2 },
  });
  return linesOf(stdout).map((line) => {
    const [object = '', type = '', size = ''] = line.split(' ');
    return size === '' ? undefined : { object, type, size: Number(size) };
  });
}

async function sized(dir: string, files: readonly HistoryFile[]): Promise<HistoryFile[]> {
  const objects = [...new Set(files.filter(({ kind }) => kind === 'file').map(({ object }) => object))];
  const known = new Map(
    (await describe(dir, objects)).flatMap((each) => (each ? [[each.object, each.size]] : [])),
  );
  const elsewhere = await pointers(
    dir,
    objects.filter((object) => POINTER.some(known.get(object))),
  );
  return files.map((file) => ({
    ...file,
    size: file.kind !== 'file' ? 0 : elsewhere.has(file.object) ? undefined : known.get(file.object),
  }));
}

/** With what the bytes of each hold. The newest commit is listed first, so what stays is the one in which it came. */
async function readThrough(
  dir: string,
  files: readonly HistoryFile[],
  { contents, timeoutMs }: HistoryLimits,
): Promise<HistoryFile[]> {
  const objects = new Map<string, number>();
  for (const { kind, object, size } of files) if (kind === 'file') objects.set(object, size ?? 0);
  let all = 0;
  for (const size of objects.values()) all += size;
  if (all > contents) throw new TooMuch('its files are too large to be read through');
  try {
    const found = await secretsIn(dir, [...objects.keys()], timeoutMs);
    return files.map((file) => {
      const secrets = found.get(file.object);
      return secrets ? { ...file, secrets } : file;
    });
  } catch (error) {
    if (error instanceof GitFailed && error.trouble === 'timeout')
      throw new TooMuch('its files take too long to be read through', { cause: error });
    throw error;
  }
}

/** A pointer of Git LFS: a few lines in place of a file that is fetched apart, and becomes public too. */
const POINTER = {
  text: 'version https://git-lfs.github.com/spec/',
  some: (size: number | undefined): boolean => size !== undefined && size >= 100 && size <= 1024,
};
const AT_ONCE = 10_000;

async function pointers(dir: string, objects: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < objects.length; from += AT_ONCE) {
    const input = `${objects.slice(from, from + AT_ONCE).join('\n')}\n`;
    const { stdout } = await git(['cat-file', '--batch'], { dir, input, timeoutMs: minutes(5) });
    for (let at = 0; at < stdout.length; ) {
      const end = stdout.indexOf(10, at);
      const [object = '', , size = '0'] = stdout.toString('utf8', at, end).split(' ');
      const body = end + 1;
      if (stdout.toString('latin1', body, body + POINTER.text.length) === POINTER.text) found.add(object);
      at = body + Number(size) + 1;
    }
  }
  return found;
}

const linesOf = (output: Buffer): string[] => output.toString('utf8').split('\n').filter(Boolean);
