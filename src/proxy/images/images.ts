/**
 * The rule for images: the registry's API, version 2, for pulling what governance lists by digest.
 *
 * An engine is sent for a token with its agent's signature, and then gets manifests and blobs that belong to a listed
 * digest (contents.ts), whatever names it uses. Each is compared with its digest on the way (carry.ts). No URL of the
 * client's goes anywhere, and none of the registry's comes back.
 *
 * What is served is always whole: a range is answered with all of it, as the protocol allows, because the hash of a
 * part says nothing. There is no catalogue, no list of tags, no referrers, and nothing can be sent.
 */
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { agentKeys, type Governance } from '../../governance/governance.ts';
import type { Clock } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { sha256 } from '../../lib/hash.ts';
import { awaited, within } from '../awaited.ts';
import type { KnownCaller } from '../callers.ts';
import type { Head, Rule, Seen, Told, Visit } from '../door.ts';
import type { StoreCounts } from '../metrics.ts';
import type { ProxyLimits } from '../settings.ts';
import { BlobCache, type Entering } from './cache.ts';
import { carry } from './carry.ts';
import { Contents } from './contents.ts';
import { listed, pinOf, type Listed } from './governed.ts';
import type { Part } from './manifest.ts';
import type { ImageSettings } from './settings.ts';
import { claimsImages, readImageTarget, type ImageTarget, type RepositoryName } from './target.ts';
import { ImageTokens, passwordIn, TOKEN_LIFE } from './tokens.ts';
import { Upstream } from './upstream.ts';
import { errorBody, no, toldAs } from './words.ts';

export interface ImagesOptions {
  /** What agents know the proxy by. */
  origin: string;
  governance: () => Governance | undefined;
  settings: ImageSettings;
  limits: ProxyLimits;
  /** Connects to nothing inside (../upstream.ts). */
  dispatcher: Dispatcher;
  clock: Clock;
  /** Of the store. */
  counts?: StoreCounts;
}

/** The challenge of a 401 names the repository, where one is meant. */
interface Challenge extends Refusal {
  repository?: RepositoryName;
}

interface InTime extends Visit {
  /** Nobody waits for it any more, or it takes too long. */
  stop: AbortController;
}

type Wanted = Extract<ImageTarget, { repository: string }>;

const COMMON = { 'docker-distribution-api-version': 'registry/2.0', 'x-content-type-options': 'nosniff' };
const JSON_TYPE = { 'content-type': 'application/json' };
/** Bytes of the cache that are read at once. */
const READ = 512 * 1024;

export class ImageRule implements Rule {
  readonly #options: ImagesOptions;
  readonly #service: string;
  readonly #tokens: ImageTokens;
  readonly #upstream: Upstream;
  readonly #cache: BlobCache | undefined;
  readonly #contents: Contents;

  constructor(options: ImagesOptions) {
    const { origin, settings, clock, counts } = options;
    this.#options = options;
    this.#service = new URL(origin).host;
    this.#tokens = new ImageTokens(this.#service, clock);
    this.#upstream = new Upstream(options);
    this.#cache =
      settings.cache && new BlobCache({ ...settings.cache, clock, ...(counts ? { counts } : {}) });
    this.#contents = new Contents(this.#upstream, this.#cache);
  }

  claims({ url }: Head): boolean {
    return claimsImages(url);
  }

  tell(refused: Challenge): Told {
    const { status } = toldAs(refused);
    const scope = refused.repository === undefined ? '' : `,scope="repository:${refused.repository}:pull"`;
    const challenge = `Bearer realm="${this.#options.origin}/token",service="${this.#service}"${scope}`;
    return {
      status,
      headers: {
        ...COMMON,
        ...JSON_TYPE,
        'cache-control': 'no-store',
        ...(status === 401 ? { 'www-authenticate': challenge } : {}),
        ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
        ...(status === 429 || status === 503 ? { 'retry-after': '5' } : {}),
      },
      body: errorBody(refused),
    };
  }

