/** Issues, pull requests, labels and comments. */
import type { CommitComment, Issue, IssueComment, Label, PullRequest, Repo, Review } from '../state/model.ts';
import { time, timeOrNull, type Json } from './accounts.ts';
import { AppPresenter } from './apps.ts';

type Pull = Issue & { pull: PullRequest };

export class TalkPresenter extends AppPresenter {
  label(repo: Repo, label: Label): Json {
    return {
      id: label.id,
      node_id: this.nodeId('Label', label.id),
      url: `${this.apiRepo(repo)}/labels/${encodeURIComponent(label.name)}`,
      name: label.name,
      color: label.color,
      default: false,
      description: label.description,
    };
  }

  labels(repo: Repo, issue: Issue): Json[] {
    return issue.labels.flatMap((key) => {
      const label = repo.labels.get(key);
      return label ? [this.label(repo, label)] : [];
    });
  }

  /** Also for pull requests, which are issues with a `pull_request` field. */
  issue(repo: Repo, issue: Issue): Json {
    const url = `${this.apiRepo(repo)}/issues/${issue.number}`;
    const page = `${this.web(repo)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
    const assignees = issue.assignees.map((id) => this.userById(id)).filter(Boolean);
    return {
      url,
      repository_url: this.apiRepo(repo),
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      timeline_url: `${url}/timeline`,
      html_url: page,
      id: issue.id,
      node_id: this.nodeId(issue.pull ? 'PullRequest' : 'Issue', issue.id),
      number: issue.number,
      title: issue.title,
      user: this.userById(issue.user),
      labels: this.labels(repo, issue),
      state: issue.state,
      state_reason: issue.stateReason,
      locked: issue.locked,
      active_lock_reason: issue.lockReason,
      assignee: assignees[0] ?? null,
      assignees,
      milestone: null,
      comments: this.state.talk.comments(repo, issue).length,
      created_at: time(issue.createdAt),
      updated_at: time(issue.updatedAt),
      closed_at: timeOrNull(issue.closedAt),
      author_association: this.association(repo, issue.user),
      body: issue.body,
      reactions: this.reactionRollup(url, issue.reactions),
      performed_via_github_app: this.appById(issue.app),
      ...(issue.pull ? { draft: issue.pull.draft, pull_request: this.#pullLinks(repo, issue as Pull) } : {}),
    };
  }

  fullIssue(repo: Repo, issue: Issue): Json {
    return { ...this.issue(repo, issue), closed_by: this.userById(issue.closedBy) };
  }

  comment(repo: Repo, comment: IssueComment): Json {
    const issue = repo.issues.get(comment.issue);
    const url = `${this.apiRepo(repo)}/issues/comments/${comment.id}`;
    return {
      url,
      html_url: `${this.web(repo)}/${issue?.pull ? 'pull' : 'issues'}/${comment.issue}#issuecomment-${comment.id}`,
      issue_url: `${this.apiRepo(repo)}/issues/${comment.issue}`,
      id: comment.id,
      node_id: this.nodeId('IssueComment', comment.id),
      user: this.userById(comment.user),
      created_at: time(comment.createdAt),
      updated_at: time(comment.updatedAt),
      author_association: this.association(repo, comment.user),
      body: comment.body,
      reactions: this.reactionRollup(url, comment.reactions),
      performed_via_github_app: this.appById(comment.app),
    };
  }

  commitComment(repo: Repo, comment: CommitComment): Json {
    const url = `${this.apiRepo(repo)}/comments/${comment.id}`;
    return {
      url,
      html_url: `${this.web(repo)}/commit/${comment.sha}#commitcomment-${comment.id}`,
      id: comment.id,
      node_id: this.nodeId('CommitComment', comment.id),
      user: this.userById(comment.user),
      position: comment.position,
      line: comment.line,
      path: comment.path,
      commit_id: comment.sha,
      created_at: time(comment.createdAt),
      updated_at: time(comment.updatedAt),
      author_association: this.association(repo, comment.user),
      body: comment.body,
      reactions: this.reactionRollup(url, comment.reactions),
    };
  }

  pullSimple(repo: Repo, pull: Pull): Json {
    const url = `${this.apiRepo(repo)}/pulls/${pull.number}`;
    const issueUrl = `${this.apiRepo(repo)}/issues/${pull.number}`;
    const page = `${this.web(repo)}/pull/${pull.number}`;
    const assignees = pull.assignees.map((id) => this.userById(id)).filter(Boolean);
    const statuses = `${this.apiRepo(repo)}/statuses/${pull.pull.headSha}`;
    return {
      url,
      id: pull.id,
      node_id: this.nodeId('PullRequest', pull.id),
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      issue_url: issueUrl,
      number: pull.number,
      state: pull.state,
      locked: pull.locked,
      title: pull.title,
      user: this.userById(pull.user),
      body: pull.body,
      labels: this.labels(repo, pull),
      milestone: null,
      active_lock_reason: pull.lockReason,
      created_at: time(pull.createdAt),
      updated_at: time(pull.updatedAt),
      closed_at: timeOrNull(pull.closedAt),
      merged_at: timeOrNull(pull.pull.mergedAt),
      merge_commit_sha: pull.pull.mergeSha,
      assignee: assignees[0] ?? null,
      assignees,
      requested_reviewers: [],
      requested_teams: [],
      commits_url: `${url}/commits`,
      review_comments_url: `${url}/comments`,
      review_comment_url: `${this.apiRepo(repo)}/pulls/comments{/number}`,
      comments_url: `${issueUrl}/comments`,
      statuses_url: statuses,
      head: this.#side(this.state.pulls.headRepo(repo, pull), repo, pull.pull.head, pull.pull.headSha),
      base: this.#side(repo, repo, pull.pull.base, pull.pull.baseSha),
      _links: {
        self: { href: url },
        html: { href: page },
        issue: { href: issueUrl },
        comments: { href: `${issueUrl}/comments` },
        review_comments: { href: `${url}/comments` },
        review_comment: { href: `${this.apiRepo(repo)}/pulls/comments{/number}` },
        commits: { href: `${url}/commits` },
        statuses: { href: statuses },
      },
      author_association: this.association(repo, pull.user),
      auto_merge: null,
      draft: pull.pull.draft,
    };
  }

  pull(repo: Repo, pull: Pull): Json {
    const counts = this.state.pulls.counts(repo, pull);
    const merged = pull.pull.mergedAt !== null;
    return {
      ...this.pullSimple(repo, pull),
      merged,
      mergeable: merged || pull.state === 'closed' ? null : true,
      rebaseable: null,
      mergeable_state: merged || pull.state === 'closed' ? 'unknown' : 'clean',
      merged_by: this.userById(pull.pull.mergedBy),
      comments: this.state.talk.comments(repo, pull).length,
      review_comments: 0,
      maintainer_can_modify: false,
      commits: counts.commits,
      additions: counts.additions,
      deletions: counts.deletions,
      changed_files: counts.files,
    };
  }

  /** As check runs name the pull requests of their commit. */
  pullMinimal(repo: Repo, pull: Pull): Json {
    const side = (ref: string, sha: string, of: Repo): Json => ({
      ref,
      sha,
      repo: { id: of.id, url: this.apiRepo(of), name: of.name },
    });
    return {
      id: pull.id,
      number: pull.number,
      url: `${this.apiRepo(repo)}/pulls/${pull.number}`,
      head: side(pull.pull.head, pull.pull.headSha, this.state.pulls.headRepo(repo, pull) ?? repo),
      base: side(pull.pull.base, pull.pull.baseSha, repo),
    };
  }

  review(repo: Repo, pull: Pull, review: Review): Json {
    const page = `${this.web(repo)}/pull/${pull.number}#pullrequestreview-${review.id}`;
    const url = `${this.apiRepo(repo)}/pulls/${pull.number}`;
    return {
      id: review.id,
      node_id: this.nodeId('PullRequestReview', review.id),
      user: this.userById(review.user),
      body: review.body ?? '',
      state: review.state,
      html_url: page,
      pull_request_url: url,
      author_association: this.association(repo, review.user),
      _links: { html: { href: page }, pull_request: { href: url } },
      submitted_at: time(review.at),
      commit_id: review.commit,
    };
  }

  /** `from` is undefined when the fork is gone. */
  #side(from: Repo | undefined, base: Repo, ref: string, sha: string): Json {
    const owner = this.state.repos.ownerOf(from ?? base);
    const repo = from ? this.repo(from) : null;
    return { label: `${owner.login}:${ref}`, ref, sha, user: this.user(owner), repo };
  }

  #pullLinks(repo: Repo, pull: Pull): Json {
    const page = `${this.web(repo)}/pull/${pull.number}`;
    return {
      url: `${this.apiRepo(repo)}/pulls/${pull.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: timeOrNull(pull.pull.mergedAt),
    };
  }
}
