/** Every role by every permission by every state of whoever holds it: no cell is left to chance. */
import { expect, test } from '@jest/globals';
import { hasPermission, PERMISSIONS, type PermissionId } from '../../src/governance/governance.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT } from '../support/governance.ts';

const P = 'projects/ns-2026-014.yml';
const ALL = Object.keys(PERMISSIONS) as PermissionId[];
const GLOBAL = [
  ...['platform_admin', 'service_admin', 'tech_support', 'output_checker', 'output_publisher'],
  ...['repo_clearer', 'deployment_operator', 'governance'],
];
const IN_PROJECT = ['lead', 'developer', 'collaborator'];
const g = aGovernance();
type Edits = Parameters<typeof edited>[0];

/** Somebody who has this role and no other, in the state that further edits give. */
function holder(role: string, state: 'live' | 'ended' | 'later' | 'elsewhere') {
  const dates = { ended: 'until: 2026-09-30', later: 'from: 2026-10-02, until: 2027-01-31' }[
    state as 'ended'
  ];
  const [who, path, from, to] = GLOBAL.includes(role)
    ? [PEOPLE.governor, 'teams.yml', 'role: governance\n', `role: ${role}\n`]
    : [PEOPLE.lead, P, 'roles: [lead, developer]', `roles: [${role}]`];
  const files = edited(role === 'output_checker' ? {} : ({ [path]: [from, to] } as Edits));
  const person = role === 'output_checker' ? PEOPLE.checker : who;
  const replace = (at: string, old: string | RegExp, by: string) => {
    const text = files.get(at) ?? '';
    expect(text).toMatch(old);
    files.set(at, text.replace(old, by));
  };
  const line = new RegExp(`(- \\{id: ${person}, (?:scope: [^}]*\\}, |roles: [^\\]]*\\], )?)until: [0-9-]+`);
  if (dates) replace(path, line, `$1${dates}`);
  const held = aGovernance(files);
  const project = state === 'elsewhere' ? 'no-such-project' : PROJECT;
  return (permission: PermissionId): boolean => hasPermission(held, permission, { person, project }, AT);
}

test('the table of roles and permissions is this one', () => {
  const table = Object.fromEntries(
    [...GLOBAL, ...IN_PROJECT].map((role) => [role, ALL.filter(holder(role, 'live')).join(' ')]),
  );
  const copilot = { person: PEOPLE.copilot, project: PROJECT };
  table['copilot'] = ALL.filter((permission) => hasPermission(g, permission, copilot, AT)).join(' ');
  expect(table).toMatchInlineSnapshot(`
   {
     "collaborator": "release_file_view",
     "copilot": "unreleased_outputs_view",
     "deployment_operator": "job_run job_cancel airlock_readonly_access",
     "developer": "project_manage workspace_create workspace_archive workspace_toggle_notifications snapshot_create job_run job_cancel unreleased_outputs_view release_file_view",
     "governance": "policy_approve extension_approve freeze",
     "lead": "project_manage workspace_create workspace_archive workspace_toggle_notifications snapshot_create job_run job_cancel unreleased_outputs_view release_file_view member_propose",
     "output_checker": "unreleased_outputs_view release_file_view release_file_upload release_file_delete",
     "output_publisher": "snapshot_publish",
     "platform_admin": "staff_area_access application_manage backend_manage user_manage org_create",
     "repo_clearer": "repo_sign_off_with_outputs",
     "service_admin": "org_create project_create user_edit_project_roles project_link_to_application",
     "tech_support": "project_create user_edit_project_roles release_file_view",
   }
  `);
});

test.each([...GLOBAL, ...IN_PROJECT])('%s holds nothing before the first day or after the last', (role) => {
  expect(ALL.filter(holder(role, 'ended'))).toEqual([]);
  expect(ALL.filter(holder(role, 'later'))).toEqual([]);
});

test.each(IN_PROJECT)('%s holds nothing in another project', (role) => {
  expect(ALL.filter(holder(role, 'elsewhere'))).toEqual([]);
});

test('an unknown identity holds nothing, in a project or without', () => {
  for (const project of [PROJECT, undefined, 'no-such-project'])
    for (const person of [1, 0, -1, PEOPLE.lead + 0.5]) {
      const who = { person, ...(project && { project }) };
      expect(ALL.filter((permission) => hasPermission(g, permission, who, AT))).toEqual([]);
    }
});
