/**
 * Which files in a job's folder are its outputs. Pure over a listing of the folder.
 *
 * Only what the job created or changed counts: never checked-out code, never a copied input. Links,
 * devices and files with several names are refused and reported. A file that matches two levels has
 * the more sensitive one.
 */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Level, OutputPattern } from '../../src/pipeline/types.ts';
import { openBeneath, type Found } from '../store/beneath.ts';
import type { Baseline, Before, Refusal } from './types.ts';
import * as words from './words.ts';

/** Most sensitive first. */
const ORDER: readonly Level[] = ['highly_sensitive', 'moderately_sensitive', 'minimally_sensitive'];

export function moreSensitive(a: Level, b: Level): Level {
  return ORDER.indexOf(a) <= ORDER.indexOf(b) ? a : b;
}

/** Never outputs, whatever a pattern says. */
export function isReserved(relative: string): boolean {
  return /^(metadata|\.git)(\/|$)/i.test(relative);
}

export interface Collected {
  outputs: { path: string; level: Level; mtimeMs: number }[];
  /** Patterns that no file matched. */
  unmatched: string[];
  /** Made by the job, wanted by no pattern. */
  hints: string[];
  refused: Refusal[];
}

export interface CollectOptions {
  patterns: readonly Pick<OutputPattern, 'level' | 'pattern'>[];
  baseline: Baseline;
  matches: (pattern: string, path: string) => boolean;
  /** Inodes that several names are expected for: files this agent has already taken over. */
  agentUid?: number;
  /** Whether a checked-out file's bytes differ from its blob; asked only when its times are odd. */
  differs: (path: string, before: Before) => boolean;
}

const MAX_HINTS = 100;
const NS_PER_MS = 1_000_000n;

export function collect(found: readonly Found[], options: CollectOptions): Collected {
  const inputs = new Set(
    Object.values(options.baseline).flatMap((b) => (b.blob === undefined ? [b.ino] : [])),
  );
  const outputs: Collected['outputs'] = [];
  const refused: Refusal[] = [];
  const hints: string[] = [];
  const matched = new Set<string>();
  for (const entry of found) {
    if (isReserved(entry.path) || !isNew(entry, options)) continue;
    const wanted = options.patterns.filter(({ pattern }) => options.matches(pattern, entry.path));
    if (wanted.length === 0) {
      if (hints.length < MAX_HINTS && entry.kind === 'file') hints.push(entry.path);
      continue;
    }
    const why = whyNot(entry, inputs, options.agentUid);
    if (why !== undefined) {
      refused.push({ path: entry.path, why });
      continue;
    }
    for (const { pattern } of wanted) matched.add(pattern);
    const level = wanted.map((pattern) => pattern.level).reduce(moreSensitive);
    outputs.push({ path: entry.path, level, mtimeMs: Number((entry.stat?.mtimeNs ?? 0n) / NS_PER_MS) });
  }
  const unmatched = options.patterns.map(({ pattern }) => pattern).filter((pattern) => !matched.has(pattern));
  return { outputs, unmatched: [...new Set(unmatched)], hints, refused };
}

function isNew(entry: Found, options: CollectOptions): boolean {
  const before = Object.hasOwn(options.baseline, entry.path) ? options.baseline[entry.path] : undefined;
  if (!before || !entry.stat) return true;
  if (String(entry.stat.ino) !== before.ino) return true;
  if (Number(entry.stat.size) !== before.size || String(entry.stat.mtimeNs) !== before.mtimeNs) return true;
  // An input's bytes cannot change, and its time of last change moves with every new link to it.
  if (before.blob === undefined) return false;
  // Only the time of last change is out of line: renamed, chmod, or a modification time set back.
  return String(entry.stat.ctimeNs) !== before.ctimeNs && options.differs(entry.path, before);
}

function whyNot(entry: Found, inputs: ReadonlySet<string>, agentUid?: number): string | undefined {
  if (entry.kind !== 'file') return words.REFUSED_FILE[entry.kind];
  const stat = entry.stat;
  if (!stat || stat.nlink <= 1n) return undefined;
  // Ours and no input: this run was cut off after the file was linked into the store.
  const taken = agentUid !== undefined && Number(stat.uid) === agentUid && !inputs.has(String(stat.ino));
  return taken ? undefined : words.REFUSED_FILE['many-names'];
}

/** Without a prototype: a file may be called `__proto__`. */
export function emptyBaseline(): Baseline {
  return Object.create(null) as Baseline;
}

export function before(stat: NonNullable<Found['stat']>, blob?: string): Before {
  return {
    ino: String(stat.ino),
    size: Number(stat.size),
    mtimeNs: String(stat.mtimeNs),
    ctimeNs: String(stat.ctimeNs),
    ...(blob === undefined ? {} : { blob }),
  };
}

/** Whether a file's bytes are another git blob than before. */
export function differsFromBlob(root: string, relative: string, was: Before): boolean {
  const file = openBeneath(root, relative);
  try {
    const digest = createHash('sha1').update(`blob ${file.stat.size}\0`);
    const buffer = Buffer.allocUnsafe(65_536);
    for (let at = 0; ; ) {
      const got = readSync(file.fd, buffer, 0, buffer.length, at);
      if (got === 0) return digest.digest('hex') !== was.blob;
      digest.update(buffer.subarray(0, got));
      at += got;
    }
  } finally {
    file.close();
  }
}
