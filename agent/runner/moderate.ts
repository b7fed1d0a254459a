/**
 * Which moderately sensitive files may be looked at by output checkers, and which stay in high privacy.
 *
 * Pure: bytes and limits in, a verdict out. It decides by content; a file that cannot be read as what
 * its name claims is withheld. The result never fails the job: it only withholds.
 */
import { gunzipSync } from 'node:zlib';
import { countDelimited, countJson, countMarkup, decodeText, Unreadable, type Counted } from './tabular.ts';
import * as words from './words.ts';

/** P17, and the only extensions a checker's viewer shows. */
export const VIEWABLE = [
  '.csv',
  '.jpg',
  '.jpeg',
  '.png',
  '.svg',
  '.svgz',
  '.html',
  '.txt',
  '.log',
  '.json',
  '.md',
] as const;

export interface ModerateLimits {
  /** Bytes; never above 16 MiB. */
  maxBytes: number;
  /** Rows of a table, without its heading. */
  maxRows: number;
  /** Headings that name a person, like `patient_id`. */
  identifiers: string[];
  /** Without the dot: only these of VIEWABLE. Absent: all of them. */
  types?: string[];
}

export const MAX_BYTES = 16 * 1024 * 1024;
export const MAX_ROWS = 5000;

export interface Moderated {
  /** Empty: may be viewed. Sentences for the researcher, shown in the zone only. */
  reasons: string[];
  rows?: number;
  columns?: number;
}

/** Verdict on size and name alone, so that a file of 100 GB is never read. */
export function moderateUnread(path: string, size: number, limits: ModerateLimits): Moderated | undefined {
  const max = Math.min(limits.maxBytes, MAX_BYTES);
  if (size > max) return { reasons: [words.tooLarge(size, max)] };
  const extension = extensionOf(path);
  if (!isViewable(extension, limits.types)) return { reasons: [words.notViewable(extension)] };
  return undefined;
}

/** Verdict on a file's bytes. */
export function moderate(path: string, bytes: Uint8Array, limits: ModerateLimits): Moderated {
  const unread = moderateUnread(path, bytes.length, limits);
  if (unread) return unread;
  try {
    return verdict(look(extensionOf(path), bytes, limits), limits);
  } catch (error) {
    if (error instanceof Unreadable) return { reasons: [words.unreadable(error.message)] };
    throw error;
  }
}

function verdict(counted: Counted, limits: ModerateLimits): Moderated {
  const maxRows = Math.min(limits.maxRows, MAX_ROWS);
  const reasons: string[] = [];
  if (counted.identifier !== undefined) reasons.push(words.identifying(counted.identifier));
  if (counted.rows !== undefined && counted.rows > maxRows)
    reasons.push(words.tooManyRows(counted.rows, maxRows));
  return { reasons, rows: counted.rows, columns: counted.columns };
}

const IMAGES: Record<string, (bytes: Uint8Array) => boolean> = {
  '.png': (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  '.jpg': (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  '.jpeg': (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
};

function look(extension: string, bytes: Uint8Array, limits: ModerateLimits): Counted {
  const image = IMAGES[extension];
  if (image) {
    if (!image(bytes)) throw new Unreadable(`its content is no ${extension.slice(1)} picture`);
    return {};
  }
  const text = decodeText(extension === '.svgz' ? inflated(bytes) : bytes);
  if (extension === '.csv') return countDelimited(text, limits.identifiers, true);
  if (extension === '.json') return countJson(text, limits.identifiers);
  // What looks like markup or JSON is also counted as that, whatever it is called.
  const counts = [countDelimited(text, limits.identifiers, false)];
  if (/^\s*</.test(text) || extension === '.svg' || extension === '.svgz' || extension === '.html')
    counts.push(countMarkup(text, limits.identifiers));
  if (/^\s*[[{]/.test(text)) counts.push(asJson(text, limits.identifiers));
  return worst(extension, counts);
}

function asJson(text: string, identifiers: readonly string[]): Counted {
  try {
    return countJson(text, identifiers);
  } catch {
    // Not JSON after all: then it is the text it says it is.
    return {};
  }
}

function worst(extension: string, counts: Counted[]): Counted {
  const drawn = extension === '.svg' || extension === '.svgz' || extension === '.html';
  // Lines of markup that happen to hold commas are no table: only <tr> counts there.
  const rows = counts.slice(drawn ? 1 : 0).flatMap((counted) => counted.rows ?? []);
  return {
    rows: rows.length > 0 ? Math.max(...rows) : undefined,
    identifier: counts.find((counted) => counted.identifier !== undefined)?.identifier,
  };
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: 4 * MAX_BYTES });
  } catch (cause) {
    throw new Unreadable('it cannot be unpacked', { cause });
  }
}

/** From the last dot of the last component; empty when that is its first or last character. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || dot === name.length - 1 ? '' : name.slice(dot);
}

function isViewable(extension: string, types: readonly string[] | undefined): boolean {
  if (!(VIEWABLE as readonly string[]).includes(extension)) return false;
  if (!types) return true;
  const type = { '.jpg': 'jpeg', '.svgz': 'svg' }[extension] ?? extension.slice(1);
  return types.includes(type) || types.includes(extension.slice(1));
}

function startsWith(bytes: Uint8Array, head: readonly number[]): boolean {
  return head.every((byte, index) => bytes[index] === byte);
}
