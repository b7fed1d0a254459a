/** Comments on issues and commits, and reactions. */
import type { Api } from '../http/api.ts';
import {
  created,
  json,
  noContent,
  ok,
  page,
  signed,
  text,
  wholeNumber,
  type Answer,
  type RepoCall,
} from '../http/call.ts';
import { invalid, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { CommitComment, Issue, IssueComment, Signed } from '../state/model.ts';
import { reactionsOf, type Reactable } from '../state/talk.ts';
import { issuesOff } from '../state/issue-fates.ts';
import { goneIssue, onIssue } from './issues.ts';

export function talkRoutes(api: Api): void {
  api.onRepo('get', '/issues/comments', 'issues.read', (call) =>
    listed(
      call,
      [...call.repo.comments.values()].filter(
        (comment) => !issuesOff(call.repo, call.repo.issues.get(comment.issue)),
      ),
    ),
  );
  api.onRepo('get', '/issues/:number/comments', 'metadata.read', (call) =>
    onIssue(call, 'read', (issue) => listed(call, call.state.talk.comments(call.repo, issue))),
  );

  api.onRepo('post', '/issues/:number/comments', 'metadata.read', (call) =>
    onIssue(call, 'write', (issue, by) => {
      const body = text(json(call), 'body');
      if (body === undefined) return missingBody('IssueComment');
      const comment = call.state.talk.comment(by, call.repo, issue, body);
      return isFailure(comment) ? comment : created(call.state.present.comment(call.repo, comment));
    }),
  );

  api.onRepo('get', '/issues/comments/:id', 'metadata.read', (call) => {
    const found = commentOf(call);
    if (!found) return notFound();
    const no = call.state.repos.refuse(
      call.actor,
      call.repo,
      found.issue.pull ? 'pull.talk-read' : 'issues.read',
    );
    return no ?? ok(call.state.present.comment(call.repo, found.comment));
  });

  api.onRepo('patch', '/issues/comments/:id', 'metadata.read', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const found = commentOf(call);
    if (!found) return notFound();
    const body = text(json(call), 'body');
    if (body === undefined) return missingBody('IssueComment');
    const no = call.state.talk.editComment(by, call.repo, found.comment, body);
    return no ?? ok(call.state.present.comment(call.repo, found.comment));
  });

  api.onRepo('delete', '/issues/comments/:id', 'metadata.read', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const found = commentOf(call);
    return found ? (call.state.talk.deleteComment(by, call.repo, found.comment) ?? noContent()) : notFound();
  });

  commitComments(api);
  reactions(api, '/issues/:number', (call) => {
    const issue = call.repo.issues.get(wholeNumber(call.params['number']));
    return issue ? (issuesOff(call.repo, issue) ?? { on: 'issue', issue }) : goneIssue(call);
  });
  reactions(api, '/issues/comments/:id', (call) => {
    const found = commentOf(call);
    return found && { on: 'issue-comment', ...found };
  });
  reactions(api, '/comments/:id', (call) => {
    const comment = commitCommentOf(call);
    return comment && { on: 'commit-comment', comment };
  });
}

