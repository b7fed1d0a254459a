/** Issues and pull requests: lists, and threads with labels and assignees. */
import type { VNode } from 'preact';
import { CheckList } from './commit.tsx';
import { CommentBox, OpeningCard } from './comments.tsx';
import { ButtonForm, Hidden, Layout, Time, type View } from './layout.tsx';
import type { CheckRun, Comment, Happening, Issue, Label, Pull, Review, User } from './shapes.ts';
import { Assignees, Thread } from './thread.tsx';

/** More of them are folded away. */
const FEW_LABELS = 6;

export function IssueList(props: {
  view: View;
  repo: string;
  issues: Issue[];
  state: string;
  label: string | undefined;
}): VNode {
  const { view, repo, issues, state, label } = props;
  return (
    <Layout view={view} title={`Issues · ${repo}`} repo={repo} tab="issues">
      <div class="sp-row mb-3">
        <h1 class="f3">Issues</h1>
        {label ? <span class="Label">label: {label}</span> : null}
        <span class="sp-grow" />
        {['open', 'closed', 'all'].map((name) => (
          <a
            href={`?state=${name}`}
            aria-current={name === state ? 'page' : undefined}
            class={name === state ? 'text-bold' : ''}
          >
            {name}
          </a>
        ))}
        <a class="btn btn-sm btn-primary" href={`/${repo}/issues/new/choose`} data-testid="new-issue">
          New issue
        </a>
      </div>
      <div class="Box" data-testid="issues">
        {issues.length === 0 ? <div class="Box-row color-fg-muted">No {state} issues.</div> : null}
        {issues.map((issue) => (
          <div class="Box-row">
            <a class="text-bold color-fg-default" href={`/${repo}/issues/${issue.number}`}>
              {issue.title}
            </a>{' '}
            <Labels labels={issue.labels} />
            <div class="text-small color-fg-muted">
              #{issue.number} by {issue.user?.login} · {issue.comments} comments
            </div>
          </div>
        ))}
      </div>
    </Layout>
  );
}

export function IssuePage(props: {
  view: View;
  repo: string;
  issue: Issue;
  happenings: Happening[];
  assignable: User[];
  repoLabels: Label[];
  pull: { pull: Pull; checks: CheckRun[]; reviews: Review[] } | undefined;
}): VNode {
  const { view, repo, issue, happenings, assignable, repoLabels, pull } = props;
  const base = `/${repo}/issues/${issue.number}`;
  const opening: Comment = {
    id: 0,
    body: issue.body ?? '',
    user: issue.user,
    created_at: issue.created_at,
    updated_at: issue.created_at,
  };
  return (
    <Layout
      view={view}
      title={`${issue.title} · #${issue.number}`}
      repo={repo}
      tab={pull ? 'pulls' : 'issues'}
    >
      <h1 class="f2 mb-1">
        {issue.title} <span class="color-fg-muted">#{issue.number}</span>
      </h1>
      <p>
        <span
          class={`State ${issue.state === 'open' ? 'State--open' : 'State--closed'}`}
          data-testid="issue-state"
        >
          {pull?.pull.merged ? 'merged' : issue.state}
        </span>{' '}
        <span class="color-fg-muted">
          opened by {issue.user?.login} · <Time at={issue.created_at} />
          {issue.locked ? ' · locked' : ''}
        </span>
      </p>
      <div class="sp-split">
        <div>
          {pull ? <PullPart view={view} repo={repo} {...pull} /> : null}
          <OpeningCard view={view} comment={opening} action={base} />
          <Thread happenings={happenings} />
          <CommentBox view={view} action={`${base}/comment`} hint="/run run_all" />
          {view.session.login ? (
            <div class="mt-3">
              <ButtonForm
                view={view}
                action={`${base}/state`}
                label={issue.state === 'open' ? 'Close' : 'Reopen'}
                testid="issue-toggle"
                fields={{ state: issue.state === 'open' ? 'closed' : 'open' }}
              />
            </div>
          ) : null}
        </div>
        <aside data-testid="labels">
          <Assignees view={view} base={base} issue={issue} able={assignable} />
          <h2 class="f5 mb-2">Labels</h2>
          <div class="mb-2">
            <Labels labels={issue.labels} />
          </div>
          {view.session.login && repoLabels.length > 0 ? (
            <details open={repoLabels.length <= FEW_LABELS}>
              <summary class="text-small">Change</summary>
              {repoLabels.map((label) => {
                const on = issue.labels.some((held) => held.name === label.name);
                return (
                  <div class="mb-1">
                    <ButtonForm
                      view={view}
                      action={`${base}/label`}
                      label={`${on ? '− ' : '+ '}${label.name}`}
                      testid={`label ${label.name}`}
                      fields={{ name: label.name, on: on ? '' : '1' }}
                    />
                  </div>
                );
              })}
            </details>
          ) : null}
        </aside>
      </div>
    </Layout>
  );
}

