/**
 * Is what an action made still what it would make now?
 *
 * made: what decided a result, as digests: image, command, config, code, inputs · cause: one way in which that
 * differs from now. An action is *fresh* when nothing differs and everything it needs is fresh. An unknown image
 * (no engine was asked) is not compared.
 *
 * Code is every file of the study, with two exceptions. A few files speak to people and editors only. And a file
 * that other actions name in their commands is theirs, unless the action's own command or a file it may read
 * mentions it: without that, each edit of one program would make every action out of date.
 */
import type { Action, Pipeline } from './types.ts';

export interface Made {
  /** `name:tag` as written. */
  image: string;
  /** Digest or id of what ran; absent when unknown, and for dummy data files. */
  imageId?: string;
  /** Digests of the words, the config and the declared outputs. */
  command: string;
  config: string;
  outputs: string;
  /** Digests by path. */
  code: Readonly<Record<string, string>>;
  inputs: Readonly<Record<string, string>>;
}

export interface FreshnessFacts {
  /** Absent: it has left no results. */
  then?: Made | 'unknown';
  now: Made;
  /** The latest run failed. */
  failed: boolean;
  /** Files it made that are gone. */
  missing: readonly string[];
  /** Files it made that somebody else changed since. */
  edited: readonly string[];
}

export type Cause =
  | { kind: 'failed' | 'unknown' | 'command' | 'config' | 'outputs' }
  | { kind: 'image'; was: string; now: string }
  | { kind: 'code' | 'inputs' | 'missing' | 'edited'; files: string[] }
  | { kind: 'needs'; actions: string[] };

export type Freshness =
  | { state: 'fresh' }
  | { state: 'never-run' }
  | { state: 'out-of-date'; because: Cause[] };

/** Of each action of the pipeline that has facts. */
export function freshness(
  pipeline: Pipeline,
  facts: ReadonlyMap<string, FreshnessFacts>,
): Map<string, Freshness> {
  const found = new Map<string, Freshness>();
  for (const { name } of pipeline.actions) {
    const own = facts.get(name);
    if (own) found.set(name, byItself(own));
  }
  const dependents = new Map<string, string[]>();
  for (const { name, needs } of pipeline.actions) {
    for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), name]);
  }
  // Breadth first from whatever is not fresh: a chain of 10,000 actions is an ordinary project.
  const spreading = [...found].filter(([, { state }]) => state !== 'fresh').map(([name]) => name);
  for (let need = spreading.pop(); need !== undefined; need = spreading.pop()) {
    for (const name of dependents.get(need) ?? []) {
      const was = found.get(name);
      if (was && was.state !== 'never-run') found.set(name, withNeed(was, need));
      if (was?.state === 'fresh') spreading.push(name);
    }
  }
  return found;
}

/** Whether the only thing against a result is that what it needs is out of date: then that run decides. */
export function onlyByNeeds(found: Freshness): boolean {
  return found.state === 'out-of-date' && found.because.every(({ kind }) => kind === 'needs');
}

function withNeed(was: Exclude<Freshness, { state: 'never-run' }>, need: string): Freshness {
  const because = was.state === 'fresh' ? [] : was.because;
  const before = because.find((cause) => cause.kind === 'needs');
  const rest = because.filter((cause) => cause.kind !== 'needs');
  const actions = [...(before?.actions ?? []), need].sort();
  return { state: 'out-of-date', because: [...rest, { kind: 'needs', actions }] };
}

/** Without looking at what the action needs. */
export function byItself({ then, now, failed, missing, edited }: FreshnessFacts): Freshness {
  if (then === undefined)
    return failed ? { state: 'out-of-date', because: [{ kind: 'failed' }] } : { state: 'never-run' };
  const because: Cause[] = [
    ...(failed ? [{ kind: 'failed' as const }] : []),
    ...(missing.length > 0 ? [{ kind: 'missing' as const, files: [...missing] }] : []),
    ...(edited.length > 0 ? [{ kind: 'edited' as const, files: [...edited] }] : []),
    ...(then === 'unknown' ? [{ kind: 'unknown' as const }] : differences(then, now)),
  ];
  return because.length === 0 ? { state: 'fresh' } : { state: 'out-of-date', because };
}

function differences(then: Made, now: Made): Cause[] {
  const code = changed(then.code, now.code);
  const inputs = changed(then.inputs, now.inputs);
  const single = (['command', 'config', 'outputs'] as const).filter((kind) => then[kind] !== now[kind]);
  return [
    ...imageCause(then, now),
    ...single.map((kind) => ({ kind })),
    ...(code.length > 0 ? [{ kind: 'code' as const, files: code }] : []),
    ...(inputs.length > 0 ? [{ kind: 'inputs' as const, files: inputs }] : []),
  ];
}

function imageCause(then: Made, now: Made): Cause[] {
  if (then.image !== now.image) return [{ kind: 'image', was: then.image, now: now.image }];
  const { imageId: was } = then;
  const { imageId: is } = now;
  return was === undefined || is === undefined || was === is ? [] : [{ kind: 'image', was, now: is }];
}

/** Paths that came, went or have other bytes, in order. */
function changed(then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): string[] {
  const of = (files: Readonly<Record<string, string>>, path: string): string | undefined =>
    Object.hasOwn(files, path) ? files[path] : undefined;
  const all = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...all].filter((path) => of(then, path) !== of(now, path)).sort();
}

