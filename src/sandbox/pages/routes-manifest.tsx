/** What an owner of an organisation does for an App: registers it from a manifest, and lets it in. */
import type { VNode } from 'preact';
import type { PagesBackend } from './backend.ts';
import { Hidden, Layout, Notice, type View } from './layout.tsx';
import type { Pages, Visit } from './pages.ts';

const NEW = '/organizations/:org/settings/apps/new';
const CREATE = '/organizations/:org/settings/apps/create';
const INSTALL = '/apps/:slug/installations/new';

export function manifestPages(add: Pages, backend: PagesBackend): void {
  // Posted from anywhere: GitHub shows what it is and asks again, with a form of its own.
  add.open(NEW, async (visit) => {
    const org = String(visit.request.params['org']);
    const { manifest = '' } = (visit.request.body ?? {}) as { manifest?: string };
    const asked = backend.manifest(org, manifest);
    if (typeof asked === 'string') return careful(visit, asked);
    visit.allowForm(asked.redirectUrl);
    const state = visit.request.query['state'];
    visit.show(
      <Ask
        view={visit.view}
        org={org}
        name={asked.name}
        manifest={manifest}
        state={typeof state === 'string' ? state : ''}
      />,
    );
  });
  add.post(CREATE, async (visit) => {
    const {
      login,
      manifest = '',
      name = '',
      state,
    } = visit.request.body as Record<string, string | undefined>;
    const org = String(visit.request.params['org']);
    const asked = backend.manifest(org, manifest);
    if (typeof asked === 'string') return careful(visit, asked);
    const done = backend.registerApp(login ?? '', org, { manifest, name, ...(state ? { state } : {}) });
    if ('refused' in done) return careful(visit, done.refused);
    visit.allowForm(asked.redirectUrl);
    visit.done({ status: 200, data: undefined }, done.to);
  });
  add.get(INSTALL, async (visit) => {
    const slug = String(visit.request.params['slug']);
    if (!backend.apps().some((app) => app.slug === slug)) return visit.notFound();
    visit.show(<Install view={visit.view} slug={slug} />);
  });
  add.post(INSTALL, async (visit) => {
    const slug = String(visit.request.params['slug']);
    const { login, account = '' } = visit.request.body as Record<string, string | undefined>;
    const no = backend.installApp(login ?? '', slug, account);
    if (no !== undefined) return careful(visit, no);
    visit.done({ status: 200, data: undefined }, `/settings/apps/${slug}`);
  });
}

function careful(visit: Visit, text: string): void {
  visit.show(Notice({ view: { ...visit.view, here: '/' }, title: 'This does not work', text }), 422);
}

function Who({ view }: { view: View }): VNode {
  return (
    <>
      <label for="as">Signed in as</label>{' '}
      <select class="form-select mr-2" name="login" id="as">
        {view.backend.people().map((person) => (
          <option value={person.login} selected={person.login === view.session.login}>
            {person.login}
          </option>
        ))}
      </select>
    </>
  );
}

function Ask(props: { view: View; org: string; name: string; manifest: string; state: string }): VNode {
  const { view, org, name, manifest, state } = props;
  return (
    <Layout view={view} title={`Create GitHub App for ${org}`}>
      <div class="Box p-4" data-testid="register-app">
        <h1 class="f3 mb-2">Create GitHub App for {org}</h1>
        <form method="post" action={`/organizations/${org}/settings/apps/create`}>
          <Hidden view={view} />
          <input type="hidden" name="manifest" value={manifest} />
          <input type="hidden" name="state" value={state} />
          <p>
            <label for="name">GitHub App name</label>{' '}
            <input class="form-control" name="name" id="name" value={name} />
          </p>
          <p>
            <Who view={view} />
            <button class="btn btn-primary" data-testid="create-app">
              Create GitHub App for {org}
            </button>
          </p>
        </form>
      </div>
    </Layout>
  );
}

function Install({ view, slug }: { view: View; slug: string }): VNode {
  return (
    <Layout view={view} title={`Install ${slug}`}>
      <div class="Box p-4">
        <h1 class="f3 mb-2">Install {slug}</h1>
        <form method="post" action={`/apps/${slug}/installations/new`}>
          <Hidden view={view} />
          <p>
            <label for="account">Organisation</label>{' '}
            <input class="form-control" name="account" id="account" />
          </p>
          <Who view={view} />
          <button class="btn btn-primary" data-testid="install-app">
            Install on all repositories
          </button>
        </form>
      </div>
    </Layout>
  );
}
