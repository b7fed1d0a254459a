/** What `sallyport codelists` does in the folder of a study. Files are written whole, one after the other, or not at all. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import {
  codelistHash,
  codelistWords,
  hashesOf,
  lineOfAddress,
  readLine,
  type Line,
} from '../codelists/codelists.ts';
import { isoTime, seconds, systemClock, type Clock } from '../lib/clock.ts';
import { mayAddress } from '../lib/origin.ts';
import { refusal, Refused, refusalText } from '../lib/refusal.ts';
import { checkCodelists, codelistFolder, listedLines } from '../pipeline/pipeline.ts';
import { refuseNoStudy } from './codelists-faults.ts';

export interface Study {
  /** The folder `codelists`. */
  folder: string;
  /** The registry's address; undefined when nobody has said it. */
  base: string | undefined;
  clock: Clock;
}

export interface Done {
  lines: string[];
  ok: boolean;
}

interface Entry {
  id: string;
  url: string;
  downloaded_at: string;
  sha: string;
  sha256?: string;
}

const MOST = 20 * 1024 * 1024;
const TIMEOUT_MS = seconds(60);

export function study(path: string, from: string | undefined, clock: Clock = systemClock): Study {
  refuseNoStudy(path);
  const folder = join(path, 'codelists');
  const base = from ?? process.env['SALLYPORT_CODELISTS'] ?? baseOf(manifestIn(folder));
  const no = base === undefined ? undefined : mayAddress(base);
  if (no) throw new Refused(no);
  return { folder, base: base?.replace(/\/+$/, ''), clock };
}

/** Appends the line, in place of another version of the same list, then downloads. */
export async function add(of: Study, given: string): Promise<Done> {
  const base = of.base ?? /^https?:\/\/[^/]+/i.exec(given.trim())?.[0];
  const no = base === undefined ? undefined : mayAddress(base);
  if (no) throw new Refused(no);
  const line = lineOfAddress(given, base ?? '');
  if (!line) throw new Refused(codelistWords.notAddress(given));
  const text = readText(of.folder, 'codelists.txt') ?? '';
  const bytes = await download({ ...of, base }, line);
  const kept = text.split(/\r\n|\r|\n/).filter((each) => readLine(each.trim())?.list !== line.list);
  while (kept.at(-1) === '') kept.pop();
  mkdirSync(of.folder, { recursive: true });
  put(of.folder, 'codelists.txt', `${[...kept, line.id].join('\n')}\n`);
  put(of.folder, line.csv, bytes);
  const before = manifestIn(of.folder);
  const files = new Map(
    [...before].filter(
      ([csv, { id }]) => csv !== line.csv && readLine(id.replace(/\/$/, ''))?.list !== line.list,
    ),
  );
  files.set(line.csv, entryOf({ ...of, base }, line, bytes, before.get(line.csv)));
  write(of.folder, files);
  return { lines: [`Added ${line.id}: codelists/${line.csv}`], ok: true };
}

/** Every list is downloaded before the first file is touched: a registry that fails half-way changes nothing. */
export async function update(of: Study): Promise<Done> {
  const text = readText(of.folder, 'codelists.txt');
  if (text === undefined) return { lines: ['There are no codelists here.'], ok: true };
  const faults = checkCodelists(
    codelistFolder(
      new Map([
        ['codelists.txt', text],
        ['codelists.json', EMPTY],
      ]),
    ),
  ).filter(({ code }) => code !== 'codelists.not-downloaded');
  if (faults.length > 0) return { lines: faults.map(shown), ok: false };
  const got: [line: Line, bytes: Uint8Array][] = [];
  for (const { id } of listedLines(text)) {
    const line = readLine(id)!;
    got.push([line, await download(of, line)]);
  }
  const before = manifestIn(of.folder);
  const files = new Map(
    got.map(([line, bytes]) => [line.csv, entryOf(of, line, bytes, before.get(line.csv))]),
  );
  for (const [line, bytes] of got) put(of.folder, line.csv, bytes);
  const stale = names(of.folder).filter((name) => name.endsWith('.csv') && !files.has(name));
  for (const name of stale) rmSync(join(of.folder, name));
  write(of.folder, files);
  return {
    lines: [
      `${got.length} ${got.length === 1 ? 'codelist' : 'codelists'} downloaded.`,
      ...stale.map((name) => `Deleted codelists/${name}, which is listed no more.`),
    ],
    ok: true,
  };
}

