/**
 * What the proxy asks GitHub for itself: which repository a name means, and a token that reads just it.
 *
 * For one repository: the App's installation → a token limited to this repository and `contents: read` →
 * the repository's numeric id, asked again each minute with its ETag (an unchanged answer costs nothing).
 * An owner without the App is asked without a credential: only public repositories answer then.
 */
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { minutes, seconds, type Clock } from '../lib/clock.ts';
import { limitedText } from '../lib/limited-text.ts';
import { githubPlaces } from '../lib/origin.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { no } from './words.ts';

export interface Repository {
  id: number;
  /** As GitHub spells them. */
  owner: string;
  name: string;
}

export interface Access {
  repository: Repository;
  /** Authorization header for git; undefined for public repositories of owners without the App. */
  authorization?: string;
}

export interface GitHubOptions {
  /** `https://github.com`. */
  origin: string;
  appId: number;
  key: KeyObject;
  clock: Clock;
  dispatcher?: Dispatcher;
}

interface Known extends Access {
  token?: { text: string; until: number };
  etag?: string;
  askedAt: number;
}

const repositoryAnswer = z.object({ id: z.int().positive(), full_name: z.string() });
const installationAnswer = z.object({ id: z.int().positive() });
const tokenAnswer = z.object({ token: z.string().min(1), expires_at: z.iso.datetime({ offset: true }) });

const SAME_FOR = minutes(1);
/** A token is not used in its last minutes: a long clone asks only at its start. */
const TOKEN_MARGIN = minutes(5);
const TIMEOUT = seconds(15);
const MAX_ANSWER = 1024 ** 2;
const MAX_KNOWN = 2000;

export class GitHubAccess {
  readonly #options: GitHubOptions;
  readonly #api: string;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Access | Refusal>>();
  #jwt: { text: string; until: number } | undefined;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.#api = githubPlaces(options.origin).api;
  }

  /** Calls at the same time share one look. Refuses names that are missing, moved, or no longer the same repository. */
  async access(owner: string, name: string): Promise<Access | Refusal> {
    const key = `${owner}/${name}`.toLowerCase();
    const known = this.#known.get(key);
    if (known && this.#isFresh(known)) return known;
    const asking = this.#asking.get(key) ?? this.#look(key, owner, name, known);
    this.#asking.set(key, asking);
    return asking.finally(() => this.#asking.delete(key));
  }

  /** After GitHub refused the token: the next request mints another. */
  forgetToken(owner: string, name: string): void {
    const known = this.#known.get(`${owner}/${name}`.toLowerCase());
    if (known) known.token = undefined;
  }

  #isFresh({ askedAt, token, authorization }: Known): boolean {
    const now = this.#options.clock.now();
    return (
      now - askedAt < SAME_FOR && (authorization === undefined || (token !== undefined && now < token.until))
    );
  }

  async #look(key: string, owner: string, name: string, known: Known | undefined): Promise<Access | Refusal> {
    const now = this.#options.clock.now();
    const token = known?.token && now < known.token.until ? known.token : await this.#mint(owner, name);
    if (isRefusal(token)) return token;
    const etag = token === known?.token ? known?.etag : undefined;
    const answer = await this.#ask('GET', `/repos/${owner}/${name}`, token && `Bearer ${token.text}`, {
      etag,
    });
    if (isRefusal(answer)) return answer;
    let repository = known?.repository;
    if (answer.status !== 304) {
      const read = repositoryAnswer.safeParse(answer.body);
      if (!read.success) return no.github();
      const [isOwner = '', isName = ''] = read.data.full_name.split('/');
      if (`${isOwner}/${isName}`.toLowerCase() !== key) return no.moved();
      if (repository && repository.id !== read.data.id) {
        // Told once; from then on its present number counts, and whether governance names that one.
        this.#known.delete(key);
        return no.moved();
      }
      repository = { id: read.data.id, owner: isOwner, name: isName };
    }
    if (!repository) return no.github();
    const entry: Known = {
      repository,
      authorization: token && basic(token.text),
      token,
      etag: answer.etag ?? etag,
      askedAt: now,
    };
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, entry);
    return entry;
  }

  /** Undefined: the App is not installed there. */
  async #mint(owner: string, name: string): Promise<{ text: string; until: number } | undefined | Refusal> {
    const jwt = `Bearer ${await this.#appJwt()}`;
    const installation = await this.#ask('GET', `/repos/${owner}/${name}/installation`, jwt);
    if (isRefusal(installation))
      return installation.code === 'proxy.repository-missing' ? undefined : installation;
    const id = installationAnswer.safeParse(installation.body).data?.id;
    if (id === undefined) return no.github();
    const body = { repositories: [name], permissions: { contents: 'read' } };
    const answer = await this.#ask('POST', `/app/installations/${id}/access_tokens`, jwt, { body });
    if (isRefusal(answer)) return answer;
    const token = tokenAnswer.safeParse(answer.body).data;
    return token ? { text: token.token, until: Date.parse(token.expires_at) - TOKEN_MARGIN } : no.github();
  }

  async #appJwt(): Promise<string> {
    const now = this.#options.clock.now();
    if (!this.#jwt || now >= this.#jwt.until) {
      const iat = Math.floor(now / 1000) - 60;
      const text = await new SignJWT({ iat, exp: iat + 600, iss: String(this.#options.appId) })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .sign(this.#options.key);
      this.#jwt = { text, until: now + minutes(8) };
    }
    return this.#jwt.text;
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    authorization: string | undefined,
    { etag, body }: { etag?: string; body?: object } = {},
  ): Promise<{ status: number; body: unknown; etag?: string } | Refusal> {
    try {
      const answer = await request(`${this.#api}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.github+json',
          'user-agent': 'sallyport-proxy',
          'x-github-api-version': '2022-11-28',
          ...(authorization ? { authorization } : {}),
          ...(etag ? { 'if-none-match': etag } : {}),
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        body: body && JSON.stringify(body),
        headersTimeout: TIMEOUT,
        bodyTimeout: TIMEOUT,
        signal: AbortSignal.timeout(TIMEOUT),
        dispatcher: this.#options.dispatcher,
      });
      const text = await limitedText(answer.body, MAX_ANSWER);
      const status = answer.statusCode;
      if (status === 304) return { status, body: undefined };
      if (status >= 200 && status < 300)
        return { status, body: JSON.parse(text), etag: one(answer.headers['etag']) };
      if (status >= 300 && status < 400) return no.moved();
      if (status === 404 || status === 410 || status === 422) return no.missing();
      const limited =
        status === 429 ||
        (status === 403 &&
          (answer.headers['retry-after'] ?? answer.headers['x-ratelimit-remaining']) !== undefined);
      return limited ? no.githubLimit() : no.github();
    } catch {
      return no.github();
    }
  }
}

/** GitHub takes an installation token as the password of this user for git over HTTPS. */
function basic(token: string): string {
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
