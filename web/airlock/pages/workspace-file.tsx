/** One file of a workspace: what it is, what the checks say, where it comes from, and its content. */
import type { VNode } from 'preact';
import type { WorkspaceFilePage } from '../../../agent/airlock/face.ts';
import { FileView } from '../files/file-view.tsx';
import type { Look, Visit } from '../parts.ts';
import { ButtonForm } from '../shell/forms.tsx';
import { Heading } from '../shell/frame.tsx';
import { sizeText, StatusLabel, Time } from '../shell/marks.tsx';
import { findingsOf } from '../files/marks.ts';
import { codeAt, editAt, requestAt, workspaceAt } from './addresses.ts';

export function WorkspaceFile(props: {
  visit: Visit;
  page: WorkspaceFilePage;
  look: Look;
  frame: Look | undefined;
}): VNode {
  const { visit, page, look, frame } = props;
  const { file, workspace, rows, columns, released, provenance } = page;
  const shape = rows !== null && columns !== null ? ` · ${rows} rows, ${columns} columns` : '';
  return (
    <>
      <Heading title={file.name} note={`${file.path} · ${sizeText(file.size)}${shape}`}>
        <StatusLabel status={file.status} />
        <Deeds visit={visit} page={page} />
      </Heading>
      {file.excluded !== null ? (
        <div class="flash flash-warn mb-3">
          The file was withheld by the agent, and this is its explanation: {file.excluded}
        </div>
      ) : null}
      {released.length > 0 ? (
        <p class="va-note">
          Released before under this name:{' '}
          {released.slice(0, 5).map(({ request, release, at }) => (
            <>
              <a href={requestAt(request)}>{release}</a> (<Time at={at} />){' '}
            </>
          ))}
        </p>
      ) : null}
      <div class="va-beside">
        <FileView
          look={look}
          frame={frame}
          csrf={visit.csrf}
          findings={findingsOf(page.hints)}
          columns={page.summary}
          provenance={
            provenance
              ? {
                  action: provenance.action,
                  job: provenance.job,
                  repository: workspace.repository,
                  commit: provenance.commit,
                  user: provenance.userLogin ?? String(provenance.user),
                  at: provenance.at,
                  code: codeAt(workspace.name, file.path),
                }
              : undefined
          }
        />
        <Hints page={page} />
      </div>
    </>
  );
}

/** What can be done with it now. */
function Deeds({ visit, page }: { visit: Visit; page: WorkspaceFilePage }): VNode | null {
  const { workspace, file, onRequest } = page;
  const at = workspaceAt(workspace.name);
  if (!workspace.mayRequest) return onRequest ? <a href={requestAt(onRequest.id)}>On a request</a> : null;
  if (!onRequest) {
    return (
      <ButtonForm
        csrf={visit.csrf}
        action={`${at}/pick`}
        fields={{ then: 'add', only: '1', path: file.path }}
        label="Add to a request …"
        kind="primary"
      />
    );
  }
  return (
    <>
      {file.status === 'updated' ? (
        <ButtonForm
          csrf={visit.csrf}
          action={`${at}/update`}
          fields={{ request: onRequest.id, path: file.path }}
          label="Update it on the request"
          kind="primary"
        />
      ) : null}
      <a class="btn" href={editAt(onRequest.id)}>
        In group {onRequest.group}
      </a>
    </>
  );
}

const SEVERITY = {
  block: ['danger', 'blocks'],
  warn: ['attention', 'to answer'],
  inform: ['secondary', 'for information'],
} as const;

function Hints({ page }: { page: WorkspaceFilePage }): VNode {
  const hints = (page.hints ?? []).filter(({ check }) => check !== 'C20');
  return (
    <aside class="va-aside" aria-labelledby="hints">
      <h2 class="h4 mb-2" id="hints">
        Automatic checks
      </h2>
      {page.hints === null ? (
        <p class="va-note">The checks are running. Reload the page in a moment.</p>
      ) : null}
      {page.hints !== null && hints.length === 0 ? (
        <p class="va-note">Nothing was found. That is no approval: two checkers look at every file.</p>
      ) : null}
      <ul class="va-hint-list" data-testid="hints">
        {hints.map(({ check, severity, message, place }) => (
          <li>
            <span class={`Label Label--${SEVERITY[severity][0]}`}>{SEVERITY[severity][1]}</span>{' '}
            <code>{check}</code>{' '}
            <span class="color-fg-muted text-small">
              {place.row !== undefined ? `row ${place.row} ` : ''}
              {place.column !== undefined ? `column ${place.column}` : ''}
            </span>
            <div>{message}</div>
          </li>
        ))}
      </ul>
      {hints.length > 0 ? (
        <p class="va-note">
          <a href="/docs/disclosure">What each check means, and how to mend it</a>
        </p>
      ) : null}
    </aside>
  );
}
