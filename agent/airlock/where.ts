/** Which project a workspace belongs to, and who may look into it. */
import { endedLook, projectById, projectOfRepository } from '../../src/governance/governance.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import {
  peopleFacts,
  viewerOf,
  type Facts,
  type ReleaseRequest,
  type Role,
  type Viewer,
} from '../../src/release/release.ts';
import type { Core, Rules } from './core.ts';
import { no } from './words.ts';

/** By the repository of its signed manifest; undefined when there is no such workspace, or no project for it. */
export function projectOf(core: Core, rules: Rules, workspace: string): string | undefined {
  const repository = core.workspaces.get(workspace)?.repository;
  return repository === undefined ? undefined : projectOfRepository(rules.governance, repository)?.id;
}

/** What they are of the project at this moment. What they were until something ended is not among it. */
export function rolesIn(
  core: Pick<Core, 'zone'>,
  rules: Rules,
  project: string,
  person: number,
  at: number,
): readonly Role[] {
  return rules.frozen(project) ? [] : rolesHeld(core, rules, project, person, at);
}

/** The same, also while the project stands still: they are still somebody here. */
export function rolesHeld(
  core: Pick<Core, 'zone'>,
  rules: Rules,
  project: string,
  person: number,
  at: number,
): readonly Role[] {
  const roles = peopleFacts(rules.governance, project, at)[person]?.roles ?? [];
  return lookEnded(core, rules, project, person, at) ? withoutPlace(roles) : roles;
}

/** Why somebody of this project looks no longer at what is not released; undefined for all who may, or never might. */
export function endedIn(
  core: Pick<Core, 'zone'>,
  rules: Rules,
  project: string,
  person: number,
  at: number,
): Refusal | undefined {
  const stands = rules.frozen(project);
  // Said to those who would be shown something: nobody else learns that there is anything.
  if (stands && rolesHeld(core, rules, project, person, at).length > 0) return no.paused(stands);
  return lookEnded(core, rules, project, person, at);
}

function lookEnded(
  { zone }: Pick<Core, 'zone'>,
  { governance }: Rules,
  project: string,
  person: number,
  at: number,
): Refusal | undefined {
  return endedLook(governance, { person, project, backend: zone.backend, data: zone.data, at });
}

/**
 * What this person is to a request as it may be shown to them. Independence goes by all that governance
 * says: nobody becomes a checker of it because their own access to the project ended.
 */
export function viewerIn(
  core: Pick<Core, 'zone'>,
  rules: Rules,
  person: number,
  request: ReleaseRequest,
  facts: Facts,
): Viewer {
  if (rules.frozen(request.project)) return { id: person, as: 'stranger' };
  const whole = viewerOf(person, request, facts);
  const known = facts.people[person];
  if (!known || (whole.as !== 'author' && whole.as !== 'member')) return whole;
  if (!endedIn(core, rules, request.project, person, facts.at)) return whole;
  const people = { ...facts.people, [person]: { ...known, roles: withoutPlace(known.roles) } };
  const { as } = viewerOf(person, request, { ...facts, people });
  return { id: person, as: as === 'stranger' || as === 'author' ? as : 'member' };
}

const PLACES: readonly Role[] = ['member', 'lead', 'copilot', 'collaborator'];

function withoutPlace(roles: readonly Role[]): Role[] {
  return roles.filter((role) => !PLACES.includes(role));
}

/** Unreleased outputs in the workspace: members, co-pilots, and who may read everything. Checkers see requests only. */
const LOOKS: readonly Role[] = ['member', 'lead', 'copilot', 'viewer'];

export function mayLook(roles: readonly Role[]): boolean {
  return roles.some((role) => LOOKS.includes(role));
}

export function titleOf(rules: Rules, project: string): string {
  return projectById(rules.governance, project)?.title ?? project;
}
