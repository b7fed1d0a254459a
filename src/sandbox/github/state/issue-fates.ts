/**
 * Issues that go: deleted (on GitHub a button of admins, and GraphQL) or transferred. Numbers are never
 * used again; whoever asks for one is told what became of it, as far as they may know.
 */
import { fail, invalid, notFound, type Failure } from './failure.ts';
import type { Actor, Issue, Repo, Signed } from './model.ts';
import type { SandboxState } from './state.ts';

export class IssueFates {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  delete(actor: Signed, repo: Repo, issue: Issue): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'issue.delete') ?? notAPull(issue);
    if (no) return no;
    this.#state.issues.emit('deleted', repo, issue, actor);
    repo.issues.delete(issue.number);
    for (const comment of this.#state.talk.comments(repo, issue)) repo.comments.delete(comment.id);
    repo.gone.set(issue.number, { how: 'deleted' });
    this.#state.touch();
    return undefined;
  }

  /** To a repository of the same owner, never from private to public. The number there. */
  transfer(actor: Signed, repo: Repo, issue: Issue, target: Repo): Issue | Failure {
    const no =
      this.#state.repos.refuse(actor, repo, 'issue.transfer') ??
      this.#state.repos.refuse(actor, target, 'issue.transfer') ??
      notAPull(issue);
    if (no) return no;
    const wrong = this.#unfit(repo, target);
    if (wrong) return fail(422, wrong);
    const { present } = this.#state;
    const moved: Issue = {
      ...issue,
      id: this.#state.nextId(),
      number: ++target.lastNumber,
      labels: issue.labels.filter((key) => target.labels.has(key)),
    };
    const comments = this.#state.talk.comments(repo, issue);
    target.issues.set(moved.number, moved);
    for (const comment of comments) target.comments.set(comment.id, { ...comment, issue: moved.number });
    this.#state.issues.emit('transferred', repo, issue, actor, {
      changes: { new_issue: present.issue(target, moved), new_repository: present.repo(target) },
    });
    this.#state.issues.emit('opened', target, moved, actor, {
      changes: { old_issue: present.issue(repo, issue), old_repository: present.repo(repo) },
    });
    for (const comment of comments) repo.comments.delete(comment.id);
    repo.issues.delete(issue.number);
    repo.gone.set(issue.number, { how: 'transferred', repo: target.id, number: moved.number });
    this.#state.touch();
    return moved;
  }

  /** 410 where it was deleted, 301 where it is elsewhere, 404 to those who may not see there. */
  answer(actor: Actor, repo: Repo, number: number, rest: string): Failure {
    const fate = repo.gone.get(number);
    if (!fate || this.#state.repos.refuse(actor, repo, 'issues.read')) return notFound();
    if (fate.how === 'deleted') return fail(410, 'This issue was deleted');
    const target = this.#state.repos.byId(fate.repo);
    if (!target || this.#state.repos.refuse(actor, target, 'issues.read')) return notFound();
    // Moved on from there, or deleted there.
    if (!target.issues.has(fate.number)) return this.answer(actor, target, fate.number, rest);
    const url = this.#state.present.api(`/repositories/${target.id}/issues/${fate.number}${rest}`);
    return { ...fail(301, 'Moved Permanently', undefined, { location: url }), url };
  }

  #unfit(repo: Repo, target: Repo): string | undefined {
    if (target.id === repo.id || target.owner !== repo.owner)
      return 'The issue can only be transferred to another repository of the same owner';
    if (repo.private && !target.private)
      return 'An issue of a private repository cannot be transferred to a public one';
    return target.hasIssues ? undefined : 'Issues are disabled for the target repository';
  }
}

/** Issues of this repository are switched off; its pull requests are not. */
export function issuesOff(repo: Repo, issue?: Issue): Failure | undefined {
  return repo.hasIssues || issue?.pull ? undefined : fail(410, 'Issues are disabled for this repo');
}

function notAPull(issue: Issue): Failure | undefined {
  return issue.pull
    ? invalid({ resource: 'Issue', code: 'custom', message: 'It is a pull request' })
    : undefined;
}
