/** A check run: its state, summary, text and annotations, with the buttons that its App put there. */
import type { VNode } from 'preact';
import { Buttons } from './commit.tsx';
import { CheckMark, Layout, Time, type View } from './layout.tsx';
import { Markdown } from './markdown.tsx';
import type { Annotation, CheckRun } from './shapes.ts';

export function RunPage(props: {
  view: View;
  repo: string;
  run: CheckRun;
  annotations: Annotation[];
}): VNode {
  const { view, repo, run, annotations } = props;
  return (
    <Layout view={view} title={run.name} repo={repo} tab="commits">
      <div class="sp-row mb-2">
        <CheckMark status={run.status} conclusion={run.conclusion} />
        <h1 class="f3">{run.name}</h1>
        <span class="Label" data-testid="check-state">
          {run.conclusion ?? run.status.replace('_', ' ')}
        </span>
        <span class="sp-grow" />
        <Buttons view={view} repo={repo} run={run} />
      </div>
      <p class="color-fg-muted text-small">
        on{' '}
        <a href={`/${repo}/commit/${run.head_sha}`}>
          <code>{run.head_sha.slice(0, 7)}</code>
        </a>{' '}
        by {run.app?.name ?? 'an App'} · started <Time at={run.started_at} />
        {run.completed_at ? ' · completed ' : ''}
        <Time at={run.completed_at} />
      </p>
      {run.output.title ? <h2 class="f4 mt-3">{run.output.title}</h2> : null}
      <div class="mt-3" data-testid="check-summary">
        <Markdown text={run.output.summary ?? ''} />
      </div>
      {annotations.length > 0 ? (
        <div class="Box mt-3" data-testid="annotations">
          {annotations.map((note) => (
            <div class="Box-row" data-testid="annotation">
              <CheckMark
                status="completed"
                conclusion={note.annotation_level === 'failure' ? 'failure' : 'neutral'}
              />{' '}
              <a href={`/${repo}/blob/${run.head_sha}/${note.path}#L${note.start_line}`}>
                {note.path}:{note.start_line}
              </a>{' '}
              <strong>{note.title}</strong>
              <div class="ml-3">{note.message}</div>
            </div>
          ))}
        </div>
      ) : null}
      {run.output.text ? (
        <div class="mt-3">
          <Markdown text={run.output.text} />
        </div>
      ) : null}
    </Layout>
  );
}
