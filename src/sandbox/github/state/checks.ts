/** Check suites and runs: what Apps write on a commit, and the buttons people press. */
import { fail, isFailure, type Failure } from './failure.ts';
import { applyCheck, checkFaults, type CheckFields } from './check-fields.ts';
import {
  accessAtLeast,
  type Actor,
  type CheckRun,
  type CheckSuite,
  type Repo,
  type Signed,
  type User,
} from './model.ts';
import type { SandboxState } from './state.ts';

/** Runs of one name in one suite; the oldest go. */
const MOST_RUNS = 1000;

export class Checks {
  readonly #state: SandboxState;
  /** By commit, made from the data when first asked for. */
  readonly #runs = new WeakMap<Repo, Map<string, CheckRun[]>>();

  constructor(state: SandboxState) {
    this.#state = state;
  }

  async create(actor: Actor, repo: Repo, fields: CheckFields | Failure): Promise<CheckRun | Failure> {
    const app = this.#writer(actor, repo);
    if (isFailure(app)) return app;
    if (isFailure(fields)) return fields;
    const wrong = checkFaults(fields, true);
    if (wrong) return wrong;
    const sha = fields.headSha ?? '';
    if (!(await this.#state.repos.git(repo).isCommit(sha)))
      return fail(422, `No commit found for SHA: ${sha}`);
    const suite = this.suite(repo, app.app.id, sha);
    const run: CheckRun = {
      id: this.#state.nextId(),
      app: app.app.id,
      suite: suite.id,
      name: fields.name ?? '',
      headSha: sha,
      externalId: '',
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      startedAt: this.#state.clock.now(),
      completedAt: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
      actions: [],
    };
    applyCheck(run, fields, this.#state.clock.now());
    this.#at(repo, sha).push(run);
    repo.checks.set(run.id, run);
    this.#forgetOldest(repo, run);
    this.#emit('created', repo, run, app.user);
    if (run.status === 'completed') this.#emit('completed', repo, run, app.user);
    this.#tellSuite(repo, suite, app.user);
    return run;
  }

  update(actor: Actor, repo: Repo, run: CheckRun, fields: CheckFields | Failure): Failure | undefined {
    const app = this.#writer(actor, repo);
    if (isFailure(app)) return app;
    if (isFailure(fields)) return fields;
    if (run.app !== app.app.id)
      return fail(
        403,
        'Invalid app_id `' +
          String(run.app) +
          '` - check run can only be modified by the GitHub App that created it.',
      );
    const wrong = checkFaults(fields, false);
    if (wrong) return wrong;
    const was = run.status;
    applyCheck(run, fields, this.#state.clock.now());
    this.#state.touch();
    this.#state.changed(repo);
    const suite = repo.suites.get(run.suite);
    if (was !== 'completed' && run.status === 'completed') this.#emit('completed', repo, run, app.user);
    if (suite && run.status !== 'completed') suite.told = 'nothing';
    if (suite) this.#tellSuite(repo, suite, app.user);
    return undefined;
  }

  /** A button. Only of a completed run, and only the App that owns it hears. */
  click(actor: Signed, repo: Repo, run: CheckRun, identifier: string): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'checks.click');
    if (no) return no;
    if (run.status !== 'completed') return fail(422, 'Actions are offered only on completed check runs');
    if (!run.actions.some((action) => action.identifier === identifier))
      return fail(422, `This check run offers no action "${identifier}"`);
    this.#emit('requested_action', repo, run, actor.user, { requested_action: { identifier } }, run.app);
    return undefined;
  }

  /** Asks the owning App to run again; the run itself stays as it is. */
  rerequest(actor: Signed, repo: Repo, run: CheckRun): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'checks.click');
    if (no) return no;
    if (actor.kind === 'installation' && actor.app.id !== run.app)
      return fail(403, 'Resource not accessible by integration');
    if (run.status !== 'completed') return fail(422, 'This check run is not rerequestable');
    this.#emit('rerequested', repo, run, actor.user, {}, run.app);
    return undefined;
  }