/** The files against each other, then against the registry; one that does not answer is a warning here. */
export async function check(of: Study): Promise<Done> {
  const held = new Map(names(of.folder).map((name) => [name, bytesIn(of.folder, name)] as const));
  if (held.size === 0) return { lines: ['There are no codelists here, which is fine.'], ok: true };
  const hashed = [...held].map(
    ([name, bytes]) => [name, name.endsWith('.csv') ? codelistHash(bytes) : bytes] as const,
  );
  const findings = checkCodelists(codelistFolder(new Map(hashed)));
  if (findings.length > 0) return { lines: findings.map(shown), ok: false };
  if (!of.base)
    return { lines: ['The codelists are as they were downloaded; no registry was asked.'], ok: true };
  return registrySays(of.base, held, 'The codelists are as they were downloaded. ');
}

/**
 * The registry's word alone, whatever the files are. A list that is outdated is nobody's mistake of this commit: in GitHub
 * Actions (`lenient`) it is told and fails nothing.
 */
export async function checkUpstream(
  of: Study,
  lenient = process.env['GITHUB_ACTIONS'] === 'true',
): Promise<Done> {
  const held = new Map(names(of.folder).map((name) => [name, bytesIn(of.folder, name)] as const));
  if (held.size === 0) return { lines: ['There are no codelists here, which is fine.'], ok: true };
  if (!of.base) throw new Refused(noRegistry());
  const { lines, ok } = await registrySays(of.base, held, '');
  return { lines, ok: ok || lenient };
}

async function registrySays(
  base: string,
  held: ReadonlyMap<string, Uint8Array>,
  before: string,
): Promise<Done> {
  const said = await askRegistry(base, held);
  if (said === undefined)
    return {
      lines: [`${before}Warning: ${base} does not answer, so nobody knows whether they are still right.`],
      ok: true,
    };
  if (said.status === 'ok') return { lines: ['The codelists are right.'], ok: true };
  const { error, added, removed, changed } = said.data;
  const told = [
    ...(error ? [error] : []),
    ...(added ?? []).map((id) => `${id} is listed but was not downloaded.`),
    ...(removed ?? []).map((id) => `${id} was downloaded but is not listed.`),
    ...(changed ?? []).map((id) => `${id} is not what the registry holds.`),
  ];
  return { lines: [...told.map(printed), 'Run: sallyport codelists update'], ok: false };
}

interface Said {
  status: 'ok' | 'error';
  data: { error?: string; added?: string[]; removed?: string[]; changed?: string[] };
}

