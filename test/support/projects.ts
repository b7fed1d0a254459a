/** Projects in the steward's world: one is merged and has no repository yet, another has a study made by people. */
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Governance } from '../../src/governance/governance.ts';
import type { ToldRound } from '../../src/steward/round-reports.ts';
import type { Repo } from '../../src/sandbox/github/state/model.ts';
import {
  keepProject,
  ProjectRounds,
  projectPlan,
  type GitHubOptions,
  type StewardParts,
} from '../../src/steward/steward.ts';
import { publicationFiles, WHO } from './publication.ts';
import { reviewWorld, type ReviewWorld } from './reviews.ts';
import { lasting, ORG } from './world-seed.ts';

export const NEW = 'ns-2026-020';
export const READERS = `${NEW}-readers`;
export const TEMPLATE = 9004;

export const NEW_PROJECT = `id: ${NEW}
number: NS-2026-020
title: Free meals and attendance
summary: Whether free meals bring pupils to school.
orgs: {lead: riverside-university, others: []}
type: [research]
approval: {state: approved, on: 2026-03-01}
copilot: {id: ${WHO.copilot}, support_until: 2027-01-15, access_until: 2027-02-28}
status: ongoing
until: 2027-02-28
backends: [attainment]
repos: [] # made on merge
members:
  - {id: ${WHO.lead}, roles: [lead], until: 2027-02-28, reason: applicant, ref: GOV-140}
  - {id: ${WHO.author}, roles: [developer], until: 2027-02-28, reason: analyst, ref: GOV-141}
  - {id: ${WHO.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-142}
`;

export interface ProjectWorld extends ReviewWorld {
  /** Governance with the new project; every file may be edited further. */
  files(more?: (text: string, path: string) => string): Map<string, string>;
  /** `read` is told when governance was read, before anything is done. */
  keepNew(
    around?: GitHubOptions['around'],
    read?: () => void,
  ): Promise<Awaited<ReturnType<typeof keepProject>>>;
  /** The whole look of the steward, its reports to the hub caught. */
  rounds(parts: StewardParts, told?: ToldRound[]): ProjectRounds;
  made(): Repo | undefined;
}

export async function projectWorld(database: OpenDatabase): Promise<ProjectWorld> {
  const world = await reviewWorld(database);
  const { repos, people } = world.sandbox.state;
  const template = await repos.add(world.org, 'template', { id: TEMPLATE, private: true });
  template.isTemplate = true;
  const owner = { kind: 'person', user: people.user('olive-owner')! } as const;
  const files = new Map([
    ['project.yaml', "version: '4.0'\nactions: {}\n"],
    ['README.md', '# A study\n'],
  ]);
  await repos.commitFiles(owner, template, { message: 'The skeleton', files });
  const governance = (more: (text: string, path: string) => string = (same) => same) => {
    const all = new Map(publicationFiles());
    all.set(`projects/${NEW}.yml`, NEW_PROJECT);
    all.set(
      'deployment.yml',
      all
        .get('deployment.yml')!
        .replace('repos: {governance: 9001', `repos: {template: ${TEMPLATE}, governance: 9001`),
    );
    return new Map([...lasting(all)].map(([path, text]) => [path, more(text, path)]));
  };
  const made: ProjectWorld = {
    ...world,
    files: governance,
    async keepNew(around, read) {
      const parts = await world.steward(around);
      const [g, project] = await wanted(parts);
      read?.();
      return keepProject(parts.keep, g, project);
    },
    rounds: (parts, told = []) =>
      new ProjectRounds({
        ...parts.keep,
        clock: parts.clock,
        governance: () => parts.governance(),
        hub: { round: async (round) => void told.push(round) },
      }),
    made: () => repos.find(ORG, NEW),
  };
  await made.merge(made.files());
  return made;
}

async function wanted(
  parts: StewardParts,
): Promise<[Governance, ReturnType<typeof projectPlan>['projects'][number]]> {
  const g = await parts.governance();
  const found = g && projectPlan(g, parts.clock.now()).projects.find(({ id }) => id === NEW);
  if (!g || !found) throw new Error('the new project is not in force');
  return [g, found];
}

/** Everything that is to be made for the new project, and nothing else. */
export function wholeProject(world: ProjectWorld): unknown {
  const all = [...world.sandbox.state.data.repos.values()].filter(({ madeFrom }) => madeFrom !== undefined);
  return {
    repositories: all.map((repo) => [
      repo.name,
      repo.private,
      repo.topics,
      [...(repo.rulesets?.values() ?? [])].map(({ enforcement, rules }) => [
        enforcement,
        rules.map(({ type }) => type),
      ]),
      [...repo.collaborators],
    ]),
    teams: [NEW, READERS].map((slug) => {
      const team = world.team(slug);
      return team && [team.privacy, [...team.members.keys()].sort(), all.map(({ id }) => team.repos.get(id))];
    }),
  };
}

export const WHOLE_PROJECT = {
  repositories: [
    [NEW, true, ['northshire-schools', NEW], [['active', ['deletion', 'non_fast_forward']]], []],
  ],
  teams: [
    ['secret', [WHO.author, WHO.lead].sort(), ['write']],
    ['secret', [WHO.collaborator, WHO.copilot].sort(), ['read']],
  ],
};
