/**
 * What results were made from, in `metadata/freshness.json`, and what they would be made from now. Written by the run
 * that made them, whole or not at all; a file that is missing or broken only means that nothing is known.
 */
import { lstatSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { sha256 } from '../../src/lib/hash.ts';
import {
  codeOf,
  LONGEST_PROGRAM,
  programText,
  tagOf,
  type Action,
  type FreshnessFacts,
  type Made,
  type Pipeline,
} from '../../src/pipeline/pipeline.ts';
import { PINNED_TABLES } from '../images/dummy-rows/usual.ts';
import { readIfThere, writeWhole } from '../store/durable.ts';
import { asInput, inputsFrom, type Input, type Manifest, type ManifestEntry } from '../store/manifest.ts';
import { hashFile } from '../store/store.ts';
import { isInvented, type Invention } from './laptop-dummy.ts';

type Digests = Record<string, string>;
/** Size and times, as text: nanoseconds are too long for a number. */
type Seen = string;

interface Remembered extends Omit<Made, 'code'> {
  job: string;
  /** Digest of the files that every action has. */
  shared: string;
  own: Digests;
  /** Its outputs as they were left. */
  files: Record<string, Seen>;
}

interface Stored {
  version: 1;
  /** By their digest: most actions have the same. */
  shared: Record<string, Digests>;
  actions: Record<string, Remembered>;
  /** Digests of large files, good as long as the file looks the same. */
  large: Record<string, { seen: Seen; hash: string }>;
}

export interface Memory {
  /** Reads the study's files: call it before they are copied, so that a later edit counts as one. */
  look(pipeline: Pipeline, sources: readonly string[]): Promise<void>;
  /** Whether a database action's rows are made here, as looked at last. */
  invents(action: Action): boolean;
  /** Whether the files still look as they did then. */
  asLooked(): boolean;
  /** What an action would be made from, as looked at last. */
  now(action: Action, manifest: Manifest | undefined, imageId?: string): Made;
  facts(
    pipeline: Pipeline,
    manifest: Manifest | undefined,
    imageId: (action: Action) => string | undefined,
  ): Promise<Map<string, FreshnessFacts>>;
  /** After the outputs are at their places; `made` as it was when the action began. */
  remember(action: string, job: string, made: Made, outputs: readonly string[]): void;
}

/** `invention`: what rows would be made where a dummy data file is not there. */
export function memoryOf(dir: string, { rows, seed }: Invention): Memory {
  const file = path.join(dir, 'metadata', 'freshness.json');
  const stored = read(file);
  let shared: Digests = {};
  let sharedDigest = '';
  let tables: string | undefined;
  let own = new Map<string, Digests>();
  const looked = new Map<string, Seen | undefined>();
  const seenNow = (source: string): Seen | undefined => {
    const stat = statSync(path.join(dir, source), { throwIfNoEntry: false, bigint: true });
    return stat && seenOf(stat);
  };

  async function digestOf(source: string): Promise<{ hash: string; text?: string } | undefined> {
    const full = path.join(dir, source);
    const stat = statSync(full, { throwIfNoEntry: false, bigint: true });
    looked.set(source, stat && seenOf(stat));
    if (!stat) return undefined;
    if (stat.size > LONGEST_PROGRAM) {
      const known = stored.large[source];
      const seen = seenOf(stat);
      if (known?.seen === seen) return { hash: known.hash };
      const hash = await hashFile(full);
      stored.large[source] = { seen, hash };
      return { hash };
    }
    const bytes = readFileSync(full);
    const text = programText(source, bytes);
    return { hash: sha256(bytes), ...(text === undefined ? {} : { text }) };
  }

  const now = (action: Action, manifest: Manifest | undefined, imageId?: string): Made =>
    madeFrom(action, inputsFrom(manifest, action.needs), imageId);

  function madeFrom(action: Action, inputs: readonly Input[], imageId?: string): Made {
    return {
      image: `${action.image.name}:${tagOf(action.image.tag)}`,
      ...(imageId === undefined ? {} : { imageId }),
      command: sha256(JSON.stringify([action.args, action.isDatabase ? action.dummyDataFile : null])),
      config: sha256(canonicalJson(action.config ?? null)),
      outputs: sha256(JSON.stringify(action.outputs.map(({ level, pattern }) => [level, pattern]).sort())),
      code: { ...shared, ...own.get(action.name) },
      inputs: digests([...inputs.map((input) => [input.path, input.hash] as const), ...inventedFor(action)]),
    };
  }

  const invents = (action: Action): boolean => isInvented(action, dir, tables !== undefined);

  /** Said as one of the things that it reads. */
  function inventedFor(action: Action): [name: string, digest: string][] {
    return invents(action) ? [['the invented rows', sha256(JSON.stringify([tables, rows, seed]))]] : [];
  }

  async function afterwards(
    action: Action,
    outputs: readonly [path: string, entry: ManifestEntry][],
    state: string | undefined,
  ): Promise<Pick<FreshnessFacts, 'then' | 'failed' | 'missing' | 'edited'>> {
    const failed = state !== undefined && state !== 'succeeded';
    const known = Object.hasOwn(stored.actions, action.name) ? stored.actions[action.name] : undefined;
    const missing: string[] = [];
    const edited: string[] = [];
    for (const [output, entry] of outputs) {
      const stat = lstatSync(path.join(dir, output), { throwIfNoEntry: false, bigint: true });
      if (!stat?.isFile()) missing.push(output);
      else if (known?.files[output] !== seenOf(stat)) {
        if ((await hashFile(path.join(dir, output))) !== entry.content_hash) edited.push(output);
      }
    }
    const job = outputs[0]?.[1].job_id;
    if (job === undefined) return { then: undefined, failed, missing, edited };
    return { then: known?.job === job ? madeOf(known) : 'unknown', failed, missing, edited };
  }

  function madeOf({ job: _job, files: _files, shared: of, own: mine, ...made }: Remembered): Made {
    return { ...made, code: { ...stored.shared[of], ...mine } };
  }

  return {
    async look(pipeline, sources) {
      const found = new Map<string, { hash: string; text?: string }>();
      for (const [at, source] of sources.entries()) {
        if (at % 4096 === 4095) await new Promise(setImmediate);
        const digest = await digestOf(source);
        if (digest) found.set(source, digest);
      }
      const files = [...found].map(([name, { text }]) => ({ path: name, ...(text ? { text } : {}) }));
      tables = found.get(PINNED_TABLES)?.hash;
      const code = codeOf(pipeline, files);
      const hashes = (paths: readonly string[]): Digests =>
        digests(paths.map((one) => [one, found.get(one)?.hash ?? '']));
      shared = hashes(code.shared);
      sharedDigest = sha256(canonicalJson(shared));
      own = new Map([...code.own].map(([action, paths]) => [action, hashes(paths)]));
    },
    invents,
    asLooked: () => [...looked].every(([source, seen]) => seenNow(source) === seen),
    now,
    async facts(pipeline, manifest, imageId) {
      const facts = new Map<string, FreshnessFacts>();
      const made = outputsByAction(manifest);
      for (const action of pipeline.actions) {
        const past = await afterwards(
          action,
          made.get(action.name) ?? [],
          manifest?.runs?.[action.name]?.state,
        );
        const inputs = action.needs.flatMap((need) => made.get(need) ?? []).map(asInput);
        facts.set(action.name, { ...past, now: madeFrom(action, inputs, imageId(action)) });
      }
      return facts;
    },
    remember(action, job, { code: _code, ...made }, outputs) {
      const files = digests(outputs.map((output) => [output, seenNow(output) ?? '']));
      stored.shared[sharedDigest] = shared;
      stored.actions[action] = {
        ...made,
        job,
        shared: sharedDigest,
        own: own.get(action) ?? {},
        files,
      };
      const wanted = new Set(Object.values(stored.actions).map((one) => one.shared));
      stored.shared = Object.fromEntries(
        Object.entries(stored.shared).filter(([digest]) => wanted.has(digest)),
      );
      writeWhole(file, `${JSON.stringify(stored)}\n`, { mode: 0o644, sync: false });
    },
  };
}

/** Looked through once: 2,000 actions have as many outputs. */
function outputsByAction(manifest: Manifest | undefined): Map<string, [string, ManifestEntry][]> {
  const found = new Map<string, [string, ManifestEntry][]>();
  for (const [file, entry] of Object.entries(manifest?.outputs ?? {})) {
    if (entry.out_of_date_output) continue;
    const mine = found.get(entry.action);
    if (mine) mine.push([file, entry]);
    else found.set(entry.action, [[file, entry]]);
  }
  return found;
}

/** Without a prototype's names: a file may be called `__proto__`. */
function digests(entries: readonly (readonly [string, string])[]): Digests {
  return Object.fromEntries(entries);
}

const seenOf = (stat: { size: bigint; mtimeNs: bigint; ctimeNs: bigint }): Seen =>
  `${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;

function read(file: string): Stored {
  const nothing: Stored = { version: 1, shared: {}, actions: {}, large: {} };
  try {
    const value = JSON.parse(readIfThere(file) ?? 'null') as Partial<Stored> | null;
    if (value?.version !== 1) return nothing;
    const { shared, actions, large } = value;
    return isTable(shared) && isTable(actions) && isTable(large) && Object.values(actions).every(isRemembered)
      ? (value as Stored)
      : nothing;
  } catch (error) {
    if (error instanceof SyntaxError) return nothing;
    throw error;
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRemembered(value: unknown): boolean {
  if (!isTable(value)) return false;
  const { own, inputs, files, job, shared } = value;
  return (
    [own, inputs, files].every((one) => isTable(one)) && typeof job === 'string' && typeof shared === 'string'
  );
}