  rerequestSuite(actor: Signed, repo: Repo, suite: CheckSuite): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'checks.click');
    if (no) return no;
    if (actor.kind === 'installation' && actor.app.id !== suite.app)
      return fail(403, 'Resource not accessible by integration');
    this.#emitSuite('rerequested', repo, suite, actor.user, suite.app);
    return undefined;
  }

  /** The runs of a commit, newest first. `latest`: only the newest of each App and name. */
  runsFor(repo: Repo, sha: string, latest: boolean): CheckRun[] {
    const runs = [...this.#at(repo, sha)].reverse();
    return latest ? newestOfEach(runs) : runs;
  }

  runsIn(repo: Repo, suite: CheckSuite, latest: boolean): CheckRun[] {
    const runs = this.#at(repo, suite.headSha)
      .filter((run) => run.suite === suite.id)
      .reverse();
    return latest ? newestOfEach(runs) : runs;
  }

  suitesFor(repo: Repo, sha: string): CheckSuite[] {
    return [...repo.suites.values()].filter((suite) => suite.headSha === sha);
  }

  /** The suite of an App and sha, made when missing. */
  suite(
    repo: Repo,
    app: number,
    sha: string,
    push: { branch: string | null; before: string | null } = { branch: null, before: null },
  ): CheckSuite {
    const known = [...repo.suites.values()].find((suite) => suite.app === app && suite.headSha === sha);
    if (known) return known;
    const now = this.#state.clock.now();
    const suite: CheckSuite = {
      id: this.#state.nextId(),
      app,
      headSha: sha,
      headBranch:
        push.branch ??
        this.#state.repos
          .git(repo)
          .branches()
          .find((branch) => branch.sha === sha)?.name ??
        null,
      before: push.before,
      after: sha,
      createdAt: now,
      updatedAt: now,
      told: 'nothing',
    };
    repo.suites.set(suite.id, suite);
    this.#state.touch();
    return suite;
  }

  /** Each App that may write checks gets a suite of its own, and is told of it alone. */
  async suitesForPush(repo: Repo, by: User, branch: string, before: string, after: string): Promise<void> {
    // Presenting a suite needs its commit at hand.
    await this.#state.repos.git(repo).commitAt(after);
    for (const installation of this.#state.data.installations.values()) {
      if (!accessAtLeast(installation.permissions['checks'], 'write')) continue;
      if (!this.#state.apps.covers(installation, repo)) continue;
      const known = [...repo.suites.values()].some(
        (suite) => suite.app === installation.app && suite.headSha === after,
      );
      const suite = this.suite(repo, installation.app, after, { branch, before });
      // The same commit on a second branch asks for nothing new.
      if (!known) this.#emitSuite('requested', repo, suite, by, installation.app);
    }
  }

  /** Status and conclusion of a suite follow from its newest runs. */
  verdict(
    repo: Repo,
    suite: CheckSuite,
  ): { status: 'queued' | 'in_progress' | 'completed'; conclusion: CheckRun['conclusion'] } {
    const runs = this.runsIn(repo, suite, true);
    if (runs.length === 0 || runs.every((run) => run.status === 'queued'))
      return { status: 'queued', conclusion: null };
    if (runs.some((run) => run.status !== 'completed')) return { status: 'in_progress', conclusion: null };
    const order = [
      'action_required',
      'failure',
      'timed_out',
      'cancelled',
      'stale',
      'success',
      'neutral',
      'skipped',
    ] as const;
    return {
      status: 'completed',
      conclusion: order.find((one) => runs.some((run) => run.conclusion === one)) ?? 'success',
    };
  }

  #writer(actor: Actor, repo: Repo): Extract<Actor, { kind: 'installation' }> | Failure {
    if (actor.kind === 'installation') {
      if (!this.#state.apps.covers(actor.installation, repo)) {
        return (
          this.#state.repos.refuse(actor, repo, 'metadata.read') ??
          fail(403, 'Resource not accessible by integration')
        );
      }
      return this.#state.repos.refuse(actor, repo, 'checks.click') ?? actor;
    }
    const no = this.#state.repos.refuse(actor, repo, 'metadata.read');
    if (no) return no;
    if (actor.kind === 'anonymous') return fail(401, 'Requires authentication');
    return fail(403, 'You must authenticate via a GitHub App.');
  }

  #forgetOldest(repo: Repo, run: CheckRun): void {
    const same = this.#at(repo, run.headSha).filter(
      (one) => one.suite === run.suite && one.name === run.name,
    );
    if (same.length <= MOST_RUNS) return;
    for (const old of same.slice(0, same.length - MOST_RUNS)) repo.checks.delete(old.id);
    this.#runs.delete(repo);
  }

  /** The runs of a commit, oldest first: every answer and payload asks for them. */
  #at(repo: Repo, sha: string): CheckRun[] {
    let bySha = this.#runs.get(repo);
    if (!bySha) {
      bySha = new Map();
      this.#runs.set(repo, bySha);
      for (const run of repo.checks.values()) {
        const known = bySha.get(run.headSha);
        if (known) known.push(run);
        else bySha.set(run.headSha, [run]);
      }
    }
    let runs = bySha.get(sha);
    if (!runs) bySha.set(sha, (runs = []));
    return runs;
  }

  #emit(
    action: string,
    repo: Repo,
    run: CheckRun,
    by: User,
    extra: Record<string, unknown> = {},
    only?: number,
  ): void {
    this.#state.touch();
    this.#state.hooks.emit({
      event: 'check_run',
      action,
      account: repo.owner,
      repo,
      sender: by,
      extra: { check_run: this.#state.present.hookCheckRun(repo, run), ...extra },
      ...(only === undefined ? {} : { only }),
    });
  }

  #emitSuite(action: string, repo: Repo, suite: CheckSuite, by: User, only?: number): void {
    this.#state.hooks.emit({
      event: 'check_suite',
      action,
      account: repo.owner,
      repo,
      sender: by,
      extra: { check_suite: this.#state.present.hookCheckSuite(repo, suite) },
      ...(only === undefined ? {} : { only }),
    });
  }

  #tellSuite(repo: Repo, suite: CheckSuite, by: User): void {
    const { status } = this.verdict(repo, suite);
    suite.updatedAt = this.#state.clock.now();
    if (status !== 'completed') suite.told = 'nothing';
    if (status !== 'completed' || suite.told === 'completed') return;
    suite.told = 'completed';
    this.#emitSuite('completed', repo, suite, by);
  }
}

function newestOfEach(runs: CheckRun[]): CheckRun[] {
  const seen = new Set<string>();
  return runs.filter((run) => {
    const key = `${run.app} ${run.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
