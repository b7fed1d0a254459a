/** What is around a job on this host, as a container of ours finds it from inside. */
import { readFileSync } from 'node:fs';
import { connectEngine, statusOf, wordsOf } from '../../../agent/executor/engine.ts';
import { probeInside } from '../../../agent/executor/probe.ts';
import { isolationOf, jobUser } from '../../../agent/parts.ts';
import type { ZoneFile } from '../../../agent/zone-file.ts';
import type { DockerSeen } from './host.ts';

export async function seenInside(zone: ZoneFile): Promise<NonNullable<DockerSeen['inside']>> {
  try {
    const faults = await probeInside(connectEngine(zone.docker.socket), {
      owner: 'doctor',
      isolation: isolationOf(zone),
      user: jobUser(zone),
      usersHere: readFileSync('/proc/self/uid_map', 'utf8'),
    });
    return { faults };
  } catch (error) {
    return { error: statusOf(error) === undefined ? 'it does not answer' : wordsOf(error).slice(0, 300) };
  }
}
