/** A repository: files, a file, and its commits. */
import type { VNode } from 'preact';
import { CheckMark, Layout, Time, type View } from './layout.tsx';
import { Markdown } from './markdown.tsx';
import type { CheckRun, Commit, Entry, Repository } from './shapes.ts';

export function RepositoryPage(props: {
  view: View;
  repo: Repository;
  branch: string;
  path: string;
  head: Commit | undefined;
  checks: CheckRun[];
  entries: Entry[];
  readme: string | undefined;
  branches: string[];
}): VNode {
  const { view, repo, branch, path, head, checks, entries, readme, branches } = props;
  const base = `/${repo.full_name}`;
  const up = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return (
    <Layout view={view} title={repo.full_name} repo={repo.full_name} tab="code">
      <h1 class="sr-only">{path ? `${repo.full_name}: ${path}` : repo.full_name}</h1>
      <div class="sp-row mb-3">
        <strong>{branch}</strong>
        {branches
          .filter((name) => name !== branch)
          .map((name) => (
            <a href={`${base}/tree/${name}`}>{name}</a>
          ))}
        <span class="sp-grow" />
        <span class="text-small color-fg-muted">
          git clone <code data-testid="clone-url">{repo.clone_url}</code>
        </span>
      </div>
      <div class="Box mb-4">
        {head ? (
          <div class="Box-header sp-row">
            <strong>{head.author?.login ?? head.commit.author?.name}</strong>
            <a class="sp-grow color-fg-default" href={`${base}/commit/${head.sha}`}>
              {head.commit.message.split('\n')[0]}
            </a>
            <Checks checks={checks} href={`${base}/commit/${head.sha}`} />
            <a class="text-small" href={`${base}/commit/${head.sha}`}>
              <code>{head.sha.slice(0, 7)}</code>
            </a>
          </div>
        ) : null}
        {path ? (
          <div class="Box-row">
            <a href={`${base}/tree/${branch}${up ? `/${up}` : ''}`}>..</a>
          </div>
        ) : null}
        {entries.map((entry) => (
          <div class="Box-row">
            <a href={`${base}/${entry.type === 'dir' ? 'tree' : 'blob'}/${branch}/${entry.path}`}>
              {entry.name}
              {entry.type === 'dir' ? '/' : ''}
            </a>
          </div>
        ))}
      </div>
      {readme ? (
        <div class="Box p-4" data-testid="readme">
          <Markdown text={readme} />
        </div>
      ) : null}
    </Layout>
  );
}

export function Checks({ checks, href }: { checks: CheckRun[]; href: string }): VNode | null {
  if (checks.length === 0) return null;
  const worst =
    checks.find((run) => run.status !== 'completed') ??
    checks.find((run) => run.conclusion === 'failure') ??
    checks.find((run) => run.conclusion === 'success') ??
    checks[0]!;
  return (
    <a href={href} data-testid="commit-checks">
      <CheckMark status={worst.status} conclusion={worst.conclusion} />
    </a>
  );
}

export function FilePage(props: {
  view: View;
  repo: Repository;
  branch: string;
  path: string;
  text: string;
}): VNode {
  const { view, repo, branch, path, text } = props;
  return (
    <Layout view={view} title={path} repo={repo.full_name} tab="code">
      <h1 class="sr-only">{path}</h1>
      <p>
        <a href={`/${repo.full_name}/tree/${branch}`}>{branch}</a> / <strong>{path}</strong>
      </p>
      <div class="Box">
        <table class="sp-code">
          <tbody>
            {text
              .replace(/\n$/, '')
              .split('\n')
              .map((line, index) => (
                <tr id={`L${index + 1}`}>
                  <td class="sp-line">{index + 1}</td>
                  <td>{line}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </Layout>
  );
}

export function CommitsPage(props: {
  view: View;
  repo: Repository;
  branch: string;
  commits: Commit[];
}): VNode {
  const { view, repo, branch, commits } = props;
  return (
    <Layout view={view} title={`Commits · ${repo.full_name}`} repo={repo.full_name} tab="commits">
      <h1 class="f3 mb-3">Commits on {branch}</h1>
      <div class="Box">
        {commits.map((commit) => (
          <div class="Box-row sp-row">
            <a class="sp-grow text-bold color-fg-default" href={`/${repo.full_name}/commit/${commit.sha}`}>
              {commit.commit.message.split('\n')[0]}
            </a>
            <span class="color-fg-muted text-small">
              {commit.author?.login ?? commit.commit.author?.name} · <Time at={commit.commit.author?.date} />
            </span>
            <code>{commit.sha.slice(0, 7)}</code>
          </div>
        ))}
      </div>
    </Layout>
  );
}
