/**
 * The world of releases: a study, the deployment's private review repository with two checkers who have
 * triage there, and an airlock that is played by hand: it reports what a test says, and answers orders.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { takeReport } from '../../src/outputs/report.ts';
import type { ReviewDeed, ShownEvent, ShownRequest } from '../../src/protocol/airlock.ts';
import { PROTOCOL } from '../../src/protocol/messages.ts';
import {
  isFailure,
  type Failure,
  type Issue,
  type Repo,
  type Signed,
} from '../../src/sandbox/github/github.ts';
import { governanceFiles, PEOPLE, PROJECT, REPOSITORY } from './governance.ts';
import { aWorkspace } from './outputs.ts';
import { tidy } from './tidy.ts';
import { LOGINS, ORG, STUDY, type Role } from './world-seed.ts';
import { aWorld, type World, type WorldOptions } from './world.ts';

export const REVIEWS = 'reviews';
export const REVIEW_REPOSITORY = 9005;
export const REQUEST = 'release000000001';
export const WORKSPACE = 'study-main';

/** The governor is the second checker, the co-pilot the publisher. */
export const CHECKERS = { first: PEOPLE.checker, second: PEOPLE.governor };

export function releaseGovernance(changes: Record<string, string | undefined> = {}): Map<string, string> {
  const { 'backends.yml': backends = '', 'teams.yml': teams = '' } = Object.fromEntries(governanceFiles());
  return governanceFiles({
    'backends.yml': backends.replace(
      'datasets: [results, absence, exclusions]',
      'datasets: [results, absence, exclusions]\n  viewer: https://viewer.zone.example',
    ),
    'teams.yml': `${teams.replace(
      '\n- role: governance',
      `\n    - {id: ${CHECKERS.second}, until: 2027-01-31, reason: rota, ref: GOV-119}\n- role: governance`,
    )}- role: output_publisher
  team: sp-publishers
  members:
    - {id: ${PEOPLE.copilot}, until: 2027-01-31, reason: publishes, ref: GOV-120}
`,
    ...changes,
  });
}

export async function aReleaseWorld(options: WorldOptions & { reviews?: boolean }): Promise<ReleaseWorld> {
  const world = await aWorld({ governance: releaseGovernance(), ...options });
  const made = new ReleaseWorld(world);
  await aWorkspace(options.database, WORKSPACE, 'attainment', REPOSITORY);
  if (options.reviews !== false) await made.makeReviews();
  return made;
}

export class ReleaseWorld {
  readonly world: World;
  #version = 0;
  #shown: Omit<ShownRequest, 'events' | 'version'>;

