/** `/app…`, installations and their tokens, webhook deliveries, `/meta`, `/rate_limit`. */
import { asApp } from '../http/auth.ts';
import type { Api } from '../http/api.ts';
import { created, json, noContent, ok, page, wholeNumber, type Answer, type Call } from '../http/call.ts';
import type { Delivery } from '../state/deliveries.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { App, Installation } from '../state/model.ts';
import { time } from '../present/present.ts';

export function appRoutes(api: Api): void {
  api.on('get', '/app', (call) => {
    const app = asApp(call.actor);
    if (isFailure(app)) return app;
    return ok({ ...call.state.present.app(app), installations_count: call.state.apps.of(app).length });
  });

  // No credential: the code is one.
  api.on('post', '/app-manifests/:code/conversions', (call) => {
    const done = call.state.manifests.convert(call.params['code'] ?? '');
    if (isFailure(done)) return done;
    const { app, clientSecret, webhookSecret, pem } = done;
    return created({
      ...call.state.present.app(app),
      client_secret: clientSecret,
      webhook_secret: webhookSecret,
      pem,
    });
  });

  api.on('get', '/app/installations', (call) => {
    const app = asApp(call.actor);
    if (isFailure(app)) return app;
    const { items, headers } = page(call, call.state.apps.of(app));
    return ok(
      items.map((one) => call.state.present.installation(one)),
      headers,
    );
  });

  api.on('get', '/app/installations/:id', (call) => {
    const found = own(call);
    return isFailure(found) ? found : ok(call.state.present.installation(found.installation));
  });

  api.on('delete', '/app/installations/:id', (call) => {
    const found = own(call);
    if (isFailure(found)) return found;
    call.state.apps.uninstall(found.installation);
    return noContent();
  });

  for (const [method, suspended] of [
    ['put', true],
    ['delete', false],
  ] as const) {
    api.on(method, '/app/installations/:id/suspended', (call) => {
      const found = own(call);
      if (isFailure(found)) return found;
      call.state.apps.setSuspended(found.installation, suspended);
      return noContent();
    });
  }

  api.on('post', '/app/installations/:id/access_tokens', mint);
  api.on('get', '/orgs/:owner/installation', (call) => installationOf(call));
  api.on('get', '/users/:owner/installation', (call) => installationOf(call));
  api.on('get', '/repos/:owner/:repo/installation', (call) => installationOf(call));

  api.on('get', '/installation/repositories', (call) => {
    const { actor, state } = call;
    if (actor.kind !== 'installation')
      return fail(
        403,
        'You must authenticate with an installation access token in order to list repositories for an installation.',
      );
    if (actor.installation.suspendedAt !== null) return fail(403, 'This installation has been suspended');
    const repos = [...state.data.repos.values()].filter(
      (repo) =>
        state.apps.covers(actor.installation, repo) && (actor.repositories?.includes(repo.id) ?? true),
    );
    const { items, headers } = page(call, repos);
    return ok(
      {
        total_count: repos.length,
        repository_selection:
          actor.repositories || actor.installation.repositories !== 'all' ? 'selected' : 'all',
        repositories: items.map((repo) => state.present.repo(repo)),
      },
      headers,
    );
  });

  api.on('delete', '/installation/token', (call) => {
    if (call.actor.kind !== 'installation') {
      return fail(403, 'You must authenticate with an installation access token in order to revoke it.');
    }
    call.state.apps.revoke(call.token ?? '');
    return noContent();
  });

  api.on('get', '/app/hook/deliveries', listDeliveries);
  api.on('get', '/app/hook/deliveries/:id', (call) => {
    const found = delivery(call);
    return isFailure(found) ? found : ok(call.state.present.fullDelivery(found));
  });
  api.on('post', '/app/hook/deliveries/:id/attempts', (call) => {
    const found = delivery(call);
    if (isFailure(found)) return found;
    if (!call.state.hooks.redeliver(found)) return fail(422, 'The App has no webhook');
    return { status: 202, body: {} };
  });

  api.on(
    'get',
    '/meta',
    (call) =>
      ok({
        verifiable_password_authentication: false,
        installed_version: '3.99.0',
        domains: { website: [new URL(call.state.url).host] },
      }),
    true,
  );
  api.on(
    'get',
    '/rate_limit',
    (call) => {
      const core = api.limits.now(call.actor, '');
      return ok({ resources: { core, search: { ...core, limit: 30, remaining: 30, used: 0 } }, rate: core });
    },
    true,
  );
}

function own(call: Call): { app: App; installation: Installation } | Failure {
  const app = asApp(call.actor);
  if (isFailure(app)) return app;
  const installation = call.state.data.installations.get(wholeNumber(call.params['id']));
  return installation?.app === app.id ? { app, installation } : notFound();
}

function mint(call: Call): Answer | Failure {
  const found = own(call);
  if (isFailure(found)) return found;
  const wish = json(call);
  const minted = call.state.apps.mint(found.installation, {
    permissions: wish['permissions'] as Record<string, string> | undefined,
    repositories: wish['repositories'] as string[] | undefined,
    repositoryIds: wish['repository_ids'] as number[] | undefined,
  });
  if (isFailure(minted)) return minted;
  const { token, held, repos } = minted;
  return created({
    token,
    expires_at: time(held.expiresAt ?? 0),
    permissions: held.permissions,
    repository_selection: repos || found.installation.repositories !== 'all' ? 'selected' : 'all',
    ...(repos ? { repositories: repos.map((repo) => call.state.present.repo(repo)) } : {}),
  });
}

function installationOf(call: Call): Answer | Failure {
  const app = asApp(call.actor);
  if (isFailure(app)) return app;
  const { owner = '', repo: name } = call.params;
  const account = call.state.people.accountNamed(owner);
  const installation = account && call.state.apps.find(app, account.id);
  if (!installation) return notFound();
  if (name !== undefined) {
    const repo = call.state.repos.find(owner, name);
    if (!repo || !call.state.apps.covers(installation, repo)) return notFound();
  }
  return ok(call.state.present.installation(installation));
}

function delivery(call: Call): Delivery | Failure {
  const app = asApp(call.actor);
  if (isFailure(app)) return app;
  const found = call.state.hooks.log.get(call.params['id'] ?? '');
  return found?.app === app.id ? found : notFound();
}

/** Pages are told apart by a cursor, not by a number: the list grows while it is read. */
function listDeliveries(call: Call): Answer | Failure {
  const app = asApp(call.actor);
  if (isFailure(app)) return app;
  const wanted = call.query.get('status');
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const cursor = call.query.get('cursor');
  const all = call.state.hooks.log.of(app.id, call.state.clock.now()).filter((one) => {
    // GitHub's filter knows answers only: an attempt without one is neither.
    if (wanted === 'failure') return one.statusCode >= 400 && one.statusCode <= 599;
    if (wanted === 'success') return one.statusCode >= 200 && one.statusCode < 400;
    return true;
  });
  const from = cursor ? all.findIndex((one) => `v1_${one.id}` === cursor) : 0;
  if (from < 0) return fail(422, 'Invalid cursor');
  const items = all.slice(from, from + size);
  const next = all[from + size];
  const headers: Record<string, string> = {};
  if (next) {
    const url = new URL(call.url);
    url.searchParams.set('cursor', `v1_${next.id}`);
    headers['link'] = `<${url.href}>; rel="next"`;
  }
  return ok(
    items.map((one) => call.state.present.delivery(one)),
    headers,
  );
}
