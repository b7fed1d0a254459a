/**
 * What a text says about people, as far as a machine can count it: how many rows, and whether a
 * column that identifies someone is there. Works on content: the file's name decides nothing here.
 */

export interface Counted {
  /** Rows below a header; undefined when the text is no table. */
  rows?: number;
  columns?: number;
  /** The identifying heading that was found, as written in the policy. */
  identifier?: string;
}

/** Text that cannot be read as what it claims to be. */
export class Unreadable extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'Unreadable';
  }
}

const DELIMITERS = [',', '\t', ';', '|'] as const;

/** Headings are compared without case, spaces and punctuation: `Patient ID` is `patient_id`. */
export function plainHeading(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}

/** UTF-8, UTF-16 with a byte order mark, else Windows-1252; binary content is Unreadable. */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes);
  if (/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) throw new Unreadable('it holds binary data');
  return text;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return fatal('utf-16le', bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return fatal('utf-16be', bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function fatal(encoding: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Unreadable('its characters are broken', { cause });
  }
}

/** Delimited text. The header may stand anywhere; a quoted field may hold line ends. */
export function countDelimited(text: string, identifiers: readonly string[], strict: boolean): Counted {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const delimiter = delimiterOf(body);
  if (delimiter === undefined && !strict) return { identifier: inLines(body, identifiers) };
  const counted = countRecords(body, delimiter ?? ',', headings(body, identifiers));
  if (counted.broken && strict) throw new Unreadable('a quoted field is never closed');
  // Other delimiters are tried for headings too: a lone `;` line above commas must not hide one.
  const identifier = counted.identifier ?? inLines(body, identifiers);
  return { rows: Math.max(0, counted.records - 1), columns: counted.columns, identifier };
}

interface Records {
  records: number;
  columns: number;
  identifier?: string;
  broken: boolean;
}

function countRecords(text: string, delimiter: string, wanted: Map<string, string>): Records {
  let records = 0;
  let columns = 0;
  let fields = 0;
  let field = '';
  let quoted = false;
  let filled = false;
  let identifier: string | undefined;
  const endField = (): void => {
    if (wanted.size > 0) identifier ??= wanted.get(plainHeading(field));
    if (field !== '') filled = true;
    field = '';
    fields += 1;
  };
  const endRecord = (): void => {
    endField();
    if (filled || fields > 1) records += 1;
    columns = Math.max(columns, fields);
    fields = 0;
    filled = false;
  };
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[i] as string;
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[i + 1] === '"') field += text[(i += 1)] as string;
      else quoted = false;
    } else if (letter === '"' && field.trim() === '') quoted = true;
    else if (letter === delimiter) endField();
    else if (letter === '\n') endRecord();
    else if (letter === '\r') {
      if (text[i + 1] !== '\n') endRecord();
    } else field += letter;
  }
  if (field !== '' || fields > 0) endRecord();
  return { records, columns, identifier, broken: quoted };
}

/** The delimiter most lines agree on, or undefined for prose. */
function delimiterOf(text: string): string | undefined {
  const lines = text
    .slice(0, 262_144)
    // What stands in quotes separates nothing.
    .replace(/"[^"]*"/g, '')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 500);
  let best: { delimiter: string; share: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const counts = new Map<number, number>();
    for (const line of lines) {
      const count = line.split(delimiter).length - 1;
      if (count > 0) counts.set(count, (counts.get(count) ?? 0) + 1);
    }
    const share = Math.max(0, ...counts.values()) / Math.max(1, lines.length);
    if (share >= 0.5 && (!best || share > best.share)) best = { delimiter, share };
  }
  return best?.delimiter;
}

function inLines(text: string, identifiers: readonly string[]): string | undefined {
  const wanted = headings(text, identifiers);
  if (wanted.size === 0) return undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    for (const cell of line.split(/[,;|\t]| {2,}/)) {
      if (cell.length > 200) continue;
      const found = wanted.get(plainHeading(cell));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** JSON, or one JSON value per line. Rows: the longest array, or the number of lines. */
export function countJson(text: string, identifiers: readonly string[]): Counted {
  const wanted = headings(undefined, identifiers);
  const counted: Counted = { rows: 0 };
  const waiting: unknown[] = parseJson(text, counted);
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') counted.identifier ??= wanted.get(plainHeading(value.slice(0, 200)));
    if (typeof value !== 'object' || value === null) continue;
    const names = Object.keys(value);
    counted.rows = Math.max(counted.rows ?? 0, names.length);
    if (!Array.isArray(value))
      for (const name of names) counted.identifier ??= wanted.get(plainHeading(name));
    for (const held of Object.values(value)) waiting.push(held);
  }
  return counted;
}

function parseJson(text: string, counted: Counted): unknown[] {
  const body = text.replace(/^\ufeff/, '');
  try {
    return [JSON.parse(body) as unknown];
  } catch {
    const lines = body.split('\n').filter((line) => line.trim() !== '');
    counted.rows = lines.length;
    try {
      return lines.map((line) => JSON.parse(line) as unknown);
    } catch (cause) {
      throw new Unreadable('it is not JSON', { cause });
    }
  }
}

/** HTML and SVG: table rows, and texts or quoted names that are an identifying heading. */
export function countMarkup(text: string, identifiers: readonly string[]): Counted {
  const wanted = headings(text, identifiers);
  const rows = (text.match(/<tr[\s>]/gi) ?? []).length;
  if (wanted.size === 0) return { rows };
  for (const piece of text.split(/[<>"'&;,|\t\r\n]+/)) {
    if (piece.length > 200) continue;
    const found = wanted.get(plainHeading(piece));
    if (found !== undefined) return { rows, identifier: found };
  }
  return { rows };
}

/**
 * The headings worth comparing cell by cell: those whose letters occur in this order at all. One pass
 * of a regular expression over 16 MiB takes 0.1 s, three million comparisons take seconds.
 */
function headings(text: string | undefined, identifiers: readonly string[]): Map<string, string> {
  const folded = text?.normalize('NFKC');
  return new Map(
    identifiers
      .map((name): [string, string] => [plainHeading(name), name])
      .filter(([plain]) => plain !== '' && (folded === undefined || loosely(plain).test(folded))),
  );
}

function loosely(plain: string): RegExp {
  return new RegExp([...plain].join('[^\\p{L}\\p{N}]*'), 'iu');
}
