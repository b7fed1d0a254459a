/** What governance wants of review repositories and of the teams that work there. Pure. */
import { live, rolesOf, type Governance } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { no } from './words.ts';

export interface WantedTeam {
  slug: string;
  /** none: nobody in it works there. */
  permission: 'triage' | 'pull' | 'none';
  /** Numeric ids. */
  members: number[];
}

export interface WantedRepository {
  /** As governance names it: an id, or `owner/name`. */
  named: number | string;
  org: string;
  /** Absent when it is named by id. */
  name?: string;
  teams: WantedTeam[];
}

export interface ReviewPlan {
  repositories: WantedRepository[];
  refused: Refusal[];
}

type Reviewing = 'output_checker' | 'output_publisher';
const GIVEN = { output_checker: 'triage', output_publisher: 'pull' } as const;
const ORDER = ['none', 'pull', 'triage'] as const;
const isReviewing = (role: string): role is Reviewing => role in GIVEN;

export function reviewPlan(g: Governance, at: number): ReviewPlan {
  const { org, review_repos } = g.deployment.github;
  const named = [...new Map(Object.values(review_repos).map((one) => [keyOf(one), one])).values()];
  const shared = named.length > 0 ? sharedTeams(g) : [];
  return {
    repositories: named.map((one): WantedRepository => {
      const [owner, name] = typeof one === 'string' ? one.split('/') : [];
      const teams = teamsFor(g, one, at).filter(({ slug }) => !shared.includes(slug));
      return { named: one, org: owner ?? org.login, ...(name && { name }), teams };
    }),
    refused: shared.map((slug) => no.teamShared(slug)),
  };
}

/** Repositories that hold something else: none of them is ever made private or opened to checkers. */
export function isElsewhere(g: Governance, repository: number): boolean {
  return (
    Object.values(g.deployment.github.repos).includes(repository) ||
    g.projects.some(({ repos }) => repos.some(({ id }) => id === repository))
  );
}

/** Teams that are kept with the review repositories, and by nobody else. */
export function keptWithReviews(g: Governance): Set<string> {
  if (Object.keys(g.deployment.github.review_repos).length === 0) return new Set();
  const shared = sharedTeams(g);
  const slugs = g.teams.filter(({ role }) => isReviewing(role)).map(({ team }) => team);
  return new Set(slugs.filter((slug) => !shared.includes(slug)));
}

export const keyOf = (named: number | string): string => String(named).toLowerCase();

/** Teams whose members are not only checkers and publishers: their others must not read reviews. */
function sharedTeams(g: Governance): string[] {
  const rolesOfTeam = (slug: string) => g.teams.filter(({ team }) => team === slug).map(({ role }) => role);
  const slugs = new Set(g.teams.filter(({ role }) => isReviewing(role)).map(({ team }) => team));
  return [...slugs].filter((slug) => !rolesOfTeam(slug).every(isReviewing));
}

function teamsFor(g: Governance, named: number | string, at: number): WantedTeam[] {
  const { review_repos } = g.deployment.github;
  const isHere = (lead: string | undefined) =>
    keyOf((lead === undefined ? undefined : review_repos[lead]) ?? review_repos['default'] ?? '') ===
    keyOf(named);
  // Who checks whatever comes checks here too, before the first project does.
  const subjects = [
    ...(isHere(undefined) ? [undefined] : []),
    ...g.projects.filter(({ orgs }) => isHere(orgs.lead)).map(({ id }) => id),
  ];
  const teams = new Map<string, WantedTeam>();
  for (const { role, team: slug } of g.teams) {
    if (!isReviewing(role)) continue;
    const members = membersOf(g, slug, at);
    const works = members.some((id) => subjects.some((project) => rolesOf(g, id, project, at).has(role)));
    const here = works ? GIVEN[role] : 'none';
    const known = teams.get(slug)?.permission ?? 'none';
    teams.set(slug, { slug, permission: ORDER.indexOf(here) > ORDER.indexOf(known) ? here : known, members });
  }
  return [...teams.values()];
}

/** Whoever governance lists in the team today. */
function membersOf(g: Governance, slug: string, at: number): number[] {
  const day = isoDay(at);
  const registered = new Set(g.people.filter((person) => live(person, day)).map(({ id }) => id));
  const listed = g.teams
    .filter(({ team }) => team === slug)
    .flatMap(({ members }) => members.filter((member) => live(member, day)).map(({ id }) => id));
  return [...new Set(listed)].filter((id) => registered.has(id)).sort((a, b) => a - b);
}
