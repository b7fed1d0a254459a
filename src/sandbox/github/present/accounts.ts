/** Users, organisations, teams and repositories as GitHub shows them. */
import type { Level, Org, Reaction, Repo, Ruleset, Team, User } from '../state/model.ts';
import { REACTIONS } from '../state/model.ts';
import { oldScale } from '../state/permission.ts';
import type { SandboxState } from '../state/state.ts';
import { REPO_LINKS } from './repo-links.ts';

export type Json = Record<string, unknown>;

/** GitHub writes whole seconds. */
export const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
export const timeOrNull = (ms: number | null): string | null => (ms === null ? null : time(ms));

export class AccountPresenter {
  protected readonly state: SandboxState;

  constructor(state: SandboxState) {
    this.state = state;
  }

  /** Opaque text, as node ids are. */
  nodeId(type: string, id: number | string): string {
    return Buffer.from(`${type}:${id}`).toString('base64url');
  }

  api(path: string): string {
    return `${this.state.url}/api/v3${path}`;
  }

  /** Address of a repository's page. */
  web(repo: Repo): string {
    return `${this.state.url}/${this.state.repos.fullName(repo)}`;
  }

  apiRepo(repo: Repo): string {
    return this.api(`/repos/${this.state.repos.fullName(repo)}`);
  }

  /** A user or an organisation in the short form found everywhere. */
  user(account: User | Org): Json {
    const isOrg = 'teams' in account;
    const { login, id } = account;
    const url = this.api(`/users/${encodeURIComponent(login)}`);
    const webName = login.endsWith('[bot]') ? `apps/${login.slice(0, -5)}` : login;
    return {
      login,
      id,
      node_id: this.nodeId(isOrg ? 'Organization' : 'User', id),
      avatar_url: `${this.state.url}/avatars/u/${id}`,
      gravatar_id: '',
      url,
      html_url: `${this.state.url}/${webName}`,
      followers_url: `${url}/followers`,
      following_url: `${url}/following{/other_user}`,
      gists_url: `${url}/gists{/gist_id}`,
      starred_url: `${url}/starred{/owner}{/repo}`,
      subscriptions_url: `${url}/subscriptions`,
      organizations_url: `${url}/orgs`,
      repos_url: `${url}/repos`,
      events_url: `${url}/events{/privacy}`,
      received_events_url: `${url}/received_events`,
      type: isOrg ? 'Organization' : account.type,
      user_view_type: 'public',
      site_admin: false,
    };
  }

  userById(id: number | null): Json | null {
    const account = id === null ? undefined : this.state.people.account(id);
    return account ? this.user(account) : null;
  }

  fullUser(account: User | Org): Json {
    const repos = [...this.state.data.repos.values()].filter(
      (repo) => repo.owner === account.id && !repo.private,
    );
    return {
      ...this.user(account),
      name: account.name,
      company: null,
      blog: '',
      location: null,
      email: 'teams' in account ? null : account.email,
      hireable: null,
      bio: null,
      twitter_username: null,
      public_repos: repos.length,
      public_gists: 0,
      followers: 0,
      following: 0,
      created_at: time(account.createdAt),
      updated_at: time(account.createdAt),
    };
  }

  orgSimple(org: Org): Json {
    const url = this.api(`/orgs/${org.login}`);
    return {
      login: org.login,
      id: org.id,
      node_id: this.nodeId('Organization', org.id),
      url,
      repos_url: `${url}/repos`,
      events_url: `${url}/events`,
      hooks_url: `${url}/hooks`,
      issues_url: `${url}/issues`,
      members_url: `${url}/members{/member}`,
      public_members_url: `${url}/public_members{/member}`,
      avatar_url: `${this.state.url}/avatars/u/${org.id}`,
      description: null,
    };
  }

  org(org: Org): Json {
    const repos = [...this.state.data.repos.values()].filter(
      (repo) => repo.owner === org.id && !repo.private,
    );
    return {
      ...this.orgSimple(org),
      name: org.name,
      html_url: `${this.state.url}/${org.login}`,
      has_organization_projects: false,
      has_repository_projects: false,
      public_repos: repos.length,
      public_gists: 0,
      followers: 0,
      following: 0,
      type: 'Organization',
      default_repository_permission: org.base,
      created_at: time(org.createdAt),
      updated_at: time(org.createdAt),
      archived_at: null,
    };
  }

