/** Our three cookies. Each holds a random secret and nothing else. */
import type { Request, Response } from 'express';
import { isSecret } from '../../../agent/airlock/sign-in/sign-in.ts';
import { days } from '../../../src/lib/clock.ts';
import type { Site } from './site.ts';

/** visit: before sign-in · session: after · device: tells a browser that was used before */
const NAMES = { visit: 'sallyport-visit', session: 'sallyport-session', device: 'sallyport-device' } as const;
export type CookieName = keyof typeof NAMES;

const DEVICE_MS = days(400);

export class Cookies {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Undefined unless it has the form of a secret of ours. */
  read(request: Request, name: CookieName): string | undefined {
    const wanted = `${this.#nameOf(name)}=`;
    const found = (request.headers.cookie ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.startsWith(wanted))
      .map((part) => part.slice(wanted.length));
    // Two of one name: somebody else set one of them.
    const [only] = found;
    return found.length === 1 && isSecret(only) ? only : undefined;
  }

  set(response: Response, name: CookieName, secret: string): void {
    const age = name === 'device' ? `; Max-Age=${DEVICE_MS / 1000}` : '';
    this.#append(response, `${this.#nameOf(name)}=${secret}; ${this.#flags()}${age}`);
  }

  clear(response: Response, name: CookieName): void {
    this.#append(response, `${this.#nameOf(name)}=; ${this.#flags()}; Max-Age=0`);
  }

  /** The prefix makes browsers insist on Secure, on the path and on no domain. */
  #nameOf(name: CookieName): string {
    return this.#site.secure ? `__Host-${NAMES[name]}` : NAMES[name];
  }

  #flags(): string {
    return `Path=/; HttpOnly; SameSite=Lax${this.#site.secure ? '; Secure' : ''}`;
  }

  #append(response: Response, value: string): void {
    response.append('set-cookie', value);
  }
}
