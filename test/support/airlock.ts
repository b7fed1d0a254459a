/**
 * An airlock on a real database with a real agent's folder: governance with a project, its people and three
 * independent checkers, and a workspace whose manifest the agent has signed. Commands are given as people
 * give them; the clock moves only when told.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inlineChecks } from '../../agent/airlock/checks/run.ts';
import { openAirlock, type AirlockParts, type AirlockRoom, type Rules } from '../../agent/airlock/airlock.ts';
import type { FileOrigin, RequestPage, Where } from '../../agent/airlock/face.ts';
import { signManifest, storedForm, type Manifest } from '../../agent/store/manifest.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { isArchived, type Governance } from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  disclosurePolicy,
  reviewPolicy,
  type Actor,
  type Command,
  type CommandOf,
  type CommandType,
  type Deed,
  type ReleaseRequest,
  type Session,
} from '../../src/release/release.ts';
import { manifestAfter, type JobEnded } from './airlock-manifest.ts';
import {
  airlockFiles,
  airlockGovernance,
  aTable,
  COMMIT,
  CONTEXT,
  CONTROLS,
  nameOf,
  NOW,
  WHO,
  WORKSPACE,
  type Name,
} from './airlock-people.ts';
import { KEYS } from './governance.ts';

export { airlockFiles, airlockGovernance, aTable, COMMIT, CONTROLS, nameOf, NOW, WHO, WORKSPACE, type Name };

type Rests = { [T in CommandType]: Omit<CommandOf<T>, 'type' | 'by'> };

export interface AirlockWorldOptions {
  governance?: Governance;
  parts?: Partial<AirlockParts>;
  rules?: Partial<Rules>;
  /** Files of the workspace. */
  files?: Record<string, string | Buffer>;
}

export class AirlockWorld {
  dir: string;
  readonly clock = fixedClock(NOW);
  readonly ids = countingIds();
  database: OpenDatabase;
  governance: Governance;
  rules: Partial<Rules>;
  deeds: Deed[] = [];
  /** Nobody can look up who wrote the code. */
  gitAway = false;
  code = new Map<string, string>([
    [
      'project.yaml',
      "version: '4.0'\nactions:\n  tables:\n    run: python:v2 python tables.py\n    outputs:\n      moderately_sensitive:\n        all: output/*\n",
    ],
  ]);
  /** At other commits, when it differs there. */
  otherCode = new Map<string, Map<string, string>>();
  room!: AirlockRoom;
  parts!: AirlockParts;
  readonly #options: AirlockWorldOptions;
  #manifest: Manifest | undefined;
  #sessions = 0;

  private constructor(database: OpenDatabase, options: AirlockWorldOptions) {
    this.dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-airlock-'));
    this.database = database;
    this.#options = options;
    this.governance = options.governance ?? airlockGovernance();
    this.rules = options.rules ?? {};
  }

  static async open(database: OpenDatabase, options: AirlockWorldOptions = {}): Promise<AirlockWorld> {
    const world = new AirlockWorld(database, options);
    world.job(options.files ?? { 'output/table.csv': aTable() });
    await world.start();
    return world;
  }

  get agentState(): string {
    return path.join(this.dir, 'agent');
  }

  codeAt({ commit }: { commit: string }): Map<string, string> {
    return this.otherCode.get(commit) ?? this.code;
  }

  get medium(): string {
    return path.join(this.agentState, 'workspaces', WORKSPACE, 'medium');
  }

