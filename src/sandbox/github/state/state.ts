/**
 * The whole of the stand-in for GitHub, without HTTP: what it remembers and what can be done to it.
 *
 * The parts hold the mutations (`state.issues.create`, `state.talk.comment`, `state.checks.click` …).
 * Each takes the actor, asks the permission table, changes the data and emits the events, so that the
 * REST API, the pages and git say the same. A refusal is a `Failure` in GitHub's words.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../../lib/clock.ts';
import { createLogger, type Logger } from '../../../lib/logger.ts';
import { Presenter } from '../present/present.ts';
import { Apps } from './apps.ts';
import { Assignees } from './assignees.ts';
import { Checks } from './checks.ts';
import { DeliveryLog } from './deliveries.ts';
import { Forks } from './forks.ts';
import { Faults } from './faults.ts';
import { Hooks } from './hooks.ts';
import { IssueFates } from './issue-fates.ts';
import { Issues } from './issues.ts';
import { AppManifests } from './manifests.ts';
import { emptyData, type Data, type Repo } from './model.ts';
import { OAuth } from './oauth.ts';
import { People } from './people.ts';
import { Pulls } from './pulls.ts';
import { Pushes } from './pushes.ts';
import { Releases } from './releases.ts';
import { Reviews } from './reviews.ts';
import { Repos } from './repos.ts';
import { readSnapshot, Saver } from './snapshot.ts';
import { Talk } from './talk.ts';

export class SandboxState {
  readonly dataDir: string;
  readonly gitRoot: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly data: Data;
  /** Origin of the server, once it listens. */
  url = 'http://127.0.0.1';

  readonly people = new People(this);
  readonly repos = new Repos(this);
  readonly pushes = new Pushes(this);
  readonly issues = new Issues(this);
  readonly assignees = new Assignees(this);
  readonly fates = new IssueFates(this);
  readonly talk = new Talk(this);
  readonly checks = new Checks(this);
  readonly pulls = new Pulls(this);
  readonly reviews = new Reviews(this);
  readonly forks = new Forks(this);
  readonly releases = new Releases(this);
  readonly apps = new Apps(this);
  readonly manifests = new AppManifests(this);
  readonly oauth = new OAuth(this);
  readonly faults = new Faults();
  readonly present = new Presenter(this);
  readonly hooks: Hooks;
  readonly #saver: Saver;
  readonly #listeners = new Set<(repo: Repo) => void>();

  private constructor(options: { dataDir: string; clock: Clock; log: Logger }) {
    this.dataDir = options.dataDir;
    this.gitRoot = join(options.dataDir, 'git');
    this.clock = options.clock;
    this.log = options.log;
    mkdirSync(this.gitRoot, { recursive: true });
    const snapshot = join(options.dataDir, 'state.json');
    this.data = { ...emptyData(), ...readSnapshot<Data>(snapshot) };
    this.#saver = new Saver(snapshot, this.data);
    this.hooks = new Hooks(
      this,
      new DeliveryLog(join(options.dataDir, 'deliveries.jsonl'), options.clock.now()),
    );
  }

  /** Opens the data folder, empty or from an earlier run. */
  static async open(options: { dataDir: string; clock?: Clock; log?: Logger }): Promise<SandboxState> {
    const state = new SandboxState({
      dataDir: options.dataDir,
      clock: options.clock ?? systemClock,
      log: options.log ?? createLogger('sandbox', { level: 'warn' }),
    });
    await state.repos.openAll();
    for (const repo of state.data.repos.values()) {
      for (const pull of state.pulls.all(repo)) await state.pulls.refreshCounts(repo, pull);
    }
    return state;
  }

  nextId(): number {
    return ++this.data.lastId;
  }

  /** A given id, or the next one. Counting goes on above the largest. */
  takeId(given: number | undefined): number {
    if (given === undefined) return this.nextId();
    this.data.lastId = Math.max(this.data.lastId, given);
    return given;
  }

  /** Something changed: it will be on disk soon. */
  touch(): void {
    this.#saver.touch();
  }

  /** Calls back after something happened in a repository, for pages that refresh. Returns how to stop. */
  onChange(listener: (repo: Repo) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(repo: Repo): void {
    for (const listener of this.#listeners) listener(repo);
  }

  /** Resolves when no webhook is queued, delayed or unanswered. */
  idle(): Promise<void> {
    return this.hooks.idle();
  }

  /** Everything to disk, every process ended. */
  async close(): Promise<void> {
    this.hooks.stop();
    this.repos.close();
    this.#saver.flush();
    await this.hooks.log.flushed();
  }
}