  async answer(visit: Visit): Promise<Refusal | undefined> {
    const target = readImageTarget(visit.request, this.#service);
    if (isRefusal(target)) return target;
    visit.seen.rule = target.rule;
    if (target.rule === 'image-ping') return no.token();
    const caller =
      target.rule === 'image-token'
        ? await this.#signer(visit)
        : await this.#holder(visit, target.repository);
    if (isRefusal(caller)) {
      const challenge: Challenge = { ...caller, repository: target.repository };
      return challenge;
    }
    return visit.admit(caller, () => this.#give(target, caller, visit));
  }

  /** Whose signed token is the password. An airlock runs nothing, so it has nothing to pull. */
  async #signer({ request, caller }: Visit): Promise<KnownCaller | Refusal> {
    const password = passwordIn(request.headers.authorization);
    if (password === undefined) return no.password();
    const signer = await caller(`Bearer ${password}`);
    return isRefusal(signer) || signer.kind === 'agent' ? signer : no.password();
  }

  /** Whose token of ours this is; who has been taken out of governance since holds nothing. */
  async #holder({ request, seen }: Visit, repository: RepositoryName): Promise<KnownCaller | Refusal> {
    const caller = await this.#tokens.holder(request.headers.authorization, repository);
    if (!caller) return no.token();
    Object.assign(seen, {
      agent: caller.agent,
      backend: caller.backend,
      signer: caller.key,
    } satisfies Partial<Seen>);
    const governance = this.#options.governance();
    if (!governance) return no.noGovernance();
    const keys = agentKeys(governance, caller.backend, this.#options.clock.now());
    const holds = keys.some(({ id, key }) => id === caller.agent && sha256(key).slice(0, 12) === caller.key);
    return holds ? caller : no.agent();
  }

  async #give(target: Wanted, caller: KnownCaller, visit: Visit): Promise<Refusal | undefined> {
    const images = listed(this.#options.governance(), target.repository);
    if (isRefusal(images)) return images;
    visit.seen.image = images.repository;
    if (target.rule === 'image-token') return this.#giveToken(caller, images, visit);
    const { stop, over } = awaited(visit.request, visit.response, this.#options.limits.total_seconds);
    try {
      return target.rule === 'image-manifest'
        ? await this.#giveManifest(target.reference, images, { ...visit, stop })
        : await this.#giveBlob(target.digest, images, { ...visit, stop });
    } finally {
      over();
    }
  }

  async #giveToken(caller: KnownCaller, images: Listed, { response, seen }: Visit): Promise<undefined> {
    const token = await this.#tokens.give(caller, images.repository);
    const issued = new Date(this.#options.clock.now()).toISOString();
    const body = { token, access_token: token, expires_in: TOKEN_LIFE / 1000, issued_at: issued };
    const bytes = Buffer.from(JSON.stringify(body));
    response.writeHead(200, { ...COMMON, ...JSON_TYPE, 'cache-control': 'no-store' }).end(bytes);
    seen.bytesOut = bytes.length;
    return undefined;
  }

  async #giveManifest(
    reference: Extract<ImageTarget, { reference: unknown }>['reference'],
    images: Listed,
    { request, response, seen, stop }: InTime,
  ): Promise<Refusal | undefined> {
    const digest = typeof reference === 'string' ? reference : pinOf(images, reference.tag);
    if (isRefusal(digest)) return digest;
    const known =
      (await within(stop.signal, this.#contents.manifest(images, digest, stop.signal))) ?? no.away();
    if (isRefusal(known)) return known;
    response.writeHead(200, {
      ...COMMON,
      'content-type': known.manifest.mediaType,
      'content-length': String(known.bytes.length),
      'docker-content-digest': digest,
    });
    if (request.method === 'HEAD') response.end();
    else response.end(known.bytes);
    seen.bytesOut = request.method === 'HEAD' ? 0 : known.bytes.length;
    return undefined;
  }

  async #giveBlob(
    digest: Part['digest'],
    images: Listed,
    { request, response, seen, stop }: InTime,
  ): Promise<Refusal | undefined> {
    const part = (await within(stop.signal, this.#contents.blob(images, digest, stop.signal))) ?? no.away();
    if (isRefusal(part)) return part;
    if (part.size > this.#options.limits.response_bytes) return no.tooLarge();
    const headers = {
      ...COMMON,
      'content-type': 'application/octet-stream',
      'docker-content-digest': digest,
      'accept-ranges': 'none',
    };
    if (request.method === 'HEAD') {
      response.writeHead(200, { ...headers, 'content-length': String(part.size) }).end();
      return undefined;
    }
    const kept = await this.#fromCache(part, response, headers, seen, stop.signal);
    return kept ? undefined : this.#fromRegistry(part, images, { response, headers, seen, stop });
  }

  /** True when the answer has begun, well or badly. */
  async #fromCache(
    part: Part,
    response: ServerResponse,
    headers: Record<string, string>,
    seen: Visit['seen'],
    signal: AbortSignal,
  ): Promise<boolean> {
    const finding = this.#cache?.find(part.digest, part.size);
    const file = finding && (await within(signal, finding, (late) => late?.close()));
    if (!file) return false;
    const source = file.createReadStream({ highWaterMark: READ, signal }) as AsyncIterable<Buffer>;
    const { end, bytesOut } = await carry(source, part, { response, headers, signal });
    await within(
      signal,
      file.close().catch(() => undefined),
    );
    if (end === 'mismatch' || (end === 'cut' && !signal.aborted)) this.#cache?.forget(part.digest);
    if (end !== 'whole' && !response.headersSent) return false;
    Object.assign(seen, { bytesOut, cached: true, ...(end === 'whole' ? {} : { broken: true }) });
    if (end !== 'whole') response.destroy();
    return true;
  }

  async #begin({ digest, size }: Part, signal: AbortSignal): Promise<Entering | undefined> {
    const beginning = this.#cache?.begin(digest, size);
    return beginning && within(signal, beginning, (late) => late?.drop());
  }

  async #fromRegistry(
    part: Part,
    images: Listed,
    given: {
      response: ServerResponse;
      headers: Record<string, string>;
      seen: Visit['seen'];
      stop: AbortController;
    },
  ): Promise<Refusal | undefined> {
    const { response, headers, seen, stop } = given;
    const answer = await this.#upstream.open(images, 'blobs', part.digest, stop.signal);
    if (isRefusal(answer)) return answer;
    try {
      if (answer.length !== undefined && answer.length !== part.size) return no.mismatch();
      const { signal } = stop;
      const entering = await this.#begin(part, signal);
      const { end, bytesOut } = await carry(answer.body, part, { response, headers, signal, entering });
      seen.bytesOut = bytesOut;
      if (end === 'whole') return undefined;
      if (!response.headersSent && !response.destroyed) return end === 'mismatch' ? no.mismatch() : no.away();
      seen.broken = true;
      if (end === 'mismatch') seen.code = no.mismatch().code;
      response.destroy();
      return undefined;
    } finally {
      answer.body.destroy();
    }
  }
}
