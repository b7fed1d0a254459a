/**
 * Who may do what: one table, asked by the API, by the pages and by git.
 *
 * A person needs a level in the repository, an App one of the listed permissions
 * (docs.github.com, "Permissions required for GitHub Apps"). Note the commit comments: an App may
 * write one with `contents: read`, but edit, delete or react only with `contents: write`.
 */
import { fail, notFound, type Failure } from './failure.ts';
import {
  accessAtLeast,
  atLeast,
  type Access,
  type Actor,
  type App,
  type Level,
  type Permissions,
} from './model.ts';

interface Need {
  person: Level;
  /** Any one suffices: `area:access`. Empty: no App may. */
  app: readonly `${string}:${'read' | 'write' | 'admin'}`[];
  /** Signed in, even on a public repository. */
  signedIn?: true;
}

export const NEEDS = {
  'metadata.read': { person: 'read', app: ['metadata:read'] },
  'contents.read': { person: 'read', app: ['contents:read'] },
  'contents.write': { person: 'write', app: ['contents:write'] },
  'issues.read': { person: 'read', app: ['issues:read'] },
  'issue.create': { person: 'read', app: ['issues:write'], signedIn: true },
  'issue.manage': { person: 'triage', app: ['issues:write'] },
  // Deleting is for people, on a page.
  'issue.delete': { person: 'admin', app: [] },
  'issue.transfer': { person: 'write', app: ['issues:write'] },
  'issue.pin': { person: 'write', app: ['issues:write'] },
  'issue.lock': { person: 'write', app: ['issues:write'] },
  'issue.comment': { person: 'read', app: ['issues:write'], signedIn: true },
  'issue.comment-others': { person: 'write', app: ['issues:write'] },
  'labels.read': { person: 'read', app: ['issues:read', 'pull_requests:read'] },
  'labels.write': { person: 'write', app: ['issues:write', 'pull_requests:write'] },
  'pulls.read': { person: 'read', app: ['pull_requests:read'] },
  'pull.talk-read': { person: 'read', app: ['issues:read', 'pull_requests:read'] },
  'pull.comment': { person: 'read', app: ['issues:write', 'pull_requests:write'], signedIn: true },
  'pull.comment-others': { person: 'write', app: ['issues:write', 'pull_requests:write'] },
  'pull.manage': { person: 'triage', app: ['issues:write', 'pull_requests:write'] },
  'pull.lock': { person: 'write', app: ['issues:write', 'pull_requests:write'] },
  'pull.create': { person: 'read', app: ['pull_requests:write'], signedIn: true },
  'pull.edit': { person: 'triage', app: ['pull_requests:write'] },
  'pull.review': { person: 'read', app: ['pull_requests:write'], signedIn: true },
  'pull.dismiss': { person: 'write', app: ['pull_requests:write'] },
  'pull.merge': { person: 'write', app: ['contents:write'] },
  'commit.comments': { person: 'read', app: ['metadata:read'] },
  'commit.comment': { person: 'read', app: ['contents:read'], signedIn: true },
  'commit.comment-react': { person: 'read', app: ['contents:write'], signedIn: true },
  'commit.comment-others': { person: 'write', app: ['contents:write'] },
  'checks.read': { person: 'read', app: ['checks:read'] },
  'checks.click': { person: 'write', app: ['checks:write'] },
  'collaborators.read': { person: 'write', app: ['metadata:read'], signedIn: true },
  'repo.teams': { person: 'admin', app: ['administration:read'], signedIn: true },
  'repo.admin': { person: 'admin', app: ['administration:write'] },
} as const satisfies Record<string, Need>;

export type Deed = keyof typeof NEEDS;

/** What the question is about; the state answers it. */
export interface Place {
  private: boolean;
  /** Level of the person asked about. */
  level(userId: number): Level;
  /** Whether this installation, with this narrowing, reaches the repository. */
  covers(actor: Extract<Actor, { kind: 'installation' }>): boolean;
  /** What this App may here, for somebody who let it act for them. */
  appIn(app: App): Held;
}

/** What an App was given in the account of a repository. */
export interface Held {
  isSuspended: boolean;
  covers: boolean;
  permissions: Permissions;
}

export function holds(permissions: Permissions, wanted: string): boolean {
  const [area = '', access = 'none'] = wanted.split(':');
  return accessAtLeast(permissions[area], access as Access);
}

/** Undefined when the actor may; else what GitHub answers: 404 before 401 before 403. */
export function refuse(actor: Actor, place: Place, deed: Deed): Failure | undefined {
  const need: Need = NEEDS[deed];
  const isRead = need.person === 'read' && !need.signedIn;
  // A JWT is no key to repositories, public or not.
  if (actor.kind === 'app') return fail(401, 'A JSON web token could not be decoded');
  if (actor.kind === 'anonymous') {
    if (place.private) return notFound();
    return isRead ? undefined : fail(401, 'Requires authentication');
  }
  if (actor.kind === 'person') {
    const no = refusePerson(place, need, actor.user.id);
    // A token that an App was given is worth what both may.
    return no ?? (actor.via ? refuseInstalled(place, need, place.appIn(actor.via)) : undefined);
  }
  const { installation, permissions } = actor;
  return refuseInstalled(place, need, {
    isSuspended: installation.suspendedAt !== null,
    covers: place.covers(actor),
    permissions,
  });
}

function refusePerson(place: Place, need: Need, user: number): Failure | undefined {
  const level = place.level(user);
  if (place.private && !atLeast(level, 'read')) return notFound();
  if (atLeast(level, need.person)) return undefined;
  return fail(
    403,
    need.person === 'admin' ? 'Must have admin rights to Repository.' : 'Must have push access to repository',
  );
}

function refuseInstalled(place: Place, need: Need, held: Held): Failure | undefined {
  if (held.isSuspended) return fail(403, 'This installation has been suspended');
  if (!held.covers) {
    if (place.private) return notFound();
    const isRead = need.person === 'read' && !need.signedIn;
    return isRead ? undefined : fail(403, 'Resource not accessible by integration');
  }
  if (need.app.some((wanted) => holds(held.permissions, wanted))) return undefined;
  return fail(403, 'Resource not accessible by integration', undefined, {
    'x-accepted-github-permissions': need.app.map((wanted) => wanted.replace(':', '=')).join('; '),
  });
}

/** The scale that GitHub's permission endpoint still answers in. */
export function oldScale(level: Level): 'admin' | 'write' | 'read' | 'none' {
  if (level === 'maintain') return 'write';
  if (level === 'triage') return 'read';
  return level;
}
