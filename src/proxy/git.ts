/**
 * The rule for git: the repositories of listed organisations, read over smart HTTP.
 *
 * After the target and the caller: the organisation is listed, and the name still means the registered
 * repository. Only then a URL is built from what was captured, and a credential of the proxy's own is added.
 */
import type { IncomingMessage } from 'node:http';
import type { Dispatcher } from 'undici';
import { projectOfRepository, type Governance } from '../governance/governance.ts';
import { githubPlaces } from '../lib/origin.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Rule, Visit } from './door.ts';
import type { Access, GitHubAccess } from './github.ts';
import { relay } from './relay.ts';
import type { ProxyLimits } from './settings.ts';
import { readGitTarget, type GitTarget } from './target.ts';
import { no } from './words.ts';

export interface GitRuleOptions {
  /** `https://github.com`. */
  githubOrigin: string;
  governance: () => Governance | undefined;
  github: Pick<GitHubAccess, 'access' | 'forgetToken'>;
  limits: ProxyLimits;
  dispatcher: Dispatcher;
}

export class GitRule implements Rule {
  readonly #options: GitRuleOptions;

  constructor(options: GitRuleOptions) {
    this.#options = options;
  }

  /** Comes last: whatever is no other rule's is measured by this one. */
  claims(): boolean {
    return true;
  }

  async answer(visit: Visit): Promise<Refusal | undefined> {
    const target = readGitTarget(visit.request);
    if (isRefusal(target)) return target;
    visit.seen.rule = target.rule;
    const caller = await visit.caller(visit.request.headers.authorization);
    if (isRefusal(caller)) return caller;
    return visit.admit(caller, () => this.#carry(target, visit));
  }

  async #carry(target: GitTarget, { request, response, seen }: Visit): Promise<Refusal | undefined> {
    const { github, githubOrigin, limits, dispatcher } = this.#options;
    const access = await this.#repository(target, request);
    if (isRefusal(access)) return access;
    const { owner, name, id } = access.repository;
    seen.repository = id;
    const tail = target.rule === 'git-refs' ? 'info/refs?service=git-upload-pack' : 'git-upload-pack';
    const url = `${githubPlaces(githubOrigin).git}/${owner}/${name}.git/${tail}`;
    const { refused, denied, ...carried } = await relay({
      url,
      request,
      response,
      authorization: access.authorization,
      limits,
      dispatcher,
    });
    if (denied) github.forgetToken(owner, name);
    Object.assign(seen, carried);
    return refused;
  }

  async #repository({ owner, name }: GitTarget, request: IncomingMessage): Promise<Access | Refusal> {
    const governance = this.#options.governance();
    if (!governance) return no.noGovernance();
    const { code_orgs, action_orgs, org, repos } = governance.deployment.github;
    const same = (listed: string): boolean => listed.toLowerCase() === owner.toLowerCase();
    const listed = [org.login, ...code_orgs, ...action_orgs].find(same);
    if (listed === undefined) return no.organisation(owner);
    const access = await this.#options.github.access(listed, name);
    if (isRefusal(access)) return access;
    const { id } = access.repository;
    const meant = request.headers['sallyport-repository-id'];
    if (meant !== undefined && Number(meant) !== id) return no.otherRepository();
    // Names come and go, so a repository of the researchers must stand in governance by its number.
    const registered =
      action_orgs.some(same) || projectOfRepository(governance, id) || Object.values(repos).includes(id);
    return registered ? access : no.unregistered();
  }
}
