/**
 * Asking the registry: the flow of its tokens, and its redirects, are walked in here and never shown to a client.
 *
 * Always https, never with what the client sent. A blob may be elsewhere: at most three steps, to listed hosts, without
 * credentials. Where a connection may lead, the dispatcher decides.
 */
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { seconds, type Clock } from '../../lib/clock.ts';
import { limitedText } from '../../lib/limited-text.ts';
import { isRefusal, Refused, type Refusal } from '../../lib/refusal.ts';
import { readSecret } from '../../lib/secret-place.ts';
import type { ProxyLimits } from '../settings.ts';
import { isNotPublic } from '../addresses.ts';
import { drop, followed, hostOf, isRedirect, locationIn, one } from '../redirects.ts';
import type { Listed } from './governed.ts';
import { ACCEPT } from './manifest.ts';
import type { ImageSettings } from './settings.ts';
import type { Digest } from './target.ts';
import { no } from './words.ts';

export interface Answer {
  body: AsyncIterable<Buffer> & { destroy(): unknown };
  /** As the registry says; nothing relies on it. */
  length: number | undefined;
}

export type Place = Pick<Listed, 'repository' | 'registry' | 'redirectHosts'>;

export interface UpstreamOptions {
  settings: ImageSettings;
  limits: ProxyLimits;
  /** Connects to nothing inside (../upstream.ts). */
  dispatcher: Dispatcher;
  clock: Clock;
}

interface Token {
  header: string;
  until: number;
}

const MAX_TOKEN_ANSWER = 64 * 1024;
const MAX_TOKENS = 500;
/** A token is not used in its last seconds; one that does not say for how long it holds, holds for a minute. */
const MARGIN_SECONDS = 10;
const STANDARD_LIFE_SECONDS = 60;
/** Bytes read ahead of a client that is slower. */
const READ_AHEAD = 4 * 1024 ** 2;
const USER_AGENT = 'sallyport-proxy';

const tokenAnswer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
});

function passwordAt(place: string): string {
  try {
    return readSecret(place);
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(no.passwordFile(place), { cause });
  }
}

