/**
 * From an HTTP request to a route and back: body, who is calling, limits, faults, the answer with
 * ETag and headers. Routes are registered by the files in `api/`.
 */
import { createHash, randomBytes } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { CallFault } from '../state/faults.ts';
import type { Actor } from '../state/model.ts';
import type { Deed } from '../state/permission.ts';
import type { SandboxState } from '../state/state.ts';
import { authenticate, credentialIn } from './auth.ts';
import type { Answer, Call, Handler, RepoHandler } from './call.ts';
import type { Limits, Ticket } from './limits.ts';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];

const DOCS = 'https://docs.github.com/rest';
/** A marker no text can hold by chance: what stands in it is written as a bare number. */
const BIG = randomBytes(12).toString('hex');
const BIG_PATTERN = new RegExp(`"${BIG}(\\d+)"`, 'g');

export class Api {
  readonly router: Router = express.Router();
  readonly limits: Limits;
  readonly #state: SandboxState;

  constructor(state: SandboxState, limits: Limits) {
    this.#state = state;
    this.limits = limits;
  }

  /** Paths as Express writes them; `*name` takes slashes. */
  on(method: Method, path: string, handler: Handler, free = false): void {
    this.router[method](path, (request, response) => this.#serve(request, response, handler, free));
  }

  /** A route below a repository that `deed` guards; 404, 401, 403 in that order. */
  onRepo(method: Method, path: string, deed: Deed, handler: RepoHandler): void {
    this.on(method, `/repos/:owner/:repo${path}`, (call) => {
      const { owner = '', repo: name = '' } = call.params;
      const repo = this.#state.repos.find(owner, name);
      if (!repo) return notFound();
      const no = this.#state.repos.refuse(call.actor, repo, deed);
      return no ?? handler({ ...call, repo });
    });
  }

  /** Anything else below /api/v3. */
  finish(): void {
    this.router.use((request, response) => this.#serve(request, response, () => notFound(), false));
  }

  async #serve(request: Request, response: Response, handler: Handler, free: boolean): Promise<void> {
    const actor = await authenticate(this.#state, request.get('authorization'));
    if (isFailure(actor)) {
      send(response, request, actor, {});
      return;
    }
    const ticket = free ? undefined : this.limits.admit(actor, request.method, request.ip ?? '');
    if (isFailure(ticket)) {
      send(response, request, ticket, {});
      return;
    }
    const fault = this.#state.faults.forCall({
      method: request.method,
      path: request.path,
      app: appOf(actor),
    });
    const headers = ticket?.headers() ?? {};
    if (fault?.kind === 'answer') {
      ticket?.done(false);
      send(response, request, faultAnswer(fault), headers);
      return;
    }
    if (fault?.kind === 'no-answer') {
      ticket?.done(false);
      request.socket.destroy();
      return;
    }
    const broken = fault?.kind === 'broken-upload';
    const answer = await this.#run(request, actor, handler, broken);
    if (fault && !broken) return this.#breakOff(response, request, fault, ticket);
    const hadIt = send(response, request, answer, headers);
    ticket?.done(hadIt);
  }

  async #run(request: Request, actor: Actor, handler: Handler, broken: boolean): Promise<Answer | Failure> {
    const body = parseBody(request);
    if (isFailure(body)) return body;
    const url = new URL(request.originalUrl, this.#state.url);
    const call: Call = {
      state: this.#state,
      actor,
      token: credentialIn(request.get('authorization') ?? ''),
      params: joined(request.params),
      query: url.searchParams,
      url,
      accept: request.get('accept') ?? '',
      body: body.value,
      broken,
      incoming: request,
    };
    try {
      return await handler(call);
    } catch (error) {
      this.#state.log.error({ err: error, code: 'sandbox.bug', path: request.path }, 'a route threw');
      return fail(500, 'Server Error');
    }
  }

  /** The work is done, the caller never hears of it. */
  #breakOff(response: Response, request: Request, fault: CallFault, ticket: Ticket | undefined): void {
    ticket?.done(false);
    if (fault.status) send(response, request, faultAnswer(fault), {});
    else response.socket?.destroy();
  }
}

/** Returns true when the caller had it already. */
function send(
  response: Response,
  request: Request,
  answer: Answer | Failure,
  headers: Record<string, string>,
): boolean {
  response.set({
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
    'x-github-request-id': randomBytes(12)
      .toString('hex')
      .toUpperCase()
      .replace(/(.{4})(?=.)/g, '$1:'),
    'access-control-expose-headers':
      'ETag, Link, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset',
    ...headers,
    ...answer.headers,
  });
  if (isFailure(answer)) {
    const { status, message, errors } = answer;
    response.status(status).set('content-type', 'application/json; charset=utf-8');
    response.end(
      JSON.stringify({
        message,
        ...(errors ? { errors } : {}),
        ...(answer.url ? { url: answer.url } : {}),
        documentation_url: DOCS,
        status: String(status),
      }),
    );
    return false;
  }
  if (answer.status === 204 || (answer.body === undefined && answer.bytes === undefined)) {
    response.status(answer.status).end();
    return false;
  }
  const bytes = answer.bytes ?? stringify(answer.body);
  if (request.method === 'GET' && answer.status === 200) {
    const tag = `W/"${createHash('sha256').update(bytes).digest('hex')}"`;
    response.set({
      etag: tag,
      'cache-control': 'private, max-age=60, s-maxage=60',
      vary: 'Accept, Authorization, Cookie',
    });
    if (sameTag(request.get('if-none-match'), tag)) {
      response.status(304).end();
      return true;
    }
  }
  response.status(answer.status);
  response.set('content-type', answer.type ?? 'application/json; charset=utf-8');
  response.end(bytes);
  return false;
}

function sameTag(given: string | undefined, tag: string): boolean {
  return (
    given !== undefined &&
    given.split(',').some((one) => one.trim().replace(/^W\//, '') === tag.replace(/^W\//, ''))
  );
}

function stringify(body: unknown): string {
  let big = false;
  const text = JSON.stringify(body, (_key, value: unknown) => {
    if (typeof value !== 'bigint') return value;
    big = true;
    return BIG + String(value);
  });
  return big ? text.replace(BIG_PATTERN, '$1') : text;
}

function parseBody(request: Request): { value: unknown } | Failure {
  const raw: unknown = request.body;
  if (!Buffer.isBuffer(raw) || raw.length === 0) return { value: {} };
  try {
    return { value: JSON.parse(raw.toString('utf8')) as unknown };
  } catch {
    return fail(400, 'Problems parsing JSON');
  }
}

/** Wildcards arrive as segments. */
function joined(params: Request['params']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join('/') : String(value ?? ''),
    ]),
  );
}

function faultAnswer({ status = 502, retryAfter = status === 429 ? 60 : undefined }: CallFault): Failure {
  if (retryAfter === undefined)
    return fail(status, status === 403 ? 'Resource not accessible by integration' : 'Server Error');
  return fail(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    undefined,
    { 'retry-after': String(retryAfter) },
  );
}

function appOf(actor: Actor): string | undefined {
  return actor.kind === 'app' || actor.kind === 'installation' ? actor.app.slug : undefined;
}
