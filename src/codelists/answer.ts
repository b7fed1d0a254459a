/**
 * The answer of the check API: whether the lines of codelists.txt are those of codelists.json, and whether each
 * recorded hash is one of the version's.
 */
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { readLine } from './line.ts';
import * as words from './words.ts';

export type CheckAnswer =
  | { status: 'ok' }
  | { status: 'error'; data: { error: string } | { added: string[]; removed: string[]; changed: string[] } };

export interface Question {
  /** As codelists.txt lists them. */
  lines: string[];
  /** As codelists.json records them. */
  recorded: { id: string; sha: string }[];
}

/** More than a study could use. */
export const MOST_LINES = 2000;

/** The form fields; a Refusal is a bad request. */
export function readQuestion(codelists: unknown, manifest: unknown): Question | Refusal {
  if (typeof codelists !== 'string' || typeof manifest !== 'string')
    return words.badRequest('The fields codelists and manifest are needed, once each.');
  const lines = linesOf(codelists);
  if (isRefusal(lines)) return lines;
  const recorded = recordedIn(manifest);
  return isRefusal(recorded) ? recorded : { lines, recorded };
}

function linesOf(text: string): string[] | Refusal {
  const ids: string[] = [];
  const lists = new Set<string>();
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const entry = raw.replace(/^\uFEFF/, '').trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const line = readLine(entry);
    if (!line) return words.badRequest(`${words.quote(entry)} does not name a codelist.`);
    if (lists.has(line.list)) return words.badRequest(`${words.quote(line.list)} is listed twice.`);
    lists.add(line.list);
    ids.push(line.id);
    if (ids.length > MOST_LINES) return words.badRequest(`More than ${MOST_LINES} codelists are listed.`);
  }
  return ids;
}

function recordedIn(text: string): Question['recorded'] | Refusal {
  const bad = words.badRequest('The manifest is not JSON of the form {"files": {"<csv>": {"id", "sha"}}}.');
  let manifest: unknown;
  try {
    manifest = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return bad;
  }
  const files = isRecord(manifest) ? manifest['files'] : undefined;
  if (!isRecord(files) || Object.keys(files).length > MOST_LINES) return bad;
  const recorded: Question['recorded'] = [];
  for (const entry of Object.values(files)) {
    const { id, sha } = isRecord(entry) ? entry : {};
    const line = typeof id === 'string' ? readLine(id) : undefined;
    if (!line || typeof sha !== 'string') return bad;
    recorded.push({ id: line.id, sha: sha.toLowerCase() });
  }
  return recorded;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `acceptedOf`: every hash of a published version; undefined for what is none. */
export function answerTo(
  { lines, recorded }: Question,
  acceptedOf: (id: string) => ReadonlySet<string> | undefined,
): CheckAnswer {
  const unknown = lines.find((id) => !acceptedOf(id));
  if (unknown !== undefined) return { status: 'error', data: { error: words.unknownLine(unknown).message } };
  const listed = new Set(lines);
  const held = new Set(recorded.map(({ id }) => id));
  const added = lines.filter((id) => !held.has(id));
  const removed = [...held].filter((id) => !listed.has(id));
  const changed = recorded
    .filter(({ id, sha }) => listed.has(id) && !acceptedOf(id)!.has(sha))
    .map(({ id }) => id);
  return added.length + removed.length + changed.length === 0
    ? { status: 'ok' }
    : { status: 'error', data: { added, removed, changed } };
}