  /** As after a restart: same database, same folders. */
  async start(database: OpenDatabase = this.database): Promise<AirlockRoom> {
    this.parts = {
      database,
      dir: path.join(this.dir, 'airlock'),
      agentState: this.agentState,
      zone: { id: 'schools-airlock', backend: 'attainment', data: 'real' },
      rules: (at) => this.rulesAt(at),
      deeds: (files: readonly FileOrigin[]) => {
        if (this.gitAway) return Promise.reject(new Error('git is away'));
        const ran = [...new Set(files.map(({ user }) => user))];
        return Promise.resolve([
          ...ran.map((person): Deed => ({ known: true, deed: 'ran-a-job', person })),
          ...this.deeds,
        ]);
      },
      code: {
        tree: (place) =>
          Promise.resolve(
            [...this.codeAt(place)].map(([at, text]) => ({ path: at, size: text.length, id: sha256(text) })),
          ),
        file: (place, at) => {
          const text = this.codeAt(place).get(at);
          return Promise.resolve(text === undefined ? undefined : Buffer.from(text));
        },
      },
      standing: () => Promise.resolve('default'),
      checks: inlineChecks(),
      browsers: { newBrowsers: () => Promise.resolve([]), markBrowsers: () => Promise.resolve() },
      agentKeys: () => [KEYS.agent.publicKey],
      zoneKey: 'a secret of this zone',
      signing: KEYS.viewer,
      clock: this.clock,
      ids: this.ids,
      logger: createLogger('test', { level: 'silent' }),
      ...this.#options.parts,
    };
    this.room = await openAirlock(this.parts);
    return this.room;
  }

