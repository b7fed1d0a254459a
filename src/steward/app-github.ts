/**
 * GitHub as an App sees it: who we are there, tokens with no more rights than a call takes, and the calls themselves.
 * Each is bounded in time, follows no redirect, and throws GitHubTrouble for a "no".
 */
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { request as send, type Dispatcher } from 'undici';
import { z } from 'zod';
import { hours, minutes, seconds, type Clock } from '../lib/clock.ts';
import { limitedText } from '../lib/limited-text.ts';
import { githubPlaces } from '../lib/origin.ts';
import type { Repository } from '../protocol/messages.ts';

export class GitHubTrouble extends Error {
  /** Which of our calls. */
  readonly call: string;
  /** 0: no answer. */
  readonly status: number;

  constructor(call: string, status: number, options?: ErrorOptions) {
    super(`${call}: ${status || 'no answer'}`, options);
    this.name = 'GitHubTrouble';
    this.call = call;
    this.status = status;
  }
}

export interface GitHubOptions {
  /** `https://github.com`, or an Enterprise Server's. */
  origin: string;
  appId: number;
  key: KeyObject;
  clock: Clock;
  dispatcher?: Dispatcher;
  /** Around every call, for tests that die there. */
  around?: <T>(call: string, work: () => Promise<T>) => Promise<T>;
}

const PERMISSIONS = { contents: 'write', metadata: 'read' };
const TIMEOUT_MS = seconds(30);
/** A token is not used in its last minutes. */
const TOKEN_MARGIN_MS = minutes(5);
const PAGE = 100;
const MOST_PAGES = 50;
const MAX_ANSWER = 16 * 1024 ** 2;
/** GitHub's own rule when it names no time; and no longer than any limit lasts. */
const UNNAMED_REST_MS = minutes(1);
const LONGEST_REST_MS = hours(1);
const LIMITED = 429;

/** Rights of our installation on an organisation, narrowed to repositories of it by number. */
export interface OrganisationWish {
  org: string;
  permissions: Record<string, string>;
  repository?: number | readonly number[] | undefined;
}

interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: object;
  accept?: string;
}

