/**
 * A world with an intake repository, and the steward's part played by hand: it makes pull requests of proposals as
 * the steward does, so that whatever happens there can be written down step by step.
 */
import { dueTasks, takeTaskReport } from '../../src/stewarding/stewarding.ts';
import { taskAnswers } from '../../src/github/steward-results/results.ts';
import { applyEdit } from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { STEWARD_TASKS, type PayloadOf, type TaskOutcome } from '../../src/protocol/steward-tasks.ts';
import { isFailure, type Issue, type Repo, type Signed } from '../../src/sandbox/github/github.ts';

import type { OpenDatabase } from '../../src/db/open.ts';
import { issueForm } from '../../src/applications/applications.ts';
import { aForm, GOVERNED } from '../applications/forms.ts';
import { aWorld, lasting, LOGINS, ORG, type Role, type World } from './world.ts';

type Pull = Parameters<World['sandbox']['state']['pulls']['merge']>[2];

export const INTAKE = 'intake';
const INTAKE_ID = 9002;

export class Intake {
  readonly world: World;
  /** Governance as it is merged, and as each open pull request would have it. */
  #files: Map<string, string>;
  readonly #pulls = new Map<number, Map<string, string>>();

  constructor(world: World, files: ReadonlyMap<string, string>) {
    this.world = world;
    this.#files = new Map(files);
  }

  get repo(): Repo {
    return this.world.repo(INTAKE);
  }

  person(role: Role): Signed {
    const user = this.world.sandbox.state.people.user(LOGINS[role]);
    if (!user) throw new Error(`no person ${role}`);
    return { kind: 'person', user };
  }

  open(role: Role, body: string, title = 'Application'): number {
    return must(this.world.sandbox.state.issues.create(this.person(role), this.repo, { title, body })).number;
  }

  issue(number: number, repo = this.repo): Issue {
    const issue = repo.issues.get(number);
    if (!issue) throw new Error(`no issue ${number}`);
    return issue;
  }

  comment(role: Role, issue: number, body: string): number {
    const { talk } = this.world.sandbox.state;
    return must(talk.comment(this.person(role), this.repo, this.issue(issue), body)).id;
  }

  edit(
    role: Role,
    issue: number,
    change: { body?: string; labels?: string[]; state?: 'open' | 'closed' },
  ): void {
    must(this.world.sandbox.state.issues.edit(this.person(role), this.repo, this.issue(issue), change) ?? {});
  }

  label(role: Role, issue: number, name: string): void {
    const held = this.issue(issue).labels.map((key) => this.repo.labels.get(key)?.name ?? key);
    this.edit(role, issue, { labels: [...held, name] });
  }

  labels(issue: number): string[] {
    return this.issue(issue)
      .labels.map((key) => this.repo.labels.get(key)?.name ?? key)
      .sort();
  }

  /** What the App keeps there: its one comment on the application. */
  kept(issue: number): string {
    const all = this.said(issue).filter((body) => body.startsWith('<!-- sallyport:application:'));
    if (all.length !== 1) throw new Error(`${all.length} comments of the application on issue ${issue}`);
    return all[0]!;
  }

  said(issue: number): string[] {
    return this.world.sandbox.state.talk.comments(this.repo, this.issue(issue)).map(({ body }) => body);
  }

  async merge(pull: number): Promise<void> {
    const repo = this.world.repo('governance');
    const by = this.person('governor');
    must(
      await this.world.sandbox.state.pulls.merge(by, repo, this.issue(pull, repo) as Pull, {
        method: 'merge',
      }),
    );
    this.#files = this.#pulls.get(pull) ?? this.#files;
    await this.world.settle();
  }

  /** Somebody of governance changes the pull request before it is merged. */
  async amend(pull: number, path: string, from: string, to: string): Promise<void> {
    const files = this.#pulls.get(pull);
    const text = files?.get(path)?.replace(from, to);
    if (!files || text === undefined || text === files.get(path)) throw new Error(`${path} holds no ${from}`);
    files.set(path, text);
    const { head } = this.issue(pull, this.world.repo('governance')).pull!;
    await this.world.as('governor').push({ [path]: text }, { repo: 'governance', branch: head });
    await this.world.settle();
  }

