/** The repository at the commit of the job that made a file, opened where its action is written. */
import type { VNode } from 'preact';
import type { CodePage } from '../../../agent/airlock/face.ts';
import { FileView } from '../files/file-view.tsx';
import type { Look } from '../parts.ts';
import { Heading } from '../shell/frame.tsx';

export interface CodeScreenProps {
  code: CodePage;
  /** The file that is open. */
  open: string | undefined;
  look: Look | undefined;
  /** The open file at the release before and now; instead of `look`. */
  compared: readonly [before: Look, after: Look] | undefined;
  csrf: string;
  /** Address of this page with another file open. */
  at(path: string): string;
  since(path: string): string;
  back: { label: string; href: string };
}

/** Further names are found by their folder. */
const MOST = 2000;

export function CodeScreen(props: CodeScreenProps): VNode {
  const { code, open, look, compared, csrf, at, back } = props;
  return (
    <>
      <Heading
        title="Code"
        note={
          <>
            {code.repository} at <code>{code.commit.slice(0, 12)}</code>, action <b>{code.action}</b>
          </>
        }
      >
        <a class="btn btn-sm" href={back.href}>
          {back.label}
        </a>
      </Heading>
      <div class="ar-code-page">
        <nav class="ar-tree ar-code-tree" aria-label="Files of the repository" data-testid="code-files">
          <Since {...props} />
          {code.since ? <h2 class="ar-small-heading">All files</h2> : null}
          <ul>
            {code.entries.slice(0, MOST).map(({ path }) => (
              <li>
                <a href={at(path)} aria-current={path === open ? 'page' : undefined}>
                  <span class="ar-tree-name">{path}</span>
                </a>
              </li>
            ))}
          </ul>
          {code.entries.length > MOST ? (
            <p class="color-fg-muted">{code.entries.length - MOST} more</p>
          ) : null}
        </nav>
        <div class="ar-middle">
          {compared ? (
            <Comparison path={open ?? ''} before={compared[0]} after={compared[1]} />
          ) : look ? (
            <FileView
              look={look}
              csrf={csrf}
              findings={[]}
              columns={[]}
              action={open === code.opens ? code.action : undefined}
              asText
            />
          ) : (
            <p class="blankslate">Choose a file.</p>
          )}
        </div>
      </div>
    </>
  );
}

const HOW = { added: 'new', removed: 'gone', changed: '' } as const;

/** What is different from the code behind the last release of this output. */
function Since({ code, open, compared, at, since }: CodeScreenProps): VNode | null {
  if (!code.since) return null;
  const { commit, changed } = code.since;
  return (
    <section aria-labelledby="since" data-testid="code-since">
      <h2 class="ar-small-heading" id="since">
        Changed since the last release (<code>{commit.slice(0, 12)}</code>)
      </h2>
      {changed.length === 0 ? <p class="color-fg-muted">No file.</p> : null}
      <ul>
        {changed.slice(0, MOST).map(({ path, how }) => (
          <li>
            {how === 'removed' ? (
              <span class="ar-tree-name">{path}</span>
            ) : (
              <a
                href={how === 'changed' ? since(path) : at(path)}
                aria-current={compared && path === open ? 'page' : undefined}
              >
                <span class="ar-tree-name">{path}</span>
              </a>
            )}{' '}
            {HOW[how] === '' ? null : <span class="Label Label--secondary">{HOW[how]}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Comparison({ path, before, after }: { path: string; before: Look; after: Look }): VNode {
  return (
    <section
      class="av-file"
      aria-label="Comparison"
      data-compare="text"
      data-path={path}
      data-before={before.url}
      data-before-sha256={before.sha256}
      data-after={after.url}
      data-after-sha256={after.sha256}
      data-marks="[]"
      data-state="loading"
      data-testid="compare"
    >
      <div class="av-bar">
        <b class="av-path">{path}</b>
        <span class="av-tools" data-part="tools" />
      </div>
      <div data-part="notes" role="status" />
      <div class="av-stage" data-part="stage">
        <p class="av-wait">Loading both versions …</p>
      </div>
    </section>
  );
}
