/**
 * One file, from its bytes or from a stream, to its report. Whatever the bytes are, the answer comes:
 * a check that breaks becomes a finding that blocks.
 */
import { isUtf8 } from 'node:buffer';
import { checkEvidence } from './acro.ts';
import { contentOf, disagreement, isAllowed, suffixOf, type Suffix } from './content.ts';
import { checkDelimited, Streamed, withoutMark, type HowRead, type ScannedPart } from './delimited.ts';
import { Found, guarded } from './found.ts';
import { checkHtml } from './html.ts';
import { checkImage } from './image.ts';
import { checkJson, type Embedded } from './json.ts';
import { compiled, type Compiled, type DisclosurePolicy } from './policy.ts';
import { checkSvg, unpacked } from './svg.ts';
import { checkText } from './text.ts';
import type { Chunks, ColumnSummary, FileFacts, FileKind, FileReport } from './types.ts';
import * as words from './words.ts';

export interface Looked {
  kind: FileKind;
  columns: ColumnSummary[];
  tables: Embedded[];
}

const NOTHING: Looked = { kind: 'other', columns: [], tables: [] };

/** All checks of one file in hand. Never throws, whatever the bytes. */
export function checkFile(
  path: string,
  bytes: Uint8Array,
  policy: DisclosurePolicy,
  facts: FileFacts = {},
): FileReport {
  const rules = compiled(policy);
  const found = new Found(policy.limits.places);
  const { kind, columns } = look(found, path, bytes, facts, rules);
  return { path, kind, findings: found.done(), columns };
}

/** The checks, and the tables they saw. */
export function look(
  found: Found,
  path: string,
  bytes: Uint8Array,
  facts: FileFacts,
  rules: Compiled,
  isHead = false,
): Looked {
  let looked = NOTHING;
  guarded(found, 'the file', () => {
    const suffix = allowedSuffix(found, path);
    if (suffix === undefined) return;
    if (bytes.length === 0) {
      found.add('F1', {}, words.emptyFile());
      return;
    }
    const wrong = disagreement(suffix, contentOf(bytes));
    if (wrong !== undefined) {
      found.add('F1', {}, words.contentDiffers(suffix, wrong));
      return;
    }
    const { limits } = rules.policy;
    if (bytes.length > limits.bytes) {
      const check = isTable(suffix) ? 'C1' : 'F2';
      found.add(check, {}, isHead ? words.longer(limits.bytes) : words.tooLarge(bytes.length, limits.bytes));
      if (!isTable(suffix)) return;
    }
    let known = false;
    guarded(found, 'evidence', () => (known = checkEvidence(found, path, facts, rules)));
    looked = byType(found, suffix, bytes, facts, rules, { dominanceKnown: known, isHead });
  });
  return looked;
}

function allowedSuffix(found: Found, path: string): Suffix | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('.')) {
    found.add('F1', {}, words.dotFile());
    return undefined;
  }
  const suffix = suffixOf(path);
  if (isAllowed(suffix)) return suffix;
  found.add('F1', {}, words.typeNotAllowed(suffix));
  return undefined;
}

const isTable = (suffix: string): boolean => suffix === '.csv' || suffix === '.tsv';

function byType(
  found: Found,
  suffix: Suffix,
  bytes: Uint8Array,
  facts: FileFacts,
  rules: Compiled,
  how: HowRead,
): Looked {
  switch (suffix) {
    case '.csv':
    case '.tsv': {
      const one = checkDelimited(found, bytes, suffix === '.tsv', facts, rules, how);
      return {
        kind: one.table.rows > 0 && hasNumbers([one]) ? 'table' : 'other',
        columns: one.columns,
        tables: [one],
      };
    }
    case '.json':
      return ofTables(checkJson(found, decoded(found, bytes), facts, rules), 'other');
    case '.txt':
    case '.md':
    case '.log':
      return ofTables(
        checkText(found, decoded(found, bytes), suffix === '.log' && facts.output !== false, facts, rules),
        'text',
      );
    case '.html':
    case '.htm':
      return ofTables(checkHtml(found, decoded(found, bytes), facts, rules), 'other');
    case '.svg':
    case '.svgz': {
      const plain = suffix === '.svg' ? bytes : unpacked(found, bytes, rules.policy.limits.inflatedBytes);
      if (plain) checkSvg(found, decoded(found, plain), rules);
      return { kind: 'figure', columns: [], tables: [] };
    }
    default:
      checkImage(found, bytes, facts.recognised ?? [], rules);
      return { kind: 'figure', columns: [], tables: [] };
  }
}

function ofTables(tables: Embedded[], otherwise: FileKind): Looked {
  return {
    kind: hasNumbers(tables) ? 'table' : otherwise,
    columns: tables.flatMap(({ columns }) => columns),
    tables,
  };
}

