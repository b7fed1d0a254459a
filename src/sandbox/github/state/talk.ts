/** Comments on issues, pull requests and commits, and reactions to all of them. Reactions emit nothing. */
import { fail, invalid, longerThan, notFound, type Failure } from './failure.ts';
import { issuesOff } from './issue-fates.ts';
import { MOST_BODY } from './issues.ts';
import {
  appBehind,
  REACTIONS,
  type CommitComment,
  type Issue,
  type IssueComment,
  type Reaction,
  type ReactionContent,
  type Repo,
  type Signed,
} from './model.ts';
import type { Deed } from './permission.ts';
import type { SandboxState } from './state.ts';

/** What can be reacted to. */
export type Reactable =
  | { on: 'issue'; issue: Issue }
  | { on: 'issue-comment'; comment: IssueComment; issue: Issue }
  | { on: 'commit-comment'; comment: CommitComment };

export class Talk {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  comments(repo: Repo, issue: Issue): IssueComment[] {
    return [...repo.comments.values()].filter((comment) => comment.issue === issue.number);
  }

  comment(actor: Signed, repo: Repo, issue: Issue, body: string): IssueComment | Failure {
    const no = this.#state.repos.refuse(actor, repo, issue.pull ? 'pull.comment' : 'issue.comment');
    if (no) return no;
    const off = issuesOff(repo, issue);
    if (off) return off;
    if (issue.locked && this.#state.repos.refuse(actor, repo, 'issue.lock')) {
      return fail(403, 'Unable to create comment because issue is locked.');
    }
    const wrong = bodyFault('IssueComment', body);
    if (wrong) return wrong;
    const now = this.#state.clock.now();
    const comment: IssueComment = {
      id: this.#state.nextId(),
      issue: issue.number,
      user: actor.user.id,
      app: appBehind(actor),
      body,
      reactions: [],
      createdAt: now,
      updatedAt: now,
    };
    repo.comments.set(comment.id, comment);
    issue.updatedAt = now;
    this.#commentEvent('created', actor, repo, issue, comment);
    return comment;
  }

  editComment(actor: Signed, repo: Repo, comment: IssueComment, body: string): Failure | undefined {
    const issue = repo.issues.get(comment.issue);
    if (!issue) return notFound();
    const no =
      this.#mayChange(actor, repo, comment.user, issue.pull ? 'pull.comment' : 'issue.comment') ??
      bodyFault('IssueComment', body);
    if (no) return no;
    const from = comment.body;
    if (from === body) return undefined;
    comment.body = body;
    comment.updatedAt = this.#state.clock.now();
    this.#commentEvent('edited', actor, repo, issue, comment, { changes: { body: { from } } });
    return undefined;
  }

  deleteComment(actor: Signed, repo: Repo, comment: IssueComment): Failure | undefined {
    const issue = repo.issues.get(comment.issue);
    if (!issue) return notFound();
    const no = this.#mayChange(actor, repo, comment.user, issue.pull ? 'pull.comment' : 'issue.comment');
    if (no) return no;
    repo.comments.delete(comment.id);
    this.#commentEvent('deleted', actor, repo, issue, comment);
    return undefined;
  }

  commitComments(repo: Repo, sha?: string): CommitComment[] {
    return [...repo.commitComments.values()].filter((comment) => !sha || comment.sha === sha);
  }