  orgMembership(org: Org, user: User, role: 'admin' | 'member'): Json {
    return {
      url: this.api(`/orgs/${org.login}/memberships/${user.login}`),
      state: 'active',
      role,
      organization_url: this.api(`/orgs/${org.login}`),
      direct_membership: true,
      enterprise_teams_providing_indirect_membership: [],
      user: this.user(user),
      organization: this.orgSimple(org),
    };
  }

  team(org: Org, team: Team): Json {
    const url = this.api(`/organizations/${org.id}/team/${team.id}`);
    return {
      id: team.id,
      node_id: this.nodeId('Team', team.id),
      name: team.name,
      slug: team.slug,
      description: team.description,
      privacy: team.privacy ?? 'closed',
      notification_setting: 'notifications_enabled',
      permission: 'pull',
      type: 'organization',
      organization_id: org.id,
      url,
      html_url: `${this.state.url}/orgs/${org.login}/teams/${team.slug}`,
      members_url: `${url}/members{/member}`,
      repositories_url: `${url}/repos`,
      parent: null,
    };
  }

  fullTeam(org: Org, team: Team): Json {
    return {
      ...this.team(org, team),
      created_at: time(team.createdAt),
      updated_at: time(team.createdAt),
      members_count: team.members.size,
      repos_count: team.repos.size,
      organization: this.org(org),
    };
  }

  teamMembership(org: Org, team: Team, user: User, role: 'member' | 'maintainer'): Json {
    const url = this.api(`/organizations/${org.id}/team/${team.id}/memberships/${user.login}`);
    return { url, role, state: 'active' };
  }

  collaborator(user: User, level: Level): Json {
    return { ...this.user(user), permissions: permissionFlags(level), role_name: level };
  }

  permission(user: User, level: Level): Json {
    return {
      permission: oldScale(level),
      role_name: level,
      user: this.collaborator(user, level),
    };
  }

  /** What payloads and lists carry; `repoFull` adds what only the single repository has. */
  repo(repo: Repo): Json {
    const api = this.apiRepo(repo);
    const web = this.web(repo);
    const open = [...repo.issues.values()].filter((issue) => issue.state === 'open').length;
    const owner = this.state.repos.ownerOf(repo);
    return {
      id: repo.id,
      node_id: this.nodeId('Repository', repo.id),
      name: repo.name,
      full_name: this.state.repos.fullName(repo),
      private: repo.private,
      visibility: repo.private ? 'private' : 'public',
      owner: this.user(owner),
      html_url: web,
      description: repo.description,
      fork: repo.forkOf !== undefined,
      url: api,
      ...Object.fromEntries(Object.entries(REPO_LINKS).map(([key, path]) => [key, api + path])),
      git_url: `git:${web.replace(/^https?:/, '')}.git`,
      ssh_url: `git@${new URL(this.state.url).hostname}:${this.state.repos.fullName(repo)}.git`,
      clone_url: `${web}.git`,
      svn_url: web,
      mirror_url: null,
      homepage: null,
      language: null,
      license: null,
      size: 0,
      stargazers_count: 0,
      watchers_count: 0,
      watchers: 0,
      forks_count: 0,
      forks: 0,
      open_issues_count: open,
      open_issues: open,
      has_issues: repo.hasIssues,
      has_projects: false,
      has_wiki: false,
      has_pages: false,
      has_downloads: false,
      has_discussions: false,
      archived: repo.archived ?? false,
      disabled: false,
      allow_forking: true,
      is_template: repo.isTemplate ?? false,
      web_commit_signoff_required: false,
      topics: repo.topics ?? [],
      default_branch: repo.defaultBranch,
      created_at: time(repo.createdAt),
      updated_at: time(repo.updatedAt),
      pushed_at: time(repo.pushedAt),
    };
  }

