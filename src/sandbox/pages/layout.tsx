/** The frame around every sandbox page: what this is, who is looking, where things are. */
import type { ComponentChildren, VNode } from 'preact';
import { Document } from '../../../web/ui/document.tsx';
import type { PagesBackend } from './backend.ts';
import type { Session } from './session.ts';

export interface View {
  session: Session;
  backend: PagesBackend;
  /** Path of the page, for forms that come back to it. */
  here: string;
  /** How many changes there were when the page was asked for. */
  since: number;
}

export function Layout(props: {
  view: View;
  title: string;
  repo?: string;
  tab?: Tab;
  children: ComponentChildren;
}): VNode {
  const { view, title, repo, tab, children } = props;
  return (
    <Document title={`${title} · sandbox GitHub`} styles="/_web/ui.css" script="/_web/refresh.js">
      <header>
        <div class="sp-banner">
          <div class="sp-wrap">
            <strong>Local sandbox, not GitHub.</strong> Everything here lives on this machine and is forgotten
            with it.
          </div>
        </div>
        <div class="sp-top">
          <div class="sp-wrap">
            <a class="text-bold color-fg-default" href="/">
              Sandbox GitHub
            </a>
            {repo ? (
              <a href={`/${repo}`} data-testid="repo-link">
                {repo}
              </a>
            ) : null}
            <span class="sp-grow" />
            <WhoAmI view={view} />
          </div>
        </div>
      </header>
      {repo ? <Tabs repo={repo} tab={tab} /> : null}
      <main class="sp-wrap pt-4" data-repo={repo} data-since={view.since}>
        {children}
      </main>
      <footer class="sp-wrap sp-foot">
        <a href="/">Repositories</a> ·{' '}
        {view.backend.apps().map((app) => (
          <a href={`/settings/apps/${app.slug}`}>{app.name}: deliveries </a>
        ))}
      </footer>
    </Document>
  );
}

export type Tab = 'code' | 'issues' | 'pulls' | 'commits' | 'releases';

function Tabs({ repo, tab }: { repo: string; tab: Tab | undefined }): VNode {
  const tabs: [Tab, string, string][] = [
    ['code', 'Code', `/${repo}`],
    ['issues', 'Issues', `/${repo}/issues`],
    ['pulls', 'Pull requests', `/${repo}/pulls`],
    ['commits', 'Commits', `/${repo}/commits`],
    ['releases', 'Releases', `/${repo}/releases`],
  ];
  return (
    <nav class="sp-top pb-0 pt-0" aria-label="Repository">
      <div class="sp-wrap">
        {tabs.map(([id, name, href]) => (
          <a
            class={`py-2 px-2 color-fg-default ${id === tab ? 'text-bold border-bottom' : ''}`}
            href={href}
            aria-current={id === tab ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </div>
    </nav>
  );
}

function WhoAmI({ view }: { view: View }): VNode {
  const { session, backend, here } = view;
  return (
    <form method="post" action="/_web/who" class="d-flex flex-items-center" data-testid="who-am-i">
      <Hidden view={view} />
      <input type="hidden" name="back" value={here} />
      <label for="who" class="mr-2 text-small color-fg-muted">
        You are
      </label>
      <select name="login" id="who" class="form-select input-sm mr-2" data-autosubmit>
        <option value="">nobody (the public)</option>
        {backend.people().map((person) => (
          <option value={person.login} selected={person.login === session.login}>
            {person.login}
            {person.note ? ` – ${person.note}` : ''}
          </option>
        ))}
      </select>
      <button class="btn btn-sm" type="submit">
        Switch
      </button>
    </form>
  );
}

/** The token that proves a form is ours. */
export function Hidden({ view }: { view: View }): VNode {
  return <input type="hidden" name="_token" value={view.session.formToken} />;
}

/** A form with one button. */
export function ButtonForm(props: {
  view: View;
  action: string;
  label: string;
  title?: string;
  testid: string;
  kind?: 'primary' | 'plain' | 'danger';
  fields?: Record<string, string>;
}): VNode {
  const kind = props.kind === 'primary' ? 'btn-primary' : props.kind === 'danger' ? 'btn-danger' : '';
  return (
    <form method="post" action={props.action} class="d-inline-block mr-2">
      <Hidden view={props.view} />
      <input type="hidden" name="back" value={props.view.here} />
      {Object.entries(props.fields ?? {}).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button class={`btn btn-sm ${kind}`} type="submit" title={props.title} data-testid={props.testid}>
        {props.label}
      </button>
    </form>
  );
}

export function Time({ at }: { at: string | null | undefined }): VNode | null {
  if (!at) return null;
  return <time dateTime={at}>{at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')}</time>;
}

/** The sign in front of a check. */
export function CheckMark({ status, conclusion }: { status: string; conclusion: string | null }): VNode {
  const [sign, tone, word] =
    status !== 'completed'
      ? ['●', 'pending', status.replace('_', ' ')]
      : conclusion === 'success'
        ? ['✓', 'success', 'success']
        : conclusion === 'failure' || conclusion === 'timed_out'
          ? ['✗', 'failure', conclusion.replace('_', ' ')]
          : [
              '■',
              conclusion === 'action_required' ? 'pending' : 'neutral',
              (conclusion ?? 'neutral').replace('_', ' '),
            ];
  return (
    <span class={`sp-dot sp-${tone}`} title={word} role="img" aria-label={word}>
      {sign}
    </span>
  );
}

export function Notice({ view, title, text }: { view: View; title: string; text: string }): VNode {
  return (
    <Layout view={view} title={title}>
      <div class="blankslate">
        <h2 data-testid="notice">{title}</h2>
        <p>{text}</p>
        <a href={view.here === '/' ? '/' : view.here}>Back</a>
      </div>
    </Layout>
  );
}