export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #basic: string | undefined;
  readonly #tokens = new Map<string, Token>();

  /** Throws Refused when the password of the registry cannot be read, or others can read it too. */
  constructor(options: UpstreamOptions) {
    const { credentials } = options.settings;
    this.#options = options;
    this.#basic = credentials && basic(credentials.user, passwordAt(credentials.password_file));
  }

  /** The answer's bytes are nobody's word yet: whoever reads them compares them with the digest. */
  async open(
    place: Place,
    kind: 'manifests' | 'blobs',
    digest: Digest,
    signal: AbortSignal,
  ): Promise<Answer | Refusal> {
    try {
      return await this.#open(place, kind, digest, signal);
    } catch (error) {
      return isNotPublic(error) ? no.address() : no.away();
    }
  }

  async #open(
    place: Place,
    kind: 'manifests' | 'blobs',
    digest: Digest,
    signal: AbortSignal,
  ): Promise<Answer | Refusal> {
    const url = `https://${place.registry}/v2/${place.repository}/${kind}/${digest}`;
    const accept = kind === 'manifests' ? ACCEPT : '*/*';
    const known = this.#known(place);
    let answer = await this.#get(url, accept, known, signal);
    if (answer.statusCode === 401) {
      drop(answer);
      this.#tokens.delete(keyOf(place));
      const token = await this.#token(place, one(answer.headers['www-authenticate']), signal);
      if (isRefusal(token)) return token;
      answer = await this.#get(url, accept, token, signal);
    }
    if (isRedirect(answer)) {
      // Manifests stand where tokens are asked for; only blobs are kept elsewhere.
      if (kind === 'manifests') return refuseAnswer(answer, no.redirect());
      const found = await this.#follow(answer, url, place, signal);
      if (isRefusal(found)) return found;
      answer = found;
    }
    return taken(answer);
  }

  /** Nothing of the registry's credentials goes along, wherever it leads. */
  async #follow(
    first: Dispatcher.ResponseData,
    from: string,
    place: Place,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData | Refusal> {
    const hosts = [place.registry, ...place.redirectHosts];
    const get = (at: string) => this.#get(at, '*/*', undefined, signal);
    return (await followed(first, from, hosts, get)) ?? no.redirect();
  }

  async #get(
    url: string,
    accept: string,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { dispatcher } = this.#options;
    const { headers_seconds: forHeaders, idle_seconds: forBytes } = this.#options.limits;
    return request(url, {
      headers: {
        accept,
        'accept-encoding': 'identity',
        'user-agent': USER_AGENT,
        ...(authorization === undefined ? {} : { authorization }),
      },
      headersTimeout: seconds(forHeaders),
      bodyTimeout: seconds(forBytes),
      highWaterMark: READ_AHEAD,
      signal,
      dispatcher,
    });
  }

  #known(place: Place): string | undefined {
    const token = this.#tokens.get(keyOf(place));
    return token && this.#options.clock.now() < token.until ? token.header : undefined;
  }

  /** As the registry's challenge says, but only from hosts that may: who makes tokens sees the credentials. */
  async #token(place: Place, challenge: string | undefined, signal: AbortSignal): Promise<string | Refusal> {
    const { credentials, token_hosts: hosts } = this.#options.settings;
    const basicHeader = credentials?.host === place.registry ? this.#basic : undefined;
    if (/^basic\b/i.test(challenge ?? '')) return basicHeader ?? no.denied();
    const { realm, service } = readChallenge(challenge ?? '');
    const url = locationIn(realm, undefined);
    if (!url || ![place.registry, ...hosts].includes(hostOf(url))) return no.realm();
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', `repository:${place.repository}:pull`);
    const answer = await this.#get(url.href, 'application/json', basicHeader, signal);
    if (answer.statusCode !== 200) return refuseAnswer(answer, statusRefusal(answer.statusCode));
    const read = tokenAnswer.safeParse(JSON.parse(await limitedText(answer.body, MAX_TOKEN_ANSWER)));
    const text = read.data?.token ?? read.data?.access_token;
    if (text === undefined || !/^[\x21-\x7e]+$/.test(text)) return no.away();
    const life = (read.data?.expires_in ?? STANDARD_LIFE_SECONDS) - MARGIN_SECONDS;
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.clear();
    const token = { header: `Bearer ${text}`, until: this.#options.clock.now() + seconds(life) };
    this.#tokens.set(keyOf(place), token);
    return token.header;
  }
}

const keyOf = ({ registry, repository }: Place): string => `${registry}/${repository}`;

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function taken(answer: Dispatcher.ResponseData): Answer | Refusal {
  if (answer.statusCode !== 200) return refuseAnswer(answer, statusRefusal(answer.statusCode));
  const encoding = one(answer.headers['content-encoding']);
  if (encoding !== undefined && encoding !== 'identity') return refuseAnswer(answer, no.away());
  const length = one(answer.headers['content-length']);
  return { body: answer.body, length: length === undefined ? undefined : Number(length) };
}

function refuseAnswer(answer: Dispatcher.ResponseData, refused: Refusal): Refusal {
  drop(answer);
  return refused;
}

function statusRefusal(status: number): Refusal {
  if (status === 404) return no.missing();
  if (status === 401 || status === 403) return no.denied();
  return status === 429 ? no.limited() : no.away();
}

function readChallenge(text: string): { realm?: string; service?: string } {
  if (!/^bearer /i.test(text)) return {};
  const found = (key: string): string | undefined =>
    new RegExp(`(?:^bearer |[, ])${key}="([^"]{1,500})"`, 'i').exec(text)?.[1];
  const [realm, service] = [found('realm'), found('service')];
  return { ...(realm === undefined ? {} : { realm }), ...(service === undefined ? {} : { service }) };
}
