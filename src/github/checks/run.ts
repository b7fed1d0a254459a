/**
 * `sallyport/run <id>` and `sallyport/dummy run`: a table of jobs.
 *
 * Of a run on real data nothing appears but states, times and two booleans; of a dummy run also the end
 * of each log, in a fence longer than any in the text.
 */
import type { Conclusion } from '../repo.ts';
import { code, codeCell, fence } from '../markdown.ts';
import {
  duration,
  hasEnded,
  instant,
  jobTook,
  jobWords,
  reusedFrom,
  summaryLine,
  whyRan,
  type RequestView,
} from '../request-view.ts';
import { BUTTONS, plural, type CheckContent } from './content.ts';

const CONCLUSIONS = {
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancelled',
  nothing_to_do: 'neutral',
  refused: 'neutral',
} as const satisfies Record<string, Conclusion>;

export function runCheck(view: RequestView): CheckContent {
  const { state } = view;
  const shared = {
    title: summaryLine(view),
    summary: summary(view),
    text: [table(view), ...logs(view)].join('\n\n'),
    annotations: [],
    startedAt: view.createdAt,
  };
  if (state === 'pending') return { status: 'queued', ...shared, actions: [] };
  if (state === 'running') return { status: 'in_progress', ...shared, actions: [] };
  const again = view.purpose === 'run' && (state === 'failed' || state === 'cancelled');
  return {
    status: 'completed',
    conclusion: CONCLUSIONS[state],
    ...shared,
    ...(view.completedAt && { completedAt: view.completedAt }),
    actions: again ? [BUTTONS.rerunFailed] : [],
  };
}

function summary(view: RequestView): string {
  const lines = [
    `${view.purpose === 'dummy' ? 'The whole pipeline on dummy data' : view.actions.slice(0, 20).map(code).join(' ')} on backend ${code(view.backend)}.`,
    `Asked for by ${code(view.requestedBy.login)} at ${instant(view.createdAt)}; commit ${code(view.commit)} of branch ${code(view.branch)}.`,
  ];
  if (view.completedAt && hasEnded(view))
    lines.push(
      `Ended at ${instant(view.completedAt)}, after ${duration(view.completedAt - view.createdAt)}.`,
    );
  if (view.purpose === 'run') {
    const stop = hasEnded(view) ? '' : `Stop it with ${code(`/cancel ${view.id}`)} in a comment. `;
    lines.push('', `${stop}Outputs stay in the secure zone.`);
  }
  return lines.join('\n');
}

const MOST_ROWS = 300;

function table(view: RequestView): string {
  if (view.jobs.length === 0) return 'No job was needed.';
  // Nobody needs an empty column.
  const why = view.jobs.some((job) => job.reuse);
  const rows = view.jobs.slice(0, MOST_ROWS).map((job) => {
    const cells = [
      codeCell(job.action),
      jobWords(job),
      job.startedAt ? instant(job.startedAt) : '',
      jobTook(job),
    ];
    return `| ${[...cells, ...(why ? [whyCell(job)] : [])].join(' | ')} |`;
  });
  const rest = view.jobs.length - rows.length;
  return [
    `| action | state | started | took |${why ? ' why |' : ''}`,
    `| --- | --- | --- | --- |${why ? ' --- |' : ''}`,
    ...rows,
    ...(rest > 0 ? ['', `and ${plural(rest, 'more job')}`] : []),
  ].join('\n');
}

function whyCell(job: RequestView['jobs'][number]): string {
  const from = reusedFrom(job);
  if (!from) return whyRan(job, codeCell);
  return `nothing that matters changed: reused from commit ${code(from.commit.slice(0, 12))}, run ${code(from.request)}`;
}

/** Lines of a log that are shown. The protocol bounds the characters, this bounds the lines again. */
const LOG_LINES = 50;
const LOGS_TOTAL = 50_000;

function logs(view: RequestView): string[] {
  if (view.purpose !== 'dummy') return [];
  let left = LOGS_TOTAL;
  return view.jobs.flatMap((job) => {
    if (!job.logTail) return [];
    const tail = job.logTail
      .replace(/\r\n?/g, '\n')
      .replace(/\n+$/, '')
      .split('\n')
      .slice(-LOG_LINES)
      .join('\n');
    left -= tail.length;
    if (left < 0) return [];
    return [`Last lines of ${code(job.action)}:`, fence(tail, 'text')];
  });
}
