/** Who can be assigned, and assigning. */
import type { Api } from '../http/api.ts';
import { created, json, names, noContent, ok, page, type Answer, type RepoCall } from '../http/call.ts';
import { notFound, type Failure } from '../state/failure.ts';
import type { Issue } from '../state/model.ts';
import { onIssue } from './issues.ts';

export function assigneeRoutes(api: Api): void {
  api.onRepo('get', '/assignees', 'issues.read', (call) => {
    const { items, headers } = page(call, call.state.assignees.of(call.repo));
    return ok(
      items.map((user) => call.state.present.user(user)),
      headers,
    );
  });
  api.onRepo('get', '/assignees/:login', 'issues.read', (call) => able(call));
  api.onRepo('get', '/issues/:number/assignees/:login', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => able(call, issue)),
  );
  for (const [method, change] of [
    ['post', 'add'],
    ['delete', 'remove'],
  ] as const) {
    api.onRepo(method, '/issues/:number/assignees', 'metadata.read', (call) =>
      onIssue(call, 'write', (issue, by) => {
        const no = call.state.assignees[change](by, call.repo, issue, names(json(call)['assignees']));
        if (no) return no;
        const shown = call.state.present.fullIssue(call.repo, issue);
        return method === 'post' ? created(shown) : ok(shown);
      }),
    );
  }
}

function able(call: RepoCall, issue?: Issue): Answer | Failure {
  const user = call.state.people.user(call.params['login'] ?? '');
  return user && call.state.assignees.may(call.repo, issue, user) ? noContent() : notFound();
}