  async commentOnCommit(
    actor: Signed,
    repo: Repo,
    sha: string,
    given: { body: string; path?: string | null; line?: number | null; position?: number | null },
  ): Promise<CommitComment | Failure> {
    const no = this.#state.repos.refuse(actor, repo, 'commit.comment');
    if (no) return no;
    const commit = await this.#state.repos.git(repo).resolve(sha);
    if (!commit) return fail(422, `No commit found for SHA: ${sha}`);
    const wrong = bodyFault('CommitComment', given.body);
    if (wrong) return wrong;
    const now = this.#state.clock.now();
    const comment: CommitComment = {
      id: this.#state.nextId(),
      sha: commit.sha,
      user: actor.user.id,
      body: given.body,
      path: given.path ?? null,
      line: given.line ?? null,
      position: given.position ?? null,
      reactions: [],
      createdAt: now,
      updatedAt: now,
    };
    repo.commitComments.set(comment.id, comment);
    this.#state.touch();
    this.#state.hooks.emit({
      event: 'commit_comment',
      action: 'created',
      account: repo.owner,
      repo,
      sender: actor.user,
      extra: { comment: this.#state.present.commitComment(repo, comment) },
    });
    return comment;
  }

  /** GitHub tells nobody of edited and deleted commit comments. */
  editCommitComment(actor: Signed, repo: Repo, comment: CommitComment, body: string): Failure | undefined {
    const no = this.#mayChangeCommitComment(actor, repo, comment) ?? bodyFault('CommitComment', body);
    if (no) return no;
    comment.body = body;
    comment.updatedAt = this.#state.clock.now();
    this.#state.touch();
    this.#state.changed(repo);
    return undefined;
  }

  deleteCommitComment(actor: Signed, repo: Repo, comment: CommitComment): Failure | undefined {
    const no = this.#mayChangeCommitComment(actor, repo, comment);
    if (no) return no;
    repo.commitComments.delete(comment.id);
    this.#state.touch();
    this.#state.changed(repo);
    return undefined;
  }

  /** The same person and content again is the same reaction: `created` false. */
  react(
    actor: Signed,
    repo: Repo,
    target: Reactable,
    content: string,
  ): { reaction: Reaction; created: boolean } | Failure {
    const no = this.#state.repos.refuse(actor, repo, reactDeed(target));
    if (no) return no;
    if (!(REACTIONS as readonly string[]).includes(content)) {
      return invalid({ resource: 'Reaction', field: 'content', code: 'invalid' });
    }
    if (
      target.on !== 'commit-comment' &&
      target.issue.locked &&
      this.#state.repos.refuse(actor, repo, 'issue.lock')
    ) {
      return fail(403, 'Unable to create reaction because issue is locked.');
    }
    const list = reactionsOf(target);
    const known = list.find((one) => one.user === actor.user.id && one.content === content);
    if (known) return { reaction: known, created: false };
    const reaction: Reaction = {
      id: this.#state.nextId(),
      user: actor.user.id,
      content: content as ReactionContent,
      createdAt: this.#state.clock.now(),
    };
    list.push(reaction);
    this.#state.touch();
    this.#state.changed(repo);
    return { reaction, created: true };
  }

  unreact(actor: Signed, repo: Repo, target: Reactable, id: number): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, reactDeed(target));
    if (no) return no;
    const list = reactionsOf(target);
    const at = list.findIndex((one) => one.id === id);
    if (at < 0) return notFound();
    if (list[at]?.user !== actor.user.id) return fail(403, 'Must have admin rights to Repository.');
    list.splice(at, 1);
    this.#state.touch();
    this.#state.changed(repo);
    return undefined;
  }

  #mayChange(
    actor: Signed,
    repo: Repo,
    author: number,
    own: 'pull.comment' | 'issue.comment',
  ): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, own);
    if (no || author === actor.user.id) return no;
    return this.#state.repos.refuse(actor, repo, `${own}-others`);
  }

  #mayChangeCommitComment(actor: Signed, repo: Repo, comment: CommitComment): Failure | undefined {
    // An App needs contents: write even for a comment of its own.
    if (actor.kind === 'person' && comment.user === actor.user.id)
      return this.#state.repos.refuse(actor, repo, 'commit.comment-react');
    return this.#state.repos.refuse(actor, repo, 'commit.comment-others');
  }

  #commentEvent(
    action: string,
    actor: Signed,
    repo: Repo,
    issue: Issue,
    comment: IssueComment,
    extra: Record<string, unknown> = {},
  ): void {
    this.#state.touch();
    const { present } = this.#state;
    this.#state.hooks.emit({
      event: 'issue_comment',
      action,
      account: repo.owner,
      repo,
      sender: actor.user,
      extra: { issue: present.issue(repo, issue), comment: present.comment(repo, comment), ...extra },
    });
  }
}

export function reactionsOf(target: Reactable): Reaction[] {
  return target.on === 'issue' ? target.issue.reactions : target.comment.reactions;
}

function reactDeed(target: Reactable): Deed {
  if (target.on === 'commit-comment') return 'commit.comment-react';
  return target.issue.pull ? 'pull.comment' : 'issue.comment';
}

function bodyFault(resource: string, body: string): Failure | undefined {
  if (!body.trim()) return invalid({ resource, field: 'body', code: 'missing_field' });
  if (!longerThan(body, MOST_BODY)) return undefined;
  return invalid({
    resource,
    field: 'data',
    code: 'unprocessable',
    message: `Body is too long (maximum is ${MOST_BODY} characters)`,
  });
}
