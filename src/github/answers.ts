/** What `/cancel`, `/status`, `/plan` and `/help` answer: Markdown of ours, or a refusal. */
import { mayCancel, projectOfRepository, runRefusals, type Project } from '../governance/governance.ts';
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
import { COMMAND_NAMES, type CommandName } from './commands.ts';
import { extendOpenTo } from './governance/extend.ts';
import { alertOpenTo } from './governance/alert.ts';
import { freezesOpenTo } from './governance/freeze.ts';
import { archiveOpenTo } from './governance/archive.ts';
import { workspacesOpenTo } from './governance/workspace.ts';
import { membersOpenTo } from './governance/member.ts';
import { leavingUsage } from './governance/member-command.ts';
import { statusOpenTo } from './governance/project-status.ts';
import { code, codeList, prose } from './markdown.ts';
import { Origin, type Place } from './places.ts';
import { releaseHelp } from './release/help.ts';
import { ON_PUBLICATION } from './release/usage.ts';
import { instant, summaryLine } from './request-view.ts';
import type { Room } from './room.ts';
import { prepare, standing, together, type Saying, type Standing } from './run-command.ts';
import * as words from './words.ts';

/** Where a plan or a list would be longer than a person reads. */
const MOST_LISTED = 100;

export async function cancel(room: Room, say: Saying, targets: readonly string[]): Promise<string | Refusal> {
  const found = await toCancel(room, say, targets);
  if (isRefusal(found)) return found;
  const governance = room.governance.current();
  if (!governance) return words.governanceMissing();
  // Every right is asked before anything is done: half of what was meant is worse than none of it.
  for (const { request } of found) {
    const no = mayCancel(governance, {
      person: say.actor.id,
      project: request.project ?? '',
      requestedBy: request.requestedBy.id,
      at: room.clock.now(),
    });
    if (no) return no;
  }
  const told: string[] = [];
  let ended: Refusal | undefined;
  for (const { request, actions } of found) {
    const cancelled = await cancelRequest(room.jobs, {
      request: request.id,
      by: say.actor.id,
      ...(actions && { actions }),
    });
    // A hub may have died after it had cancelled and before it could say so.
    const done = isRefusal(cancelled) ? await cancelledBefore(room, say, request.id, actions) : cancelled;
    if (done) told.push(words.cancelled(request.id, done.ended, done.stopping));
    else if (isRefusal(cancelled)) ended = cancelled;
  }
  return told.length === 0 && ended ? ended : told.join('\n');
}

interface ToCancel {
  request: RequestSummary;
  actions?: string[];
}

/** What was there to be cancelled when the command was heard: a second attempt finds the same. */
async function toCancel(room: Room, say: Saying, targets: readonly string[]): Promise<ToCancel[] | Refusal> {
  const repository = say.client.repo.id;
  const [only] = targets;
  if (targets.length === 1 && only && /^[a-z0-9]{16}$/.test(only)) {
    const request = await findRequest(room.db, { repository, text: only });
    if (!isRefusal(request)) return [{ request }];
  }
  const open = await requestsFor(room.db, { repository, purpose: 'run', openAt: say.heardAt, limit: 100 });
  const here = open.filter((request) => saidHere(request, say.place));
  if (targets.length === 0) {
    const own = here.find((request) => request.requestedBy.id === say.actor.id);
    return own ? [{ request: own }] : words.nothingToCancel(here.map((request) => request.id));
  }
  const wanted: ToCancel[] = [];
  for (const request of here) {
    const view = await requestView(room.jobs, request.id);
    const active = (view?.jobs ?? [])
      .filter((job) => job.completedAt === null || job.completedAt >= say.heardAt)
      .map((job) => job.action);
    const actions = targets.filter((target) => active.includes(target));
    if (actions.length > 0) wanted.push({ request, actions });
  }
  const missing = targets.filter((target) => !wanted.some((each) => each.actions?.includes(target)));
  return missing.length > 0 ? words.notRunningHere([...missing]) : wanted;
}

