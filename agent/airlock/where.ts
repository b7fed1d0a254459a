/** Which project a workspace belongs to, and who may look into it. */
import { projectById, projectOfRepository } from '../../src/governance/governance.ts';
import { peopleFacts, type Role } from '../../src/release/release.ts';
import type { Core, Rules } from './core.ts';

/** By the repository of its signed manifest; undefined when there is no such workspace, or no project for it. */
export function projectOf(core: Core, rules: Rules, workspace: string): string | undefined {
  const repository = core.workspaces.get(workspace)?.repository;
  return repository === undefined ? undefined : projectOfRepository(rules.governance, repository)?.id;
}

export function rolesIn(rules: Rules, project: string, person: number, at: number): readonly Role[] {
  return peopleFacts(rules.governance, project, at)[person]?.roles ?? [];
}

/** Unreleased outputs in the workspace: members, co-pilots, and who may read everything. Checkers see requests only. */
const LOOKS: readonly Role[] = ['member', 'lead', 'copilot', 'viewer'];

export function mayLook(roles: readonly Role[]): boolean {
  return roles.some((role) => LOOKS.includes(role));
}

export function titleOf(rules: Rules, project: string): string {
  return projectById(rules.governance, project)?.title ?? project;
}
