/**
 * `/_sandbox/…`: what tests and the demo do to the sandbox from another process and GitHub has no API
 * for. Guarded by a token of its own; JSON in and out.
 */
import express, { type Request, type Response, type Router } from 'express';
import { sameSecret } from '../../lib/hash.ts';
import { consentControl, repositoryControl, type On } from './control-things.ts';
import type { Limits, LimitNumbers } from './http/limits.ts';
import type { Manifest } from './state/apps.ts';
import { fail, isFailure, notFound, type Failure } from './state/failure.ts';
import { isFault } from './state/faults.ts';
import type { App, Installation } from './state/model.ts';
import type { SandboxState } from './state/state.ts';

type Body = Record<string, unknown>;
type Work = (params: Record<string, string>, body: Body) => unknown;

export function controlRouter(state: SandboxState, limits: Limits, token: string): Router {
  const router = express.Router();
  router.use((request, response, next) => {
    const given = request.get('authorization')?.replace(/^bearer /i, '') ?? '';
    if (sameSecret(given, token)) return next();
    response.status(401).json({ message: 'The control token is missing or wrong' });
  });
  const on = (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, work: Work): void => {
    router[method](path, async (request: Request, response: Response) => {
      const raw: unknown = request.body;
      const body = Buffer.isBuffer(raw) && raw.length > 0 ? (JSON.parse(raw.toString('utf8')) as Body) : {};
      const done = await work(request.params as Record<string, string>, body);
      if (isFailure(done)) response.status(done.status).json({ message: done.message, errors: done.errors });
      else response.json(done ?? {});
    });
  };

  on('get', '/idle', () => state.idle());
  faultRoutes(on, state);
  appRoutes(on, state);
  on('patch', '/limits', (_params, body) => {
    limits.numbers = { ...limits.numbers, ...(body as Partial<LimitNumbers>) };
    limits.reset();
    return limits.numbers;
  });
  on('post', '/tokens/expire', () => state.apps.expireTokens());
  on('post', '/people/:login/token', ({ login = '' }) => {
    const user = state.people.user(login);
    return user ? { token: state.apps.personToken(user) } : notFound();
  });
  on('post', '/people/:login/rename', ({ login = '' }, body) => {
    const user = state.people.user(login);
    if (!user) return notFound();
    user.login = String(body['login']);
    state.touch();
    return { id: user.id, login: user.login };
  });
  on('put', '/orgs/:org/members/:login', ({ org = '', login = '' }, body) => {
    const [found, user] = [state.people.org(org), state.people.user(login)];
    if (!found || !user) return notFound();
    state.people.setMember(found, user, roleIn(body, ['admin', 'member']), null);
    return {};
  });
  on('put', '/orgs/:org/teams/:team/members/:login', ({ org = '', team = '', login = '' }, body) => {
    const [found, user] = [state.people.teamOf(org, team), state.people.user(login)];
    if (isFailure(found) || !user) return notFound();
    return state.people.setTeamMember(
      found.org,
      found.team,
      user,
      roleIn(body, ['member', 'maintainer']),
      null,
    );
  });
  repositoryControl(on, state);
  consentControl(on, state);
  return router;
}

function faultRoutes(on: On, state: SandboxState): void {
  on('get', '/faults', () => ({ left: state.faults.left }));
  on('post', '/faults', (_params, body) => {
    if (!isFault(body)) return fail(422, 'Not a fault: {kind, next, …}');
    state.faults.add(body);
    return { left: state.faults.left };
  });
  on('delete', '/faults', () => state.faults.clear());
  on('post', '/faults/release', () => state.faults.release());
}

function appRoutes(on: On, state: SandboxState): void {
  const onApp =
    (work: (app: App, body: Body) => unknown): Work =>
    ({ slug = '' }, body) => {
      const app = state.apps.named(slug);
      return app ? work(app, body) : notFound();
    };
  on(
    'put',
    '/apps/:slug/webhook',
    onApp((app, body) =>
      state.apps.setWebhook(app, { url: String(body['url']), secret: String(body['secret']) }),
    ),
  );
  on(
    'put',
    '/apps/:slug/manifest',
    onApp((app, body): Failure | undefined => state.apps.changeManifest(app, body as Manifest)),
  );
  const onInstallation =
    (work: (installation: Installation, body: Body) => unknown): Work =>
    ({ id = '' }, body) => {
      const installation = state.data.installations.get(Number(id));
      return installation ? work(installation, body) : notFound();
    };
  on(
    'post',
    '/installations/:id/suspend',
    onInstallation((one) => state.apps.setSuspended(one, true)),
  );
  on(
    'post',
    '/installations/:id/unsuspend',
    onInstallation((one) => state.apps.setSuspended(one, false)),
  );
  on(
    'post',
    '/installations/:id/accept',
    onInstallation((one) => state.apps.accept(one)),
  );
  on(
    'delete',
    '/installations/:id',
    onInstallation((one) => state.apps.uninstall(one)),
  );
  on(
    'put',
    '/installations/:id/repositories',
    onInstallation((one, body) => {
      const ids = body['repositories'];
      state.apps.setRepositories(one, Array.isArray(ids) ? ids.map(Number) : 'all');
    }),
  );
}

function roleIn<T extends string>(body: Body, roles: readonly T[]): T | undefined {
  return roles.find((role) => role === body['role']);
}
