/** Control of what GitHub offers on pages alone: settings of a repository, deleting and transferring issues, consent. */
import { isOAuthFailure } from './state/oauth-failures.ts';
import { fail, notFound, type Failure } from './state/failure.ts';
import type { App, Issue, Repo, User } from './state/model.ts';
import type { SandboxState } from './state/state.ts';

type Body = Record<string, unknown>;
type Params = Record<string, string>;
export type On = (
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  work: (params: Params, body: Body) => unknown,
) => void;

export function repositoryControl(on: On, state: SandboxState): void {
  on('delete', '/repos/:owner/:repo', ({ owner = '', repo = '' }) => {
    const found = state.repos.find(owner, repo);
    return found ? state.repos.remove(found) : notFound();
  });
  on('patch', '/repos/:owner/:repo', ({ owner = '', repo = '' }, body) => {
    const found = state.repos.find(owner, repo);
    if (!found) return notFound();
    const yes = (key: string): boolean | undefined =>
      typeof body[key] === 'boolean' ? body[key] : undefined;
    state.repos.change(found, { hasIssues: yes('has_issues'), private: yes('private') }, null);
    return { has_issues: found.hasIssues, private: found.private };
  });
  const onIssue =
    (work: (repo: Repo, issue: Issue, by: User, body: Body) => unknown) =>
    ({ owner = '', repo = '', number = '' }: Params, body: Body): unknown => {
      const found = state.repos.find(owner, repo);
      const issue = found?.issues.get(Number(number));
      const by = state.people.user(String(body['by']));
      if (!found || !issue) return notFound();
      return by ? work(found, issue, by, body) : fail(422, 'Say who does it: {by: login}');
    };
  on(
    'delete',
    '/repos/:owner/:repo/issues/:number',
    onIssue((repo, issue, by) => state.fates.delete({ kind: 'person', user: by }, repo, issue)),
  );
  on(
    'post',
    '/repos/:owner/:repo/issues/:number/transfer',
    onIssue((repo, issue, by, body) => {
      const [owner = '', name = ''] = String(body['to']).split('/');
      const target = state.repos.find(owner, name);
      if (!target) return notFound();
      const moved = state.fates.transfer({ kind: 'person', user: by }, repo, issue, target);
      return 'failed' in moved ? moved : { number: moved.number };
    }),
  );
}

/** A person's yes without a browser. The answer is where their browser would go. */
export function consentControl(on: On, state: SandboxState): void {
  const found = ({ slug = '' }: Params, login: unknown): { app: App; user: User } | Failure => {
    const [app, user] = [state.apps.named(slug), state.people.user(String(login))];
    return app && user ? { app, user } : notFound();
  };
  on('put', '/apps/:slug/callbacks', ({ slug = '' }, body) => {
    const app = state.apps.named(slug);
    const urls = Array.isArray(body['urls']) ? body['urls'].map(String) : [];
    return app ? state.apps.setCallbacks(app, urls) : notFound();
  });
  on('post', '/apps/:slug/consents', (params, body) => {
    const both = found(params, body['login']);
    if ('failed' in both) return both;
    const query = Object.fromEntries(
      Object.entries(body).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    );
    const request = state.oauth.request({ ...query, client_id: both.app.clientId });
    if (isOAuthFailure(request)) return fail(422, request.error_description);
    return { location: state.oauth.agree(both.user, request) };
  });
  on('delete', '/apps/:slug/consents/:login', (params) => {
    const both = found(params, params['login']);
    return 'failed' in both ? both : state.oauth.revoke(both.user, both.app);
  });
}
