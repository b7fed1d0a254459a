/**
 * A whole small world: the stand-in for GitHub with people and repositories, a hub over a database, and
 * agents that speak the zone's protocol by hand.
 *
 * Inbox and outbox are stepped: `settle()` delivers and handles until nothing moves. Signatures, HTTP,
 * git and the database are real. Times, shas and ids are written as words in what is shown.
 */
import { mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenDatabase } from '../../src/db/open.ts';
import { rowsOf } from '../../src/db/database.ts';
import {
  sendOne,
  workOne,
  readInstallations,
  refreshGovernance,
  type WriteLimits,
} from '../../src/github/github.ts';
import type { HubConfig } from '../../src/hub-config.ts';
import { startHub, type Hub } from '../../src/hub.ts';
import { newKeyPair, type KeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { Traces } from '../../src/lib/traces.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import {
  startSandbox,
  type CheckRun,
  type Fault,
  type Issue,
  type Repo,
  type Sandbox,
  type Signed,
} from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { sql } from 'drizzle-orm';
import { handAgent, type AgentBackend, type HandAgent } from './hand-agent.ts';
import { fitting } from './ledger-schema.ts';
import { tidy } from './tidy.ts';
import { freePorts } from '../../src/sandbox/demo/ports.ts';
import { must, ok } from './answers.ts';
import { APP_ID, LOGINS, ORG, STUDY, worldSeed, type Role, type SeedOptions } from './world-seed.ts';

export { lasting, LOGINS, ORG, PROJECT_YAML, STUDY, STUDY_FILES, type Role } from './world-seed.ts';
export const SECRET = 'a-webhook-secret-of-the-tests';

export interface WorldOptions extends SeedOptions {
  /** What the hub tells its traces to. */
  traces?: Traces;
  database: OpenDatabase;
  limits?: Partial<WriteLimits>;
  /** With its pages, for a browser. */
  pages?: boolean;
  /** Settings of the hub that differ. */
  hub?: Partial<HubConfig>;
}

/** As fast as a test can step. */
const UNLIMITED: WriteLimits = {
  perSecond: 10_000,
  burst: 10_000,
  creationsPerMinute: 10_000,
  creationsPerHour: 10_000,
  updateGapMs: 0,
};

export async function aWorld(options: WorldOptions): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-world-'));
  const sandbox = await startSandbox({
    dataDir: join(dir, 'github'),
    logger: createLogger('sandbox', { level: 'silent' }),
    oneByOne: true,
    limits: {
      contentPerMinute: 100_000,
      contentPerHour: 100_000,
      pointsPerMinute: 1_000_000,
      primary: 1_000_000,
    },
    ...(options.pages && { mount: mountPages }),
    seed: worldSeed(options),
  });
  const world = new World(dir, sandbox, options);
  await world.startHub();
  return world;
}

