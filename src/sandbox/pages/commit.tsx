/** A commit: its checks with buttons, what it changed, and what people said about it. */
import type { VNode } from 'preact';
import { CommentBox, CommentList } from './comments.tsx';
import { ButtonForm, CheckMark, Layout, Time, type View } from './layout.tsx';
import type { ChangedFile, CheckRun, Comment, Commit, Repository } from './shapes.ts';

export function CommitPage(props: {
  view: View;
  repo: Repository;
  commit: Commit;
  checks: CheckRun[];
  comments: Comment[];
}): VNode {
  const { view, repo, commit, checks, comments } = props;
  const [subject, ...body] = commit.commit.message.split('\n');
  return (
    <Layout view={view} title={subject ?? commit.sha} repo={repo.full_name} tab="commits">
      <h1 class="f3">{subject}</h1>
      {body.join('').trim() ? <pre class="mt-2">{body.join('\n').trim()}</pre> : null}
      <p class="color-fg-muted">
        {commit.author?.login ?? commit.commit.author?.name} · <Time at={commit.commit.author?.date} /> ·{' '}
        <code>{commit.sha}</code>
      </p>
      <h2 class="f4 mb-2">Checks</h2>
      <CheckList view={view} repo={repo.full_name} checks={checks} />
      <h2 class="f4 mt-4 mb-2">Changes</h2>
      {(commit.files ?? []).map((file) => (
        <Diff file={file} />
      ))}
      <h2 class="f4 mt-4 mb-2">Comments on this commit</h2>
      <CommentList comments={comments} />
      <CommentBox
        view={view}
        action={`/${repo.full_name}/commit/${commit.sha}/comment`}
        hint="/run run_all"
      />
    </Layout>
  );
}

export function CheckList({ view, repo, checks }: { view: View; repo: string; checks: CheckRun[] }): VNode {
  return (
    <div class="Box" data-testid="checks">
      {checks.length === 0 ? <div class="Box-row color-fg-muted">None yet.</div> : null}
      {checks.map((run) => (
        <div class="Box-row sp-row" data-testid={`check ${run.name}`}>
          <CheckMark status={run.status} conclusion={run.conclusion} />
          <a class="text-bold" href={`/${repo}/runs/${run.id}`}>
            {run.name}
          </a>
          <span class="sp-grow color-fg-muted">{run.output.title}</span>
          <Buttons view={view} repo={repo} run={run} />
        </div>
      ))}
    </div>
  );
}

/** As on GitHub: only on completed runs, for people who may write; whoever may not is told by the server. */
export function Buttons({ view, repo, run }: { view: View; repo: string; run: CheckRun }): VNode | null {
  if (run.status !== 'completed' || !view.session.login) return null;
  return (
    <span>
      {view.backend.actionsOf(repo, run.id).map((action) => (
        <ButtonForm
          view={view}
          action={`/${repo}/runs/${run.id}/action`}
          label={action.label}
          title={action.description}
          testid={`button ${action.identifier}`}
          fields={{ identifier: action.identifier }}
          kind="primary"
        />
      ))}
      <ButtonForm view={view} action={`/${repo}/runs/${run.id}/rerequest`} label="Re-run" testid="rerun" />
    </span>
  );
}

function Diff({ file }: { file: ChangedFile }): VNode {
  return (
    <div class="Box mb-3">
      <div class="Box-header py-2">
        <code>{file.filename}</code> <span class="color-fg-muted">{file.status}</span>
      </div>
      <table class="sp-code">
        <tbody>
          {(file.patch ?? '').split('\n').map((line) => (
            <tr class={line.startsWith('+') ? 'sp-added' : line.startsWith('-') ? 'sp-removed' : ''}>
              <td>{line}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
