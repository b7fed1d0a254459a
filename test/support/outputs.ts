/** A hub and its airlocks for stories about outputs: governance with people, workspaces, real routes. */
import { createServer } from 'node:http';
import { sql } from 'drizzle-orm';
import express from 'express';
import { rowsOf } from '../../src/db/database.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Governance, Person, Project, Team } from '../../src/governance/types.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { airlockRoutes, type AirlockDeps } from '../../src/outputs/outputs.ts';
import {
  AirlockClient,
  PROTOCOL,
  type AirlockClientOptions,
  type AirlockReport,
  type ReleaseDeclaration,
  type ShownEvent,
  type ShownRequest,
} from '../../src/protocol/protocol.ts';
import { aBackend, aGovernance } from './jobs.ts';
import { fitting } from './ledger-schema.ts';
import { listen } from './zone.ts';

export const HUB_KEY = newKeyPair();
export const AIRLOCK_KEY = newKeyPair();
export const HEALTH_KEY = newKeyPair();
export const STUDY = 42;
export const WORKSPACE = 'attendance-main';
export const REQUEST = 'release00000001a';
export const RESEARCHER = 7;
export const CHECKER_1 = 11;
export const CHECKER_2 = 12;
export const CHECKER_3 = 13;
export const PUBLISHER = 15;

const UNTIL = '2028-01-01';

function aPerson(id: number, login: string): Person {
  return {
    id,
    login,
    name: login,
    orgs: ['uni'],
    backends: [],
    commitEmails: [],
    until: UNTIL,
  } as Person;
}

function aTeam(role: Team['role'], ids: readonly number[]): Team {
  return {
    role,
    team: role,
    members: ids.map((id) => ({ id, until: UNTIL, reason: 'r', ref: 'x', away: [] })),
  };
}

function aProject(id: string, repository: number): Project {
  return {
    id,
    number: id,
    aliases: [],
    title: id,
    orgs: { lead: 'uni', others: [] },
    repos: [{ id: repository, visibility: 'private' }],
    members: [{ id: RESEARCHER, roles: ['developer'], until: UNTIL, reason: 'r', ref: 'x' }],
    until: UNTIL,
    status: 'ongoing',
    backends: ['schools'],
    conflicts: [],
  } as unknown as Project;
}

/** Two backends, each with one airlock; three checkers. */
export function outputsGovernance(given: Partial<Governance> = {}): Governance {
  const viewer = (key: { publicText: string }, id = 'airlock-1') => ({
    agent: [],
    viewer: [{ id, key: key.publicText }],
  });
  return {
    ...aGovernance([
      aBackend({ keys: viewer(AIRLOCK_KEY) }),
      aBackend({ id: 'health', name: 'Health', keys: viewer(HEALTH_KEY) }),
    ]),
    people: [
      aPerson(RESEARCHER, 'researcher'),
      aPerson(CHECKER_1, 'checker-1'),
      aPerson(CHECKER_2, 'checker-2'),
      aPerson(CHECKER_3, 'checker-3'),
      aPerson(PUBLISHER, 'publisher'),
    ],
    teams: [
      aTeam('output_checker', [CHECKER_1, CHECKER_2, CHECKER_3]),
      aTeam('output_publisher', [PUBLISHER]),
    ],
    projects: [aProject('ns-2026-014', STUDY), aProject('ns-2026-020', 43)],
    datasets: [],
    policies: { outputs: { max_file: 16 * 1024 * 1024 } } as Governance['policies'],
    ...given,
  };
}

export type OutputsWorld = Awaited<ReturnType<typeof anOutputsWorld>>;

export async function anOutputsWorld(database: OpenDatabase) {
  const clock = fixedClock('2027-03-01T09:00:00Z');
  const state: { governance: Governance | undefined } = { governance: outputsGovernance() };
  const deps: AirlockDeps = {
    db: database.db,
    clock,
    logger: createLogger('test', { level: 'silent' }),
    governance: () => state.governance,
    signals: new Signals(),
    hubKey: HUB_KEY.privateKey,
    audience: '',
  };
  await aWorkspace(database, WORKSPACE, 'schools', STUDY);
  await aWorkspace(database, 'wards-main', 'health', 43);
  return { deps, clock, state, db: database.db };
}

/** As jobs leave it: a name, a branch, and the agent that has it. */
export async function aWorkspace(
  { db }: OpenDatabase,
  name: string,
  backend: string,
  repository: number,
): Promise<void> {
  await db.execute(sql`
    insert into workspaces (name, repository_id, branch, created_at) values (${name}, ${repository}, 'main', 1)
    on conflict do nothing`);
  await db.execute(sql`
    insert into workspace_agents (backend, workspace, agent, since) values (${backend}, ${name}, 'agent-1', 1)
    on conflict do nothing`);
}

