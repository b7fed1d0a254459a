/** Reads what `sallyport disclose` was given, one file at a time; whatever is wrong with a path is a finding. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import {
  checkFile,
  checkRequest,
  DEFAULT_POLICY,
  tablesOf,
  type DisclosurePolicy,
  type FileFacts,
  type GroupContext,
  type RequestFile,
} from '../disclosure/disclosure.ts';
import { refused, reported, reportOf, type Reported } from './disclose-read.ts';

export interface Asked {
  threshold?: number;
  base?: number;
  group?: string;
}

/** Files of a group that say something about the others and are no outputs themselves. */
const CONTEXT = 'context.json';
const EVIDENCE = 'results.json';
const MOST_FILES = 10_000;

/** `workers`: threads that were started already. */
export async function* discloseFiles(
  files: readonly string[],
  asked: Asked,
  workers?: Worker[],
): AsyncGenerator<Reported> {
  const policy: DisclosurePolicy = {
    ...DEFAULT_POLICY,
    ...(asked.threshold !== undefined && { threshold: asked.threshold }),
    ...(asked.base !== undefined && { base: asked.base }),
  };
  if (asked.group === undefined) {
    yield* discloseEach(files, policy, workers);
    return;
  }
  yield* discloseGroup(files, asked.group, policy);
}

/** So many at a time that all threads are busy, so few that the first answers come soon. */
const AT_ONCE = 200;

async function* discloseEach(
  files: readonly string[],
  policy: DisclosurePolicy,
  workers?: Worker[],
): AsyncGenerator<Reported> {
  const sizes = files.map((path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const isLong = (index: number): boolean => sizes[index]! > policy.limits.bytes;
  if (files.length < AT_ONCE / 4 && !files.some((_, index) => isLong(index))) {
    for (const path of files) yield reported(await reportOf(path, policy, {}));
    return;
  }
  const { Threads } = await import('./disclose-threads.ts');
  const threads = new Threads(workers);
  try {
    let small: string[] = [];
    for (const [index, path] of files.entries()) {
      if (!isLong(index)) small.push(path);
      if (small.length === AT_ONCE || index === files.length - 1 || isLong(index)) {
        yield* await threads.smallFiles(small, policy);
        small = [];
      }
      if (isLong(index))
        yield reported(await reportOf(path, policy, {}, (size) => threads.longTable(path, size, policy)));
    }
  } finally {
    await threads.close();
  }
}

async function* discloseGroup(
  files: readonly string[],
  folder: string,
  policy: DisclosurePolicy,
): AsyncGenerator<Reported> {
  let inside: string[];
  try {
    inside = filesBelow(folder);
  } catch (error) {
    yield reported(
      refused(folder, `The folder cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}).`),
    );
    return;
  }
  const acro = inside.find((path) => path.endsWith(`/${EVIDENCE}`) && isEvidence(path));
  const context = inside.find((path) => path === join(folder, CONTEXT));
  const outputs = inside.filter(
    (path) => path !== acro && path !== context && !/\/(?:checksums|__MACOSX)\//.test(path),
  );
  const known = new Set(outputs.map((path) => resolve(path)));
  const all = [...outputs, ...files.filter((path) => !known.has(resolve(path)))];
  const facts: FileFacts = acro === undefined ? {} : { acro: readFileSync(acro, 'utf8') };
  const requested: RequestFile[] = [];
  for (const path of all) requested.push(await requestFile(path, policy, facts));
  const contexts = context === undefined ? undefined : [contextOf(context)];
  const report = checkRequest({ files: requested, ...(contexts && { contexts }) }, policy);
  const unread = new Set(requested.filter(({ report: own }) => 'unread' in own).map(({ path }) => path));
  for (const one of report.files) yield { ...one, ...(unread.has(one.path) && { unread: true }) };
  yield {
    path: folder,
    findings: [...report.groups.flatMap(({ findings }) => findings), ...report.findings],
  };
}

/** Regular files, sorted; links are not followed. */
function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const open = [folder];
  while (open.length > 0 && found.length < MOST_FILES) {
    const here = open.pop()!;
    for (const name of readdirSync(here)) {
      const path = join(here, name);
      const stats = lstatSync(path);
      if (stats.isDirectory()) open.push(path);
      else if (stats.isFile()) found.push(path);
    }
  }
  return found.sort();
}

function isEvidence(path: string): boolean {
  return /"results"\s*:|"contributions"\s*:/.test(readFileSync(path, 'utf8'));
}

async function requestFile(path: string, policy: DisclosurePolicy, facts: FileFacts): Promise<RequestFile> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const isSmall = size > 0 && size <= policy.limits.bytes;
  const bytes = isSmall ? readFileSync(path) : undefined;
  const sha256 = bytes ? createHash('sha256').update(bytes).digest('hex') : `unread ${path}`;
  const own: FileFacts = { ...facts, ...(bytes && { sha256 }) };
  const report = bytes ? checkFile(path, bytes, policy, own) : await reportOf(path, policy, own);
  return {
    path,
    group: '',
    output: true,
    size,
    sha256,
    report,
    tables: bytes ? tablesOf(path, bytes, policy) : [],
  };
}

/** `context.json`: {"text","population","populationSize","n","df"}; what is missing or of another type is missing. */
function contextOf(path: string): GroupContext {
  let said: Record<string, unknown> = {};
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    if (typeof value === 'object' && value !== null) said = value as Record<string, unknown>;
  } catch {
    // Unreadable is as good as empty: R2 says so.
  }
  const text = (name: string): string | undefined =>
    typeof said[name] === 'string' ? said[name] : undefined;
  const number = (name: string): number | undefined =>
    typeof said[name] === 'number' ? said[name] : undefined;
  return {
    name: '',
    text: text('text') ?? '',
    population: text('population'),
    populationSize: number('populationSize'),
    n: number('n'),
    df: number('df'),
  };
}
