/**
 * The codelists of a study: what `codelists.txt` lists, what `codelists.json` recorded when they were
 * downloaded, and the CSV files themselves must agree. Pure; whoever reads the folder hands it over.
 */
// By their files: the face of that room also loads zod, which would be a third of the time in which "check" starts.
import { codelistHash } from '../codelists/hashes.ts';
import { readLine } from '../codelists/line.ts';
import type { Says } from './quote.ts';
import * as words from './words-codelists.ts';

/** The folder `codelists`. What is not there is left out; no folder at all needs no check. */
export interface CodelistFolder {
  codelistsTxt?: string;
  codelistsJson?: string;
  /** CSV files by name: their bytes, or what `codelistHash` made of them. */
  files: ReadonlyMap<string, Uint8Array | string>;
}

export interface CodelistFinding {
  /** `codelists.…` */
  code: string;
  severity: 'error' | 'warning';
  /** From the top of the repository. */
  path: string;
  line: number;
  column: number;
  message: string;
  hint?: string;
}

const TXT = 'codelists/codelists.txt';
const JSON_FILE = 'codelists/codelists.json';

/** The folder from its files by name; a CSV may be given as its `codelistHash`. Other files are left out. */
export function codelistFolder(files: ReadonlyMap<string, Uint8Array | string>): CodelistFolder {
  const text = (name: string): string | undefined => {
    const held = files.get(name);
    return typeof held === 'string' ? held : held && new TextDecoder().decode(held);
  };
  return {
    codelistsTxt: text('codelists.txt'),
    codelistsJson: text('codelists.json'),
    files: new Map([...files].filter(([name]) => name.endsWith('.csv'))),
  };
}

/** Every disagreement at once. */
export function checkCodelists(folder: CodelistFolder): CodelistFinding[] {
  const findings = new Findings();
  const listed = readList(folder.codelistsTxt, findings);
  const recorded = readManifest(folder.codelistsJson, findings);
  if (recorded) compare(listed, recorded, folder, findings);
  else if (folder.codelistsJson === undefined && (listed.size > 0 || folder.files.size > 0)) {
    findings.add('codelists.no-manifest', TXT, 1, 1, words.noManifest());
  }
  return findings.all;
}

class Findings {
  readonly all: CodelistFinding[] = [];

  add(code: string, path: string, line: number, column: number, says: Says): void {
    this.all.push({ code, severity: 'error', path, line, column, ...says });
  }
}

/** What codelists.txt lists, by id with its line; lines with a mistake are left out. */
export function listedLines(text: string | undefined): { id: string; line: number }[] {
  return [...readList(text, new Findings()).values()].map(({ id, line }) => ({ id, line }));
}

interface Listed {
  id: string;
  line: number;
  csv: string;
}

/** By id; a line with a mistake is left out. */
function readList(text: string | undefined, findings: Findings): Map<string, Listed> {
  const ids = new Map<string, Listed>();
  const csvs = new Map<string, Listed>();
  for (const [index, raw] of (text ?? '').split(/\r\n|\r|\n/).entries()) {
    const entry = raw.replace(/^\uFEFF/, '').trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const line = index + 1;
    const column = raw.indexOf(entry) + 1;
    const id = entry.replace(/\/$/, '');
    const csv = csvName(id);
    if (!csv) {
      findings.add('codelists.line', TXT, line, column, words.badLine(entry));
      continue;
    }
    const same = ids.get(id);
    const twin = csvs.get(csv);
    if (same) findings.add('codelists.duplicate', TXT, line, column, words.duplicate(id, same.line));
    else if (twin && listOf(twin.id) === listOf(id)) {
      findings.add('codelists.two-versions', TXT, line, column, words.twoVersions(listOf(id), twin.line));
    } else if (twin)
      findings.add('codelists.same-file', TXT, line, column, words.sameFile(csv, twin.id, twin.line));
    if (same) continue;
    const listed = { id, line, csv };
    ids.set(id, listed);
    if (!twin) csvs.set(csv, listed);
  }
  return ids;
}

/** The CSV name of `org/slug/version` or `user/name/slug/version`: the parts but the version, joined by "-". */
const csvName = (id: string): string | undefined => readLine(id)?.csv;

function listOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

interface Recorded {
  csv: string;
  id: string;
  sha: string;
  line: number;
  column: number;
}

function readManifest(text: string | undefined, findings: Findings): Recorded[] | undefined {
  if (text === undefined) return undefined;
  const files = filesOf(text);
  if (!files) {
    findings.add('codelists.manifest', JSON_FILE, 1, 1, words.badManifest());
    return undefined;
  }
  const recorded: Recorded[] = [];
  for (const [csv, held] of Object.entries(files)) {
    const { line, column } = placeOf(text, csv);
    const entry = isRecord(held) ? held : {};
    const { id, sha } = entry;
    if (typeof id === 'string' && typeof sha === 'string') recorded.push({ csv, id, sha, line, column });
    else findings.add('codelists.manifest', JSON_FILE, line, column, words.badEntry(csv));
  }
  return recorded;
}

function filesOf(text: string): Record<string, unknown> | undefined {
  try {
    const manifest: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    const files = isRecord(manifest) ? manifest['files'] : undefined;
    return isRecord(files) ? files : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the key stands; a key written with escapes is not found, and the top of the file is named. */
function placeOf(text: string, key: string): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, text.indexOf(JSON.stringify(key))));
  const newline = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: before.length - newline };
}

function compare(
  listed: ReadonlyMap<string, Listed>,
  recorded: readonly Recorded[],
  { files }: CodelistFolder,
  findings: Findings,
): void {
  const ids = new Set(recorded.map(({ id }) => id.replace(/\/$/, '')));
  for (const { id, line } of listed.values()) {
    if (!ids.has(id)) findings.add('codelists.not-downloaded', TXT, line, 1, words.notDownloaded(id));
  }
  for (const entry of recorded) {
    const { csv, line, column } = entry;
    const id = entry.id.replace(/\/$/, '');
    if (!listed.has(id)) findings.add('codelists.not-listed', JSON_FILE, line, column, words.notListed(id));
    else if (csvName(id) !== csv)
      findings.add('codelists.manifest', JSON_FILE, line, column, words.wrongName(csv, id));
    const held = files.get(csv);
    if (held === undefined)
      findings.add('codelists.missing-file', JSON_FILE, line, column, words.missingFile(csv));
    else if ((typeof held === 'string' ? held : codelistHash(held)) !== entry.sha.toLowerCase()) {
      findings.add('codelists.changed', `codelists/${csv}`, 1, 1, words.changed(csv));
    }
  }
  const known = new Set(recorded.map(({ csv }) => csv));
  for (const name of files.keys()) {
    if (!known.has(name))
      findings.add('codelists.extra-file', `codelists/${name}`, 1, 1, words.extraFile(name));
  }
}
