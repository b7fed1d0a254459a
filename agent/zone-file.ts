/**
 * `zone.yml`: what this host believes without asking anyone. Owned by its operator, never fetched.
 *
 * There is no setting for a GitHub credential, and unknown keys are refused, so none can be added.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { isSha } from '../src/lib/git.ts';
import { parsePublicKey } from '../src/lib/keys.ts';
import { parseOrigin } from '../src/lib/origin.ts';
import { isRefusal, refusal, type Refusal } from '../src/lib/refusal.ts';
import { branch, name } from '../src/protocol/messages.ts';

const origin = z.string().superRefine((text, context) => {
  const answer = parseOrigin(text);
  if (isRefusal(answer)) context.addIssue({ code: 'custom', message: `${answer.says} ${answer.next}` });
});
const publicKey = z.string().superRefine((text, context) => {
  const answer = parsePublicKey(text);
  if (isRefusal(answer)) context.addIssue({ code: 'custom', message: `${answer.says} ${answer.next}` });
});
const file = z.string().min(1);
const table = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/, 'write it as schema.table, or schema');
/** Neither root nor a user that could own anything else here. */
const systemId = z.int().min(1).max(2_147_483_646);

const database = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(5432),
  /** Name of the database on that server. */
  name: z.string().min(1),
  /** Dataset → what belongs to it: `schema.table`, or `schema` for all its tables. */
  datasets: z.record(name, z.array(table).min(1)),
  /** An account that may create roles: each job gets its own, dropped afterwards. The password stands in a file. */
  admin: z.strictObject({ user: z.string().min(1), password_file: file }).optional(),
  /** Where the database cannot make roles: one read-only account per set of datasets. */
  accounts: z
    .array(z.strictObject({ datasets: z.array(name).min(1), user: z.string().min(1), password_file: file }))
    .min(1)
    .optional(),
});

const schema = z
  .strictObject({
    governance: z.strictObject({
      /** Numeric id of the repository, for the record and for the proxy. */
      repository: z.int().positive(),
      owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, 'write the organisation only'),
      name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'write the repository name only'),
      /** What the record calls the place; the agent itself speaks to the proxy only. */
      origin: origin.default('https://github.com'),
      branch: branch.default('main'),
      /** Every version the agent accepts descends from this commit. */
      commit: z.string().refine(isSha, 'write the full commit, 40 hexadecimal digits'),
      refresh_seconds: z.int().min(5).max(3600).default(60),
      /** With no newer look at the repository than this, no job is started. */
      max_age_seconds: z.int().min(60).max(86_400).default(3600),
    }),
    hub: z.strictObject({ url: origin, key: publicKey, next_key: publicKey.optional() }),
    proxy: z.strictObject({ url: origin, ca_file: file.optional() }),
    agent: z.strictObject({ id: name, key_file: file, state_dir: file }),
    backend: name,
    data: z.enum(['real', 'dummy']),
    executor: z.enum(['docker', 'process']).default('docker'),
    /** For `process`: the words put before a job's own, by image name. */
    commands: z.record(z.string(), z.array(z.string().min(1)).min(1)).default({}),
    /** Only the demo on a machine without Docker says so. */
    demo: z.boolean().default(false),
    docker: z.strictObject({ socket: file.optional() }).default({}),
    images: z.strictObject({ registry: z.string().min(1).optional() }).default({}),
    database: database.optional(),
    user: z.strictObject({ uid: systemId, gid: systemId }).default({ uid: 10_001, gid: 10_001 }),
    floors: z
      .strictObject({
        max_file_bytes: z.int().positive().max(16_777_216).optional(),
        csv_rows: z.int().positive().max(5000).optional(),
        types: z.array(z.string()).optional(),
      })
      .default({}),
  })
  .superRefine((zone, context) => {
    const fault = (at: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: at, message });
    // The demo has invented data, but takes the way of real data: what tells it apart is that nobody else is there.
    if (zone.executor === 'process' && !(zone.demo && [zone.hub.url, zone.proxy.url].every(isThisMachine)))
      fault(
        ['executor'],
        'process isolates nothing: it exists for the demo only (demo: true, hub and proxy on this machine)',
      );
    if (zone.executor === 'docker' && Object.keys(zone.commands).length > 0)
      fault(['commands'], 'only the executor "process" has commands');
    if (zone.data === 'dummy' && zone.database)
      fault(['database'], 'a backend of dummy data has no database: remove it, or say data: real');
    if (zone.database && (zone.database.admin === undefined) === (zone.database.accounts === undefined))
      fault(['database'], 'give either admin (roles are made per job) or accounts (made by you), not both');
  });

