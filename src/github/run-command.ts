/**
 * `/run` and `/plan`: everything that must hold before a request is made, asked when it is made.
 *
 * Order: the person by governance and by GitHub, the commit, project.yaml and codelists at it, what its
 * actions may use. The request's id follows from the command, so that doing it again makes nothing new.
 */
import {
  accessFindings,
  backendById,
  defaultBackends,
  projectOfRepository,
  runRefusals,
  type Backend,
  type Governance,
  type Project,
} from '../governance/governance.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { notifyOf, requestView, submitRequest, type Submitted } from '../jobs/jobs.ts';
import { isRefusal, refusal, type Refusal } from '../lib/refusal.ts';
import type { Pipeline } from '../pipeline/types.ts';
import { studyCodelistsAt } from './codelists/study.ts';
import { whereToAsk, withLinks } from './applications/ask.ts';
import { projectAt, usesOf } from './commit.ts';
import type { Notify } from './commands.ts';
import { derivedId } from './derived.ts';
import { imagesFor } from './images.ts';
import { mayActHere, type Actor } from './people.ts';
import type { Place } from './places.ts';
import type { RepoClient } from './repo.ts';
import { withReusableActions } from './reusable-actions.ts';
import { consentMissing, type Room } from './room.ts';
import { targetOf, type Target } from './target.ts';
import * as words from './words.ts';

/** Who says it, where and when: the same for every command. */
export interface Saying {
  client: RepoClient;
  /** Key of the command. */
  key: string;
  place: Place;
  actor: Actor;
  /** By GitHub's clock. */
  saidAt: number;
  /** By ours: when it was written down, which a second attempt does not change. */
  heardAt: number;
}

export interface Ready {
  governance: Governance;
  project: Project;
  backend: Backend;
  target: Target;
  pipeline: Pipeline;
}

export interface Standing {
  governance: Governance;
  project: Project;
}

/** Governance, project, and the person by GitHub: who works here, or, for what governance decides alone, who takes part. */
export async function standing(
  room: Room,
  say: Saying,
  may: typeof mayActHere = mayActHere,
): Promise<Standing | Refusal> {
  const governance = room.governance.current();
  if (!governance) return words.governanceMissing();
  const lacking = await consentMissing(room.db, say.client.repo.installation);
  if (lacking.length > 0) return words.consentMissing(lacking);
  const project = projectOfRepository(governance, say.client.repo.id);
  if (!project) return words.noProject();
  return (await may(say.client, say.actor)) ?? { governance, project };
}

/** What `/run` and `/plan` share: everything but the request. */
export async function prepare(
  room: Room,
  say: Saying,
  asked: { backend?: string; sha?: string },
): Promise<Ready | Refusal> {
  const found = await standing(room, say);
  if (isRefusal(found)) return found;
  const { governance, project } = found;
  const backend = chooseBackend(governance, project, say.actor, asked.backend, room.clock.now());
  if (isRefusal(backend)) return backend;
  const no = together(
    runRefusals(governance, {
      person: say.actor.id,
      project: project.id,
      backend: backend.id,
      at: room.clock.now(),
    }),
  );
  if (no) return no;
  const stands = await frozenRefusal(room.db, { project: project.id, backend: backend.id });
  if (stands) return stands;
  const target = await targetOf(room.db, say.client, {
    place: say.place,
    saidAt: say.saidAt,
    ...(asked.sha && { sha: asked.sha }),
  });
  if (isRefusal(target)) return target;
  const read = await projectAt(say.client, target.sha);
  if (read.kind === 'missing') return words.projectMissing();
  if (read.kind === 'too-large') return words.projectTooLarge();
  const { pipeline, diagnostics } = read.reading;
  if (!pipeline) return words.projectInvalid(diagnostics.filter((each) => each.severity === 'error').length);
  return { governance, project, backend, target, pipeline };
}

export interface RunOrder {
  actions: string[];
  backend?: string;
  forceDeps: boolean;
  sha?: string;
  /** Absent: as its workspace has it, else at the end. */
  notify?: Notify;
}

export const requestIdOf = (commandKey: string): string => derivedId('request', commandKey);

