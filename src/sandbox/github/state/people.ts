/** Users, organisations, teams, collaborators and the levels that follow from them. */
import { fail, notFound, type Failure } from './failure.ts';
import { atLeast, type Level, type Org, type Repo, type Team, type User } from './model.ts';
import type { SandboxState } from './state.ts';

export class People {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  addUser(
    login: string,
    options: { id?: number; name?: string; email?: string; type?: 'User' | 'Bot' } = {},
  ): User {
    const id = this.#state.takeId(options.id);
    const user: User = {
      id,
      login,
      type: options.type ?? 'User',
      name: options.name ?? null,
      email: options.email ?? null,
      createdAt: this.#state.clock.now(),
    };
    this.#state.data.users.set(id, user);
    this.#state.touch();
    return user;
  }

  addOrg(login: string, options: { id?: number; name?: string; base?: Level } = {}): Org {
    const id = this.#state.takeId(options.id);
    const org: Org = {
      id,
      login,
      name: options.name ?? login,
      base: options.base ?? 'read',
      createdAt: this.#state.clock.now(),
      members: new Map(),
      teams: new Map(),
    };
    this.#state.data.orgs.set(id, org);
    this.#state.touch();
    return org;
  }

  user(login: string): User | undefined {
    const wanted = login.toLowerCase();
    for (const user of this.#state.data.users.values()) if (user.login.toLowerCase() === wanted) return user;
    return undefined;
  }

  org(login: string): Org | undefined {
    const wanted = login.toLowerCase();
    for (const org of this.#state.data.orgs.values()) if (org.login.toLowerCase() === wanted) return org;
    return undefined;
  }

  account(id: number): User | Org | undefined {
    return this.#state.data.users.get(id) ?? this.#state.data.orgs.get(id);
  }

  accountNamed(login: string): User | Org | undefined {
    return this.user(login) ?? this.org(login);
  }

  /** Undefined role: no longer a member. Emits `organization`. */
  setMember(org: Org, user: User, role: 'admin' | 'member' | undefined, by: User | null): void {
    const was = org.members.get(user.id);
    if (was === role) return;
    if (role) org.members.set(user.id, role);
    else org.members.delete(user.id);
    this.#state.touch();
    if (was && role) return;
    if (!role) for (const team of org.teams.values()) team.members.delete(user.id);
    this.#state.hooks.emit({
      event: 'organization',
      action: role ? 'member_added' : 'member_removed',
      account: org.id,
      sender: by ?? user,
      extra: { membership: this.#state.present.orgMembership(org, user, role ?? was ?? 'member') },
    });
  }

  addTeam(
    org: Org,
    slug: string,
    options: { id?: number; name?: string; description?: string; privacy?: Team['privacy'] } = {},
    by: User | null = null,
  ): Team {
    const team: Team = {
      id: this.#state.takeId(options.id),
      slug,
      name: options.name ?? slug,
      description: options.description ?? null,
      ...(options.privacy ? { privacy: options.privacy } : {}),
      createdAt: this.#state.clock.now(),
      members: new Map(),
      repos: new Map(),
    };
    org.teams.set(slug, team);
    this.#state.touch();
    this.#teamEvent('created', org, team, by);
    return team;
  }

  /** Undefined role removes. Emits `membership`. Refused for people outside the organisation. */
  setTeamMember(
    org: Org,
    team: Team,
    user: User,
    role: 'member' | 'maintainer' | undefined,
    by: User | null,
  ): Failure | undefined {
    if (role && !org.members.has(user.id)) return fail(422, `${user.login} is not a member of ${org.login}`);
    const was = team.members.get(user.id);
    if (was === role) return undefined;
    if (role) team.members.set(user.id, role);
    else team.members.delete(user.id);
    this.#state.touch();
    if (was && role) return undefined;
    this.#state.hooks.emit({
      event: 'membership',
      action: role ? 'added' : 'removed',
      account: org.id,
      sender: by ?? user,
      extra: {
        scope: 'team',
        member: this.#state.present.user(user),
        team: this.#state.present.team(org, team),
      },
    });
    return undefined;
  }

  setTeamRepo(org: Org, team: Team, repo: Repo, level: Level, by: User | null): void {
    const was = team.repos.get(repo.id);
    if (was === level) return;
    if (level === 'none') team.repos.delete(repo.id);
    else team.repos.set(repo.id, level);
    this.#state.touch();
    const action = level === 'none' ? 'removed_from_repository' : was ? 'edited' : 'added_to_repository';
    this.#teamEvent(action, org, team, by, repo);
  }

  setCollaborator(repo: Repo, user: User, level: Level, by: User | null): void {
    const was = repo.collaborators.get(user.id);
    if (was === level || (level === 'none' && !was)) return;
    if (level === 'none') repo.collaborators.delete(user.id);
    else repo.collaborators.set(user.id, level);
    this.#state.touch();
    this.#state.hooks.emit({
      event: 'member',
      action: level === 'none' ? 'removed' : was ? 'edited' : 'added',
      account: repo.owner,
      repo,
      sender: by ?? user,
      extra: {
        member: this.#state.present.user(user),
        ...(level === 'none' ? {} : { changes: { permission: { from: was ?? null, to: level } } }),
      },
    });
  }

  /** The most of: owner, collaborator, organisation base, teams; read for everybody on a public repository. */
  level(repo: Repo, userId: number): Level {
    const org = this.#state.data.orgs.get(repo.owner);
    if (repo.owner === userId || org?.members.get(userId) === 'admin') return 'admin';
    const levels: Level[] = [repo.private ? 'none' : 'read', repo.collaborators.get(userId) ?? 'none'];
    if (org?.members.has(userId)) {
      levels.push(org.base);
      for (const team of org.teams.values()) {
        if (team.members.has(userId)) levels.push(team.repos.get(repo.id) ?? 'none');
      }
    }
    return levels.reduce((best, level) => (atLeast(level, best) ? level : best));
  }

  /** Everybody with a level of their own, not only what a public repository gives to all. */
  collaborators(repo: Repo): { user: User; level: Level }[] {
    const org = this.#state.data.orgs.get(repo.owner);
    const ids = new Set<number>([...repo.collaborators.keys(), repo.owner]);
    for (const [id, role] of org?.members ?? []) {
      const byTeam = [...(org?.teams.values() ?? [])].some(
        (team) => team.members.has(id) && team.repos.has(repo.id),
      );
      if (role === 'admin' || byTeam || org?.base !== 'none') ids.add(id);
    }
    return [...ids]
      .sort((a, b) => a - b)
      .flatMap((id) => {
        const user = this.#state.data.users.get(id);
        return user ? [{ user, level: this.level(repo, id) }] : [];
      });
  }

  teamOf(orgLogin: string, slug: string): { org: Org; team: Team } | Failure {
    const org = this.org(orgLogin);
    const team = org?.teams.get(slug.toLowerCase());
    return org && team ? { org, team } : notFound();
  }

  #teamEvent(action: string, org: Org, team: Team, by: User | null, repo?: Repo): void {
    const sender = by ?? this.firstAdmin(org);
    this.#state.hooks.emit({
      event: 'team',
      action,
      account: org.id,
      ...(repo ? { repo } : {}),
      sender,
      extra: {
        team: this.#state.present.team(org, team),
        ...(action === 'edited' ? { changes: { repository: { permissions: { from: {} } } } } : {}),
      },
    });
  }

  firstAdmin(org: Org): User | null {
    for (const [id, role] of org.members) if (role === 'admin') return this.#state.data.users.get(id) ?? null;
    return null;
  }
}
