/**
 * The one comment of a request: made when it is accepted, edited in place until it has ended.
 *
 * A value with `parse` and `render`: what is read back is what was written, and a comment that somebody
 * else wrote or changed is not read at all.
 */
import { code, codeCell, cut, marker, readMarker } from './markdown.ts';
import { hasEnded, instant, jobTook, jobWords, summaryLine, type ShownRequest } from './request-view.ts';

export interface StatusComment {
  request: string;
  actions: string[];
  backend: string;
  branch: string;
  commit: string;
  repositoryUrl: string;
  by: string;
  summary: string;
  ended: boolean;
  jobs: { action: string; state: string; started: string; took: string }[];
}

/** GitHub shows long tables slowly, and nobody reads row 300. */
const MOST_ROWS = 200;

export const StatusComment = {
  of(view: ShownRequest): StatusComment {
    return {
      request: view.id,
      actions: view.actions.slice(0, MOST_NAMES),
      backend: view.backend,
      branch: view.branch,
      commit: view.commit,
      repositoryUrl: view.repositoryUrl,
      by: view.requestedBy.login,
      summary: summaryLine(view),
      ended: hasEnded(view),
      jobs: view.jobs.slice(0, MOST_ROWS).map((job) => ({
        action: job.action,
        state: jobWords(job),
        started: job.startedAt ? instant(job.startedAt) : '',
        took: jobTook(job),
      })),
    };
  },

  marker: (request: string): string => marker('request', request),

  render(comment: StatusComment): string {
    const head = [
      marker('request', comment.request),
      `**Request ${code(comment.request)}**: ${comment.summary}`,
      '',
      `${comment.actions.map(code).join(' ')} on backend ${code(comment.backend)}, asked for by ${code(comment.by)}`,
      `commit [${code(comment.commit)}](${comment.repositoryUrl}/commit/${comment.commit}) of branch ${code(comment.branch)}`,
    ];
    const table =
      comment.jobs.length === 0
        ? []
        : ['', '| action | state | started | took |', '| --- | --- | --- | --- |', ...comment.jobs.map(row)];
    const stop = `Stop it with ${code(`/cancel ${comment.request}`)}. `;
    const foot = ['', `${comment.ended ? '' : stop}${STAYS}`];
    return cut([...head, ...table, ...foot].join('\n'));
  },

  parse(body: string): StatusComment | undefined {
    const mark = readMarker(body);
    if (mark?.kind !== 'request') return undefined;
    const lines = body.replace(/\r\n/g, '\n').split('\n');
    const summary = /^\*\*Request `[a-z0-9]+`\*\*: (.*)$/.exec(lines[1] ?? '')?.[1];
    const what = /^(.*) on backend `([^`]+)`, asked for by `([^`]+)`$/.exec(lines[3] ?? '');
    const where = /^commit \[`([0-9a-f]{40})`\]\((.+)\/commit\/\1\) of branch (`+)(.+)\3$/.exec(
      lines[4] ?? '',
    );
    if (summary === undefined || !what || !where) return undefined;
    return {
      request: mark.id,
      actions: [...(what[1] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? ''),
      backend: what[2] ?? '',
      by: what[3] ?? '',
      commit: where[1] ?? '',
      repositoryUrl: where[2] ?? '',
      branch: (where[4] ?? '').trim(),
      summary,
      ended: lines.at(-1) === STAYS,
      jobs: lines.flatMap((line) => {
        const cells = /^\| `([^`]+)` \| (.*) \| (.*) \| (.*) \|$/.exec(line);
        return cells ? [{ action: cells[1]!, state: cells[2]!, started: cells[3]!, took: cells[4]! }] : [];
      }),
    };
  },
};

const MOST_NAMES = 20;
const STAYS = 'Outputs stay in the secure zone.';

const row = (job: StatusComment['jobs'][number]) =>
  `| ${codeCell(job.action)} | ${job.state} | ${job.started} | ${job.took} |`;
