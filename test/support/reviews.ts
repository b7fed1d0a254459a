/** Review repositories in the steward's world: governance changed by commits, people and the steward by their deeds. */
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Org, Repo, Team } from '../../src/sandbox/github/state/model.ts';
import { keepReviews, type GitHubOptions, type Kept } from '../../src/steward/steward.ts';
import { publicationFiles, WHO } from './publication.ts';
import { stewardWorld, type StewardWorld } from './steward.ts';
import { lasting, LOGINS, ORG } from './world-seed.ts';

export const REVIEWS = 'reviews';
export const NAMED = `${ORG}/${REVIEWS}`;
export const CHECKERS = [WHO.checker1, WHO.checker2, WHO.checker3];
export const PUBLISHERS = [WHO.checker3, WHO.publisher, WHO.publisher2, WHO.author];
export const TEAMS = { checkers: 'sp-output-checkers', publishers: 'sp-publishers' };
const BY_ID = 'review_repos: {default: 9005}';

export interface ReviewWorld extends StewardWorld {
  org: Org;
  /** Governance as it would be with this in the place of `review_repos`. */
  naming(repos: string, more?: (text: string, path: string) => string): Map<string, string>;
  /** Merged: the newest commit of the branch. */
  merge(files: ReadonlyMap<string, string>, branch?: string): Promise<string>;
  reviews(): Repo | undefined;
  team(slug: string): Team | undefined;
  /** A steward that reads governance afresh and looks once. */
  keep(around?: GitHubOptions['around']): Promise<Kept>;
  codes(kept: Kept): string[];
  person(login: string, role?: 'admin' | 'member'): number;
}

/** Governance names the review repository, and nobody has made it. */
export async function reviewWorld(database: OpenDatabase): Promise<ReviewWorld> {
  const world = await stewardWorld(database);
  const { people, repos } = world.sandbox.state;
  const org = people.org(ORG)!;
  org.base = 'none';
  org.members.set(people.addUser('olive-owner', { id: 5550199 }).id, 'admin');
  for (const id of new Set([...CHECKERS, ...PUBLISHERS])) {
    const user = world.sandbox.state.data.users.get(id) ?? people.addUser(`person-${id}`, { id });
    org.members.set(user.id, 'member');
  }
  const governance = repos.find(ORG, 'governance')!;
  const governor = { kind: 'person', user: people.user(LOGINS.governor)! } as const;
  const made: ReviewWorld = {
    ...world,
    org,
    naming: (text, more = (same) => same) =>
      new Map(
        [...lasting(publicationFiles())].map(([path, was]) => [
          path,
          more(path === 'deployment.yml' ? was.replace(BY_ID, `review_repos: ${text}`) : was, path),
        ]),
      ),
    async merge(files, branch = 'main') {
      const git = repos.git(governance);
      if (!git.branch(branch))
        await repos.moveRef(governor, governance, `refs/heads/${branch}`, git.branch('main')!, false);
      const done = await repos.commitFiles(governor, governance, { message: 'A change', files, branch });
      if ('failed' in done) throw new Error(done.message);
      return done.sha;
    },
    reviews: () => repos.find(ORG, REVIEWS),
    team: (slug) => org.teams.get(slug),
    async keep(around) {
      const parts = await world.steward(around);
      const g = await parts.governance();
      if (!g) throw new Error('governance cannot be read');
      return keepReviews(parts, g);
    },
    codes: ({ refused }) => refused.map(({ code }) => code),
    person(login, role = 'member') {
      const user = people.addUser(login);
      org.members.set(user.id, role);
      return user.id;
    },
  };
  await made.merge(made.naming(`{default: ${NAMED}}`));
  return made;
}

export const memberIds = (team: Team | undefined): number[] =>
  [...(team?.members.keys() ?? [])].sort((a, b) => a - b);

/** Everything the steward is to make, and nothing else. */
export function whole(world: ReviewWorld): unknown {
  const repos = [...world.sandbox.state.data.repos.values()].filter(({ name }) => name === REVIEWS);
  return {
    repositories: repos.map((repo) => [repo.private, repo.hasIssues, repo.issues.size]),
    teams: [...world.org.teams.values()].map((team) => [
      team.slug,
      memberIds(team),
      repos.map(({ id }) => team.repos.get(id)),
    ]),
  };
}

export const WHOLE = {
  repositories: [[true, true, 0]],
  teams: [
    [TEAMS.checkers, [...CHECKERS].sort((a, b) => a - b), ['triage']],
    [TEAMS.publishers, [...PUBLISHERS].sort((a, b) => a - b), ['read']],
  ],
};