function PullPart({
  view,
  repo,
  pull,
  checks,
  reviews,
}: {
  view: View;
  repo: string;
  pull: Pull;
  checks: CheckRun[];
  reviews: Review[];
}): VNode {
  return (
    <div class="mb-3">
      <p>
        <code>
          {pull.head.repo && pull.head.repo.full_name !== repo ? `${pull.head.repo.full_name}:` : ''}
          {pull.head.ref}
        </code>{' '}
        into <code>{pull.base.ref}</code> at{' '}
        <a href={`/${repo}/commit/${pull.head.sha}`}>
          <code>{pull.head.sha.slice(0, 7)}</code>
        </a>
      </p>
      <Reviews view={view} repo={repo} pull={pull} reviews={reviews} />
      <CheckList view={view} repo={repo} checks={checks} />
      {pull.state === 'open' && view.session.login ? (
        <div class="mt-2">
          <ButtonForm
            view={view}
            action={`/${repo}/pull/${pull.number}/merge`}
            label="Merge pull request"
            testid="merge"
            kind="primary"
          />
        </div>
      ) : null}
    </div>
  );
}

const SAID: Record<string, string> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'asked for changes to',
  COMMENTED: 'reviewed',
  DISMISSED: 'had a review dismissed of',
};

function Reviews(props: { view: View; repo: string; pull: Pull; reviews: Review[] }): VNode {
  const { view, repo, pull, reviews } = props;
  return (
    <div class="mb-3" data-testid="reviews">
      {reviews.map((review) => (
        <p class="text-small mb-1" data-testid={`review ${review.user?.login ?? 'ghost'}`}>
          <strong>{review.user?.login ?? 'ghost'}</strong> {SAID[review.state] ?? review.state}{' '}
          <code>{review.commit_id.slice(0, 7)}</code>
          {review.body ? `: ${review.body}` : ''} · <Time at={review.submitted_at} />
        </p>
      ))}
      {pull.state === 'open' && view.session.login ? (
        <form method="post" action={`/${repo}/pull/${pull.number}/review`} class="sp-row">
          <Hidden view={view} />
          <input type="hidden" name="back" value={view.here} />
          <input class="form-control" name="body" aria-label="Review" placeholder="Leave a comment" />
          <button class="btn btn-sm" name="event" value="APPROVE" data-testid="approve">
            Approve
          </button>
          <button class="btn btn-sm" name="event" value="REQUEST_CHANGES" data-testid="request-changes">
            Request changes
          </button>
        </form>
      ) : null}
    </div>
  );
}

export function PullList({ view, repo, pulls }: { view: View; repo: string; pulls: Pull[] }): VNode {
  return (
    <Layout view={view} title={`Pull requests · ${repo}`} repo={repo} tab="pulls">
      <h1 class="f3 mb-3">Pull requests</h1>
      <div class="Box mb-4">
        {pulls.length === 0 ? <div class="Box-row color-fg-muted">No pull requests.</div> : null}
        {pulls.map((pull) => (
          <div class="Box-row">
            <a class="text-bold color-fg-default" href={`/${repo}/pull/${pull.number}`}>
              {pull.title}
            </a>
            <div class="text-small color-fg-muted">
              #{pull.number} {pull.state} · {pull.head.ref} into {pull.base.ref}
            </div>
          </div>
        ))}
      </div>
      {view.session.login ? (
        <form method="post" action={`/${repo}/pulls`} class="sp-row">
          <Hidden view={view} />
          <label for="head">Open one from branch</label>
          <input class="form-control input-sm" name="head" id="head" required />
          <label for="title">titled</label>
          <input class="form-control input-sm" name="title" id="title" required />
          <button class="btn btn-sm" type="submit">
            Create pull request
          </button>
        </form>
      ) : null}
    </Layout>
  );
}

function Labels({ labels }: { labels: Label[] }): VNode {
  return (
    <>
      {labels.map((label) => (
        <>
          <span class="sp-label" data-testid="label">
            {label.name}
          </span>{' '}
        </>
      ))}
    </>
  );
}
