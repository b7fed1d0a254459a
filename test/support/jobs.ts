/** A world for stories about jobs: governance, pipelines, requests, and an agent that answers by hand. */
import { newKeyPair, type KeyPair } from '../../src/lib/keys.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { Backend, Governance, Image } from '../../src/governance/types.ts';
import type { Action, Pipeline } from '../../src/pipeline/types.ts';
import {
  applyUpdates,
  pollTasks,
  Signals,
  submitRequest,
  type PollDeps,
  type RequestInput,
  type Submitted,
} from '../../src/jobs/jobs.ts';
import { verifyTask, type RunTask, type Task, type Update } from '../../src/protocol/protocol.ts';
import type { OpenDatabase } from '../../src/db/open.ts';

export const SHA = 'a'.repeat(40);
export const HUB_KEY = newKeyPair();
export const AGENT_KEY = newKeyPair();
const PROJECT = 'ns-2026-014';
export const REPOSITORY = { id: 42, owner: 'school-research', name: 'attendance' };

export function aBackend(given: Partial<Backend> = {}): Backend {
  return {
    id: 'schools',
    name: 'Schools',
    active: true,
    data: 'real',
    alertAfterMs: 600_000,
    maintenanceReporting: true,
    datasets: ['results'],
    keys: { agent: [{ id: 'agent-1', key: AGENT_KEY.publicText }], viewer: [] },
    pools: { general: 2, database: 1 },
    limits: { cpus: 2, memoryBytes: 1, pids: 100, diskBytes: 1, timeMs: 1, logBytes: 1 },
    weights: { default: [], workspaces: {} },
    ...given,
  };
}

/** In which whoever asks in `aRequest` may run everything on each of the backends. */
export function aGovernance(backends: Backend[] = [aBackend()], images: Partial<Image>[] = []): Governance {
  const until = '2099-12-31';
  const person = {
    id: 7,
    training: { expires: until },
    agreement: { expires: until },
    backends: backends.map(({ id }) => ({ id, until })),
    until,
  };
  const project = {
    id: PROJECT,
    aliases: [],
    approval: { on: '2026-01-01', conditions: [] },
    status: 'ongoing',
    until,
    archived: [],
    backends: backends.map(({ id }) => id),
    repos: [{ id: REPOSITORY.id }],
    members: [{ id: person.id, roles: ['developer'], until }],
  };
  const grants = [{ project: PROJECT, from: '2026-01-01', until }];
  return {
    commit: 'c'.repeat(40),
    policies: { closing_days: 14 },
    people: [person],
    teams: [],
    datasets: [{ dataset: 'results', grants }],
    populations: [],
    components: [],
    backends,
    images,
    projects: [project],
  } as unknown as Governance;
}

/** `{ name: [needs] }`; a name that begins with `db` is a database action. */
export function aPipeline(actions: Record<string, string[]>): Pipeline {
  return {
    version: 4,
    populationSize: null,
    actions: Object.entries(actions).map(([name, needs]) => anAction(name, needs)),
  };
}

export function anAction(name: string, needs: string[] = []): Action {
  const isDatabase = name.startsWith('db');
  const image = { name: isDatabase ? 'sqlrunner' : 'python', tag: 'v1' };
  const run = `${image.name}:v1 ${name}.py`;
  return {
    name,
    run,
    image,
    args: [`${name}.py`],
    needs,
    outputs: [],
    isDatabase,
    at: { line: 1, column: 1 },
  };
}

export const PIPELINE = aPipeline({ db_extract: [], model: ['db_extract'], report: ['model'] });

let requests = 0;
export function aRequest(given: Partial<RequestInput> = {}): RequestInput {
  requests += 1;
  return {
    id: `request${String(requests).padStart(9, '0')}`,
    repository: REPOSITORY,
    branch: 'main',
    commit: SHA,
    backend: 'schools',
    project: PROJECT,
    requestedBy: { id: 7, login: 'researcher' },
    actions: ['run_all'],
    force: false,
    purpose: 'run',
    notify: 'end',
    codelistsOk: true,
    origin: { comment: 1 },
    pipeline: PIPELINE,
    ...given,
  };
}

export type World = ReturnType<typeof aWorld>;

/** A hub on an open database. `governance` may be changed by assignment. */
export function aWorld(database: OpenDatabase, governance: Governance | undefined = aGovernance()) {
  const clock = fixedClock('2027-03-01T09:00:00Z');
  const state: { governance: Governance | undefined } = { governance };
  const deps: PollDeps = {
    db: database.db,
    clock,
    logger: createLogger('test', { level: 'silent' }),
    governance: () => state.governance,
    signals: new Signals(),
    hubKey: HUB_KEY.privateKey,
  };
  return {
    deps,
    clock,
    state,
    async submit(given: Partial<RequestInput> = {}): Promise<Submitted> {
      const answer = await submitRequest(deps, aRequest(given));
      if (isRefusal(answer)) throw new Error(`refused: ${answer.code}`);
      return answer;
    },
    agent: (id = 'agent-1', backend = 'schools') => anAgent(deps, { agent: id, backend }),
  };
}

/** Polls at once and reports by hand. */
function anAgent(deps: PollDeps, caller: { agent: string; backend: string }) {
  let at = 1000;
  const poll = async (seen = 0, waitMs = 0): Promise<{ version: number; tasks: Task[] }> => {
    const answer = await pollTasks(deps, caller, { protocol: 1, seen, waitMs, engine: true });
    if (isRefusal(answer)) throw new Error(`refused: ${answer.code}`);
    const tasks = await Promise.all(
      answer.tasks.map(async ({ jws }) => {
        const claims = await verifyTask({ jws, hubKeys: [HUB_KEY.publicKey], ...caller, clock: deps.clock });
        if (isRefusal(claims)) throw new Error(`refused: ${claims.code}`);
        return claims.task;
      }),
    );
    return { version: answer.version, tasks };
  };
  const runs = async (): Promise<RunTask[]> =>
    (await poll()).tasks.filter((task): task is RunTask => task.type === 'run');
  const report = async (
    task: { id: string; job: string },
    state: Update['state'],
    rest: Partial<Update> = {},
  ) => {
    at += 1;
    const [answer] = await applyUpdates(deps, caller, [{ task: task.id, job: task.job, at, state, ...rest }]);
    return answer;
  };
  return {
    caller,
    poll,
    runs,
    report,
    /** In one message each hundred. */
    async reports(all: readonly { task: { id: string; job: string }; state: Update['state'] }[]) {
      at += 1;
      const updates = all.map(({ task, state }) => ({ task: task.id, job: task.job, at, state }));
      for (let from = 0; from < updates.length; from += 100)
        await applyUpdates(deps, caller, updates.slice(from, from + 100));
    },
    /** Ends the task of this action. */
    async ends(action: string, state: Update['state'] = 'succeeded', rest: Partial<Update> = {}) {
      const task = (await runs()).find((each) => each.action === action);
      if (!task) throw new Error(`no task for ${action}`);
      return report(task, state, rest);
    },
    /** Carries on until nothing is left. */
    async finishes(): Promise<string[]> {
      const done: string[] = [];
      for (let tasks = await runs(); tasks.length > 0; tasks = await runs()) {
        for (const task of tasks) {
          await report(task, 'succeeded');
          done.push(task.action);
        }
      }
      return done;
    },
  };
}

export { countingIds, type KeyPair };
