/**
 * What the App needs from GitHub: the same as `app.yml`, which a test compares.
 *
 * An owner must accept each permission that is added later; until then the installation lacks it, and
 * calls fail one by one. So the lack is looked for and named instead.
 */
export const PERMISSIONS = {
  checks: 'write',
  contents: 'read',
  issues: 'write',
  members: 'read',
  metadata: 'read',
  pull_requests: 'read',
} as const;

export const EVENTS = [
  'check_run',
  'check_suite',
  'commit_comment',
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'push',
] as const;

const LEVELS = ['none', 'read', 'write', 'admin'];

/** Permissions that an installation has not consented to, as `checks: write`. Empty when all is well. */
export function missingPermissions(granted: Record<string, string | undefined>): string[] {
  return Object.entries(PERMISSIONS)
    .filter(([name, level]) => LEVELS.indexOf(granted[name] ?? 'none') < LEVELS.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`);
}
