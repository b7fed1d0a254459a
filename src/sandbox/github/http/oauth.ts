/** `POST /login/oauth/access_token`: refusals are 200 with `error`; form-encoded unless JSON is asked for. */
import express, { type Request, type Response, type Router } from 'express';
import { isOAuthFailure } from '../state/oauth-failures.ts';
import type { SandboxState } from '../state/state.ts';

const MOST_PER_HOUR = 2000;
const HOUR_MS = 3_600_000;

export function tokenEndpoint(state: SandboxState): Router {
  const router = express.Router();
  const calls = new Map<string, number[]>();
  router.post(
    '/login/oauth/access_token',
    express.urlencoded({ extended: false }),
    express.json(),
    (request: Request, response: Response) => {
      const fields = fieldsOf(request);
      if (tooMany(calls, fields['client_id'] ?? '', state.clock.now()))
        return void response
          .status(429)
          .set('retry-after', '60')
          .json({ message: 'API rate limit exceeded' });
      const answer = state.oauth.exchange(fields);
      response.set('cache-control', 'no-store');
      if (isOAuthFailure(answer) && answer.error === 'not_found')
        return void response.status(404).json({ error: 'Not Found' });
      if (request.get('accept')?.includes('json')) return void response.json(answer);
      const pairs = Object.entries(answer).map(([key, value]) => [key, String(value)]);
      response.type('application/x-www-form-urlencoded').send(new URLSearchParams(pairs).toString());
    },
  );
  return router;
}

/**
 * `DELETE /applications/{client_id}/token`: an App ends one user token, by its client id and secret as Basic.
 * Its refresh token is left: GitHub does not say that it ends too.
 */
export function endTokenEndpoint(state: SandboxState): Router {
  const router = express.Router();
  router.delete('/applications/:client/token', express.json(), (request: Request, response: Response) => {
    const [, encoded = ''] = /^basic (.+)$/i.exec(request.get('authorization') ?? '') ?? [];
    const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 2);
    const token = (request.body as { access_token?: unknown } | undefined)?.access_token;
    const answer = state.oauth.endToken({ id, secret, client: String(request.params['client']), token });
    if (answer === 'ended') return void response.status(204).end();
    if (answer === 'not_found') return void response.status(404).json({ message: 'Not Found' });
    response.status(422).json({ message: 'Validation Failed' });
  });
  return router;
}

/** Fields of the body and of the address; those of the body win. */
function fieldsOf(request: Request): Record<string, string> {
  const all = { ...request.query, ...(request.body as Record<string, unknown> | undefined) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function tooMany(calls: Map<string, number[]>, client: string, now: number): boolean {
  const recent = (calls.get(client) ?? []).filter((at) => at > now - HOUR_MS);
  calls.set(client, recent);
  if (recent.length >= MOST_PER_HOUR) return true;
  recent.push(now);
  return false;
}
