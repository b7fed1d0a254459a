/**
 * A pull request on the registry: which versions it brings, and every fault at once. What is published never
 * changes and never goes; a new version has a list with an owner, valid codes, and something new in it.
 */
import { differenceOf, isSame } from './diff.ts';
import { againstSystem, inOrder, readList } from './list.ts';
import { isOwner, isOwnLine, readLine } from './line.ts';
import { isFault, readHistory, readMeta, type ListMeta } from './meta.ts';
import { readSystem } from './system.ts';
import type { Coded, Difference, FileFinding, Finding, Line } from './types.ts';
import * as words from './words.ts';

/** One file of the pull request, as it is on its head. */
export interface ChangedFile {
  path: string;
  /** Undefined: it is gone. */
  bytes: Uint8Array | undefined;
}

/** What the hub and the head know beside the changed files. */
export interface RegistryFacts {
  /** Of a list at the head; undefined when there is none. */
  metaOf(list: string): Uint8Array | undefined;
  /** Whether a line is published, and the newest published version of its list. */
  published(id: string): boolean;
  newest(list: string): { id: string; codes: readonly Coded[] } | undefined;
  isSystem(id: string): boolean;
  /** Of these codes those that the system has, with their terms. */
  known(system: string, codes: readonly string[]): ReadonlyMap<string, string>;
  /** Whether an owner is an organisation or a person of the deployment. */
  isOwner(owner: string): boolean;
}

export interface NewVersion {
  line: Line;
  path: string;
  meta: ListMeta | undefined;
  codes: Coded[];
  bytes: Uint8Array;
  /** Undefined: it is the first version. */
  since: { id: string; difference: Difference } | undefined;
}

export interface ChangeReading {
  versions: NewVersion[];
  /** Systems that change, and how many codes they have then. */
  systems: { id: string; codes: number }[];
  /** Lists whose meta.yml alone changes. */
  lists: string[];
  findings: FileFinding[];
}

export type Kind =
  | { kind: 'version'; line: Line }
  | { kind: 'history'; line: Line }
  | { kind: 'meta'; list: string }
  | { kind: 'system'; id: string }
  | { kind: 'beside' }
  | { kind: 'stray' };

/** Files that speak to people or to GitHub, not to the registry. */
const BESIDE = /^(\.github\/|docs\/|[^/]+$)/;

export function kindOf(path: string): Kind {
  const system = /^systems\/([^/]+)\.csv$/.exec(path)?.[1];
  if (system !== undefined) return { kind: 'system', id: system };
  const version = path.endsWith('.csv') ? readLine(path.slice(0, -'.csv'.length)) : undefined;
  if (version) return { kind: 'version', line: version };
  const history = path.endsWith('.history.json')
    ? readLine(path.slice(0, -'.history.json'.length))
    : undefined;
  if (history) return { kind: 'history', line: history };
  const meta = path.endsWith('/meta.yml') ? readLine(`${path.slice(0, -'/meta.yml'.length)}/0`) : undefined;
  if (meta) return { kind: 'meta', list: meta.list };
  return BESIDE.test(path) ? { kind: 'beside' } : { kind: 'stray' };
}

export function readChange(files: readonly ChangedFile[], facts: RegistryFacts): ChangeReading {
  const reading: ChangeReading = { versions: [], systems: [], lists: [], findings: [] };
  for (const file of files) {
    const found = new FileFindings(file.path);
    const kind = kindOf(file.path);
    if (kind.kind === 'stray') found.error('codelists.stray-file', 1, words.unknownFile());
    else if (kind.kind === 'version') versionOf(kind.line, file, facts, found, reading);
    else if (file.bytes === undefined) goneOf(kind, facts, found);
    else if (kind.kind === 'system') systemOf(kind.id, file.bytes, found, reading);
    else if (kind.kind === 'meta') metaOf(kind.list, file.bytes, facts, found, reading);
    else if (kind.kind === 'history') historyOf(file.bytes, found);
    reading.findings.push(...inOrder(found.all));
  }
  return reading;
}

