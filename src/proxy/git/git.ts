/**
 * The rule for git: the repositories of listed organisations, read over smart HTTP.
 *
 * After the target and the caller: the organisation is listed, the name still means the registered repository,
 * and every commit that is wanted was approved for this caller. Only then a URL is built from what was captured,
 * the request is written anew, and a credential of the proxy's own is added.
 */
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { projectOfRepository, type Governance } from '../../governance/governance.ts';
import type { Clock } from '../../lib/clock.ts';
import { githubPlaces } from '../../lib/origin.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { verifyTask } from '../../protocol/protocol.ts';
import { awaited, within } from '../awaited.ts';
import type { KnownCaller } from '../callers.ts';
import type { Rule, Visit } from '../door.ts';
import type { Access, GitHubAccess } from '../github.ts';
import { relay } from '../relay.ts';
import type { ProxyLimits } from '../settings.ts';
import { no } from '../words.ts';
import { Advertised } from './advertised.ts';
import type { Approved } from './approved.ts';
import { readBody } from './body.ts';
import { gitRequestReader, type Judge } from './request.ts';
import { readGitTarget, type GitTarget } from './target.ts';
import { anyWant, judgeFor, type Place } from './wants.ts';

/** Which commits may be wanted. */
export interface WantsPolicy {
  /** Where it is decided what is in force. */
  governance: { repository: number; branch: string };
  /** Whose tasks count; several while the hub's key rotates. */
  hubKeys: readonly KeyObject[];
  approved: Approved;
}

export interface GitRuleOptions {
  /** `https://github.com`. */
  githubOrigin: string;
  governance: () => Governance | undefined;
  github: Pick<GitHubAccess, 'access' | 'forgetToken'>;
  /** Without it every commit of a listed repository may be wanted. */
  wants?: WantsPolicy;
  limits: ProxyLimits;
  dispatcher: Dispatcher;
  clock: Clock;
}

interface Found extends Access {
  place: Place;
}

interface InTime extends Visit {
  /** Nobody waits for it any more, or it takes too long. */
  stop: AbortController;
}

export class GitRule implements Rule {
  readonly #options: GitRuleOptions;
  readonly #advertised: Advertised;

  constructor(options: GitRuleOptions) {
    this.#options = options;
    this.#advertised = new Advertised(options.clock);
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
    return visit.admit(caller, () => this.#inTime(target, caller, visit));
  }

  /** All of it, from the question whose repository it is: a place is kept for no longer than is said. */
  async #inTime(target: GitTarget, caller: KnownCaller, visit: Visit): Promise<Refusal | undefined> {
    const { stop, over } = awaited(visit.request, visit.response, this.#options.limits.total_seconds);
    try {
      return await this.#carry(target, caller, { ...visit, stop });
    } finally {
      over();
    }
  }

  async #carry(target: GitTarget, caller: KnownCaller, visit: InTime): Promise<Refusal | undefined> {
    const { request, seen, stop } = visit;
    const found = (await within(stop.signal, this.#repository(target, request))) ?? no.github();
    if (isRefusal(found)) return found;
    const { id } = found.repository;
    seen.repository = id;
    const untold = await within(stop.signal, this.#heed(request, caller, id));
    if (untold) return untold;
    // A disk that took too long to note it: GitHub has not been asked.
    if (stop.signal.aborted && request.socket.destroyed) return no.github();
    if (stop.signal.aborted) throw new Error('a task was not written beneath state_dir within total_seconds');
    const version = request.headers['git-protocol'] === 'version=2' ? 2 : 0;
    if (target.rule === 'git-refs') {
      // Protocol 2 lists nothing here: it says what the server can.
      const tap = version === 0 ? this.#advertised.listening(id) : undefined;
      return this.#relay(found, visit, { tail: 'info/refs?service=git-upload-pack', tap });
    }
    const reader = gitRequestReader(version, this.#judge(found, caller));
    const read = await readBody({
      ...visit,
      limits: this.#options.limits,
      take: (chunk) => reader.push(chunk),
    });
    seen.bytesIn = read.bytes;
    const body = read.refused ?? reader.end();
    if (typeof body !== 'string') return body;
    const tap = reader.lists ? this.#advertised.listening(id) : undefined;
    return this.#relay(found, visit, { tail: 'git-upload-pack', tap, body });
  }

  async #relay(
    { repository: { owner, name }, authorization }: Found,
    { request, response, seen, stop }: InTime,
    { tail, tap, body }: { tail: string; tap?: Transform | undefined; body?: string },
  ): Promise<Refusal | undefined> {
    const { github, githubOrigin, limits, dispatcher } = this.#options;
    const { refused, denied, bytesOut, broken } = await relay({
      url: `${githubPlaces(githubOrigin).git}/${owner}/${name}.git/${tail}`,
      request,
      response,
      limits,
      dispatcher,
      stop,
      ...(authorization === undefined ? {} : { authorization }),
      ...(tap ? { tap } : {}),
      ...(body === undefined ? {} : { body }),
    });
    if (denied) github.forgetToken(owner, name);
    Object.assign(seen, { bytesOut, broken });
    return refused;
  }

  #judge({ repository: { id }, place }: Found, caller: KnownCaller): Judge {
    const { wants } = this.#options;
    if (!wants) return anyWant;
    return judgeFor(
      { caller, repository: id, place },
      { approved: wants.approved, advertised: this.#advertised, governanceBranch: wants.governance.branch },
    );
  }

  /** Takes note of the task that the hub gave the agent, if it hands one over. */
  async #heed(
    request: IncomingMessage,
    { agent, backend }: KnownCaller,
    repository: number,
  ): Promise<Refusal | undefined> {
    const { wants, clock } = this.#options;
    const jws = request.headers['sallyport-task'];
    if (!wants || jws === undefined) return undefined;
    const claims = await verifyTask({ jws: String(jws), agent, backend, hubKeys: wants.hubKeys, clock });
    if (isRefusal(claims)) return claims;
    const { task } = claims;
    if (task.type !== 'run' || task.repository.id !== repository) return no.taskRepository();
    const { commit, branch } = task;
    await wants.approved.add({ backend, agent, repository, commit, branch });
    return undefined;
  }

  async #repository({ owner, name }: GitTarget, request: IncomingMessage): Promise<Found | Refusal> {
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
    if (id === this.#options.wants?.governance.repository) return { ...access, place: 'governance' };
    // Names come and go, so a repository of the researchers must stand in governance by its number.
    if (projectOfRepository(governance, id)) return { ...access, place: 'code' };
    if (action_orgs.some(same)) return { ...access, place: 'action' };
    return Object.values(repos).includes(id) ? { ...access, place: 'other' } : no.unregistered();
  }
}
