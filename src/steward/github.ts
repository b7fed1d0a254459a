/**
 * GitHub as the steward uses it: one token per repository, for contents alone, and the few calls that a
 * release takes. What review repositories take is in review-github.ts, with tokens of its own.
 * Each call is bounded in time, follows no redirect, and throws GitHubTrouble for a "no".
 */
import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { SignJWT } from 'jose';
import { request as send, type Dispatcher } from 'undici';
import { z } from 'zod';
import { minutes, seconds, type Clock } from '../lib/clock.ts';
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

const repositoryAnswer = z.object({
  id: z.int().positive(),
  full_name: z.string(),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  html_url: z.string(),
  default_branch: z.string(),
});
const assetAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  state: z.string(),
  size: z.int().min(0),
  digest: z.string().nullish(),
});
const releaseAnswer = z.object({
  id: z.int().positive(),
  tag_name: z.string(),
  draft: z.boolean(),
  html_url: z.string(),
  upload_url: z.string(),
  author: z.object({ login: z.string() }).nullish(),
});
export type RepositoryNow = z.infer<typeof repositoryAnswer>;
export type GitHubAsset = z.infer<typeof assetAnswer>;
export type GitHubRelease = z.infer<typeof releaseAnswer>;

const PERMISSIONS = { contents: 'write', metadata: 'read' };
const TIMEOUT_MS = seconds(30);
const UPLOAD_TIMEOUT_MS = minutes(10);
/** A token is not used in its last minutes. */
const TOKEN_MARGIN_MS = minutes(5);
const PAGE = 100;
const MOST_PAGES = 50;
const MAX_ANSWER = 16 * 1024 ** 2;

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

