/** Looks at this host as one role: its settings, and from there everything they name. */
import path from 'node:path';
import { userInfo } from 'node:os';
import { Refused } from '../../lib/refusal.ts';
import { said } from '../machine.ts';
import { packageRoot } from '../package-root.ts';
import { version } from '../version.ts';
import type { HostFacts, HostRole } from './host.ts';
import type { Place } from './place.ts';
import { fileAt } from './probes.ts';

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