export interface HubDoor {
  origin: string;
  client(given?: Partial<AirlockClientOptions>): AirlockClient;
  health(): AirlockClient;
  close(): Promise<void>;
}

export async function serveAirlocks(world: Pick<OutputsWorld, 'deps' | 'clock'>): Promise<HubDoor> {
  const stop = new AbortController();
  const app = express();
  const deps = { ...world.deps, stop: stop.signal };
  app.use(airlockRoutes(deps));
  const failed: express.ErrorRequestHandler = (_error, _request, response, _next) =>
    void response.status(500).json({});
  app.use(failed);
  const server = createServer(app);
  const origin = await listen(server);
  deps.audience = origin;
  const client = (given: Partial<AirlockClientOptions> = {}) =>
    new AirlockClient({
      hub: origin,
      airlock: 'airlock-1',
      backend: 'schools',
      key: AIRLOCK_KEY.privateKey,
      hubKeys: [HUB_KEY.publicKey],
      clock: world.clock,
      ids: randomIds,
      tries: 1,
      ...given,
    });
  return {
    origin,
    client,
    health: () => client({ backend: 'health', key: HEALTH_KEY.privateKey }),
    async close() {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the airlock shows; `at` is the world's first moment. */
export function aShown(given: Partial<ShownRequest> = {}): ShownRequest {
  return {
    id: REQUEST,
    version: 1,
    workspace: WORKSPACE,
    project: 'ns-2026-014',
    repository: STUDY,
    author: RESEARCHER,
    state: 'draft',
    turn: 0,
    createdAt: AT,
    submittedAt: null,
    decidedAt: null,
    files: 2,
    hints: 'none',
    checkers: [],
    reviews: 0,
    short: 0,
    category: null,
    commitments: [],
    batches: [],
    events: [],
    ...given,
  };
}

export const AT = Date.parse('2027-03-01T09:00:00Z');

export function aStep(seq: number, what: ShownEvent['what'], given: Partial<ShownEvent> = {}): ShownEvent {
  return { seq, at: AT, what, by: null, state: 'submitted', ...given };
}

export function aReport(given: Partial<AirlockReport> = {}): AirlockReport {
  return { protocol: PROTOCOL, answers: [], shown: [], newBrowsers: [], ...given };
}

export const TABLE = Buffer.from('school,absent\na,10\nb,15\n');
export const FIGURE = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');

export function approvals(...checkers: number[]) {
  return checkers.map((checker) => ({ checker, key: sha256(`key of ${checker}`) }));
}

/** A release of a table and a figure, approved by two. */
export function aDeclaration(given: Partial<ReleaseDeclaration> = {}): ReleaseDeclaration {
  const file = (number: number, path: string, bytes: Buffer) => ({
    number,
    path,
    size: bytes.length,
    sha256: sha256(bytes),
    approvals: approvals(CHECKER_1, CHECKER_2),
  });
  return {
    protocol: PROTOCOL,
    release: `${REQUEST}-1`,
    request: REQUEST,
    batch: 1,
    workspace: WORKSPACE,
    project: 'ns-2026-014',
    repository: STUDY,
    author: RESEARCHER,
    reviewers: [CHECKER_1, CHECKER_2].sort((a, b) => a - b),
    files: [file(1, 'output/table.csv', TABLE), file(2, 'output/figure.svg', FIGURE)],
    statements: ['made', 'reviewed'].map(aStatement),
    ...given,
  };
}

/** An envelope; what is in it is the publication room's business. */
function aStatement(text: string): ReleaseDeclaration['statements'][number] {
  return {
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(text).toString('base64'),
    signatures: [{ keyid: 'airlock-1', sig: 'c2ln' }],
  };
}

/** As the airlock shows a request whose first batch is on its way. */
export function aShownRelease(given: Partial<ShownRequest> = {}): ShownRequest {
  return aShown({
    version: 9,
    state: 'releasing',
    batches: [{ number: 1, state: 'uploading', recalled: [] }],
    ...given,
  });
}

export function value<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`refused: ${answer.code}`);
  return answer;
}

export function codeOf(answer: unknown): string | undefined {
  return isRefusal(answer) ? answer.code : undefined;
}

export async function ledger(world: Pick<OutputsWorld, 'db'>): Promise<Record<string, unknown>[]> {
  const rows = await rowsOf<{ entry: string }>(world.db, sql`select entry from ledger_leaves order by id`);
  return fitting(rows.map(({ entry }) => JSON.parse(entry) as Record<string, unknown>));
}

/** `topic subject`, sorted. */
export async function news(world: Pick<OutputsWorld, 'db'>): Promise<string[]> {
  const rows = await rowsOf<{ topic: string; subject: string }>(
    world.db,
    sql`select topic, subject from outbox order by topic, subject`,
  );
  return rows.map(({ topic, subject }) => `${topic} ${subject}`);
}
