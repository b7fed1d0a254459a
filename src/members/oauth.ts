/**
 * GitHub says who somebody is: the web flow of a GitHub App with PKCE (S256) and a state.
 *
 * The user token lives for two calls: "who is this" and "end this token". It is stored nowhere.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { seconds } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { GitHubSignIn } from './types.ts';
import * as words from './words.ts';

export const CALLBACK = '/login/callback';
const TIMEOUT_MS = seconds(10);

const token = z.object({ access_token: z.string().min(1).max(1000), token_type: z.string() });
const user = z.object({ id: z.int().positive(), login: z.string().min(1).max(100), type: z.literal('User') });

export interface Account {
  id: number;
  login: string;
}

/** Where the browser is sent. */
export function authorizeAddress(
  github: GitHubSignIn,
  given: { origin: string; state: string; verifier: string },
): string {
  const url = new URL('/login/oauth/authorize', github.places.web);
  url.search = new URLSearchParams({
    client_id: github.clientId,
    redirect_uri: given.origin + CALLBACK,
    state: given.state,
    code_challenge: createHash('sha256').update(given.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return url.href;
}

/** The account behind a code that GitHub handed to the browser. */
export async function accountOf(
  github: GitHubSignIn,
  given: { origin: string; code: string; verifier: string },
  logger: Logger,
): Promise<Account | Refusal> {
  const held = await ask(`${github.places.web}/login/oauth/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: github.clientId,
      client_secret: github.clientSecret,
      code: given.code,
      redirect_uri: given.origin + CALLBACK,
      code_verifier: given.verifier,
    }),
  });
  if (isRefusal(held)) return held;
  const read = token.safeParse(held);
  if (!read.success || read.data.token_type !== 'bearer') return words.githubRefused();
  const { access_token } = read.data;
  const who = await ask(`${github.places.api}/user`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  await endToken(github, access_token, logger);
  if (isRefusal(who)) return who;
  const account = user.safeParse(who);
  return account.success ? { id: account.data.id, login: account.data.login } : words.githubRefused();
}

/** Whether or not it can be ended now, it is forgotten here and ends by itself after eight hours. */
async function endToken(github: GitHubSignIn, access_token: string, logger: Logger): Promise<void> {
  const basic = Buffer.from(`${github.clientId}:${github.clientSecret}`).toString('base64');
  const done = await ask(`${github.places.api}/applications/${github.clientId}/token`, {
    method: 'DELETE',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
    body: JSON.stringify({ access_token }),
  });
  if (isRefusal(done)) logger.warn({ code: 'members.token-kept' }, 'A user token could not be ended');
}

/** What GitHub answers as JSON; a redirect is not followed, since a secret goes along. */
async function ask(url: string, init: RequestInit): Promise<unknown> {
  try {
    const answer = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json', 'user-agent': 'sallyport', ...init.headers },
    });
    if (answer.status >= 500 || answer.status === 429) return words.githubAway();
    if (!answer.ok) return words.githubRefused();
    return answer.status === 204 ? {} : ((await answer.json()) as unknown);
  } catch {
    return words.githubAway();
  }
}
