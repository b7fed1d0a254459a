/** What `/cancel`, `/status`, `/plan` and `/help` answer: Markdown of ours, or a refusal. */
import { mayCancel } from '../governance/governance.ts';
import {
  cancelRequest,
  findRequest,
  latestJobs,
  requestsFor,
  requestView,
  type RequestSummary,
} from '../jobs/jobs.ts';
import { isRefusal, refusalText, type Refusal } from '../lib/refusal.ts';
import { plan as planJobs } from '../pipeline/pipeline.ts';
import type { Plan, Reason } from '../pipeline/types.ts';
import { COMMAND_NAMES } from './commands.ts';
import { code, prose } from './markdown.ts';
import { Origin, type Place } from './places.ts';
import { instant, summaryLine } from './request-view.ts';
import type { Room } from './room.ts';
import { prepare, standing, type Saying } from './run-command.ts';
import * as words from './words.ts';

/** Where a plan or a list would be longer than a person reads. */
const MOST_LISTED = 100;

export async function cancel(room: Room, say: Saying, targets: readonly string[]): Promise<string | Refusal> {
  const found = await toCancel(room, say, targets);
  if (isRefusal(found)) return found;
  const governance = room.governance.current();
  if (!governance) return words.governanceMissing();
  const told: string[] = [];
  for (const { request, actions } of found) {
    const project = request.project ?? '';
    const no = mayCancel(governance, {
      person: say.actor.id,
      project,
      requestedBy: request.requestedBy.id,
      at: room.clock.now(),
    });
    if (no) return no;
    const cancelled = await cancelRequest(room.jobs, {
      request: request.id,
      by: say.actor.id,
      ...(actions && { actions }),
    });
    if (isRefusal(cancelled)) return cancelled;
    const parts = [
      cancelled.ended.length > 0 && `${list(cancelled.ended)} cancelled`,
      cancelled.stopping.length > 0 && `${list(cancelled.stopping)} being stopped`,
    ].filter(Boolean);
    told.push(`request ${code(request.id)}: ${parts.join(', ')}.`);
  }
  return told.join('\n');
}

interface ToCancel {
  request: RequestSummary;
  actions?: string[];
}

async function toCancel(room: Room, say: Saying, targets: readonly string[]): Promise<ToCancel[] | Refusal> {
  const repository = say.client.repo.id;
  const [only] = targets;
  if (targets.length === 1 && only && /^[a-z0-9]{16}$/.test(only)) {
    const request = await findRequest(room.db, { repository, text: only });
    if (!isRefusal(request)) return [{ request }];
  }
  const open = await requestsFor(room.db, { repository, purpose: 'run', open: true, limit: 100 });
  const here = open.filter((request) => saidHere(request, say.place));
  if (targets.length === 0)
    return here.length > 0 ? here.map((request) => ({ request })) : words.nothingToCancel();
  const wanted: ToCancel[] = [];
  for (const request of here) {
    const view = await requestView(room.jobs, request.id);
    const active = (view?.jobs ?? [])
      .filter((job) => job.state === 'pending' || job.state === 'running')
      .map((job) => job.action);
    const actions = targets.filter((target) => active.includes(target));
    if (actions.length > 0) wanted.push({ request, actions });
  }
  const missing = targets.filter((target) => !wanted.some((each) => each.actions?.includes(target)));
  // One unknown name and nothing is cancelled: half of what was meant is worse than none of it.
  return missing.length > 0 ? words.notRunningHere([...missing]) : wanted;
}

/** Of the same issue, pull request or commit. */
function saidHere(request: RequestSummary, place: Place): boolean {
  const origin = Origin.safeParse(request.origin).data;
  if (!origin || origin.kind === 'push') return false;
  if (place.kind === 'issue') return origin.place.kind === 'issue' && origin.place.number === place.number;
  return origin.place.kind !== 'issue' && origin.place.sha === place.sha;
}

export async function status(room: Room, say: Saying): Promise<string | Refusal> {
  const found = await standing(room, say);
  if (isRefusal(found)) return found;
  const requests = await requestsFor(room.db, { repository: say.client.repo.id, purpose: 'run', limit: 10 });
  if (requests.length === 0) return 'nothing has been run in this repository yet.';
  const rows: string[] = [];
  for (const { id } of requests) {
    const view = await requestView(room.jobs, id);
    if (!view) continue;
    rows.push(
      `| ${code(id)} | ${code(view.branch).replace(/\|/g, '\\|')} | ${code(view.backend)} | ${summaryLine(view)} | ${instant(view.createdAt)} |`,
    );
  }
  return [
    'the last requests here:',
    '',
    '| request | branch | backend | state | asked for |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const WHY: Record<Reason, string> = {
  'asked-for': 'asked for',
  'never-run': 'has never succeeded',
  'failed-before': 'failed before',
  forced: 'forced',
};

export async function plan(room: Room, say: Saying, actions: readonly string[]): Promise<string | Refusal> {
  const ready = await prepare(room, say, {});
  if (isRefusal(ready)) return ready;
  const { backend, target, pipeline } = ready;
  const [last] = await requestsFor(room.db, {
    repository: say.client.repo.id,
    branch: target.branch,
    purpose: 'run',
    limit: 1,
  });
  const past = last?.workspace ? await latestJobs(room.db, backend.id, last.workspace) : [];
  const latest = new Map(past.map((job) => [job.action, job]));
  const answer = planJobs({ pipeline, asked: actions, latest, force: false });
  if (isRefusal(answer)) return answer;
  return [
    `at commit ${code(target.sha)} of ${code(target.branch)}, on backend ${code(backend.id)}:`,
    '',
    ...planLines(answer),
  ].join('\n');
}

function planLines({ jobs, reused }: Plan): string[] {
  if (jobs.length === 0) return ['Nothing would run: every action has succeeded or is on its way.'];
  const lines = jobs.slice(0, MOST_LISTED).map(({ action, why, waitsFor }) => {
    const after = waitsFor.length > 0 ? `, after ${list(waitsFor)}` : '';
    return `1. ${code(action)}: ${WHY[why]}${after}`;
  });
  const rest = jobs.length - lines.length;
  return [
    ...lines,
    ...(rest > 0 ? [`\nand ${rest} more`] : []),
    ...(reused.length > 0 ? ['', `Not run again: ${list(reused.map((each) => each.action))}.`] : []),
  ];
}

/** Only what this person may do here. */
export async function help(room: Room, say: Saying): Promise<string> {
  const found = await standing(room, say);
  const open = isRefusal(found) ? (['help'] as const) : COMMAND_NAMES;
  const lines = open.map((name) => `- ${code(words.usage(name))}: ${words.PURPOSES[name]}`);
  const why = isRefusal(found) ? ['', prose(refusalText(found))] : [];
  return ['what you can write here, each at the start of a line:', '', ...lines, ...why].join('\n');
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 30).map(code).join(', ');
  return names.length > 30 ? `${shown} and ${names.length - 30} more` : shown;
}
