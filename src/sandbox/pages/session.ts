/** Who is looking: a seeded person chosen on the page, and a token against forged forms. */
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { sameSecret } from '../../lib/hash.ts';

const COOKIE = 'sandbox_session';
const MAX_SESSIONS = 1000;

export interface Session {
  id: string;
  login: string | undefined;
  /** Every form carries it; a form of another site cannot know it. */
  formToken: string;
}

export class Sessions {
  readonly #held = new Map<string, Session>();

  /** The session of this browser; a new one is set as a cookie. */
  of(request: Request, response: Response): Session {
    const id = cookies(request.headers.cookie).get(COOKIE);
    const held = id ? this.#held.get(id) : undefined;
    if (held) return held;
    const session: Session = { id: random(), login: undefined, formToken: random() };
    if (this.#held.size >= MAX_SESSIONS) this.#held.delete(this.#held.keys().next().value as string);
    this.#held.set(session.id, session);
    response.setHeader('set-cookie', `${COOKIE}=${session.id}; Path=/; HttpOnly; SameSite=Lax`);
    return session;
  }

  /** False when a form was not made by one of our pages for this browser. */
  formIsOurs(session: Session, body: unknown): boolean {
    const token = (body as { _token?: unknown } | undefined)?._token;
    return typeof token === 'string' && sameSecret(token, session.formToken);
  }
}

function random(): string {
  return randomBytes(18).toString('base64url');
}

function cookies(header: string | undefined): Map<string, string> {
  const pairs = (header ?? '').split(';').map((part) => part.trim().split('=', 2) as [string, string?]);
  return new Map(pairs.map(([name, value]) => [name, value ?? '']));
}
