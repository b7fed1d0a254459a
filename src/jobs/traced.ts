/** Tells traces of the jobs and tasks that have ended. Asks the database once more, and only where traces are on. */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../db/database.ts';
import { spanOf, traceOf } from '../lib/traces.ts';
import type { JobsDeps } from './types.ts';

interface Ended {
  task: string;
  job: string;
  request: string;
  backend: string;
  code: string;
  state: string;
  createdAt: number;
  givenAt: number;
  completedAt: number;
}

/** Of reported tasks those whose job is over. Never throws: a trace is not worth a report. */
export async function traceEnds(deps: JobsDeps, tasks: readonly string[]): Promise<void> {
  const { traces, db, logger } = deps;
  if (!traces || tasks.length === 0) return;
  try {
    const rows = await rowsOf<Ended>(
      db,
      sql`
        select tasks.id as task, jobs.id as job, jobs.request, jobs.backend, jobs.code, jobs.state,
          jobs.created_at::float8 as "createdAt", tasks.created_at::float8 as "givenAt",
          jobs.completed_at::float8 as "completedAt"
        from tasks join jobs on jobs.id = tasks.job
        where tasks.id = any(${textArray([...tasks])}) and tasks.type = 'run' and jobs.completed_at is not null`,
    );
    for (const row of rows) {
      const common = {
        trace: traceOf(row.request),
        end: row.completedAt,
        failed: row.state === 'failed',
        attributes: { request: row.request, job: row.job, backend: row.backend, end: row.code },
      };
      const span = spanOf('job', row.job);
      traces.tell({
        name: 'job',
        ...common,
        span,
        parent: spanOf('request', row.request),
        start: row.createdAt,
      });
      traces.tell({
        name: 'task',
        ...common,
        span: spanOf('task', row.task),
        parent: span,
        start: row.givenAt,
        attributes: { ...common.attributes, task: row.task },
      });
    }
  } catch (err) {
    logger.warn({ err, code: 'traces.jobs' }, 'Jobs that ended are missing in the traces');
  }
}
