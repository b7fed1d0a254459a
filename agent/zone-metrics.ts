/**
 * What agent and airlock both tell whoever reads their metrics.
 *
 * They are written as if they left the zone (docs/security.md). Next to real data there is no number that a job can
 * choose: no size, no count of files, no exit code, no memory, no error; not those of this process either, which
 * works on what jobs wrote. What is left are states and times that the hub is told anyway.
 */
import type { Clock } from '../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../src/lib/metrics.ts';
import { commonMetrics, type GovernanceLook } from '../src/lib/role-metrics.ts';
import type { NotReady } from '../src/lib/watch.ts';
import { DISK_LEVELS, type DiskWatch } from './disk.ts';

export interface ZoneParts {
  data: 'real' | 'dummy';
  clock: Clock;
  disk: Pick<DiskWatch, 'level' | 'facts'>;
  governance: GovernanceLook;
}

export function zoneMetrics(
  role: 'agent' | 'airlock',
  { data, clock, disk, governance }: ZoneParts,
): Metrics {
  const metrics = createMetrics(role);
  commonMetrics(metrics, { startedAt: clock.now(), governance });
  const level = metrics.gauge('disk_level', '1 for the level that the disk of the state folder is at', {
    level: DISK_LEVELS,
  });
  metrics.beforeReading(() => {
    for (const each of DISK_LEVELS) level.set({ level: each }, each === disk.level ? 1 : 0);
  });
  if (data === 'real') return metrics;
  metrics.watchProcess();
  const free = metrics.gauge('disk_free_bytes', 'Free on the disk of the state folder; on dummy data only');
  metrics.beforeReading(() => free.set({}, disk.facts?.freeBytes ?? 0));
  return metrics;
}

export const NOT_READY = {
  starting: { code: 'ready.starting', says: 'It is starting.' },
  stopping: { code: 'ready.stopping', says: 'It is stopping.' },
  draining: { code: 'ready.draining', says: 'It finishes what it has and takes nothing new.' },
  governance: {
    code: 'ready.governance',
    says: 'No version of governance is in force that is recent enough.',
  },
  engine: { code: 'ready.engine', says: 'The container engine does not answer.' },
  hub: { code: 'ready.hub', says: 'The hub does not answer.' },
  disk: { code: 'ready.disk', says: 'The disk is nearly full: no new work is taken.' },
  database: { code: 'ready.database', says: 'The database does not answer.' },
  scanner: {
    code: 'ready.scanner',
    says: 'The malware scanner does not answer, and nothing leaves without it.',
  },
} satisfies Record<string, NotReady>;
