/**
 * What a check run shows. Plain data, made from state by pure functions and kept in the database, so that
 * everything on GitHub can be written again.
 */
import type { CheckAction, CheckAnnotation, CheckState, Conclusion } from '../repo.ts';
import { BODY_LIMIT, clean, cut } from '../markdown.ts';
import type { Aside } from '../words.ts';

export const CHECK_NAMES = {
  project: 'sallyport/project',
  codelists: 'sallyport/codelists',
  access: 'sallyport/access',
  dummy: 'sallyport/dummy run',
  governance: 'governance/valid',
  approvals: 'governance/approvals',
} as const;
export const runCheckName = (request: string): string => `sallyport/run ${request}`;

export const BUTTONS = {
  runAll: { label: 'Run all', description: 'Run every action on the backend', identifier: 'run_all' },
  rerunFailed: {
    label: 'Re-run failed',
    description: 'Run the failed actions again',
    identifier: 'rerun_failed',
  },
} as const satisfies Record<string, CheckAction>;

export type CheckContent =
  | {
      status: 'completed';
      conclusion: Conclusion;
      title: string;
      summary: string;
      text?: string;
      annotations: Annotation[];
      actions: CheckAction[];
      startedAt?: number;
      completedAt?: number;
    }
  | {
      status: 'queued' | 'in_progress';
      title: string;
      summary: string;
      text?: string;
      annotations: Annotation[];
      actions: [];
      startedAt?: number;
    };

export interface Annotation {
  path: string;
  line: number;
  column?: number;
  endColumn?: number;
  severity: 'error' | 'warning' | 'notice';
  title: string;
  message: string;
}

/** A check that can say neither yes nor no. */
export function neutral({ title, next }: Aside): CheckContent {
  return {
    status: 'completed',
    conclusion: 'neutral',
    title,
    summary: next,
    annotations: [],
    actions: [],
  };
}

/** More than this is noise for a reader and hours of GitHub's budget: the summary says how many there are. */
export const MOST_ANNOTATIONS = 200;

/** As GitHub takes it, cut to its limits. */
export function toState(content: CheckContent, detailsUrl?: string): CheckState {
  return {
    status: content.status,
    ...(content.status === 'completed' && { conclusion: content.conclusion }),
    ...(content.startedAt && { started_at: new Date(content.startedAt).toISOString() }),
    ...(content.status === 'completed' &&
      content.completedAt && { completed_at: new Date(content.completedAt).toISOString() }),
    output: {
      title: cut(clean(content.title).replace(/\n/g, ' '), 250, '…'),
      summary: cut(content.summary, BODY_LIMIT),
      ...(content.text && { text: cut(content.text, BODY_LIMIT) }),
    },
    actions: content.actions.slice(0, 3),
    ...(detailsUrl && { details_url: detailsUrl }),
  };
}

const LEVEL = { error: 'failure', warning: 'warning', notice: 'notice' } as const;

export function toAnnotations(content: CheckContent): CheckAnnotation[] {
  return content.annotations.slice(0, MOST_ANNOTATIONS).map((each) => ({
    path: each.path,
    start_line: Math.max(1, each.line),
    end_line: Math.max(1, each.line),
    ...(each.column && {
      start_column: each.column,
      end_column: Math.max(each.column, each.endColumn ?? each.column),
    }),
    annotation_level: LEVEL[each.severity],
    title: cut(clean(each.title).replace(/\n/g, ' '), 250, '…'),
    message: cut(clean(each.message), 16_000, '…') || '-',
  }));
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
