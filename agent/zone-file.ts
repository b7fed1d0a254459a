/**
 * `zone.yml`: what this host believes without asking anyone. Owned by its operator, never fetched.
 *
 * Agent and airlock of one host read the same file; each uses its own part, and all of it is checked.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { ClientCertificate } from '../src/lib/git.ts';
import { isRefusal, refusal, type Refusal } from '../src/lib/refusal.ts';
import { mustBeClosed, secretPlace } from '../src/lib/secret-place.ts';
import { watchAt } from '../src/lib/watch-settings.ts';
import { zoneSchema } from './zone-schema.ts';

export type ZoneFile = z.infer<typeof zoneSchema>;
/** The settings of the airlock. */
export type ZoneAirlock = NonNullable<ZoneFile['airlock']>;

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
  const answer = zoneSchema.safeParse(value);
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
    return refusal(
      'zone.missing',
      `${place} cannot be read.`,
      '"sallyport setup zone" writes it, as docs/install/README.md says.',
    );
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
        `${place} belongs to another user (${uid}) than the one this runs as (${me}) or root.`,
        `Read what it says, then run: chown ${me} ${place}`,
      );
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** With which git says to the proxy who it is, where the proxy asks for a certificate. */
export function clientOf({ proxy: { client } }: ZoneFile): ClientCertificate | undefined {
  if (!client) return undefined;
  const keyFile = secretPlace(client.key_file);
  if (existsSync(keyFile)) mustBeClosed(keyFile, 'key', 'everybody');
  return { certFile: client.cert_file, keyFile };
}

function resolved(zone: ZoneFile, base: string): ZoneFile {
  const at = (given: string): string => path.resolve(base, given);
  const {
    database: db,
    proxy: { client },
  } = zone;
  return {
    ...zone,
    proxy: {
      ...zone.proxy,
      ...(zone.proxy.ca_file ? { ca_file: at(zone.proxy.ca_file) } : {}),
      ...(client ? { client: { cert_file: at(client.cert_file), key_file: at(client.key_file) } } : {}),
    },
    agent: {
      ...zone.agent,
      key_file: at(zone.agent.key_file),
      state_dir: at(zone.agent.state_dir),
      ...watchAt(zone.agent.watch, at),
    },
    ...(zone.airlock ? { airlock: airlockAt(zone.airlock, at) } : {}),
    ...(db ? { database: databaseAt(db, at) } : {}),
    freeze_file: at(zone.freeze_file ?? 'FROZEN'),
  };
}

function airlockAt(own: ZoneAirlock, at: (given: string) => string): ZoneAirlock {
  const site = (given: ZoneAirlock['app']): ZoneAirlock['app'] => ({
    ...given,
    ...(given.tls ? { tls: { cert_file: at(given.tls.cert_file), key_file: at(given.tls.key_file) } } : {}),
  });
  return {
    ...own,
    key_file: at(own.key_file),
    state_dir: at(own.state_dir),
    agent_state_dir: at(own.agent_state_dir),
    ...(own.database_url_file ? { database_url_file: at(own.database_url_file) } : {}),
    app: site(own.app),
    content: site(own.content),
    ...watchAt(own.watch, at),
    ...(own.scanner
      ? { scanner: { ...own.scanner, ...(own.scanner.socket ? { socket: at(own.scanner.socket) } : {}) } }
      : {}),
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
    ...(db.status ? { status: { ...db.status, password_file: at(db.status.password_file) } } : {}),
  };
}