function commitComments(api: Api): void {
  api.onRepo('get', '/comments', 'commit.comments', (call) =>
    listedOnCommit(call, call.state.talk.commitComments(call.repo)),
  );

  api.onRepo('get', '/commits/:sha/comments', 'commit.comments', async (call) => {
    const commit = await call.state.repos.git(call.repo).resolve(call.params['sha'] ?? '');
    return commit ? listedOnCommit(call, call.state.talk.commitComments(call.repo, commit.sha)) : notFound();
  });

  api.onRepo('post', '/commits/:sha/comments', 'metadata.read', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const body = text(given, 'body');
    if (body === undefined) return missingBody('CommitComment');
    const number = (key: string): number | null => (typeof given[key] === 'number' ? given[key] : null);
    const comment = await call.state.talk.commentOnCommit(by, call.repo, call.params['sha'] ?? '', {
      body,
      path: text(given, 'path') ?? null,
      line: number('line'),
      position: number('position'),
    });
    return isFailure(comment) ? comment : created(call.state.present.commitComment(call.repo, comment));
  });

  api.onRepo('get', '/comments/:id', 'commit.comments', (call) => {
    const comment = commitCommentOf(call);
    return comment ? ok(call.state.present.commitComment(call.repo, comment)) : notFound();
  });

  api.onRepo('patch', '/comments/:id', 'metadata.read', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const comment = commitCommentOf(call);
    if (!comment) return notFound();
    const no = call.state.talk.editCommitComment(by, call.repo, comment, text(json(call), 'body') ?? '');
    return no ?? ok(call.state.present.commitComment(call.repo, comment));
  });

  api.onRepo('delete', '/comments/:id', 'metadata.read', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const comment = commitCommentOf(call);
    return comment
      ? (call.state.talk.deleteCommitComment(by, call.repo, comment) ?? noContent())
      : notFound();
  });
}

function reactions(api: Api, path: string, find: (call: RepoCall) => Reactable | Failure | undefined): void {
  api.onRepo('get', `${path}/reactions`, 'metadata.read', (call) => {
    const target = find(call);
    if (!target || isFailure(target)) return target ?? notFound();
    const no = call.state.repos.refuse(call.actor, call.repo, readDeed(target));
    if (no) return no;
    const wanted = call.query.get('content');
    const { items, headers } = page(
      call,
      reactionsOf(target).filter((one) => !wanted || one.content === wanted),
    );
    return ok(
      items.map((one) => call.state.present.reaction(one)),
      headers,
    );
  });

  api.onRepo('post', `${path}/reactions`, 'metadata.read', (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const target = find(call);
    if (!target || isFailure(target)) return target ?? notFound();
    const done = call.state.talk.react(by, call.repo, target, text(json(call), 'content') ?? '');
    if (isFailure(done)) return done;
    return { status: done.created ? 201 : 200, body: call.state.present.reaction(done.reaction) };
  });

  api.onRepo('delete', `${path}/reactions/:reaction`, 'metadata.read', (call) => {
    const by: Signed | Failure = signed(call);
    if (isFailure(by)) return by;
    const target = find(call);
    if (!target || isFailure(target)) return target ?? notFound();
    return (
      call.state.talk.unreact(by, call.repo, target, wholeNumber(call.params['reaction'])) ?? noContent()
    );
  });
}

function readDeed(target: Reactable): 'commit.comments' | 'pull.talk-read' | 'issues.read' {
  if (target.on === 'commit-comment') return 'commit.comments';
  return target.issue.pull ? 'pull.talk-read' : 'issues.read';
}

function commentOf(call: RepoCall): { comment: IssueComment; issue: Issue } | undefined {
  const comment = call.repo.comments.get(wholeNumber(call.params['id']));
  const issue = comment && call.repo.issues.get(comment.issue);
  return comment && issue && !issuesOff(call.repo, issue) ? { comment, issue } : undefined;
}

function commitCommentOf(call: RepoCall): CommitComment | undefined {
  return call.repo.commitComments.get(wholeNumber(call.params['id']));
}

function listed(call: RepoCall, comments: readonly IssueComment[]): Answer {
  const since = Date.parse(call.query.get('since') ?? '');
  const wanted = Number.isNaN(since) ? comments : comments.filter((comment) => comment.updatedAt >= since);
  const { items, headers } = page(call, wanted);
  return ok(
    items.map((comment) => call.state.present.comment(call.repo, comment)),
    headers,
  );
}

function listedOnCommit(call: RepoCall, comments: readonly CommitComment[]): Answer {
  const { items, headers } = page(call, comments);
  return ok(
    items.map((comment) => call.state.present.commitComment(call.repo, comment)),
    headers,
  );
}

function missingBody(resource: string): Failure {
  return invalid({ resource, field: 'body', code: 'missing_field' });
}
