/**
 * Who may do what, as data. Global roles come from `teams.yml`, project roles from the project's file;
 * a permission is held by whoever holds one of its roles. A page and a command ask the same table.
 */
import { isoDay } from '../lib/clock.ts';
import { live, personById, projectById } from './lookup.ts';
import type { Day, GlobalRole, Governance, Person, Project, ProjectRole, Team } from './types.ts';

export const PERMISSIONS = {
  staff_area_access: ['platform_admin'],
  application_manage: ['platform_admin'],
  backend_manage: ['platform_admin'],
  user_manage: ['platform_admin'],
  org_create: ['platform_admin', 'service_admin'],
  project_create: ['tech_support', 'service_admin'],
  user_edit_project_roles: ['tech_support', 'service_admin'],
  project_link_to_application: ['service_admin'],
  project_manage: ['developer', 'lead'],
  workspace_create: ['developer', 'lead'],
  workspace_archive: ['developer', 'lead'],
  workspace_toggle_notifications: ['developer', 'lead'],
  snapshot_create: ['developer', 'lead'],
  job_run: ['developer', 'lead', 'deployment_operator'],
  job_cancel: ['developer', 'lead', 'deployment_operator'],
  unreleased_outputs_view: ['output_checker', 'developer', 'lead', 'copilot'],
  release_file_view: ['tech_support', 'output_checker', 'collaborator', 'developer', 'lead'],
  release_file_upload: ['output_checker'],
  release_file_delete: ['output_checker'],
  snapshot_publish: ['output_publisher'],
  repo_sign_off_with_outputs: ['repo_clearer'],
  airlock_readonly_access: ['deployment_operator'],
  member_propose: ['lead'],
  policy_approve: ['governance'],
  extension_approve: ['governance'],
  freeze: ['governance'],
} as const satisfies Record<string, readonly (GlobalRole | ProjectRole)[]>;

export type PermissionId = keyof typeof PERMISSIONS;

/** Names for people; the ids above are stable. */
export const ROLE_NAMES: Record<GlobalRole | ProjectRole, string> = {
  platform_admin: 'platform administrator',
  service_admin: 'service administrator',
  tech_support: 'technical support',
  output_checker: 'output checker',
  output_publisher: 'output publisher',
  repo_clearer: 'repository clearer',
  deployment_operator: 'deployment operator',
  governance: 'governance',
  lead: 'lead',
  developer: 'developer',
  collaborator: 'collaborator',
  copilot: 'co-pilot',
};

/** Roles the person holds at this time, globally and, when a project is named, in that project. */
export function rolesOf(
  g: Governance,
  who: number,
  project: string | undefined,
  at: number,
): Set<GlobalRole | ProjectRole> {
  const day = isoDay(at);
  const person = personById(g, who);
  const roles = new Set<GlobalRole | ProjectRole>();
  if (!person || !live(person, day)) return roles;
  const subject = project === undefined ? undefined : projectById(g, project);
  for (const team of g.teams) {
    if (
      team.members.some(
        (member) => member.id === person.id && live(member, day) && inScope(member.scope, subject),
      )
    ) {
      roles.add(team.role);
    }
  }
  if (subject) for (const role of projectRoles(person, subject, day)) roles.add(role);
  return roles;
}

export function hasPermission(
  g: Governance,
  permission: PermissionId,
  who: { person: number; project?: string },
  at: number,
): boolean {
  const roles = rolesOf(g, who.person, who.project, at);
  return PERMISSIONS[permission].some((role) => roles.has(role));
}

function projectRoles(person: Person, project: Project, day: Day): ProjectRole[] {
  const member = project.members.find(({ id }) => id === person.id);
  const roles = member && live(member, day) ? [...member.roles] : [];
  const { copilot } = project;
  if (copilot?.id === person.id && day <= copilot.access_until) roles.push('copilot');
  return roles;
}

/** A role limited to organisations or projects holds only for those; unlimited when no scope is given. */
function inScope(scope: Team['members'][number]['scope'], project: Project | undefined): boolean {
  if (!scope) return true;
  if (!project) return false;
  const orgs = [project.orgs.lead, ...project.orgs.others];
  return Boolean(scope.projects?.includes(project.id) || scope.orgs?.some((org) => orgs.includes(org)));
}
