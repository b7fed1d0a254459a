/**
 * The one mutation of GitHub's GraphQL that Sallyport uses: `pinIssue`. A "no" is answered 200 with `errors`, as
 * there. People need write; of an App `issues: write` is asked, which is the stricter guess: GitHub does not say.
 */
import type { Api } from '../http/api.ts';
import { json, ok, signed, text, type Answer } from '../http/call.ts';
import { isFailure } from '../state/failure.ts';
import type { Issue, Repo } from '../state/model.ts';
import type { SandboxState } from '../state/state.ts';

const MOST_PINNED = 3;
const PIN =
  /^mutation(?: \w+)? ?\(\$(\w+): ID!\) ?\{ ?pinIssue\(input: ?\{ ?issueId: \$\1 ?\}\) ?\{ ?(?:issue ?\{ ?(?:id|number) ?\}|clientMutationId) ?\} ?\}$/;

export function graphqlRoutes(api: Api): void {
  api.on('post', '/graphql', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const query = (text(json(call), 'query') ?? '').replace(/\s+/g, ' ').trim();
    const match = PIN.exec(query);
    if (!match) return refused('undefinedField', 'Only the mutation pinIssue is played here.');
    const id = (json(call)['variables'] as Record<string, unknown> | undefined)?.[match[1] ?? ''];
    const found = byNode(call.state, id);
    if (!found || call.state.repos.refuse(by, found.repo, 'issues.read'))
      return refused('NOT_FOUND', `Could not resolve to a node with the global id of '${String(id)}'`);
    const { repo, issue } = found;
    if (call.state.repos.refuse(by, repo, 'issue.pin'))
      return refused(
        'FORBIDDEN',
        by.kind === 'installation'
          ? 'Resource not accessible by integration'
          : `${by.user.login} does not have the correct permissions to execute \`PinIssue\``,
      );
    const pinned = (repo.pinned ??= []);
    if (pinned.includes(issue.number)) return refused('UNPROCESSABLE', 'Issue is already pinned');
    if (pinned.length >= MOST_PINNED)
      return refused('UNPROCESSABLE', `Maximum ${MOST_PINNED} pinned issues per repository`);
    pinned.push(issue.number);
    call.state.touch();
    return ok({ data: { pinIssue: { issue: { number: issue.number, id } } } });
  });
}

const refused = (type: string, message: string): Answer =>
  ok({ data: { pinIssue: null }, errors: [{ type, path: ['pinIssue'], message }] });

function byNode(state: SandboxState, node: unknown): { repo: Repo; issue: Issue } | undefined {
  if (typeof node !== 'string') return undefined;
  for (const repo of state.data.repos.values()) {
    for (const issue of repo.issues.values())
      if (!issue.pull && state.present.nodeId('Issue', issue.id) === node) return { repo, issue };
  }
  return undefined;
}