/** Longer files are data, no programs: they are not searched for names of others. */
export const LONGEST_PROGRAM = 256 * 1024;

/** Their words are data: they name no program. */
const TABLE = /\.[ct]sv$/i;

/** What of a file is searched for names; undefined for data. */
export function programText(path: string, bytes: Buffer): string | undefined {
  const isProgram = bytes.length <= LONGEST_PROGRAM && !TABLE.test(path) && !bytes.includes(0);
  return isProgram ? bytes.toString('utf8') : undefined;
}

export interface CodeFile {
  path: string;
  /** Absent for data and for what is too long to be a program. */
  text?: string;
}

const FOR_PEOPLE =
  /^(?:project\.yaml$|(?:readme|license|licence|changelog|citation)[^/]*$|\.gitignore$|\.gitattributes$|\.editorconfig$|\.(?:github|vscode|devcontainer|idea)\/)/i;

/** The files whose change may change a result: those of every action, and by action what it has besides. */
export function codeOf(
  pipeline: Pipeline,
  files: readonly CodeFile[],
): { shared: string[]; own: Map<string, string[]> } {
  const owners = ownersOf(pipeline);
  const results = resultFolders(pipeline, files);
  const read = files
    .filter(({ path }) => !FOR_PEOPLE.test(path))
    .map(({ path, text }): Read => ({ path, title: titleOf(path), words: wordsOf(text ?? '', results) }));
  const ownedBy = new Map<string, Read[]>();
  const owned = read.filter(({ path }) => owners.has(path));
  const mentioned = finder(owned);
  const everywhere = reach(
    read.filter(({ path }) => !owners.has(path)),
    mentioned,
  );
  for (const file of owned) {
    if (everywhere.has(file)) continue;
    for (const action of owners.get(file.path)!) ownedBy.set(action, [...(ownedBy.get(action) ?? []), file]);
  }
  const own = pipeline.actions.map((action): [string, string[]] => {
    const said = mentioned(wordsOf(saidBy(action), results));
    const mine = reach([...(ownedBy.get(action.name) ?? []), ...said], mentioned);
    return [action.name, [...mine].filter((file) => !everywhere.has(file)).map(({ path }) => path)];
  });
  return { shared: [...everywhere].map(({ path }) => path), own: new Map(own) };
}

interface Read {
  path: string;
  /** The words of its name, without the last extension. */
  title: string[];
  words: ReadonlySet<string>;
}

/** What the files mention, what that mentions, and so on; themselves among it. */
function reach(from: readonly Read[], mentioned: ReturnType<typeof finder>): Set<Read> {
  const reached = new Set(from);
  // What is reached joins the end of the set while it is gone through.
  for (const { words } of reached) for (const file of mentioned(words)) reached.add(file);
  return reached;
}

/** Finds the files of which every word of the title is there. By their first word: 2,000 programs are one project. */
function finder(files: readonly Read[]): (words: ReadonlySet<string>) => Read[] {
  const byFirst = new Map<string | undefined, Read[]>();
  for (const file of files) byFirst.set(file.title[0], [...(byFirst.get(file.title[0]) ?? []), file]);
  // A title without a word is found by any.
  const always = byFirst.get(undefined) ?? [];
  return (words) => {
    const found = [...words].flatMap((word) => byFirst.get(word) ?? []);
    return [...always, ...found.filter(({ title }) => mentions(words, title))];
  };
}

const mentions = (words: ReadonlySet<string>, title: readonly string[]): boolean =>
  title.every((word) => words.has(word));

function titleOf(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return [...wordsOf(dot > 0 ? name.slice(0, dot) : name)];
}

/** Runs of letters, digits and underscores; a path into a folder of results names no program. */
function wordsOf(text: string, results?: RegExp): Set<string> {
  const plain = results ? text.replace(results, ' ') : text;
  return new Set(plain.match(/[\p{L}\p{N}_]+/gu));
}

/** Finds paths that begin with a folder in which only outputs lie. */
function resultFolders(pipeline: Pipeline, files: readonly CodeFile[]): RegExp | undefined {
  const first = (path: string): string[] => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : []);
  const outputs = pipeline.actions.flatMap((action) =>
    action.outputs.flatMap(({ pattern }) => first(pattern)),
  );
  const sources = new Set(files.flatMap(({ path }) => first(path)));
  const only = [...new Set(outputs)].filter((folder) => !sources.has(folder) && !folder.includes('*'));
  if (only.length === 0) return undefined;
  const names = only.map((folder) =>
    folder.replace(/[^\p{L}\p{N}_]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`),
  );
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${names.join('|')})/[^\\s"'\`,;()]*`, 'gu');
}

const saidBy = ({ args, config, dummyDataFile }: Action): string =>
  JSON.stringify([args, config ?? {}, dummyDataFile ?? '']);

/** Paths that commands name as a word of their own or behind `=`, and by whom. */
function ownersOf(pipeline: Pipeline): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { name, args, dummyDataFile } of pipeline.actions) {
    const named = [...args, ...(dummyDataFile === undefined ? [] : [dummyDataFile])];
    for (const word of named.flatMap((one) => [one, one.slice(one.indexOf('=') + 1)])) {
      const path = word.replace(/^(?:\.\/)+/, '');
      const those = owners.get(path) ?? new Set();
      owners.set(path, those.add(name));
    }
  }
  return owners;
}