  /** Text of a file of governance as it is merged. */
  merged(path: string): string {
    return this.#files.get(path) ?? '';
  }

  /** What the pull request changes, by path. */
  change(pull: number): Record<string, string> {
    const changed = [...(this.#pulls.get(pull) ?? [])].filter(
      ([path, text]) => this.#files.get(path) !== text,
    );
    return Object.fromEntries(changed);
  }

  /** Carries out what is asked of the steward now; numbers of pull requests that are open for it. */
  async steward(): Promise<number[]> {
    const { room } = this.world.hub;
    const pulls: number[] = [];
    for (const task of await dueTasks(room.db, room.clock.now())) {
      const payload = STEWARD_TASKS.propose.payload.parse(task.payload);
      const { pull, outcome } = await this.#carryOut(payload);
      if (pull !== null) pulls.push(pull);
      await takeTaskReport(
        { ...room, answers: taskAnswers(room) },
        { id: task.id, round: task.round, outcome },
      );
    }
    await this.world.settle();
    return pulls;
  }

  async #carryOut({
    proposal,
    want,
    edit,
    title,
    why,
  }: PayloadOf<'propose'>): Promise<{ pull: number | null; outcome: TaskOutcome }> {
    const { state } = this.world.sandbox;
    const repo = this.world.repo('governance');
    const branch = `proposal/${proposal}`;
    const known = [...repo.issues.values()].find((each) => each.pull && each.pull.head === branch);
    if (want === 'closed') {
      if (known?.state === 'open')
        must(state.issues.edit(this.person('governor'), repo, known, { state: 'closed' }) ?? {});
      const pull = known?.number ?? null;
      return { pull: null, outcome: { outcome: 'done', result: { state: 'closed', pull } } };
    }
    if (known?.state === 'open') {
      const result = {
        state: 'open' as const,
        pull: known.number,
        url: 'https://x.example/',
        head: known.pull!.headSha,
      };
      return { pull: known.number, outcome: { outcome: 'done', result } };
    }
    const head = this.world.head('governance');
    const files = applyEdit((path) => this.#files.get(path), edit);
    if (isRefusal(files)) return { pull: null, outcome: { ...withoutMark(files), outcome: 'refused' } };
    await this.world.as('governor').branch(branch, head, 'governance');
    const change = Object.fromEntries(files.map(({ path, text }) => [path, text]));
    const sha = await this.world.as('governor').push(change, { repo: 'governance', branch });
    const made = must(
      await state.pulls.create(this.person('governor'), repo, {
        title,
        body: why,
        head: branch,
        base: 'main',
      }),
    );
    this.#pulls.set(
      made.number,
      new Map([...this.#files, ...files.map(({ path, text }) => [path, text] as const)]),
    );
    const url = `${this.world.sandbox.url}/${ORG}/governance/pull/${made.number}`;
    return {
      pull: made.number,
      outcome: { outcome: 'done', result: { state: 'open', pull: made.number, url, head: sha } },
    };
  }
}

export async function anIntake(options: {
  database: OpenDatabase;
  governance?: ReadonlyMap<string, string>;
}): Promise<Intake> {
  const files = new Map(options.governance ?? GOVERNED);
  files.set(
    'deployment.yml',
    files.get('deployment.yml')!.replace('governance: 9001', `governance: 9001, intake: ${INTAKE_ID}`),
  );
  const template = issueForm(aForm(), {
    name: 'Apply',
    description: 'Apply for a project',
    intro: 'Welcome.',
  });
  const world = await aWorld({
    database: options.database,
    governance: files,
    more: [
      {
        owner: ORG,
        name: INTAKE,
        id: INTAKE_ID,
        private: true,
        files: { '.github/ISSUE_TEMPLATE/application.yml': template },
        collaborators: { [LOGINS.stranger]: 'read', [LOGINS.governor]: 'write', [LOGINS.lead]: 'read' },
      },
    ],
  });
  return new Intake(world, lasting(files));
}

function must<T>(value: T): Exclude<T, { status: number; message: string }> {
  if (isFailure(value as never)) throw new Error(JSON.stringify(value));
  return value as Exclude<T, { status: number; message: string }>;
}

const withoutMark = ({ code, says, next }: { code: string; says: string; next: string }) => ({
  code,
  says,
  next,
});
