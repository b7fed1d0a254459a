/** Users, organisations, teams, collaborators. */
import type { Api } from '../http/api.ts';
import { json, noContent, ok, page, signed, text, wholeNumber, type Call } from '../http/call.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import { LEVELS, type Level, type Org, type User } from '../state/model.ts';
import { holds } from '../state/permission.ts';

export function peopleRoutes(api: Api): void {
  api.on('get', '/user', (call) => {
    if (call.actor.kind === 'installation') return fail(403, 'Resource not accessible by integration');
    if (call.actor.kind !== 'person') return fail(401, 'Requires authentication');
    return ok(call.state.present.fullUser(call.actor.user));
  });

  api.on('get', '/user/:id', (call) => {
    const account = call.state.people.account(wholeNumber(call.params['id']));
    return account ? ok(call.state.present.fullUser(account)) : notFound();
  });

  api.on('get', '/users/:login', (call) => {
    const account = call.state.people.accountNamed(call.params['login'] ?? '');
    return account ? ok(call.state.present.fullUser(account)) : notFound();
  });

  api.on('get', '/orgs/:org', (call) => {
    const org = call.state.people.org(call.params['org'] ?? '');
    return org ? ok(call.state.present.org(org)) : notFound();
  });

  api.on('get', '/orgs/:org/members', (call) => {
    const org = readable(call);
    if (isFailure(org)) return org;
    const role = call.query.get('role') ?? 'all';
    const members = [...org.members].filter(([, held]) => role === 'all' || held === role);
    return people(
      call,
      members.map(([id]) => id),
    );
  });

  api.on('get', '/orgs/:org/memberships/:login', (call) => {
    const org = readable(call);
    if (isFailure(org)) return org;
    const user = call.state.people.user(call.params['login'] ?? '');
    const role = user && org.members.get(user.id);
    return user && role ? ok(call.state.present.orgMembership(org, user, role)) : notFound();
  });

  teams(api);
  collaborators(api);
}

function teams(api: Api): void {
  api.on('get', '/orgs/:org/teams', (call) => {
    const org = readable(call);
    if (isFailure(org)) return org;
    const { items, headers } = page(call, [...org.teams.values()]);
    return ok(
      items.map((team) => call.state.present.team(org, team)),
      headers,
    );
  });

  api.on('get', '/orgs/:org/teams/:team', (call) => {
    const found = team(call);
    return isFailure(found) ? found : ok(call.state.present.fullTeam(found.org, found.team));
  });

  api.on('get', '/orgs/:org/teams/:team/members', (call) => {
    const found = team(call);
    if (isFailure(found)) return found;
    const role = call.query.get('role') ?? 'all';
    const members = [...found.team.members].filter(([, held]) => role === 'all' || held === role);
    return people(
      call,
      members.map(([id]) => id),
    );
  });

  api.on('get', '/orgs/:org/teams/:team/memberships/:login', (call) => {
    const found = team(call);
    if (isFailure(found)) return found;
    const user = call.state.people.user(call.params['login'] ?? '');
    const role = user && found.team.members.get(user.id);
    return user && role
      ? ok(call.state.present.teamMembership(found.org, found.team, user, role))
      : notFound();
  });
}

function collaborators(api: Api): void {
  api.onRepo('get', '/collaborators', 'collaborators.read', (call) => {
    const all = call.state.people.collaborators(call.repo);
    const given = call.query.get('affiliation') ?? 'all';
    const members = call.state.data.orgs.get(call.repo.owner)?.members;
    const wanted = all.filter(
      ({ user: { id } }) =>
        given === 'all' || (call.repo.collaborators.has(id) && (given === 'direct' || !members?.has(id))),
    );
    const { items, headers } = page(call, wanted);
    return ok(
      items.map(({ user, level }) => call.state.present.collaborator(user, level)),
      headers,
    );
  });

  api.onRepo('get', '/collaborators/:login', 'collaborators.read', (call) => {
    const user = call.state.people.user(call.params['login'] ?? '');
    const found = call.state.people.collaborators(call.repo).some((one) => one.user.id === user?.id);
    return found ? noContent() : notFound();
  });

  api.onRepo('put', '/collaborators/:login', 'repo.admin', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const user = call.state.people.user(call.params['login'] ?? '');
    if (!user) return notFound();
    const level = levelNamed(text(json(call), 'permission') ?? 'push');
    if (!level) return fail(422, 'Invalid permission');
    call.state.people.setCollaborator(call.repo, user, level, by.user);
    return noContent();
  });

  api.onRepo('delete', '/collaborators/:login', 'repo.admin', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const user = call.state.people.user(call.params['login'] ?? '');
    if (user) call.state.people.setCollaborator(call.repo, user, 'none', by.user);
    return noContent();
  });

  api.onRepo('get', '/collaborators/:login/permission', 'collaborators.read', (call) => {
    const user = call.state.people.user(call.params['login'] ?? '');
    if (!user) return fail(404, `${call.params['login']} is not a user`);
    return ok(call.state.present.permission(user, call.state.repos.level(call.repo, user.id)));
  });
}

/** Membership is for members, and for Apps with `members: read` installed there. */
function readable(call: Call): Org | Failure {
  const org = call.state.people.org(call.params['org'] ?? '');
  if (!org) return notFound();
  const { actor } = call;
  if (actor.kind === 'anonymous' || actor.kind === 'app') return fail(401, 'Requires authentication');
  if (actor.kind === 'person') {
    if (!org.members.has(actor.user.id)) return fail(403, 'You must be a member of the organization.');
    const held = actor.via && call.state.apps.find(actor.via, org.id)?.permissions;
    const enough = !actor.via || (held !== undefined && holds(held, 'members:read'));
    return enough ? org : noMembers();
  }
  if (actor.installation.suspendedAt !== null) return fail(403, 'This installation has been suspended');
  if (actor.installation.account !== org.id || !holds(actor.permissions, 'members:read')) {
    return noMembers();
  }
  return org;
}

const noMembers = (): Failure =>
  fail(403, 'Resource not accessible by integration', undefined, {
    'x-accepted-github-permissions': 'members=read',
  });

function team(call: Call): ReturnType<Call['state']['people']['teamOf']> {
  const org = readable(call);
  return isFailure(org) ? org : call.state.people.teamOf(org.login, call.params['team'] ?? '');
}

function people(call: Call, ids: readonly number[]): ReturnType<typeof ok> {
  const users = ids.flatMap((id): User[] => {
    const user = call.state.data.users.get(id);
    return user ? [user] : [];
  });
  const { items, headers } = page(call, users);
  return ok(
    items.map((user) => call.state.present.user(user)),
    headers,
  );
}

/** The API's old names (`pull`, `push`) and the true ones. */
export function levelNamed(name: string): Level | undefined {
  if (name === 'pull') return 'read';
  if (name === 'push') return 'write';
  return LEVELS.find((level) => level === name);
}
