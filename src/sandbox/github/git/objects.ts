/** Git objects as bytes and as data, and how to write them loose. Objects never change: parse once, keep. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

export const ZERO = '0'.repeat(40);
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface Signature {
  name: string;
  email: string;
  /** Milliseconds. */
  at: number;
  /** `+0100` */
  zone: string;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

export interface TreeItem {
  mode: string;
  name: string;
  sha: string;
}

export type EntryType = 'blob' | 'tree' | 'commit';

export function entryType(mode: string): EntryType {
  if (mode === '40000' || mode === '040000') return 'tree';
  return mode === '160000' ? 'commit' : 'blob';
}

export function parseCommit(sha: string, bytes: Buffer): Commit {
  const text = bytes.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const nobody: Signature = { name: '', email: '', at: 0, zone: '+0000' };
  const commit: Commit = {
    sha,
    tree: EMPTY_TREE,
    parents: [],
    author: nobody,
    committer: nobody,
    message: end < 0 ? '' : text.slice(end + 2).replace(/\n$/, ''),
  };
  for (const line of head.split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    if (line.startsWith('tree ')) commit.tree = value;
    else if (line.startsWith('parent ')) commit.parents.push(value);
    else if (line.startsWith('author ')) commit.author = parseSignature(value);
    else if (line.startsWith('committer ')) commit.committer = parseSignature(value);
  }
  return commit;
}

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<([^>]*)> (\d+) ([+-]\d{4})$/.exec(text);
  if (!match) return { name: text, email: '', at: 0, zone: '+0000' };
  return {
    name: match[1] ?? '',
    email: match[2] ?? '',
    at: Number(match[3]) * 1000,
    zone: match[4] ?? '+0000',
  };
}

export function commitBytes(commit: Omit<Commit, 'sha'>): Buffer {
  const sign = (s: Signature): string =>
    `${clean(s.name)} <${clean(s.email)}> ${Math.floor(s.at / 1000)} ${s.zone}`;
  return Buffer.from(
    [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${sign(commit.author)}`,
      `committer ${sign(commit.committer)}`,
      '',
      commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`,
    ].join('\n'),
  );
}

/** A name or address may not close its own line or bracket. */
const clean = (text: string): string => text.replace(/[<>\n\0]/g, '').trim();

export function parseTree(bytes: Buffer): TreeItem[] {
  const items: TreeItem[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    const nul = bytes.indexOf(0, space);
    items.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('utf8', space + 1, nul),
      sha: bytes.toString('hex', nul + 1, nul + 21),
    });
    at = nul + 21;
  }
  return items;
}

/** Git's order: by bytes, a folder as if its name ended in a slash. */
export function treeBytes(items: readonly TreeItem[]): Buffer {
  const keyed = items.map((item) => ({
    item,
    key: Buffer.from(entryType(item.mode) === 'tree' ? `${item.name}/` : item.name),
  }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    keyed.map(({ item }) =>
      Buffer.concat([
        Buffer.from(`${item.mode.replace(/^0/, '')} ${item.name}\0`),
        Buffer.from(item.sha, 'hex'),
      ]),
    ),
  );
}

/** Writes a loose object beside its place and renames it in: readers see all of it or nothing. */
export function writeLoose(gitDir: string, type: string, bytes: Uint8Array): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
  const sha = createHash('sha1').update(whole).digest('hex');
  const folder = join(gitDir, 'objects', sha.slice(0, 2));
  const file = join(folder, sha.slice(2));
  if (existsSync(file)) return sha;
  mkdirSync(folder, { recursive: true });
  const beside = join(folder, `tmp_obj_${process.pid}_${sha.slice(2, 12)}`);
  writeFileSync(beside, deflateSync(whole, { level: 1 }), { mode: 0o444 });
  renameSync(beside, file);
  return sha;
}

export interface RawObject {
  sha: string;
  type: 'commit' | 'tree' | 'blob' | 'tag';
  bytes: Buffer;
}

/** Above this git reads it: nobody waits here for a big file. */
const BIG_BYTES = 1024 * 1024;

/** An object that lies by itself, as most do; undefined when git has to look for it. */
export function readLoose(gitDir: string, sha: string): RawObject | undefined {
  try {
    const packed = readFileSync(join(gitDir, 'objects', sha.slice(0, 2), sha.slice(2)));
    const whole = inflateSync(packed, { maxOutputLength: BIG_BYTES });
    const end = whole.indexOf(0);
    const [type = ''] = whole.toString('latin1', 0, end).split(' ');
    return { sha, type: type as RawObject['type'], bytes: whole.subarray(end + 1) };
  } catch {
    return undefined;
  }
}