  async close(): Promise<void> {
    await this.room.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  rulesAt(_at: number): Rules {
    return {
      governance: this.governance,
      release: reviewPolicy(this.governance, { trust: 'hub' }),
      disclosure: disclosurePolicy(this.governance, {}),
      calendar: this.governance.policies.calendar,
      away: [],
      frozen: (project) => this.#options.parts?.freezes?.over(project),
      archived: (workspace) => isArchived(this.governance, workspace),
      ...this.rules,
    };
  }

  /** A job ends: these files are in the workspace and in its signed manifest. */
  job(files: Record<string, string | Buffer>, more: JobEnded = {}): void {
    const workspace = more.workspace ?? WORKSPACE;
    const medium = path.join(this.agentState, 'workspaces', workspace, 'medium');
    const before = workspace === WORKSPACE ? this.#manifest : undefined;
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(medium, file)), { recursive: true });
      writeFileSync(path.join(medium, file), content);
    }
    const manifest = manifestAfter(before, files, { workspace, at: this.clock.now(), ...more });
    if (workspace === WORKSPACE) this.#manifest = manifest;
    this.writeManifest(workspace, storedForm(signManifest(manifest, KEYS.agent)));
  }

  /** Names in the signed manifest alone: for lists, which never look at the disk. */
  listed(names: readonly string[]): void {
    const model = Object.values(this.#manifest!.outputs)[0]!;
    const outputs = Object.fromEntries(names.map((name, at) => [name, { ...model, size: at }]));
    const manifest = { ...this.#manifest!, outputs: { ...this.#manifest!.outputs, ...outputs } };
    this.writeManifest(WORKSPACE, storedForm(signManifest(manifest, KEYS.agent)));
  }

  writeManifest(workspace: string, text: string): void {
    const folder = path.join(this.agentState, 'workspaces', workspace, 'medium', 'metadata');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'manifest.json'), text);
  }

  session(who: Name, strength: Session['strength'] = 'code'): Session {
    this.#sessions += 1;
    return { id: `session${WHO[who]}`, person: WHO[who], strength, signedInAt: this.clock.now() };
  }

  inViewer(who: Name): Actor {
    return { kind: 'person', id: WHO[who], session: this.session(who) };
  }

  /** The refusal, or undefined when it was done. */
  async ask<T extends CommandType>(
    who: Name | Actor,
    request: string | null,
    type: T,
    rest: Rests[T],
  ): Promise<Refusal | undefined> {
    const by = typeof who === 'string' ? this.inViewer(who) : who;
    const answer = await this.room.command(request, { ...(rest as object), type, by } as Command);
    return isRefusal(answer) ? answer : undefined;
  }

  /** The same, and it must be done. */
  async does<T extends CommandType>(
    who: Name | Actor,
    request: string | null,
    type: T,
    rest: Rests[T],
  ): Promise<ReleaseRequest> {
    const by = typeof who === 'string' ? this.inViewer(who) : who;
    const answer = await this.room.command(request, { ...(rest as object), type, by } as Command);
    if (isRefusal(answer)) throw new Error(`${type}: ${answer.code} ${answer.says}`);
    return answer.request;
  }

  /** A draft of the author's with these files as outputs of one group. */
  async draft(paths: readonly string[], group = 'results'): Promise<string> {
    const answer = await this.room.addFiles({
      by: this.inViewer('author'),
      workspace: WORKSPACE,
      group,
      as: 'output',
      paths,
    });
    if (isRefusal(answer)) throw new Error(answer.code);
    if (answer.refused.length > 0) throw new Error(answer.refused[0]!.refusal.code);
    return answer.request;
  }

  async explained(id: string, group = 'results'): Promise<void> {
    await this.does('author', id, 'explain', { group, context: CONTEXT, controls: CONTROLS });
    const version = this.rulesAt(0).release.policyText;
    await this.does('author', id, 'accept-policy', { version });
    await this.room.settled();
  }

  /** A request under review, with the checkers the airlock has chosen. */
  async submitted(paths: readonly string[] = ['output/table.csv']): Promise<string> {
    const id = await this.draft(paths);
    await this.explained(id);
    await this.answered(id, 'author');
    await this.does('author', id, 'submit', {});
    await this.room.settled();
    return id;
  }

  /** Every open warning and blocking hint answered by this person. */
  async answered(id: string, who: Name): Promise<void> {
    const page = await this.page(who, id);
    const hints = [
      ...page.hints,
      ...page.groups.flatMap((group) => group.hints),
      ...page.files.flatMap((file) => file.hints ?? []),
    ];
    for (const { id: hint, severity } of hints) {
      if (severity === 'warn') await this.does(who, id, 'resolve-hint', { hint, reason: 'looked at' });
      if (severity === 'block' && who === 'author')
        await this.does(who, id, 'except-hint', { hint, reason: 'agreed with the data controller' });
    }
  }

  async page(who: Name, id: string): Promise<RequestPage> {
    const page = await this.room.request(WHO[who], id);
    if (isRefusal(page)) throw new Error(page.code);
    return page;
  }

  /** The page shows the file to its last byte. */
  async reads(who: Name, where: Where, strength: Session['strength'] = 'code'): Promise<void> {
    const session = this.session(who, strength);
    const delivery = { session, method: 'GET', purpose: 'page', range: false } as const;
    const opened = await this.room.open(WHO[who], delivery, where);
    if (isRefusal(opened)) throw new Error(opened.code);
    await this.room.sent(opened.load, opened.size);
    await this.room.drawn(session, opened.load);
  }

  async readsAll(who: Name, id: string): Promise<void> {
    for (const { number, withdrawn } of (await this.page(who, id)).files) {
      if (!withdrawn) await this.reads(who, { kind: 'request', request: id, file: number });
    }
  }

  /** Reads, grades every output, answers the hints, signs. */
  async reviews(who: Name, id: string, grade: 'approve' | 'changes' | 'reject' = 'approve'): Promise<void> {
    await this.readsAll(who, id);
    const { files } = await this.page(who, id);
    for (const { path: file, type, withdrawn, locked } of files) {
      if (type === 'output' && !withdrawn && !locked)
        await this.does(who, id, 'grade', { path: file, grade });
    }
    await this.answered(id, who);
    if (grade !== 'approve') await this.says(who, id, 'The counts are too small.');
    await this.does({ kind: 'person', id: WHO[who] }, id, 'sign', { verdict: 'submit' });
  }

  async says(
    who: Name,
    id: string,
    text: string,
    visibility: 'public' | 'private' = 'public',
  ): Promise<void> {
    const group = (await this.page(who, id)).groups[0]!.name;
    await this.does(who, id, 'comment', { id: this.ids.id(), group, text, visibility });
  }

  /** Names of those who hold a place. */
  async checkers(id: string): Promise<Name[]> {
    const stored = await this.state(id);
    return stored.seats.map(({ checker }) => nameOf(checker));
  }

  async state(id: string): Promise<ReleaseRequest> {
    const { stored1 } = await import('../../agent/airlock/command.ts');
    const stored = await stored1(this.database.db, id, false);
    if (!stored) throw new Error('no such request');
    return stored.request;
  }
}
