/**
 * The proxy's own tokens for engines: one agent, one repository, pulling. They hold as long as a pull may take, since
 * an engine cannot ask the agent for another signature half-way; what the agent may is asked again with every request.
 */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { minutes, type Clock } from '../../lib/clock.ts';
import type { KnownCaller } from '../callers.ts';
import type { RepositoryName } from './target.ts';

const TYP = 'sallyport-image+jwt';
export const TOKEN_LIFE = minutes(30);
const LONGEST = 2000;

const claimsSchema = z.object({
  agent: z.string(),
  backend: z.string(),
  key: z.string(),
  repository: z.string(),
});

export class ImageTokens {
  readonly #clock: Clock;
  readonly #service: string;
  /** Of this process: after a restart engines are told to ask again. */
  readonly #key = randomBytes(32);

  constructor(service: string, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  give({ agent, backend, key }: KnownCaller, repository: RepositoryName): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    return new SignJWT({ agent, backend, key, repository })
      .setProtectedHeader({ alg: 'HS256', typ: TYP })
      .setAudience(this.#service)
      .setIssuedAt(now)
      .setExpirationTime(now + TOKEN_LIFE / 1000)
      .sign(this.#key);
  }

  /** Whose it is, when it is for this repository. */
  async holder(
    authorization: string | undefined,
    repository: RepositoryName,
  ): Promise<KnownCaller | undefined> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec((authorization ?? '').slice(0, LONGEST))?.[1];
    if (token === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: ['HS256'],
        typ: TYP,
        audience: this.#service,
        currentDate: new Date(this.#clock.now()),
      });
      const { repository: of, ...caller } = claimsSchema.parse(payload);
      return of === repository ? { ...caller, kind: 'agent' } : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The password of a Basic header: there the agent's signed token stands. */
export function passwordIn(authorization: string | undefined): string | undefined {
  const [, text] = /^Basic ([A-Za-z0-9+/]{1,8000}={0,2})$/i.exec(authorization ?? '') ?? [];
  if (text === undefined) return undefined;
  const [, password] =
    /^[^:]{1,200}:([\x21-\x7e]+)$/.exec(Buffer.from(text, 'base64').toString('latin1')) ?? [];
  return password;
}