  constructor(world: World) {
    this.world = world;
    this.#shown = {
      id: REQUEST,
      workspace: WORKSPACE,
      project: PROJECT,
      repository: REPOSITORY,
      author: PEOPLE.lead,
      state: 'draft',
      turn: 0,
      createdAt: world.clock.now(),
      submittedAt: null,
      decidedAt: null,
      files: 3,
      hints: 'some',
      checkers: [],
      reviews: 0,
      short: 0,
      category: null,
      commitments: [],
      batches: [],
    };
  }

  /** In another test it may be missing: a deployment whose set-up is not finished. */
  async makeReviews(): Promise<void> {
    const { state } = this.world.sandbox;
    const owner = state.people.accountNamed(ORG);
    if (!owner) throw new Error('no organisation');
    const repo = await state.repos.add(owner, REVIEWS, { id: REVIEW_REPOSITORY, private: true });
    for (const role of ['checker', 'governor'] as const) {
      const user = state.people.user(LOGINS[role]);
      if (user) repo.collaborators.set(user.id, 'triage');
    }
  }

  repo(name: string): Repo {
    return this.world.repo(name);
  }

  /** The newest issue of the repository whose title begins so. */
  find(name: string, title: string): Issue | undefined {
    return [...this.repo(name).issues.values()].filter((each) => each.title.startsWith(title)).at(-1);
  }
  review(): Issue {
    return this.#must(this.find(REVIEWS, 'Review of'), 'no review issue');
  }
  release(): Issue {
    return this.#must(this.find(STUDY, 'Release request'), 'no release issue');
  }
  #must<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw new Error(what);
    return value;
  }

  /** What a person sees of an issue. */
  see(name: string, issue: Issue): string {
    const { state } = this.world.sandbox;
    const login = (id: number) => state.data.users.get(id)?.login ?? '';
    const comments = state.talk.comments(this.repo(name), issue).map((each) => {
      const marks = each.reactions.map((one) => one.content).join(' ');
      return `${login(each.user)}${marks ? ` (${marks})` : ''}: ${each.body.replace(/^<!--.*-->\n/, '')}`;
    });
    return tidy(
      [
        `${issue.title} [${issue.state}]`,
        `labels: ${this.labels(name, issue).join(', ')}`,
        `assigned: ${issue.assignees.map(login).sort().join(', ')}`,
        issue.body ?? '',
        ...comments,
      ].join('\n'),
    );
  }

  labels(name: string, issue: Issue): string[] {
    return issue.labels.map((key) => this.repo(name).labels.get(key)?.name ?? key).sort();
  }

  /** Comments of the App there, without their marks. */
  said(name: string, issue: Issue): string[] {
    const { state } = this.world.sandbox;
    return state.talk
      .comments(this.repo(name), issue)
      .filter((each) => state.data.users.get(each.user)?.login === 'sallyport[bot]')
      .map((each) =>
        tidy(each.body.replace(/^<!--.*-->\n/, '').replace(/\n\n<details>[\s\S]*<\/details>/, '')),
      );
  }

  as(role: Role) {
    const { state } = this.world.sandbox;
    const user = state.people.user(LOGINS[role]);
    if (!user) throw new Error(`no person ${role}`);
    const actor: Signed = { kind: 'person', user };
    return {
      actor,
      label: (name: string, issue: Issue, label: string) =>
        fine(state.issues.addLabels(actor, this.repo(name), issue, [label])),
      unlabel: (name: string, issue: Issue, label: string) =>
        fine(state.issues.removeLabel(actor, this.repo(name), issue, label)),
      edit: (name: string, issue: Issue, change: Parameters<typeof state.issues.edit>[3]) =>
        fine(state.issues.edit(actor, this.repo(name), issue, change)),
      comment: (name: string, issue: Issue, body: string): number => {
        const made = state.talk.comment(actor, this.repo(name), issue, body);
        if (isFailure(made)) throw new Error(made.message);
        return made.id;
      },
      open: (name: string, title: string, body: string): Issue => {
        const made = state.issues.create(actor, this.repo(name), { title, body });
        if (isFailure(made)) throw new Error(made.message);
        return made;
      },
    };
  }

  /** May do everything on GitHub: deletes and transfers issues, and puts labels on without being a checker. */
  admin(role: Role): void {
    const user = this.world.sandbox.state.people.user(LOGINS[role]);
    for (const name of [REVIEWS, STUDY]) if (user) this.repo(name).collaborators.set(user.id, 'admin');
  }

  // ── the airlock ──────────────────────────────────────────────────────────────────────────────────

  /** The airlock tells a step and what has changed with it. */
  async shows(
    what: ShownEvent['what'] | null,
    change: Partial<ShownRequest> = {},
    step: Partial<ShownEvent> = {},
  ): Promise<void> {
    this.#shown = { ...this.#shown, ...change };
    this.#version += 1;
    const at = this.world.clock.now();
    const events = what
      ? [{ seq: this.#version, at, what, by: null, state: this.#shown.state, ...step }]
      : [];
    await this.#report({ shown: [{ ...this.#shown, version: this.#version, events }] });
  }

  /** Submitted, with both checkers in their places. */
  async submitted(change: Partial<ShownRequest> = {}): Promise<void> {
    await this.shows('created', {}, { by: PEOPLE.lead });
    await this.shows(
      'submitted',
      {
        state: 'submitted',
        turn: 1,
        submittedAt: this.world.clock.now(),
        checkers: [CHECKERS.first, CHECKERS.second],
        ...change,
      },
      { by: PEOPLE.lead },
    );
    await this.world.settle();
  }

  /** Orders that wait, oldest first. */
  orders(): Promise<{ id: string; actor: number; deed: ReviewDeed }[]> {
    return rowsOf(
      this.world.database.db,
      sql`select id, actor::float8 as actor, deed from airlock_orders where state = 'waiting' order by seq`,
    );
  }

  async answers(order: string, code?: string): Promise<void> {
    await this.#report({ answers: [{ order, outcome: code ? 'refused' : 'done', ...(code && { code }) }] });
    await this.world.settle();
  }

  async newBrowser(id: string, person: number): Promise<void> {
    await this.#report({ newBrowsers: [{ id, person, at: this.world.clock.now() }] });
  }

  async #report(report: Partial<Parameters<typeof takeReport>[2]>): Promise<void> {
    const caller = { backend: 'attainment', airlock: 'attainment' };
    const given = {
      protocol: PROTOCOL as typeof PROTOCOL,
      answers: [],
      shown: [],
      newBrowsers: [],
      ...report,
    };
    const taken = await takeReport(this.world.hub.room.jobs, caller, given);
    if (taken.refused?.length) throw new Error(JSON.stringify(taken.refused));
  }
}

function fine(value: Failure | undefined): void {
  if (isFailure(value)) throw new Error(`GitHub said ${value.status}: ${value.message}`);
}