function hasNumbers(tables: readonly Embedded[]): boolean {
  return tables.some(({ columns }) => columns.some(({ numeric }) => numeric > 0));
}

function decoded(found: Found, bytes: Uint8Array): string {
  if (!isUtf8(bytes)) found.add('F1', {}, words.notUtf8());
  if (bytes.includes(0)) found.add('F1', {}, words.hasNul());
  const body = withoutMark(bytes);
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
}

/** Parts in their order: asked for when what stands before them has been read. */
type Rest = AsyncIterable<ScannedPart> | Iterable<Promise<ScannedPart>>;

/**
 * All checks of a file of any size, read once and in pieces: at most `limits.bytes` of it are held. A
 * longer table passes by column by column; of any longer file of another type only the size is told.
 *
 * `rest`: the file was cut after a line end, `chunks` is what stands before the first cut, and others
 * read the parts behind it (`scanPart`). Answers undefined when a cut went through a record: only a
 * reading from front to back knows whether a line end stands between quotation marks.
 */
export async function checkStream(
  path: string,
  chunks: Chunks,
  policy: DisclosurePolicy,
  facts?: FileFacts,
): Promise<FileReport>;
export async function checkStream(
  path: string,
  chunks: Chunks,
  policy: DisclosurePolicy,
  facts: FileFacts,
  rest: Rest,
): Promise<FileReport | undefined>;
export async function checkStream(
  path: string,
  chunks: Chunks,
  policy: DisclosurePolicy,
  facts: FileFacts = {},
  rest?: Rest,
): Promise<FileReport | undefined> {
  const { limits } = policy;
  const held: Uint8Array[] = [];
  let size = 0;
  let long: Long | undefined;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (!long && size <= limits.bytes) {
      held.push(new Uint8Array(chunk));
      continue;
    }
    long ??= new Long(path, Buffer.concat([...held.splice(0), chunk]), policy, facts);
    if (long.begun) {
      if (!long.push(chunk)) break;
    } else if (!long.begin()) break;
    if (size > limits.scanBytes) {
      long.stop(limits.scanBytes);
      break;
    }
  }
  if (!rest) return long ? long.report() : checkFile(path, Buffer.concat(held), policy, facts);
  if (!long) return undefined;
  for await (const part of rest) if (!long.absorb(part)) return undefined;
  return long.report();
}

/** A part of a long table, after a cut: `head` is the beginning of the file, with its heading. */
export async function scanPart(
  path: string,
  head: Uint8Array,
  chunks: Chunks,
  policy: DisclosurePolicy,
): Promise<ScannedPart> {
  const stream = new Streamed(
    new Found(policy.limits.places),
    suffixOf(path) === '.tsv',
    compiled(policy),
    head,
  );
  stream.push(head.slice(0, head.indexOf(10) + 1), false);
  for await (const chunk of chunks) if (!stream.push(chunk, false)) break;
  stream.push(new Uint8Array(0), true);
  return stream.scanned();
}

/** A file longer than may be released. */
class Long {
  begun = false;
  private readonly path: string;
  private readonly found: Found;
  private readonly rules: Compiled;
  private readonly facts: FileFacts;
  private head: Uint8Array;
  private stream: Streamed | undefined;
  private looked: Looked = NOTHING;

  constructor(path: string, head: Uint8Array, policy: DisclosurePolicy, facts: FileFacts) {
    this.path = path;
    this.head = head;
    this.rules = compiled(policy);
    this.facts = facts;
    this.found = new Found(policy.limits.places);
  }

  /** The beginning is looked at as a table; answers false when no more is needed. */
  begin(): boolean {
    this.begun = true;
    const suffix = suffixOf(this.path);
    const { head } = this;
    this.looked = look(this.found, this.path, head, this.facts, this.rules, true);
    this.head = new Uint8Array(0);
    if (!isTable(suffix) || this.found.has('F1')) return false;
    this.stream = new Streamed(this.found, suffix === '.tsv', this.rules);
    return this.push(head);
  }

  push(chunk: Uint8Array): boolean {
    let more = true;
    guarded(this.found, 'columns', () => (more = this.stream!.push(chunk, false)));
    return more;
  }

  /** What others read behind the bytes pushed so far. */
  absorb(part: ScannedPart): boolean {
    const { stream } = this;
    return !stream || (stream.atRecordEnd && stream.absorb(part));
  }

  stop(limit: number): void {
    this.found.add('C1', {}, words.tooLargeUnread(limit));
  }

  report(): FileReport {
    const { found, stream } = this;
    let { columns } = this.looked;
    guarded(found, 'columns', () => {
      if (!stream) return;
      stream.push(new Uint8Array(0), true);
      columns = stream.finish(this.looked.tables.reduce((rows, { table }) => rows + table.rows, 0));
    });
    return { path: this.path, kind: this.looked.kind, findings: found.done(), columns };
  }
}
