/**
 * Which events an App may ask for, and what permission each wants
 * (docs.github.com, "Webhook events and payloads").
 */
import { accessAtLeast, type Access, type Permissions } from './model.ts';
import { holds } from './permission.ts';

/** Sent to every App, and refused in a manifest's `default_events`. */
export const ALWAYS_SENT: ReadonlySet<string> = new Set([
  'installation',
  'installation_repositories',
  'installation_target',
  'github_app_authorization',
]);

/** Event → permissions of which one is enough. */
export const EVENT_NEEDS: Readonly<Record<string, readonly string[]>> = {
  check_run: ['checks:read'],
  check_suite: ['checks:read'],
  commit_comment: ['contents:read'],
  create: ['contents:read'],
  delete: ['contents:read'],
  deployment: ['deployments:read'],
  deployment_status: ['deployments:read'],
  fork: ['contents:read'],
  issue_comment: ['issues:read', 'pull_requests:read'],
  issues: ['issues:read'],
  label: ['metadata:read'],
  member: ['members:read'],
  membership: ['members:read'],
  meta: ['metadata:read'],
  milestone: ['issues:read', 'pull_requests:read'],
  organization: ['members:read'],
  public: ['metadata:read'],
  pull_request: ['pull_requests:read'],
  pull_request_review: ['pull_requests:read'],
  pull_request_review_comment: ['pull_requests:read'],
  push: ['contents:read'],
  release: ['contents:read'],
  repository: ['metadata:read'],
  repository_dispatch: ['contents:read'],
  repository_ruleset: ['administration:read'],
  star: ['metadata:read'],
  status: ['statuses:read'],
  team: ['members:read'],
  team_add: ['members:read'],
  watch: ['metadata:read'],
  workflow_dispatch: ['actions:read'],
  workflow_job: ['actions:read'],
  workflow_run: ['actions:read'],
};

/** Permission → accesses GitHub knows for it. */
export const PERMISSION_ACCESS: Readonly<Record<string, readonly Access[]>> = Object.fromEntries([
  ...'actions administration artifact_metadata attestations checks codespaces contents dependabot_secrets deployments discussions environments issues merge_queues packages pages pull_requests repository_custom_properties repository_hooks secret_scanning_alerts secrets security_events single_file statuses vulnerability_alerts members organization_administration organization_custom_roles organization_hooks organization_packages organization_secrets organization_self_hosted_runners organization_user_blocking'
    .split(' ')
    .map((name) => [name, ['read', 'write']]),
  ['metadata', ['read']],
  ['workflows', ['write']],
  ['organization_events', ['read']],
  ['organization_plan', ['read']],
  ['organization_projects', ['read', 'write', 'admin']],
  ['repository_projects', ['read', 'write', 'admin']],
  ['organization_custom_properties', ['read', 'write', 'admin']],
]) as Record<string, readonly Access[]>;

/** Everything wrong with what an App asks for; empty when GitHub would take it. */
export function manifestFaults(permissions: Record<string, unknown>, events: readonly unknown[]): string[] {
  const faults: string[] = [];
  for (const [name, access] of Object.entries(permissions)) {
    const known = PERMISSION_ACCESS[name];
    if (!known) faults.push(`Default permission records resource is not included in the list: ${name}`);
    else if (!known.includes(access as Access)) faults.push(`${name} cannot be "${String(access)}"`);
  }
  for (const event of events) {
    const name = String(event);
    const needs = EVENT_NEEDS[name];
    if (!needs) faults.push(`Default events unsupported: ${name}`);
    else if (!needs.some((wanted) => holds({ metadata: 'read', ...permissions } as Permissions, wanted))) {
      faults.push(`Default events are not supported by permissions: ${name} wants ${needs.join(' or ')}`);
    }
  }
  return faults;
}

const MOST_CALLBACKS = 10;

/** Whole addresses without a fragment, at most ten. */
export function callbackFaults(urls: readonly string[]): string[] {
  const wrong = urls.filter((url) => !URL.canParse(url) || !/^https?:\/\//.test(url) || url.includes('#'));
  return [
    ...wrong.map((url) => `Callback url is not valid: ${url}`),
    ...(urls.length > MOST_CALLBACKS ? [`At most ${MOST_CALLBACKS} callback urls`] : []),
  ];
}

/** Whether an installation hears an event. */
export function hears(
  installation: { permissions: Permissions; events: readonly string[] },
  event: string,
  action: string | null,
): boolean {
  if (ALWAYS_SENT.has(event)) return true;
  // Every App that may write checks is told of each push, asked for or not.
  if (event === 'check_suite' && action === 'requested')
    return accessAtLeast(installation.permissions['checks'], 'write');
  if (!installation.events.includes(event)) return false;
  return (EVENT_NEEDS[event] ?? []).some((wanted) => holds(installation.permissions, wanted));
}