async function askRegistry(base: string, held: ReadonlyMap<string, Uint8Array>): Promise<Said | undefined> {
  const text = (name: string): string => new TextDecoder().decode(held.get(name));
  const body = new URLSearchParams({
    codelists: text('codelists.txt'),
    manifest: text('codelists.json'),
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await call(`${base}/api/v1/check/`, { method: 'POST', headers, body });
  if (!answer) return undefined;
  try {
    const said = JSON.parse(Buffer.from(answer.bytes).toString('utf8')) as Partial<Said> | null;
    if (said?.status === 'ok') return { status: 'ok', data: {} };
    return said?.status === 'error' && typeof said.data === 'object'
      ? { status: 'error', data: clean(said.data) }
      : undefined;
  } catch {
    return undefined;
  }
}

function clean(data: Said['data']): Said['data'] {
  const texts = (list: unknown): string[] =>
    Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string').slice(0, 1000) : [];
  return {
    ...(typeof data.error === 'string' && { error: data.error.slice(0, 1000) }),
    ...{ added: texts(data.added), removed: texts(data.removed), changed: texts(data.changed) },
  };
}

const noRegistry = () =>
  refusal(
    'codelists.no-registry',
    'Nobody has said where the codelists come from.',
    'Give --from with the address of the registry, or set SALLYPORT_CODELISTS.',
  );

async function download({ base }: Study, { id }: Line): Promise<Uint8Array> {
  if (base === undefined) throw new Refused(noRegistry());
  const answer = await call(`${base}/codelist/${id}/download.csv`, { method: 'GET' });
  if (!answer)
    throw new Refused(refusal('codelists.registry-away', `${base} does not answer.`, 'Try again later.'));
  if (answer.status !== 200)
    throw new Refused(
      refusal(
        'codelists.unknown',
        `${base} has no published ${id}.`,
        'Drafts are not served: use a published version.',
      ),
    );
  if (!/^text\/csv\b/i.test(answer.type))
    throw new Refused(
      refusal(
        'codelists.not-csv',
        `${base} answered ${id} with something that is no CSV.`,
        'Check the address of the registry.',
      ),
    );
  return answer.bytes;
}

/** Undefined: no answer at all, or one that is longer than any list. Redirects are not followed. */
async function call(
  address: string,
  how: { method: 'GET' | 'POST'; headers?: Record<string, string>; body?: string },
): Promise<{ status: number; type: string; bytes: Uint8Array } | undefined> {
  try {
    const {
      statusCode: status,
      headers,
      body,
    } = await request(address, {
      ...how,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MOST) return undefined;
      chunks.push(chunk);
    }
    return { status, type: String(headers['content-type'] ?? ''), bytes: Buffer.concat(chunks) };
  } catch {
    return undefined;
  }
}

/** What was downloaded before and is the same keeps its day. */
function entryOf({ base, clock }: Study, { id }: Line, bytes: Uint8Array, before: Entry | undefined): Entry {
  const { sha1, sha256 } = hashesOf(bytes);
  const url = `${base}/codelist/${id}/`;
  const same = before?.sha === sha1 && before.id === id;
  return { id, url, downloaded_at: same ? before.downloaded_at : isoTime(clock.now()), sha: sha1, sha256 };
}

const EMPTY = '{"files":{}}';

function manifestIn(folder: string): Map<string, Entry> {
  const text = readText(folder, 'codelists.json') ?? EMPTY;
  try {
    const read = JSON.parse(text) as {
      files?: Record<string, Entry>;
    } | null;
    const entries = Object.entries(read?.files ?? {});
    return new Map(
      entries.filter(([, entry]) => typeof entry?.id === 'string' && typeof entry.sha === 'string'),
    );
  } catch {
    // What cannot be read is written anew.
    return new Map();
  }
}

/** The registry that the lists came from, when all came from one. */
function baseOf(files: ReadonlyMap<string, Entry>): string | undefined {
  const bases = new Set(
    [...files.values()].map(({ url }) => /^(https?:\/\/.+?)\/codelist\//.exec(String(url))?.[1]),
  );
  const [only] = bases;
  return bases.size === 1 ? only : undefined;
}

function write(folder: string, files: ReadonlyMap<string, Entry>): void {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  put(folder, 'codelists.json', `${JSON.stringify({ files: Object.fromEntries(sorted) }, null, 2)}\n`);
}

/** Renamed into place: whoever is killed leaves the old file or the new one. */
function put(folder: string, name: string, content: string | Uint8Array): void {
  const part = join(folder, `.${name}.part`);
  try {
    writeFileSync(part, content);
    renameSync(part, join(folder, name));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.csv$|^codelists\.(?:txt|json)$/.test(name))
      .sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

const bytesIn = (folder: string, name: string): Uint8Array => readFileSync(join(folder, name));

function readText(folder: string, name: string): string | undefined {
  try {
    return new TextDecoder().decode(bytesIn(folder, name));
  } catch (error) {
    // One that may not be read is no empty one: it would be written anew.
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const shown = ({
  path,
  line,
  message,
  hint,
  code,
}: {
  path: string;
  line: number;
  message: string;
  hint?: string;
  code: string;
}): string => `${path}:${line}: ${refusalText(refusal(code, message, hint ?? ''))}`;

/** What a server said acts on no terminal. */
const printed = (text: string): string => text.replace(/\p{Cc}/gu, ' ');
