/** Looks at this host as one role: its settings, and from there everything they name. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { userInfo } from 'node:os';
import { Refused } from '../../lib/refusal.ts';
import { said } from '../machine.ts';
import { packageRoot } from '../package-root.ts';
import { version } from '../version.ts';
import type { Database, HostFacts, HostRole } from './host.ts';
import { fileAt, reasonOf } from './probes.ts';

export interface Place {
  role: HostRole;
  /** Settings. */
  file: string;
  /** Where the manifests of the Apps are. */
  root: string;
  now: number;
}

type Seen = Omit<
  HostFacts,
  'role' | 'now' | 'node' | 'version' | 'git' | 'env' | 'settings' | 'me' | 'settingsFile'
>;

const NOTHING: Seen = {
  secrets: [],
  folders: [],
  closed: [],
  names: [],
  tls: [],
  listens: [],
  notes: { real: true },
};

export async function hostFacts(role: HostRole, file: string): Promise<HostFacts> {
  const place: Place = { role, file: path.resolve(file), root: packageRoot(), now: Date.now() };
  const [git, settingsFile, seen] = await Promise.all([
    said('git', ['--version']),
    fileAt(place.file),
    look(place),
  ]);
  return {
    ...NOTHING,
    ...seen.facts,
    ...{ role, version, git, settingsFile },
    // The answers took their time: clocks are compared at their end.
    now: Date.now(),
    node: process.versions.node,
    env: process.env,
    settings: { file: place.file, ...(seen.fault === undefined ? {} : { fault: seen.fault }) },
    me: { uid: process.getuid?.() ?? -1, name: userInfo().username },
  };
}

async function look(place: Place): Promise<{ facts?: Partial<Seen>; fault?: string }> {
  try {
    if (place.role === 'agent' || place.role === 'airlock')
      return { facts: await (await import('./gather-zone.ts')).zoneFacts(place) };
    return { facts: await (await import('./gather-public.ts')).publicFacts(place) };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.refusal.says };
    throw error;
  }
}

/** The server as the role sees it; never its address, a password stands in it. */
export async function databaseAt(urlFile: string | undefined, given = ''): Promise<Database> {
  if (urlFile === undefined && given === '') return { embedded: true };
  const { default: pg } = await import('pg');
  let client: InstanceType<typeof pg.Client> | undefined;
  try {
    const connectionString = urlFile === undefined ? given : readFileSync(urlFile, 'utf8').trim();
    client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ version: number; fsync: string; super: boolean }>(
      "select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync, rolsuper as super from pg_roles where rolname = current_user",
    );
    const [row] = rows;
    return {
      embedded: false,
      version: row?.version ?? 0,
      fsync: row?.fsync === 'on',
      superuser: row?.super ?? false,
    };
  } catch (error) {
    return { embedded: false, error: reasonOf(error) };
  } finally {
    await client?.end().catch(() => undefined);
  }
}