export class World {
  readonly sandbox: Sandbox;
  database: OpenDatabase;
  #machine = 'hub';
  readonly hubKey: KeyPair = newKeyPair();
  readonly #dir: string;
  readonly #limits: WriteLimits;
  readonly #more: Partial<HubConfig>;
  readonly #traces: Traces | undefined;
  #hub: Hub | undefined;
  #ahead = 0;
  /** The same over restarts: agents and webhooks name it. */
  #port = 0;
  readonly clock: Clock = { now: () => systemClock.now() + this.#ahead };

  constructor(dir: string, sandbox: Sandbox, options: WorldOptions) {
    this.#dir = dir;
    this.sandbox = sandbox;
    this.database = options.database;
    this.#limits = { ...UNLIMITED, ...options.limits };
    this.#more = options.hub ?? {};
    this.#traces = options.traces;
  }

  get hub(): Hub {
    if (!this.#hub) throw new Error('the hub does not run');
    return this.#hub;
  }

  config(changes: Partial<HubConfig> = {}): HubConfig {
    const { privateKeyFile = '', clientId = '', clientSecret = '' } = this.sandbox.apps['sallyport'] ?? {};
    return {
      github: {
        origin: this.sandbox.url,
        appId: APP_ID,
        privateKey: readFileSync(privateKeyFile, 'utf8'),
        webhookSecrets: [SECRET],
        signIn: { clientId, clientSecret },
      },
      governance: {
        repository: { id: 9001, owner: ORG, name: 'governance' },
        branch: 'main',
        pinned: this.head('governance'),
      },
      origin: `http://127.0.0.1:${this.#port}`,
      key: this.hubKey,
      listen: { host: '127.0.0.1', port: this.#port },
      dataDir: join(this.#dir, this.#machine),
      writes: this.#limits,
      log: 'error',
      ...this.#more,
      ...changes,
    };
  }

  #pinned: string | undefined;

  async startHub(): Promise<void> {
    this.#port ||= (await freePorts(1))[0]!;
    const config = this.config({
      governance: { ...this.config().governance, pinned: (this.#pinned ??= this.head('governance')) },
    });
    this.#hub = await startHub(config, {
      loops: false,
      ...(this.#traces && { traces: this.#traces }),
      database: this.database,
      clock: this.clock,
      logger: createLogger('hub', { level: process.env['WORLD_LOG'] ?? 'silent' }),
    });
    const app = this.sandbox.state.apps.named('sallyport');
    if (app) {
      this.sandbox.state.apps.setWebhook(app, { url: `${this.#hub.url}/webhooks`, secret: SECRET });
      this.sandbox.state.apps.setCallbacks(app, [`${this.#hub.url}/login/callback`]);
    }
    await refreshGovernance(this.#hub.room);
    await readInstallations(this.#hub.room);
  }

  /** The hub on another machine: an empty folder, and this database. Its key and its address come with it. */
  async moveTo(database: OpenDatabase): Promise<void> {
    await this.stopHub();
    this.#machine = `${this.#machine}-moved`;
    this.database = database;
    await this.startHub();
  }

  async stopHub(): Promise<void> {
    await this.#hub?.stop();
    this.#hub = undefined;
  }

  async stop(): Promise<void> {
    await this.stopHub();
    await this.sandbox.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Time passes for the hub alone. */
  later(ms: number): void {
    this.#ahead += ms;
  }

  /** Everything that can happen happens. Throws when it never ends. */
  async settle(): Promise<void> {
    for (let n = 0; n < 200; n += 1) {
      await this.sandbox.state.idle();
      const worked = await this.receive();
      const sent = await this.send();
      await this.sandbox.state.idle();
      if (worked + sent === 0) return;
    }
    throw new Error('the world does not come to rest');
  }

  /** Handles what was delivered. */
  async receive(): Promise<number> {
    await this.sandbox.state.idle();
    let n = 0;
    while (await workOne(this.hub.room)) n += 1;
    return n;
  }

  /** Sends what is due. */
  async send(): Promise<number> {
    let n = 0;
    while (await sendOne(this.hub.room)) if ((n += 1) > 500) throw new Error('the outbox does not empty');
    return n;
  }

  fault(fault: Fault): void {
    this.sandbox.state.faults.add(fault);
  }

  repo(name = STUDY): Repo {
    const repo = this.sandbox.state.repos.find(ORG, name);
    if (!repo) throw new Error(`no repository ${name}`);
    return repo;
  }

  head(name = STUDY, branch = 'main'): string {
    const sha = this.sandbox.state.repos.git(this.repo(name)).branch(branch);
    if (!sha) throw new Error(`no branch ${branch}`);
    return sha;
  }

  as(role: Role) {
    const { state } = this.sandbox;
    const user = state.people.user(LOGINS[role]);
    if (!user) throw new Error(`no person ${role}`);
    const actor: Signed = { kind: 'person', user };
    return {
      /** Returns the new head. */
      push: async (
        files: Record<string, string | Uint8Array | null>,
        at: { repo?: string; branch?: string } = {},
      ): Promise<string> => {
        const done = must(
          await state.repos.commitFiles(actor, this.repo(at.repo), {
            message: 'A change',
            files: new Map(Object.entries(files)),
            ...(at.branch && { branch: at.branch }),
          }),
        );
        return done.sha;
      },
      branch: async (name: string, from = this.head(), repo = STUDY): Promise<void> => {
        ok(await state.repos.moveRef(actor, this.repo(repo), `refs/heads/${name}`, from, false));
      },
      force: async (name: string, to: string | null, repo = STUDY): Promise<void> => {
        ok(await state.repos.moveRef(actor, this.repo(repo), `refs/heads/${name}`, to, true));
      },
      issue: (title = 'An issue'): number => must(state.issues.create(actor, this.repo(), { title })).number,
      pull: async (head: string, repo = STUDY): Promise<number> =>
        must(
          await state.pulls.create(actor, this.repo(repo), { title: 'A pull request', head, base: 'main' }),
        ).number,
      comment: (issue: number, body: string): number =>
        must(state.talk.comment(actor, this.repo(), this.issueOf(issue), body)).id,
      commentOnCommit: async (sha: string, body: string): Promise<number> =>
        must(await state.talk.commentOnCommit(actor, this.repo(), sha, { body })).id,
      close: (issue: number): void =>
        ok(state.issues.edit(actor, this.repo(), this.issueOf(issue), { state: 'closed' })),
      press: (check: string, button: string): void =>
        ok(state.checks.click(actor, this.repo(), this.run(check), button)),
      rerequest: (check: string): void => ok(state.checks.rerequest(actor, this.repo(), this.run(check))),
    };
  }

  issueOf(number: number): Issue {
    const issue = this.repo().issues.get(number);
    if (!issue) throw new Error(`no issue ${number}`);
    return issue;
  }

  /** The newest check run whose name begins so. */
  run(name: string, repo = STUDY): CheckRun {
    const runs = [...this.repo(repo).checks.values()].filter((each) => each.name.startsWith(name));
    const run = runs.at(-1);
    if (!run)
      throw new Error(
        `no check ${name}; there are: ${[...this.repo(repo).checks.values()].map((each) => each.name).join(', ')}`,
      );
    return run;
  }

  runs(name: string, repo = STUDY): CheckRun[] {
    return [...this.repo(repo).checks.values()].filter((each) => each.name.startsWith(name));
  }

  /** A check run as a person sees it. */
  check(name: string, repo = STUDY): string {
    const run = this.run(name, repo);
    return tidy(
      [
        `${run.name}: ${run.conclusion ?? run.status}`,
        run.title ?? '',
        run.summary ?? '',
        ...(run.text ? ['--', run.text] : []),
        ...run.annotations.map(
          (each) => `! ${each.path}:${each.startLine} ${each.level} ${each.title ?? ''}: ${each.message}`,
        ),
        ...run.actions.map((each) => `[${each.label}]`),
      ].join('\n'),
    );
  }

  /** What stands under an issue or pull request. */
  thread(number: number): string {
    const comments = this.sandbox.state.talk.comments(this.repo(), this.issueOf(number));
    return tidy(
      comments
        .map((each) => {
          const marks = each.reactions.map((one) => one.content).join(' ');
          const who = this.sandbox.state.data.users.get(each.user)?.login ?? '';
          return `${who}${marks ? ` (${marks})` : ''}:\n${each.body}`;
        })
        .join('\n\n'),
    );
  }

  /** What the App answered there, without its quotations and status comments. */
  replies(number: number): string[] {
    const comments = this.sandbox.state.talk.comments(this.repo(), this.issueOf(number));
    return comments
      .filter((each) => each.body.startsWith('<!-- sallyport:reply:'))
      .map((each) =>
        tidy(each.body.replace(/^<!--.*-->\n/, '').replace(/\n\n<details>[\s\S]*<\/details>/, '')),
      );
  }

  commitThread(sha: string): string {
    return tidy(
      this.sandbox.state.talk
        .commitComments(this.repo(), sha)
        .map((each) => `${this.sandbox.state.data.users.get(each.user)?.login ?? ''}:\n${each.body}`)
        .join('\n\n'),
    );
  }

  reactions(comment: number): string {
    return (this.repo().comments.get(comment)?.reactions ?? []).map((each) => each.content).join(' ');
  }

  /** Ids of requests, oldest first. */
  async requests(purpose = 'run'): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      this.database.db,
      sql`select id from job_requests where purpose = ${purpose} order by seq`,
    );
    return rows.map((row) => row.id);
  }

  /** Jobs of all requests, oldest first. */
  async jobs(): Promise<{ action: string; code: string }[]> {
    return rowsOf(this.database.db, sql`select action, code from jobs order by seq`);
  }

  async ledger(): Promise<{ type: string; actor: string; subject: string; body: Record<string, unknown> }[]> {
    const rows = await rowsOf<{ entry: string }>(
      this.database.db,
      sql`select entry from ledger_leaves order by id`,
    );
    return fitting(
      rows.map(
        (row) =>
          JSON.parse(row.entry) as {
            type: string;
            actor: string;
            subject: string;
            body: Record<string, unknown>;
          },
      ),
    );
  }

  async inbox(): Promise<{ event: string; state: string; lastError: string | null }[]> {
    return rowsOf(
      this.database.db,
      sql`select event, state, last_error as "lastError" from inbox order by received_at, guid`,
    );
  }

  async outbox(state: string): Promise<{ topic: string; lastError: string | null }[]> {
    return rowsOf(
      this.database.db,
      sql`select topic, last_error as "lastError" from outbox where state = ${state} order by id`,
    );
  }

  /** An agent that takes its tasks and reports by hand. */
  agent(backend: AgentBackend = 'attainment'): HandAgent {
    return handAgent({ hub: this.hub.url, hubKey: this.hubKey, clock: this.clock, backend });
  }
}