export async function run(
  room: Room,
  say: Saying,
  order: RunOrder,
  origin: 'comment' | 'button',
): Promise<Submitted | Refusal> {
  const id = requestIdOf(say.key);
  const made = await requestView(room.jobs, id);
  if (made) {
    if (made.refusal) return refusal(made.refusal.code, made.refusal.says, made.refusal.next);
    return {
      request: id,
      outcome: 'unchanged',
      jobs: made.jobCount,
      workspace: made.workspace ?? '',
      reused: made.reused,
    };
  }
  const ready = await prepare(room, say, order);
  if (isRefusal(ready)) return ready;
  const { governance, project, backend, target, pipeline } = ready;
  const effective = await withReusableActions(room.app, say.client, governance, pipeline);
  const lacking = await datasetsLacking(room, say.client, ready, order.actions);
  if (lacking) return lacking;
  const codelists = await studyCodelistsAt(room, say.client, target.sha);
  if (codelists?.refused) return codelists.refused;
  const { owner, name, id: repository } = say.client.repo;
  return submitRequest(room.jobs, {
    id,
    repository: { id: repository, owner, name },
    branch: target.branch,
    commit: target.sha,
    backend: backend.id,
    project: project.id,
    requestedBy: say.actor,
    actions: order.actions,
    force: order.forceDeps,
    purpose: 'run',
    notify: order.notify ?? (await notifyOf(room.db, repository, target.branch)) ?? 'end',
    codelistsOk: codelists?.mayRead ?? true,
    ...(codelists?.against && { codelistsAgainst: codelists.against }),
    origin: { kind: origin, place: say.place, command: say.key },
    pipeline,
    ...imagesFor(governance, effective, backend, room.clock.now()),
  });
}

function chooseBackend(
  governance: Governance,
  project: Project,
  actor: Actor,
  asked: string | undefined,
  at: number,
): Backend | Refusal {
  if (asked !== undefined)
    return (
      backendById(governance, asked) ??
      refusal(
        'run.unknown-backend',
        `There is no backend "${asked}".`,
        `This project may use ${project.backends.join(', ') || 'none'}.`,
      )
    );
  const open = defaultBackends(governance, actor.id, project.id, at);
  if (open.length > 1) return words.whichBackend(open.map((each) => each.id));
  // With none open, the only one of the project tells best what is missing.
  const [only] =
    open.length === 1 ? open : project.backends.flatMap((id) => backendById(governance, id) ?? []);
  return only ?? words.noBackend();
}

/** All reasons in one answer: whoever corrects one of three and is refused again has lost a day. */
export function together(all: readonly Refusal[]): Refusal | undefined {
  const [first, ...rest] = all;
  if (!first) return undefined;
  if (rest.length === 0) return first;
  return refusal(first.code, all.map((each) => `${each.says} ${each.next}`.trim()).join(' '));
}

async function datasetsLacking(
  room: Room,
  client: RepoClient,
  ready: Ready,
  asked: readonly string[],
): Promise<Refusal | undefined> {
  const { governance, project, backend, pipeline, target } = ready;
  if (backend.data === 'dummy') return undefined;
  const reached = closure(pipeline, asked);
  const uses = await usesOf(client, target.sha, {
    ...pipeline,
    actions: pipeline.actions.filter((each) => reached.has(each.name)),
  });
  const found = accessFindings(governance, { project: project.id, actions: uses }, room.clock.now());
  const ask = await whereToAsk(room, governance, project.id);
  return together(
    found
      .filter((each) => each.code.startsWith('access.') && each.severity === 'error')
      .map((each) => refusal(each.code, each.message, withLinks(each.hint, each.lacks, ask))),
  );
}

/** The actions asked for and everything they need. Names that are no action are left to the planner, which knows the names there are. */
function closure(pipeline: Pipeline, asked: readonly string[]): Set<string> {
  const byName = new Map(pipeline.actions.map((each) => [each.name, each]));
  const reached = new Set<string>();
  const left = asked.includes('run_all') ? [...byName.keys()] : [...asked];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const action = byName.get(name);
    if (!action || reached.has(name)) continue;
    reached.add(name);
    left.push(...action.needs);
  }
  return reached;
}