  repoFull(repo: Repo, level?: Level): Json {
    const owner = this.state.repos.ownerOf(repo);
    return {
      ...this.repo(repo),
      network_count: 0,
      subscribers_count: 0,
      ...this.#madeFrom(repo),
      ...this.#forkOf(repo),
      ...('teams' in owner ? { organization: this.user(owner) } : {}),
      ...(level ? { permissions: permissionFlags(level), role_name: level } : {}),
    };
  }

  #forkOf({ forkOf }: Repo): Json {
    const parent = forkOf === undefined ? undefined : this.state.repos.byId(forkOf);
    return parent ? { parent: this.repo(parent), source: this.repo(parent) } : {};
  }

  #madeFrom({ madeFrom }: Repo): Json {
    const template = madeFrom === undefined ? undefined : this.state.repos.byId(madeFrom);
    return template ? { template_repository: this.repo(template) } : {};
  }

  /** Push payloads write some times as seconds. */
  pushRepo(repo: Repo): Json {
    const owner = this.state.repos.ownerOf(repo);
    return {
      ...this.repo(repo),
      owner: { name: owner.login, email: null, ...this.user(owner) },
      created_at: Math.floor(repo.createdAt / 1000),
      pushed_at: Math.floor(repo.pushedAt / 1000),
      stargazers: 0,
      master_branch: repo.defaultBranch,
    };
  }

  /** A team as one of a repository's. */
  repoTeam(org: Org, team: Team, level: Level): Json {
    const old: Partial<Record<Level, string>> = { read: 'pull', write: 'push' };
    return {
      ...this.team(org, team),
      permission: old[level] ?? level,
      permissions: permissionFlags(level),
    };
  }

  ruleset(repo: Repo, { id, name, target, enforcement, createdAt, updatedAt }: Ruleset): Json {
    return {
      id,
      name,
      target,
      source_type: 'Repository',
      source: this.state.repos.fullName(repo),
      enforcement,
      node_id: this.nodeId('RepositoryRuleset', id),
      _links: {
        self: { href: `${this.apiRepo(repo)}/rulesets/${id}` },
        html: { href: `${this.web(repo)}/rules/${id}` },
      },
      created_at: time(createdAt),
      updated_at: time(updatedAt),
    };
  }

  /** Who is let past is told to those who may change it. */
  fullRuleset(repo: Repo, ruleset: Ruleset, writes: boolean): Json {
    const { conditions, rules, bypass_actors } = ruleset;
    return { ...this.ruleset(repo, ruleset), conditions, rules, ...(writes ? { bypass_actors } : {}) };
  }

  repoName(repo: Repo): Json {
    return {
      id: repo.id,
      node_id: this.nodeId('Repository', repo.id),
      name: repo.name,
      full_name: this.state.repos.fullName(repo),
      private: repo.private,
    };
  }

  reactionRollup(url: string, reactions: readonly Reaction[]): Json {
    const counts = Object.fromEntries(
      REACTIONS.map((content) => [content, reactions.filter((one) => one.content === content).length]),
    );
    return { url: `${url}/reactions`, total_count: reactions.length, ...counts };
  }

  reaction(reaction: Reaction): Json {
    return {
      id: reaction.id,
      node_id: this.nodeId('Reaction', reaction.id),
      user: this.userById(reaction.user),
      content: reaction.content,
      created_at: time(reaction.createdAt),
    };
  }

  /** Display only; never a right. */
  association(repo: Repo, userId: number): string {
    if (repo.owner === userId) return 'OWNER';
    const org = this.state.data.orgs.get(repo.owner);
    if (org?.members.has(userId)) return 'MEMBER';
    return repo.collaborators.has(userId) ? 'COLLABORATOR' : 'NONE';
  }
}

function permissionFlags(level: Level): Json {
  const order = ['read', 'triage', 'write', 'maintain', 'admin'];
  const at = order.indexOf(level);
  const names = ['pull', 'triage', 'push', 'maintain', 'admin'];
  return Object.fromEntries(names.map((name, index) => [name, index <= at]));
}
