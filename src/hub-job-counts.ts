/** Jobs as a hub counts them while they go by; each of several hubs counts those that it gave out or ended itself. */
import { JOB_CODES } from './db/schema/jobs.ts';
import type { JobCounts } from './jobs/jobs.ts';
import { bounded, DURATIONS, type Metrics } from './lib/metrics.ts';

/** Backends come from governance; more than so many are counted together. */
const MANY = 200;
const CODES = [...JOB_CODES.succeeded, ...JOB_CODES.failed];

/** Backend and code stand in the public log, and so do the times of which a wait is the difference: nothing else is a label. */
export function jobCounts(metrics: Metrics): JobCounts {
  const waited = metrics.histogram(
    'job_wait_seconds',
    'How long a job waited from when it could start until an agent was given it',
    { buckets: DURATIONS, labels: { backend: bounded(MANY) } },
  );
  const ended = metrics.counter('jobs_ended_total', 'Jobs that ended, by how, as the public log has it', {
    backend: bounded(MANY),
    code: CODES,
  });
  return {
    started: (backend, waitedMs) => waited.observe({ backend }, waitedMs / 1000),
    ended: (backend, code) => ended.add({ backend, code: code as (typeof CODES)[number] }),
  };
}
