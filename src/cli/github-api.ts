/** GitHub's REST API as one person uses it. An answer that has not changed is asked for by its ETag. */
import { z } from 'zod';
import { limitedText } from '../lib/limited-text.ts';
import { refusal, Refused } from '../lib/refusal.ts';
import type { GithubPlace } from './github-place.ts';

const PATIENCE_MS = 30_000;
const LONGEST = 16 * 1024 * 1024;
const PAGE = 100;

const Sha = z.looseObject({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

export const Comment = z.looseObject({
  id: z.int(),
  body: z.string(),
  html_url: z.string(),
  user: z.looseObject({ login: z.string(), type: z.string() }).nullable(),
});
export type Comment = z.infer<typeof Comment>;

export const CheckRun = z.looseObject({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullable(),
  output: z.looseObject({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    text: z.string().nullable(),
  }),
});
export type CheckRun = z.infer<typeof CheckRun>;

interface Kept {
  tag: string;
  value: unknown;
}

export class GithubApi {
  readonly #place: GithubPlace;
  readonly #kept = new Map<string, Kept>();

  constructor(place: GithubPlace) {
    this.#place = place;
  }

  /** The whole sha of a commit or branch there; undefined when there is none. */
  async commit(ref: string): Promise<string | undefined> {
    const found = await this.#ask('GET', `/commits/${encodeURIComponent(ref)}`, undefined, [404, 409, 422]);
    return found === undefined ? undefined : read(Sha, found).sha;
  }

  async commentOnCommit(sha: string, body: string): Promise<Comment> {
    return read(Comment, await this.#ask('POST', `/commits/${sha}/comments`, { body }));
  }

  /** All of them, oldest first, as GitHub lists them. */
  comments(sha: string): Promise<Comment[]> {
    return this.#pages(`/commits/${sha}/comments`, z.array(Comment));
  }

  checks(sha: string): Promise<CheckRun[]> {
    const list = z.looseObject({ check_runs: z.array(CheckRun) }).transform(({ check_runs: found }) => found);
    return this.#pages(`/commits/${sha}/check-runs`, list);
  }

  async #pages<T>(path: string, schema: z.ZodType<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page += 1) {
      const found = read(schema, await this.#ask('GET', `${path}?per_page=${PAGE}&page=${page}`));
      all.push(...found);
      if (found.length < PAGE) return all;
    }
  }

  /** `none`: statuses that mean there is nothing. Throws Refused 'github.…'. */
  async #ask(method: 'GET' | 'POST', path: string, body?: object, none: number[] = []): Promise<unknown> {
    const { api, owner, name, token } = this.#place;
    const kept = method === 'GET' ? this.#kept.get(path) : undefined;
    const answer = await this.#send(`${api}/repos/${owner}/${name}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'user-agent': 'sallyport',
        ...(body && { 'content-type': 'application/json' }),
        ...(kept && { 'if-none-match': kept.tag }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // A token goes to the host that was chosen, not to where that host leads.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 304 && kept) return kept.value;
    if (none.includes(answer.status)) return undefined;
    if (!answer.ok) throw new Refused(refusedBy(answer, `${owner}/${name}`));
    const value = parsed(await limitedText(answer.body, LONGEST, () => new Refused(strange())));
    const tag = answer.headers.get('etag');
    if (method === 'GET' && tag) this.#kept.set(path, { tag, value });
    return value;
  }

  async #send(address: string, options: RequestInit): Promise<Response> {
    try {
      return await fetch(address, options);
    } catch (error) {
      const says = `${new URL(address).host} does not answer.`;
      throw new Refused(refusal('github.away', says, 'Look at your network, then try again.'), {
        cause: error,
      });
    }
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new Refused(strange());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(strange());
  }
}

const strange = () =>
  refusal('github.strange', 'What answered is not the API of a GitHub.', 'Check GH_HOST and GITHUB_API_URL.');

function refusedBy({ status, headers }: Response, repository: string) {
  if (status === 401)
    return refusal(
      'github.token-refused',
      'GitHub does not know this token.',
      'Sign in anew: "gh auth login", or renew GH_TOKEN.',
    );
  if (headers.get('x-ratelimit-remaining') === '0' || status === 429)
    return refusal(
      'github.rate-limited',
      'GitHub asks you to wait: too much was asked with this token.',
      'Try again in an hour, or ask less often with --every.',
    );
  if (status === 403)
    return refusal(
      'github.forbidden',
      `Your token may not do this in ${repository}.`,
      'It has to read checks, and to write comments for "run".',
    );
  if (status === 404 || (status >= 300 && status < 400))
    return refusal(
      'github.not-found',
      `There is no ${repository} that this token may see.`,
      'Check its name, and what the token may see; a renamed repository is asked for by its new name.',
    );
  return refusal('github.failed', `GitHub answered ${status}.`, 'Try again later.');
}
