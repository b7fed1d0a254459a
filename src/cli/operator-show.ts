/** Jobs and requests as a terminal shows them. Pure. */
import type { z } from 'zod';
import { isoTime } from '../lib/clock.ts';
import type { inspectAnswer, listAnswer, ListedJob } from '../protocol/protocol.ts';

type List = z.infer<typeof listAnswer>;
type Inspection = z.infer<typeof inspectAnswer>;
type Found = Inspection['found'];

/** Columns as wide as their widest word. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === cells.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[heads, ...rows].map(line).join('\n')}\n`;
}

/** Oldest last, as the hub gives them. */
export function showJobs({ at, jobs }: List): string {
  if (jobs.length === 0) return 'no such jobs\n';
  return table(
    ['JOB', 'STATE', 'AGE', 'BACKEND', 'WORKSPACE', 'ACTION', 'BY', 'WHAT'],
    jobs.map((job) => [
      job.job,
      job.state,
      ageOf(job, at),
      job.backend,
      job.workspace,
      job.action,
      job.login,
      [job.stopping ? 'is being stopped' : job.words, job.agent && `on ${job.agent}`, attempts(job.attempts)]
        .filter(Boolean)
        .join(', '),
    ]),
  );
}

/** Of what waits since it was asked for, of what runs since it began, of what ended how long it took. */
function ageOf({ createdAt, startedAt, completedAt }: ListedJob, now: number): string {
  return span((completedAt ?? now) - (startedAt ?? createdAt));
}

const attempts = (n: number): string => (n > 1 ? `attempt ${n}` : '');

export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`;
}

export function showInspected({ at, found }: Inspection): string {
  return [
    head(found),
    ...found.jobs.map((job) => jobLines(job, at)),
    timeline(found),
    github(found, at),
  ].join('\n');
}

function head(found: Found): string {
  const { request, state, refusal, repository, branch, commit, backend, workspace, project, login } = found;
  const facts = [
    ['request', `${request}  ${state}${refusal ? ` (${refusal})` : ''}`],
    ['code', `${repository} ${branch} ${commit.slice(0, 12)}`],
    ['place', `${backend}, workspace ${workspace ?? 'none'}, project ${project ?? 'none'}`],
    [
      'asked',
      `by ${login}, ${minute(found.createdAt)}${found.completedAt ? `; ended ${minute(found.completedAt)}` : ''}`,
    ],
  ];
  return `${facts.map(([name, value]) => `${name!.padEnd(8)} ${value}`).join('\n')}\n`;
}

function jobLines(job: Found['jobs'][number], now: number): string {
  const waits = job.waitsFor.map(({ job: id, action, code }) => `  waits for ${action} (job ${id}, ${code})`);
  const tasks = job.tasks.map((task) => {
    const heard = task.lastAt === null ? 'nothing heard yet' : `last heard ${span(now - task.lastAt)} ago`;
    const end =
      task.state === 'active'
        ? heard
        : `${task.ended ?? 'closed'}, ${task.doneAt === null ? '' : minute(task.doneAt)}`;
    return `  ${task.type} task ${task.id} to ${task.agent}, ${minute(task.createdAt)}: ${end}`;
  });
  const stopping = job.stopping ? ', is being stopped' : '';
  return `${[`job ${job.job} ${job.action}: ${job.words}${stopping} (${job.pool}, weight ${job.weight}, attempts ${job.attempts})`, ...waits, ...tasks].join('\n')}\n`;
}

function timeline({ timeline: entries }: Found): string {
  const rows = entries.map(({ at, place, actor, subject, event, code, agent, why }) => [
    minute(at),
    place === null ? '-' : String(place),
    subject,
    event,
    [actor, code, agent && `agent ${agent}`, why && `"${why}"`].filter(Boolean).join(', '),
  ]);
  return `record\n${indent(table(['TIME', 'PLACE', 'OF', 'EVENT', 'BY'], rows))}`;
}

function github({ github: orders }: Found, now: number): string {
  if (orders.length === 0) return 'github\n  was never told of it\n';
  const lines = orders.map(({ state, attempts: n, lastError, createdAt, notBefore }) => {
    const next = state === 'pending' && notBefore > now ? `, next try in ${span(notBefore - now)}` : '';
    const fault = lastError ? `: ${lastError.split('\n')[0]!.slice(0, 160)}` : '';
    return `  ${state}, ordered ${minute(createdAt)}, attempts ${n}${next}${fault}`;
  });
  return `github\n${lines.join('\n')}\n`;
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');

export function showMaintenance(
  backend: string,
  on: boolean,
  { from, until }: { from: number; until: number | null },
): string {
  if (!on) return `the database of ${backend} is not being maintained any more\n`;
  const end = until === null ? 'until you say "off"' : `until ${minute(until)}`;
  return `the database of ${backend} is being maintained from ${minute(from)} ${end}\n`;
}

export const minute = (at: number): string => `${isoTime(at).slice(0, 16).replace('T', ' ')}Z`;