export class AppGitHub {
  readonly #options: GitHubOptions;
  readonly #places: ReturnType<typeof githubPlaces>;
  readonly #tokens = new Map<string, { text: string; until: number }>();
  #restUntil = 0;
  #bot: string | undefined;
  #botId: number | undefined;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.#places = githubPlaces(options.origin);
  }

  /** Until when GitHub asked it to wait, by its clock; 0 when it did not. */
  get restingUntil(): number {
    return this.#restUntil;
  }

  get places(): ReturnType<typeof githubPlaces> {
    return this.#places;
  }

  /** `slug[bot]`: the author of everything this App makes. No person can have such a login. */
  async botLogin(): Promise<string> {
    if (this.#bot !== undefined) return this.#bot;
    const { slug } = z
      .object({ slug: z.string() })
      .parse(await this.json('app', '/app', {}, `Bearer ${await this.#appJwt()}`));
    return (this.#bot = `${slug}[bot]`);
  }

  /** For git: reads this one repository. */
  async gitHeader({ id, owner, name }: Repository): Promise<string> {
    const token = await this.#token({ id, owner, name }, { contents: 'read', metadata: 'read' });
    return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  }

  /** A call with the rights of our installation on an organisation; `repository` narrows them to one of its own. */
  async inOrganisation(
    call: string,
    { path, ...ask }: Ask & { path: string },
    wish: OrganisationWish,
  ): Promise<unknown> {
    return this.json(call, path, ask, `Bearer ${await this.#organisationToken(wish)}`);
  }

  /** For git, with these rights. */
  async gitHeaderFor(wish: OrganisationWish): Promise<string> {
    const token = await this.#organisationToken(wish);
    return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  }

  /** Of commits that this App makes: the bot's own name, with the address by which GitHub knows it. */
  async author(): Promise<{ name: string; email: string }> {
    const login = await this.botLogin();
    const path = `/users/${encodeURIComponent(login)}`;
    this.#botId ??= z
      .object({ id: z.int().positive() })
      .parse(await this.json('bot', path, {}, `Bearer ${await this.#appJwt()}`)).id;
    const { host } = new URL(this.#places.web);
    const domain = host === 'github.com' ? host : host.replace(/:\d+$/, '');
    return { name: login, email: `${this.#botId}+${login}@users.noreply.${domain}` };
  }

  async #organisationToken({ org, permissions, repository }: OrganisationWish): Promise<string> {
    const repositories = repository === undefined ? undefined : [repository].flat();
    return this.#held(`${org} ${repositories?.join(',') ?? '*'} ${JSON.stringify(permissions)}`, {
      installation: { call: 'organisation', path: `/orgs/${org}/installation` },
      body: { permissions, ...(repositories && { repository_ids: repositories }) },
    });
  }

  protected async auth(repo: Repository): Promise<string> {
    return `Bearer ${await this.#token(repo, PERMISSIONS)}`;
  }

  /** By the repository's number: should the name point elsewhere, the token is good for nothing there. */
  async #token({ id, owner, name }: Repository, permissions: Record<string, string>): Promise<string> {
    return this.#held(`${id} ${permissions['contents']}`, {
      installation: { call: 'installation', path: `/repos/${owner}/${name}/installation` },
      body: { repository_ids: [id], permissions },
    });
  }

  async #held(
    key: string,
    wish: { installation: { call: string; path: string }; body: object },
  ): Promise<string> {
    const held = this.#tokens.get(key);
    const now = this.#options.clock.now();
    if (held && now < held.until) return held.text;
    const jwt = `Bearer ${await this.#appJwt()}`;
    const { call, path } = wish.installation;
    const { id: installation } = z
      .object({ id: z.int().positive() })
      .parse(await this.json(call, path, {}, jwt));
    const { token, expires_at } = z
      .object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) })
      .parse(
        await this.json(
          'token',
          `/app/installations/${installation}/access_tokens`,
          { method: 'POST', body: wish.body },
          jwt,
        ),
      );
    for (const [each, { until }] of this.#tokens) if (until <= now) this.#tokens.delete(each);
    this.#tokens.set(key, { text: token, until: Date.parse(expires_at) - TOKEN_MARGIN_MS });
    return token;
  }

  async #appJwt(): Promise<string> {
    const iat = Math.floor(this.#options.clock.now() / 1000) - 60;
    return new SignJWT({ iat, exp: iat + 600, iss: String(this.#options.appId) })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .sign(this.#options.key);
  }

  protected async pages<T>(call: string, path: string, schema: z.ZodType<T>, repo: Repository): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const some = z
        .array(schema)
        .parse(await this.json(call, `${path}?per_page=${PAGE}&page=${page}`, {}, await this.auth(repo)));
      found.push(...some);
      if (some.length < PAGE) return found;
    }
    return found;
  }

  protected async maybe(call: string, path: string, authorization: string): Promise<unknown> {
    try {
      return await this.json(call, path, {}, authorization);
    } catch (error) {
      if (error instanceof GitHubTrouble && error.status === 404) return undefined;
      throw error;
    }
  }

  /** What is gone already is well. */
  protected async remove(call: string, path: string, repo: Repository): Promise<void> {
    try {
      await this.json(call, path, { method: 'DELETE' }, await this.auth(repo));
    } catch (error) {
      // A ref that is not there is 422.
      if (!(error instanceof GitHubTrouble) || (error.status !== 404 && error.status !== 422)) throw error;
    }
  }

  protected async json(call: string, path: string, ask: Ask, authorization: string): Promise<unknown> {
    return this.around(call, async () => {
      // Who asks on while told to rest is shut out altogether.
      if (this.#options.clock.now() < this.#restUntil) throw new GitHubTrouble(call, LIMITED);
      const { method = 'GET', body, accept = 'application/vnd.github+json' } = ask;
      const answer = await this.send(`${this.#places.api}${path}`, method, authorization, {
        headers: { accept, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (answer.status === 401) this.#tokens.clear();
      if (answer.status < 200 || answer.status >= 300) throw new GitHubTrouble(call, answer.status);
      return answer.text === '' ? undefined : (JSON.parse(answer.text) as unknown);
    });
  }

  protected around<T>(call: string, work: () => Promise<T>): Promise<T> {
    return this.#options.around ? this.#options.around(call, work) : work();
  }

  protected async send(
    url: string,
    method: Dispatcher.HttpMethod,
    authorization: string,
    more: { headers: Record<string, string>; body?: Dispatcher.RequestOptions['body']; timeout?: number },
  ): Promise<{ status: number; text: string }> {
    const timeout = more.timeout ?? TIMEOUT_MS;
    try {
      const answer = await send(url, {
        method,
        headers: {
          authorization,
          'user-agent': 'sallyport-steward',
          'x-github-api-version': '2022-11-28',
          ...more.headers,
        },
        body: more.body,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: AbortSignal.timeout(timeout),
        dispatcher: this.#options.dispatcher,
      });
      const rest = this.#restFor(answer);
      if (rest !== undefined) this.#restUntil = this.#options.clock.now() + rest;
      const status = rest === undefined ? answer.statusCode : LIMITED;
      return { status, text: await limitedText(answer.body, MAX_ANSWER) };
    } catch (cause) {
      throw new GitHubTrouble(method, 0, { cause });
    }
  }

  /** How long GitHub wants to be left alone; a 403 can say that, too, and then is no "you may not". */
  #restFor({ statusCode, headers }: Dispatcher.ResponseData): number | undefined {
    const after = headers['retry-after'];
    const spent = headers['x-ratelimit-remaining'] === '0';
    if (statusCode !== LIMITED && !(statusCode === 403 && (after !== undefined || spent))) return undefined;
    const named =
      after === undefined && spent
        ? seconds(Number(headers['x-ratelimit-reset'])) - this.#options.clock.now()
        : seconds(Number(after));
    return named > 0 ? Math.min(named, LONGEST_REST_MS) : UNNAMED_REST_MS;
  }
}