export class StewardGitHub {
  readonly #options: GitHubOptions;
  readonly #places: ReturnType<typeof githubPlaces>;
  readonly #tokens = new Map<string, { text: string; until: number }>();
  #bot: string | undefined;
  #botId: number | undefined;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.#places = githubPlaces(options.origin);
  }

  get places(): ReturnType<typeof githubPlaces> {
    return this.#places;
  }

  /** `slug[bot]`: the author of everything this App makes. No person can have such a login. */
  async botLogin(): Promise<string> {
    const { slug } = z
      .object({ slug: z.string() })
      .parse(await this.#json('app', '/app', {}, `Bearer ${await this.#appJwt()}`));
    return (this.#bot ??= `${slug}[bot]`);
  }

  /** For git: reads this one repository. */
  async gitHeader({ id, owner, name }: Repository): Promise<string> {
    const token = await this.#token({ id, owner, name }, { contents: 'read', metadata: 'read' });
    return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  }

  /** Asked afresh each time: it may have become private a moment ago. */
  async repository(repo: Repository): Promise<RepositoryNow> {
    return repositoryAnswer.parse(await this.#json('repository', at(repo), {}, await this.#auth(repo)));
  }

  /** Every release with this tag name, drafts too. */
  async releasesTagged(repo: Repository, tag: string): Promise<GitHubRelease[]> {
    const all = await this.#pages('releases', `${at(repo)}/releases`, releaseAnswer, repo);
    return all.filter((release) => release.tag_name === tag);
  }

  async createDraft(
    repo: Repository,
    wish: { tag: string; target: string; name: string; body: string },
  ): Promise<GitHubRelease> {
    const { tag: tag_name, target: target_commitish, name, body } = wish;
    const fields = { tag_name, target_commitish, name, body, draft: true };
    return releaseAnswer.parse(
      await this.#json(
        'create',
        `${at(repo)}/releases`,
        { method: 'POST', body: fields },
        await this.#auth(repo),
      ),
    );
  }

  /** Never as the repository's latest: that word belongs to the study's own releases. */
  async publish(
    repo: Repository,
    release: number,
    wish: { tag: string; target: string; body: string },
  ): Promise<GitHubRelease> {
    const { tag: tag_name, target: target_commitish, body } = wish;
    const fields = { tag_name, target_commitish, body, draft: false, make_latest: 'false' };
    return releaseAnswer.parse(
      await this.#json(
        'publish',
        `${at(repo)}/releases/${release}`,
        { method: 'PATCH', body: fields },
        await this.#auth(repo),
      ),
    );
  }

  /** Of a published one: its text alone. */
  async rewrite(
    repo: Repository,
    release: number,
    wish: { tag: string; name: string; body: string },
  ): Promise<void> {
    const { tag: tag_name, name, body } = wish;
    const ask = { method: 'PATCH' as const, body: { tag_name, name, body, make_latest: 'false' } };
    await this.#json('rewrite', `${at(repo)}/releases/${release}`, ask, await this.#auth(repo));
  }

  async deleteRelease(repo: Repository, release: number): Promise<void> {
    await this.#delete('delete-release', `${at(repo)}/releases/${release}`, repo);
  }

  /** Undefined when there is none. */
  async tag(repo: Repository, tag: string): Promise<string | undefined> {
    const answer = await this.#maybe('tag', `${at(repo)}/git/ref/tags/${tag}`, await this.#auth(repo));
    return answer === undefined
      ? undefined
      : z.object({ object: z.object({ sha: z.string() }) }).parse(answer).object.sha;
  }

  async deleteTag(repo: Repository, tag: string): Promise<void> {
    await this.#delete('delete-tag', `${at(repo)}/git/refs/tags/${tag}`, repo);
  }

  async assets(repo: Repository, release: number): Promise<GitHubAsset[]> {
    return this.#pages('assets', `${at(repo)}/releases/${release}/assets`, assetAnswer, repo);
  }

  async deleteAsset(repo: Repository, asset: number): Promise<void> {
    await this.#delete('delete-asset', `${at(repo)}/releases/assets/${asset}`, repo);
  }

  async upload(
    repo: Repository,
    release: GitHubRelease,
    file: { name: string; contentType: string; place: string; size: number },
  ): Promise<void> {
    const url = new URL(release.upload_url.replace(/\{[^}]*\}$/, ''));
    // The answer of a server names an address: only GitHub's own are spoken to.
    const hosts = [new URL(this.#places.api).origin, 'https://uploads.github.com'];
    if (!hosts.includes(url.origin)) throw new GitHubTrouble('upload address', 0);
    url.searchParams.set('name', file.name);
    const authorization = await this.#auth(repo);
    await this.#around('upload', async () => {
      const answer = await this.#send(url.href, 'POST', authorization, {
        body: createReadStream(file.place),
        headers: { 'content-type': file.contentType, 'content-length': String(file.size) },
        timeout: UPLOAD_TIMEOUT_MS,
      });
      if (answer.status !== 201) throw new GitHubTrouble('upload', answer.status);
    });
  }

  /** A file at a commit; undefined when there is none. */
  async content(repo: Repository, path: string, commit: string): Promise<Uint8Array | undefined> {
    const answer = await this.#maybe(
      'content',
      `${at(repo)}/contents/${path}?ref=${commit}`,
      await this.#auth(repo),
    );
    const read = z
      .object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })
      .safeParse(answer);
    return read.success ? Buffer.from(read.data.content, 'base64') : undefined;
  }

  /** A call with the rights of our installation on an organisation; `repository` narrows them to one of its own. */
  async inOrganisation(
    call: string,
    { path, ...ask }: Ask & { path: string },
    wish: OrganisationWish,
  ): Promise<unknown> {
    return this.#json(call, path, ask, `Bearer ${await this.#organisationToken(wish)}`);
  }

  /** The same, of something that may not be there. */
  async maybeInOrganisation(
    call: string,
    ask: Ask & { path: string },
    wish: OrganisationWish,
  ): Promise<unknown> {
    try {
      return await this.inOrganisation(call, ask, wish);
    } catch (error) {
      // A token for a repository that is gone, or that the App is not installed on, is refused as 422.
      const gone = error instanceof GitHubTrouble && error.status === 404;
      const outOfReach = error instanceof GitHubTrouble && error.call === 'token' && error.status === 422;
      if (gone || outOfReach) return undefined;
      throw error;
    }
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
      .parse(await this.#json('bot', path, {}, `Bearer ${await this.#appJwt()}`)).id;
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

  async #auth(repo: Repository): Promise<string> {
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
      .parse(await this.#json(call, path, {}, jwt));
    const { token, expires_at } = z
      .object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) })
      .parse(
        await this.#json(
          'token',
          `/app/installations/${installation}/access_tokens`,
          { method: 'POST', body: wish.body },
          jwt,
        ),
      );
    this.#tokens.set(key, { text: token, until: Date.parse(expires_at) - TOKEN_MARGIN_MS });
    return token;
  }

  async #appJwt(): Promise<string> {
    const iat = Math.floor(this.#options.clock.now() / 1000) - 60;
    return new SignJWT({ iat, exp: iat + 600, iss: String(this.#options.appId) })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .sign(this.#options.key);
  }

  async #pages<T>(call: string, path: string, schema: z.ZodType<T>, repo: Repository): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const some = z
        .array(schema)
        .parse(await this.#json(call, `${path}?per_page=${PAGE}&page=${page}`, {}, await this.#auth(repo)));
      found.push(...some);
      if (some.length < PAGE) return found;
    }
    return found;
  }

  async #maybe(call: string, path: string, authorization: string): Promise<unknown> {
    try {
      return await this.#json(call, path, {}, authorization);
    } catch (error) {
      if (error instanceof GitHubTrouble && error.status === 404) return undefined;
      throw error;
    }
  }

  /** What is gone already is well. */
  async #delete(call: string, path: string, repo: Repository): Promise<void> {
    try {
      await this.#json(call, path, { method: 'DELETE' }, await this.#auth(repo));
    } catch (error) {
      // A ref that is not there is 422.
      if (!(error instanceof GitHubTrouble) || (error.status !== 404 && error.status !== 422)) throw error;
    }
  }

  async #json(call: string, path: string, ask: Ask, authorization: string): Promise<unknown> {
    return this.#around(call, async () => {
      const { method = 'GET', body, accept = 'application/vnd.github+json' } = ask;
      const answer = await this.#send(`${this.#places.api}${path}`, method, authorization, {
        headers: { accept, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (answer.status === 401) this.#tokens.clear();
      if (answer.status < 200 || answer.status >= 300) throw new GitHubTrouble(call, answer.status);
      return answer.text === '' ? undefined : (JSON.parse(answer.text) as unknown);
    });
  }

  #around<T>(call: string, work: () => Promise<T>): Promise<T> {
    return this.#options.around ? this.#options.around(call, work) : work();
  }

  async #send(
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
      return { status: answer.statusCode, text: await shortText(answer.body) };
    } catch (cause) {
      throw new GitHubTrouble(method, 0, { cause });
    }
  }
}

const at = ({ owner, name }: Repository): string => `/repos/${owner}/${name}`;

async function shortText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
