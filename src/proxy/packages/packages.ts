/**
 * The rule for packages: Debian archives, read by apt, at names of their own.
 *
 * Who asks is known by the certificate that the door wanted: apt can show one, and cannot sign. What is asked for is
 * written anew from its parts, goes to the archive without a word of the client's but a range and dates, and comes back
 * as it is: apt compares every byte with what the archive signed, so an archive that lies can only fail to serve.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { request as ask, type Dispatcher } from 'undici';
import { seconds } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { isNotPublic } from '../addresses.ts';
import { awaited } from '../awaited.ts';
import { counted } from '../counted.ts';
import type { Head, Rule, Seen, Told, Visit } from '../door.ts';
import { inPlainText } from '../plain.ts';
import { drop, followed, hostOf, one } from '../redirects.ts';
import type { ProxyLimits } from '../settings.ts';
import { clientOf } from './client.ts';
import { headersDown, headersUp } from './headers.ts';
import type { Archive, PackageSettings } from './settings.ts';
import { readPackageTarget, type PackageTarget } from './target.ts';
import { no, statusOf } from './words.ts';

export interface PackagesOptions {
  /** What agents know the proxy by: archives have names of their own, at the same port. */
  origin: string;
  settings: PackageSettings;
  limits: ProxyLimits;
  /** Connects to nothing inside (../upstream.ts). */
  dispatcher: Dispatcher;
}

/** No more than a client that waits for its turn needs. */
const READ_AHEAD = 1024 ** 2;
/** Of one connection; apt sends ten. */
const MOST_WAITING = 32;

export class PackageRule implements Rule {
  readonly hosts: readonly string[];
  readonly #options: PackagesOptions;
  readonly #archives: ReadonlyMap<string, Archive>;
  /** Of each connection, the end of the last request on it, and how many are not answered yet. */
  readonly #turns = new WeakMap<object, { last: Promise<unknown>; waiting: number }>();

  constructor(options: PackagesOptions) {
    const { port } = new URL(options.origin);
    this.#options = options;
    this.#archives = new Map(
      options.settings.archives.map((archive) => [`${archive.host}${port && `:${port}`}`, archive]),
    );
    this.hosts = [...this.#archives.keys()];
  }

  claims({ headers }: Head): boolean {
    return this.#archiveOf(headers) !== undefined;
  }

  tell(refused: Refusal): Told {
    const status = statusOf(refused);
    return inPlainText(refused, status, status === 405 ? { allow: 'GET, HEAD' } : {});
  }

  /**
   * apt sends ten requests before it has read the first answer. They are answered one after the other, so that they count
   * as one open request and nothing is fetched to wait in memory.
   */
  async answer(visit: Visit): Promise<Refusal | undefined> {
    const { socket } = visit.request;
    const { last, waiting } = this.#turns.get(socket) ?? { last: Promise.resolve(), waiting: 0 };
    if (waiting >= MOST_WAITING) {
      socket.destroy();
      return undefined;
    }
    const answered = last
      .then(() => (socket.destroyed ? undefined : this.#answer(visit)))
      .finally(() => {
        const turn = this.#turns.get(socket);
        if (turn) turn.waiting -= 1;
      });
    this.#turns.set(socket, { last: answered.catch(() => undefined), waiting: waiting + 1 });
    return answered;
  }

  async #answer(visit: Visit): Promise<Refusal | undefined> {
    const { request, seen } = visit;
    const client = clientOf(request);
    if (!client) return no.client();
    Object.assign(seen, { certificate: client.certificate, host: client.host });
    const archive = this.#archiveOf(request.headers);
    if (!archive) return no.path();
    const target = readPackageTarget(request, archive);
    if (isRefusal(target)) return target;
    Object.assign(seen, { rule: target.rule, archive: archive.host });
    // Agents have names of their own, without a colon.
    const caller = { agent: `certificate:${client.certificate}`, backend: '' };
    return visit.admit(caller, () => this.#give(target, archive, visit));
  }

  async #give(
    target: PackageTarget,
    archive: Archive,
    { request, response, seen }: Visit,
  ): Promise<Refusal | undefined> {
    const { stop, over } = awaited(request, response, this.#options.limits.total_seconds);
    try {
      const answer = await this.#fetch(target, archive, request, stop.signal);
      if (isRefusal(answer)) return answer;
      return await this.#carry(answer, target, { response, seen, signal: stop.signal });
    } catch (error) {
      if (!response.headersSent) return isNotPublic(error) ? no.address() : no.away();
      seen.broken = true;
      response.destroy();
      return undefined;
    } finally {
      over();
      stop.abort();
    }
  }

  /** Throws when it cannot be reached. */
  async #fetch(
    { method, path }: PackageTarget,
    { upstream, redirect_hosts: others }: Archive,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData | Refusal> {
    const { dispatcher, limits } = this.#options;
    const headers = headersUp(request.headers);
    const get = (url: string): Promise<Dispatcher.ResponseData> =>
      ask(url, {
        method,
        headers,
        headersTimeout: seconds(limits.headers_seconds),
        bodyTimeout: seconds(limits.idle_seconds),
        highWaterMark: READ_AHEAD,
        signal,
        dispatcher,
      });
    const url = `${upstream}/${path}`;
    const answer = await followed(await get(url), url, [hostOf(new URL(upstream)), ...others], get);
    if (!answer) return no.redirect();
    const refused = statusRefusal(answer, headers['range'] !== undefined);
    if (!refused) return answer;
    drop(answer);
    return refused;
  }

  async #carry(
    answer: Dispatcher.ResponseData,
    { method }: PackageTarget,
    { response, seen, signal }: { response: ServerResponse; seen: Seen; signal: AbortSignal },
  ): Promise<Refusal | undefined> {
    const most = this.#options.limits.response_bytes;
    if (Number(one(answer.headers['content-length']) ?? 0) > most) {
      drop(answer);
      return no.tooLarge();
    }
    response.writeHead(answer.statusCode, headersDown(answer.headers, answer.statusCode));
    if (method === 'HEAD' || answer.statusCode === 304 || answer.statusCode === 416) {
      drop(answer);
      response.end();
      return undefined;
    }
    seen.bytesOut = 0;
    await pipeline(
      answer.body,
      counted(most, (size) => (seen.bytesOut = (seen.bytesOut ?? 0) + size)),
      response,
      { signal },
    );
    return undefined;
  }

  #archiveOf({ host }: Head['headers']): Archive | undefined {
    return this.#archives.get(host?.toLowerCase() ?? '');
  }
}

/** Undefined when it may pass. */
function statusRefusal(
  { statusCode: status }: Dispatcher.ResponseData,
  ranged: boolean,
): Refusal | undefined {
  if (status === 200 || status === 304 || (ranged && (status === 206 || status === 416))) return undefined;
  if (status === 404 || status === 410) return no.missing();
  return status === 429 || status === 503 ? no.limited() : no.away();
}
