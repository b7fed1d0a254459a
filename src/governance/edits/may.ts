/**
 * Who may have a change proposed. People who approve it decide whether it is right; this is what nobody may even
 * ask for: the steward asks it by itself, so that whoever speaks for the hub cannot write proposals at will.
 */
import type { Refusal } from '../../lib/refusal.ts';
import { projectById } from '../lookup.ts';
import { hasPermission, rolesOf, type PermissionId } from '../permissions.ts';
import type { Governance } from '../types.ts';
import type { Edit } from './edits.ts';
import { no } from './words.ts';

/** Undefined: it may be proposed. */
export function whyNotPropose(g: Governance, edit: Edit, person: number, at: number): Refusal | undefined {
  switch (edit.kind) {
    case 'add-member':
      if (edit.member.id === person) return no.toOneself();
      return ofLead(g, edit.project, person, at);
    case 'end-member':
      // Whoever leaves needs nobody's leave.
      return edit.person === person ? undefined : ofLead(g, edit.project, person, at);
    case 'project-status':
    case 'extend-repo':
      return ofLead(g, edit.project, person, at);
    case 'archive-workspace':
      return ofPermission(g, 'workspace_archive', edit.project, person, at);
    case 'add-alert':
    case 'end-alert':
      return ofSupport(g, person, at);
    default:
      return undefined;
  }
}

/** What everybody is told is for those to ask who answer for it. */
function ofSupport(g: Governance, person: number, at: number): Refusal | undefined {
  const roles = rolesOf(g, person, undefined, at);
  return roles.has('tech_support') || roles.has('governance') ? undefined : no.notSupport();
}

function ofPermission(
  g: Governance,
  permission: PermissionId,
  project: string,
  person: number,
  at: number,
): Refusal | undefined {
  return hasPermission(g, permission, { person, project }, at) ? undefined : no.notDeveloper(project);
}

function ofLead(g: Governance, project: string, person: number, at: number): Refusal | undefined {
  if (!projectById(g, project)) return no.notThere(`project ${project}`);
  return rolesOf(g, person, project, at).has('lead') ? undefined : no.notLead(project);
}