/** What this person has cancelled of a request since the command was heard. */
async function cancelledBefore(
  room: Room,
  say: Saying,
  request: string,
  actions: readonly string[] | undefined,
): Promise<{ ended: string[]; stopping: string[] } | undefined> {
  const ended = ((await requestView(room.jobs, request))?.jobs ?? [])
    .filter((job) => job.cancelledBy === say.actor.id && (job.completedAt ?? 0) >= say.heardAt)
    .map((job) => job.action)
    .filter((action) => !actions || actions.includes(action));
  return ended.length > 0 ? { ended, stopping: [] } : undefined;
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
    const after = waitsFor.length > 0 ? `, after ${codeList(waitsFor)}` : '';
    return `1. ${code(action)}: ${WHY[why]}${after}`;
  });
  const rest = jobs.length - lines.length;
  return [
    ...lines,
    ...(rest > 0 ? [`\nand ${rest} more`] : []),
    ...(reused.length > 0 ? ['', `Not run again: ${codeList(reused.map((each) => each.action))}.`] : []),
  ];
}

/** Only what this person may do here, and why not more. */
export async function help(room: Room, say: Saying): Promise<string> {
  const releases = await releaseHelp(room, say);
  const { open, why } = releases.only ? { open: [], why: undefined } : await runsOpenTo(room, say);
  const all: readonly CommandName[] = [
    ...open,
    ...releases.open,
    ...freezesOpenTo(room, say.actor.id),
    ...(alertOpenTo(room, say.actor.id) ? (['alert'] as const) : []),
    ...(releases.only ? [] : await governedOpenTo(room, say)),
    'help',
  ];
  const names = COMMAND_NAMES.filter((name) => all.includes(name));
  const leaves = membersOpenTo(room, say.actor.id, projectHere(room, say)) === 'leaving';
  const lines = names.map((name) => {
    const [usage, purpose] =
      (releases.publication && ON_PUBLICATION[name]) ||
      (name === 'member' && leaves && leavingUsage(say.actor.login)) ||
      ([words.usage(name), words.PURPOSES[name]] as const);
    return `- ${code(usage)}: ${purpose}`;
  });
  const reason = why ? ['', prose(refusalText(why))] : [];
  return ['what you can write here, each at the start of a line:', '', ...lines, ...reason].join('\n');
}

/** What changes governance or what stands beside it, in this repository. */
async function governedOpenTo(room: Room, say: Saying): Promise<CommandName[]> {
  const [person, repository] = [say.actor.id, say.client.repo.id];
  const project = projectHere(room, say);
  return [
    ...((await extendOpenTo(room, person, repository)) ? (['extend'] as const) : []),
    ...(workspacesOpenTo(room, person, repository) ? (['workspace'] as const) : []),
    ...(archiveOpenTo(room, person, repository) ? (['archive'] as const) : []),
    ...(membersOpenTo(room, person, project) ? (['member'] as const) : []),
    ...(statusOpenTo(room, person, project) ? (['project-status'] as const) : []),
  ];
}

function projectHere(room: Room, say: Saying): Project | undefined {
  const g = room.governance.current();
  return g && projectOfRepository(g, say.client.repo.id);
}

async function runsOpenTo(
  room: Room,
  say: Saying,
): Promise<{ open: CommandName[]; why?: Refusal | undefined }> {
  const found = await standing(room, say);
  return isRefusal(found) ? { open: [], why: found } : openTo(room, say, found);
}

async function openTo(
  room: Room,
  say: Saying,
  { governance, project }: Standing,
): Promise<{ open: CommandName[]; why?: Refusal | undefined }> {
  const who = { person: say.actor.id, project: project.id, at: room.clock.now() };
  const refused = project.backends.map((backend) => together(runRefusals(governance, { ...who, backend })));
  const runs = refused.some((no) => no === undefined);
  const { id: repository } = say.client.repo;
  const running = await requestsFor(room.db, { repository, purpose: 'run', open: true, limit: 100 });
  // Somebody who asked may stop it, whatever else they may not.
  const cancels =
    !mayCancel(governance, { ...who, requestedBy: NOBODY }) ||
    running.some((request) => request.requestedBy.id === who.person);
  return {
    open: [...(runs ? (['run', 'plan'] as const) : []), ...(cancels ? (['cancel'] as const) : []), 'status'],
    ...(!runs && { why: refused[0] ?? words.noBackend() }),
  };
}

/** No person's id. */
const NOBODY = 0;