class FileFindings {
  readonly all: FileFinding[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  error(code: string, line: number, says: words.Says): void {
    this.all.push({ code, severity: 'error', path: this.#path, line, column: 1, ...says });
  }

  warning(code: string, line: number, says: words.Says): void {
    this.all.push({ code, severity: 'warning', path: this.#path, line, column: 1, ...says });
  }

  take(findings: readonly Finding[]): void {
    this.all.push(...findings.map((each) => ({ ...each, path: this.#path })));
  }
}

function versionOf(
  line: Line,
  { path, bytes }: ChangedFile,
  facts: RegistryFacts,
  found: FileFindings,
  reading: ChangeReading,
): void {
  if (facts.published(line.id)) {
    const says = bytes ? words.publishedChanged(line.id) : words.publishedGone(line.id);
    return found.error(bytes ? 'codelists.published' : 'codelists.published-gone', 1, says);
  }
  if (!bytes) return;
  if (!isOwnLine(line)) return found.error('codelists.name', 1, words.badName());
  const list = readList(bytes);
  found.take(list.findings);
  const meta = ownMeta(line.list, facts, found);
  if (meta) codesIn(meta.coding_system, list.codes, facts, found);
  const newest = facts.newest(line.list);
  const since = newest && { id: newest.id, difference: differenceOf(newest.codes, list.codes) };
  if (since && isSame(since.difference))
    found.warning('codelists.same-content', 1, words.sameContent(since.id));
  reading.versions.push({ line, path, meta, codes: list.codes, bytes, since });
}

function ownMeta(list: string, facts: RegistryFacts, found: FileFindings): ListMeta | undefined {
  const bytes = facts.metaOf(list);
  if (!bytes) {
    found.error('codelists.no-meta', 1, words.noMeta(list));
    return undefined;
  }
  const read = readMeta(bytes);
  if (!isFault(read)) return read.value;
  found.error('codelists.meta', 1, words.badMeta(read.fault));
  return undefined;
}

function codesIn(system: string, codes: readonly Coded[], facts: RegistryFacts, found: FileFindings): void {
  if (!facts.isSystem(system)) return found.error('codelists.no-system', 1, words.noSystem(system));
  const known = facts.known(
    system,
    codes.map(({ code }) => code),
  );
  found.take(againstSystem(codes, known, system));
}

/** A list whose versions are published keeps what says what it is. */
function goneOf(kind: Kind, facts: RegistryFacts, found: FileFindings): void {
  if (kind.kind !== 'meta') return;
  const newest = facts.newest(kind.list);
  if (newest) found.error('codelists.published-gone', 1, words.publishedGone(newest.id));
}

function systemOf(id: string, bytes: Uint8Array, found: FileFindings, reading: ChangeReading): void {
  if (!isOwner(id)) found.error('codelists.name', 1, words.badName());
  const { codes, findings } = readSystem(bytes);
  found.take(findings);
  reading.systems.push({ id, codes: codes.length });
}

function metaOf(
  list: string,
  bytes: Uint8Array,
  facts: RegistryFacts,
  found: FileFindings,
  reading: ChangeReading,
): void {
  reading.lists.push(list);
  const read = readMeta(bytes);
  if (isFault(read)) return found.error('codelists.meta', read.line, words.badMeta(read.fault));
  const owner = list.slice(0, list.lastIndexOf('/'));
  if (read.value.owner !== owner)
    found.error('codelists.owner', 1, words.ownerDiffers(read.value.owner, owner));
  else if (!facts.isOwner(owner)) found.error('codelists.owner', 1, words.unknownOwner(owner));
}

function historyOf(bytes: Uint8Array, found: FileFindings): void {
  const read = readHistory(bytes);
  if (isFault(read)) found.error('codelists.history', read.line, words.badHistory(read.fault));
}
