/** `/login/oauth/authorize`: an App asks to act for the person who looks. */
import type { VNode } from 'preact';
import type { Consent, PagesBackend } from './backend.ts';
import { Hidden, Layout, Notice, type View } from './layout.tsx';
import type { Pages, Visit } from './pages.ts';

const PATH = '/login/oauth/authorize';

export function oauthPages(add: Pages, backend: PagesBackend): void {
  add.get(PATH, async (visit) => {
    const query = queryOf(visit.request.originalUrl);
    const consent = backend.consent(query);
    if (typeof consent === 'string') return careful(visit, consent);
    const { login } = visit.view.session;
    const suits = login !== undefined && (consent.login === null || consent.login === login);
    // Who agreed once goes straight on: a link is enough.
    if (suits && !consent.asksAgain && backend.hasAgreed(login, query))
      return visit.done({ status: 200, data: undefined }, backend.agree(login, query));
    visit.allowForm(consent.redirectUri);
    visit.show(<Ask view={visit.view} consent={consent} query={query} />);
  });
  add.post(PATH, async (visit) => {
    const fields = visit.request.body as Record<string, string | undefined>;
    const query = fields['query'] ?? '';
    const consent = backend.consent(query);
    if (typeof consent === 'string') return careful(visit, consent);
    const login = backend.people().find((one) => one.login === fields['login'])?.login;
    visit.allowForm(consent.redirectUri);
    if (fields['answer'] !== 'yes') return visit.done({ status: 200, data: undefined }, backend.deny(query));
    if (!login) return visit.done({ status: 401, data: { message: 'Choose who you are.' } });
    visit.view.session.login = login;
    visit.done({ status: 200, data: undefined }, backend.agree(login, query));
  });
}

function careful(visit: Visit, text: string): void {
  visit.show(Notice({ view: { ...visit.view, here: '/' }, title: 'Be careful!', text }), 400);
}

const queryOf = (url: string): string => url.split('?')[1] ?? '';

function Ask({ view, consent, query }: { view: View; consent: Consent; query: string }): VNode {
  const preferred = consent.login ?? view.session.login;
  return (
    <Layout view={view} title={`Authorize ${consent.app}`}>
      <div class="Box p-4" data-testid="authorize">
        <h1 class="f3 mb-2">Authorize {consent.app}</h1>
        <p>
          <strong>{consent.app}</strong> wants to know who you are and to act for you, as far as both you and
          it may.
        </p>
        <form method="post" action={PATH}>
          <Hidden view={view} />
          <input type="hidden" name="query" value={query} />
          <label for="oauth-login">Sign in as</label>{' '}
          <select class="form-select mr-2" name="login" id="oauth-login" data-testid="oauth-login">
            {view.backend.people().map((person) => (
              <option value={person.login} selected={person.login === preferred}>
                {person.login}
              </option>
            ))}
          </select>
          <button class="btn btn-primary mr-2" name="answer" value="yes" data-testid="oauth-yes">
            Authorize
          </button>
          <button class="btn" name="answer" value="no" data-testid="oauth-no">
            Cancel
          </button>
        </form>
        <p class="mt-3 color-fg-muted text-small">
          You will be sent to <code>{new URL(consent.redirectUri).origin}</code>.
        </p>
      </div>
    </Layout>
  );
}