/** Plain http is allowed to loopback addresses alone, so the scheme says it. */
function isThisMachine(url: string): boolean {
  return url.startsWith('http://');
}

export type ZoneFile = z.infer<typeof schema>;

export interface ZoneFault {
  /** 1-based. */
  line: number;
  column: number;
  /** `hub.key`. */
  setting: string;
  message: string;
}

/** Every fault at once, each with its line. */
export function parseZoneFile(text: string): ZoneFile | { faults: ZoneFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  if (document.errors.length > 0) {
    const faults = document.errors.map((error) => {
      const at = lines.linePos(error.pos[0]);
      return { line: at.line, column: at.col, setting: '', message: error.message.split('\n')[0] ?? '' };
    });
    return { faults };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return {
      faults: [
        {
          line: 1,
          column: 1,
          setting: '',
          message: 'aliases (*name) are not used here: write the value out',
        },
      ],
    };
  }
  const answer = schema.safeParse(value);
  if (answer.success) return answer.data;
  return { faults: answer.error.issues.flatMap((issue) => faultsOf(issue, document, lines)) };
}

function faultsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): ZoneFault[] {
  const at = (where: PropertyKey[], message: string): ZoneFault => {
    const offset = placeOf(document, where);
    const pos = lines.linePos(offset);
    return { line: pos.line, column: pos.col, setting: where.join('.'), message };
  };
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => at([...issue.path, key], 'there is no such setting'));
  const missing = issue.code === 'invalid_type' && issue.input === undefined && !has(document, issue.path);
  return [at(issue.path, missing ? 'this setting is missing' : issue.message)];
}

function has(document: Document, where: PropertyKey[]): boolean {
  return document.hasIn(where);
}

/** Where a setting stands, or where the nearest one around it does. */
function placeOf(document: Document, where: PropertyKey[]): number {
  for (let depth = where.length; depth > 0; depth -= 1) {
    const node = document.getIn(where.slice(0, depth), true);
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return 0;
}

/** Reads the file; relative paths in it are relative to it. */
export function readZoneFile(place: string): ZoneFile | Refusal {
  const text = readTrusted(place);
  if (isRefusal(text)) return text;
  const zone = parseZoneFile(text);
  if ('faults' in zone) {
    const list = zone.faults.map(
      ({ line, column, setting, message }) =>
        `  ${place}:${line}:${column} ${setting ? `${setting}: ` : ''}${message}`,
    );
    return refusal(
      'zone.invalid',
      `zone.yml has ${zone.faults.length} ${zone.faults.length === 1 ? 'fault' : 'faults'}:\n${list.join('\n')}\n`,
      'Correct them all, then start again.',
    );
  }
  return resolved(zone, path.dirname(path.resolve(place)));
}

/** Whoever can write this file decides what runs next to the data: only its operator, or root. */
function readTrusted(place: string): string | Refusal {
  let fd: number;
  try {
    fd = openSync(place, 'r');
  } catch {
    return refusal('zone.missing', `${place} cannot be read.`, 'Write it as docs/install/ says.');
  }
  try {
    const { mode, uid } = fstatSync(fd);
    if ((mode & 0o022) !== 0)
      return refusal(
        'zone.writable',
        `${place} can be changed by others than its owner.`,
        `Run: chmod go-w ${place}`,
      );
    const me = process.getuid?.();
    if (me !== undefined && uid !== me && uid !== 0)
      return refusal(
        'zone.owner',
        `${place} belongs to another user (${uid}) than the agent's (${me}) or root.`,
        `Read what it says, then run: chown ${me} ${place}`,
      );
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function resolved(zone: ZoneFile, base: string): ZoneFile {
  const at = (given: string): string => path.resolve(base, given);
  const { database: db } = zone;
  return {
    ...zone,
    proxy: { ...zone.proxy, ...(zone.proxy.ca_file ? { ca_file: at(zone.proxy.ca_file) } : {}) },
    agent: { ...zone.agent, key_file: at(zone.agent.key_file), state_dir: at(zone.agent.state_dir) },
    ...(db ? { database: databaseAt(db, at) } : {}),
  };
}

function databaseAt(
  db: NonNullable<ZoneFile['database']>,
  at: (given: string) => string,
): ZoneFile['database'] {
  return {
    ...db,
    ...(db.admin ? { admin: { ...db.admin, password_file: at(db.admin.password_file) } } : {}),
    ...(db.accounts
      ? { accounts: db.accounts.map((account) => ({ ...account, password_file: at(account.password_file) })) }
      : {}),
  };
}
