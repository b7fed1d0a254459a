/** What governance wants of a project's repositories and of the teams that work in them. Pure. */
import {
  live,
  personById,
  projectRefusals,
  type DriftPolicy,
  type Governance,
  type Project,
} from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { no } from './project-words.ts';

export interface ProjectTeam {
  slug: string;
  permission: 'push' | 'pull';
  /** Numeric ids. */
  members: number[];
}

export interface WantedProject {
  id: string;
  org: { id: number; login: string };
  /** As governance lists them; none: one is to be made. */
  repositories: { id: number; visibility: 'private' | 'public' }[];
  /** Its work may begin, and has not ended. */
  open: boolean;
  /** Who writes, and who reads. */
  teams: ProjectTeam[];
  topics: string[];
  drift: DriftPolicy;
}

export interface ProjectPlan {
  projects: WantedProject[];
  refused: Refusal[];
}

const readersOf = (project: string): string => `${project}-readers`;

export function projectPlan(g: Governance, at: number): ProjectPlan {
  const taken = slugsTwice(g);
  const all = g.projects.map((project) => wanted(g, project, at));
  const clashes = (project: WantedProject): string | undefined =>
    project.teams.map(({ slug }) => slug).find((slug) => taken.has(slug));
  return {
    projects: all.filter((project) => clashes(project) === undefined),
    refused: all.flatMap((project) => {
      const slug = clashes(project);
      return slug === undefined ? [] : [no.teamTwice(project.id, slug)];
    }),
  };
}

/** Teams of `teams.yml` that are kept by another part: where checkers and publishers read reviews. */
export interface GlobalTeam {
  slug: string;
  members: number[];
}

/** Every team of `teams.yml`, with whoever it lists for today under any role. */
export function globalTeams(g: Governance, at: number): GlobalTeam[] {
  const day = isoDay(at);
  return [...new Set(g.teams.map(({ team }) => team))].map((slug) => ({
    slug,
    members: registered(
      g,
      g.teams
        .filter(({ team }) => team === slug)
        .flatMap(({ members }) => members.filter((member) => live(member, day)).map(({ id }) => id)),
      day,
    ),
  }));
}

function wanted(g: Governance, project: Project, at: number): WantedProject {
  const day = isoDay(at);
  const begun = project.approval.on <= day;
  const open = projectRefusals(g, project, at).length === 0;
  const { members, copilot } = project;
  const here = members.filter((member) => begun && live(member, day));
  const writes = here.filter(({ roles }) => roles.includes('lead') || roles.includes('developer'));
  const writers = registered(
    g,
    writes.map(({ id }) => id),
    day,
  );
  const advises = copilot && begun && day <= copilot.access_until ? [copilot.id] : [];
  const readers = registered(g, [...here.map(({ id }) => id), ...advises], day);
  return {
    id: project.id,
    org: g.deployment.github.org,
    repositories: project.repos.map(({ id, visibility }) => ({ id, visibility })),
    open,
    teams: [
      // What has ended stays readable for those who worked on it.
      { slug: project.id, permission: open ? 'push' : 'pull', members: writers },
      {
        slug: readersOf(project.id),
        permission: 'pull',
        members: readers.filter((id) => !writers.includes(id)),
      },
    ],
    topics: [...new Set([g.deployment.id, project.id].map(topicOf))],
    drift: g.policies.drift,
  };
}

/** GitHub's topics know letters, digits and hyphens, fifty at most. */
const topicOf = (id: string): string => id.replaceAll('_', '-').slice(0, 50).replace(/-+$/, '');

function registered(g: Governance, ids: readonly number[], day: string): number[] {
  const known = (id: number): boolean => {
    const person = personById(g, id);
    return person !== undefined && live(person, day);
  };
  return [...new Set(ids)].filter(known).sort((a, b) => a - b);
}

/** Names that more than one team would have. */
function slugsTwice(g: Governance): Set<string> {
  const all = [
    ...new Set(g.teams.map(({ team }) => team.toLowerCase())),
    ...g.projects.flatMap(({ id }) => [id, readersOf(id)]),
  ];
  return new Set(all.filter((slug, at) => all.indexOf(slug) !== at));
}
