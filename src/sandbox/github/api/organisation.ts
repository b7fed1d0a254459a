/** What changes an organisation: repositories made in it, its teams, who is in them and what they may. */
import type { Api } from '../http/api.ts';
import { created, json, noContent, ok, signed, text, type Call } from '../http/call.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Level, Org, Repo, Signed, Team } from '../state/model.ts';
import { holds } from '../state/permission.ts';
import { levelNamed } from './people.ts';

interface Change {
  org: Org;
  by: Signed;
}
type TeamChange = Change & { team: Team };

export function organisationRoutes(api: Api): void {
  api.on('post', '/orgs/:org/repos', makeRepository);
  api.on('post', '/orgs/:org/teams', makeTeam);

  api.on('put', '/orgs/:org/teams/:team/memberships/:login', (call) => {
    const at = teamChange(call);
    if (isFailure(at)) return at;
    const user = call.state.people.user(call.params['login'] ?? '');
    if (!user) return notFound();
    const role = text(json(call), 'role') === 'maintainer' ? 'maintainer' : 'member';
    const no = call.state.people.setTeamMember(at.org, at.team, user, role, at.by.user);
    return no ?? ok(call.state.present.teamMembership(at.org, at.team, user, role));
  });

  api.on('delete', '/orgs/:org/teams/:team/memberships/:login', (call) => {
    const at = teamChange(call);
    if (isFailure(at)) return at;
    const user = call.state.people.user(call.params['login'] ?? '');
    if (!user || !at.team.members.has(user.id)) return notFound();
    return call.state.people.setTeamMember(at.org, at.team, user, undefined, at.by.user) ?? noContent();
  });

  api.on('get', '/orgs/:org/teams/:team/repos/:owner/:repo', (call) => {
    const at = teamChange(call, 'read');
    if (isFailure(at)) return at;
    const repo = repository(call, at.org);
    if (isFailure(repo)) return repo;
    const level = at.team.repos.get(repo.id);
    if (!level || call.state.repos.refuse(call.actor, repo, 'metadata.read')) return notFound();
    const whole = call.accept.includes('repository+json');
    return whole ? ok(call.state.present.repoFull(repo, level)) : noContent();
  });

  api.on('put', '/orgs/:org/teams/:team/repos/:owner/:repo', (call) => {
    const level = levelNamed(text(json(call), 'permission') ?? 'push');
    return level ? giveTeam(call, level) : fail(422, 'Invalid permission');
  });

  api.on('delete', '/orgs/:org/teams/:team/repos/:owner/:repo', (call) => giveTeam(call, 'none'));
}

async function makeRepository(call: Call): Promise<ReturnType<typeof created> | Failure> {
  const at = change(call, 'administration:write');
  if (isFailure(at)) return at;
  const { state, actor } = call;
  // Nothing is said of a token that was narrowed to other repositories; the stricter guess.
  if (actor.kind === 'installation' && actor.repositories) return unable('administration=write');
  const given = json(call);
  const name = text(given, 'name') ?? '';
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) return fail(422, 'Repository creation failed.');
  if (state.repos.find(at.org.login, name))
    return fail(422, 'Repository creation failed.', ['name already exists on this account']);
  const repo = await state.repos.add(at.org, name, {
    private: given['private'] === true || text(given, 'visibility') === 'private',
    description: text(given, 'description'),
  });
  if (given['has_issues'] === false) repo.hasIssues = false;
  if (at.by.kind === 'person') repo.collaborators.set(at.by.user.id, 'admin');
  state.touch();
  state.hooks.emit({
    event: 'repository',
    action: 'created',
    account: at.org.id,
    repo,
    sender: at.by.user,
    extra: {},
  });
  return created(state.present.repoFull(repo));
}

function makeTeam(call: Call): ReturnType<typeof created> | Failure {
  const at = change(call, 'members:write');
  if (isFailure(at)) return at;
  const given = json(call);
  const name = text(given, 'name') ?? '';
  const slug = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  if (!slug) return fail(422, 'Validation Failed', ['name is missing']);
  if (at.org.teams.has(slug)) return fail(422, 'Validation Failed', ['Name must be unique for this org']);
  const privacy = text(given, 'privacy') === 'closed' ? 'closed' : 'secret';
  const wish = { name, description: text(given, 'description'), privacy } as const;
  const team = call.state.people.addTeam(at.org, slug, wish, at.by.user);
  if (at.by.kind === 'person') team.members.set(at.by.user.id, 'maintainer');
  return created(call.state.present.fullTeam(at.org, team));
}

/** Takes the right over members and the one over the repository. */
function giveTeam(call: Call, level: Level): ReturnType<typeof noContent> | Failure {
  const at = teamChange(call);
  if (isFailure(at)) return at;
  const repo = repository(call, at.org);
  if (isFailure(repo)) return repo;
  const no = call.state.repos.refuse(call.actor, repo, 'repo.admin');
  if (no) return no;
  call.state.people.setTeamRepo(at.org, at.team, repo, level, at.by.user);
  return noContent();
}

function repository(call: Call, org: Org): Repo | Failure {
  const repo = call.state.repos.find(call.params['owner'] ?? '', call.params['repo'] ?? '');
  if (!repo) return notFound();
  return repo.owner === org.id ? repo : fail(422, 'Validation Failed', ['not a repository of this org']);
}

/** For owners of the organisation, and for Apps that hold this there. */
function change(call: Call, wanted: `${string}:${'read' | 'write'}`): Change | Failure {
  const org = call.state.people.org(call.params['org'] ?? '');
  if (!org) return notFound();
  const by = signed(call);
  if (isFailure(by)) return by;
  if (by.kind === 'installation') {
    if (by.installation.suspendedAt !== null) return fail(403, 'This installation has been suspended');
    const held = by.installation.account === org.id && holds(by.permissions, wanted);
    return held ? { org, by } : unable(wanted.replace(':', '='));
  }
  const through = by.via && call.state.apps.find(by.via, org.id)?.permissions;
  if (by.via && !(through && holds(through, wanted))) return unable(wanted.replace(':', '='));
  const enough = wanted.endsWith(':read') ? org.members.has(by.user.id) : isOwner(org, by.user.id);
  return enough ? { org, by } : fail(403, 'You must be an owner of the organization.');
}

function teamChange(call: Call, access: 'read' | 'write' = 'write'): TeamChange | Failure {
  const at = change(call, `members:${access}`);
  if (isFailure(at)) return at;
  const found = call.state.people.teamOf(at.org.login, call.params['team'] ?? '');
  return isFailure(found) ? found : { ...at, team: found.team };
}

const isOwner = (org: Org, user: number): boolean => org.members.get(user) === 'admin';

const unable = (permission: string): Failure =>
  fail(403, 'Resource not accessible by integration', undefined, {
    'x-accepted-github-permissions': permission,
  });
