/**
 * A folder of a workspace as a table: sorted, searched and turned page by page on the server, so that a
 * folder of a hundred thousand files costs the same as one of a hundred.
 *
 * The table is one form. Whatever button is pressed, the ticks of this page go with it and are kept.
 */
import type { VNode } from 'preact';
import type { Listing, ListingQuery } from '../../../agent/airlock/face.ts';
import type { Visit } from '../parts.ts';
import { ButtonForm, Token } from '../shell/forms.tsx';
import { Blank, Heading } from '../shell/frame.tsx';
import { FileShapes, StateLabel } from '../shell/marks.tsx';
import { editAt, requestAt, requestsAt, treeAt, workspaceAt } from './addresses.ts';
import { File, Folder, Sorted } from './tree-rows.tsx';

interface TreeProps {
  visit: Visit;
  listing: Listing;
  query: ListingQuery;
  picked: ReadonlySet<string>;
}

export function Tree(props: TreeProps): VNode {
  const { listing, query, picked } = props;
  const { workspace } = listing;
  return (
    <>
      <Heading
        title={query.dir === '' ? workspace.name : query.dir.split('/').at(-1)}
        note={`${workspace.projectTitle} · ${workspace.repository} · ${workspace.branch}`}
      >
        <a class="btn" href={requestsAt({ workspace: workspace.name })}>
          Requests
        </a>
        {workspace.active ? (
          <a
            class="btn"
            href={workspace.mayRequest ? editAt(workspace.active.id) : requestAt(workspace.active.id)}
          >
            Open request <StateLabel state={workspace.active.state} />
          </a>
        ) : null}
      </Heading>
      {listing.behind ? (
        <div class="flash mb-3" data-testid="behind">
          A job has ended and what it made is being read. Until then this is what was here before it.
        </div>
      ) : null}
      <Notes {...props} />
      <Tools {...props} />
      <div data-live="files">
        {listing.entries.length === 0 ? (
          <Empty query={query} workspace={workspace.name} />
        ) : (
          <Table {...props} />
        )}
      </div>
      <p class="sr-only" role="status" data-live="status">
        {listing.total} entries, {picked.size} files picked
      </p>
    </>
  );
}

function Notes({ visit, listing }: TreeProps): VNode | null {
  const { workspace, changed } = listing;
  if (workspace.archived || !workspace.ongoing) {
    return (
      <div class="flash flash-warn mb-3">
        {workspace.archived ? 'This workspace is archived' : 'The project is not ongoing'}: files can be
        looked at, not asked for.
      </div>
    );
  }
  if (changed.length === 0 || !workspace.active) return null;
  return (
    <div class="flash flash-warn mb-3 d-flex flex-items-center va-gap" data-testid="changed">
      <span class="va-grow">
        {changed.length === 1 ? 'A job has changed a file' : `Jobs have changed ${changed.length} files`} of
        your request since {changed.length === 1 ? 'it was' : 'they were'} added. The request keeps the old
        ones until you update it.
      </span>
      <ButtonForm
        csrf={visit.csrf}
        action={`${workspaceAt(workspace.name)}/update`}
        fields={{ request: workspace.active.id }}
        label={changed.length === 1 ? 'Update it' : 'Update them'}
        small
      />
    </div>
  );
}

function Tools({ listing, query, picked }: TreeProps): VNode {
  const { name } = listing.workspace;
  return (
    <div class="va-tools">
      <form
        method="get"
        action={treeAt(name, { dir: query.dir })}
        role="search"
        class="d-flex va-gap va-grow"
        data-search
      >
        <label class="sr-only" for="search">
          Search in this folder and below
        </label>
        <input
          class="form-control va-grow"
          type="search"
          id="search"
          name="search"
          value={query.search}
          maxLength={200}
          placeholder="Part of a path, in this folder and below"
        />
        {query.sort !== 'name' ? <input type="hidden" name="sort" value={query.sort} /> : null}
        {query.order !== 'up' ? <input type="hidden" name="order" value={query.order} /> : null}
        {query.stale ? <input type="hidden" name="stale" value="1" /> : null}
        <button class="btn" type="submit">
          Search
        </button>
        <span data-live="clear">
          {query.search !== '' ? (
            <a class="btn" href={treeAt(name, { ...query, search: '', from: 0 })}>
              Clear
            </a>
          ) : null}
        </span>
      </form>
      <span data-live="stale">
        <a class="btn" href={treeAt(name, { ...query, stale: !query.stale, from: 0 })}>
          {query.stale ? 'Hide stale files' : 'Show stale files'}
        </a>
      </span>
      <span data-live="picked">
        {picked.size > 0 ? (
          <span class="Counter" data-testid="picked">
            {picked.size} picked
          </span>
        ) : null}
      </span>
    </div>
  );
}

function Empty({ query, workspace }: { query: ListingQuery; workspace: string }): VNode {
  if (query.search !== '') {
    return (
      <Blank title="Nothing found">
        No path here contains “{query.search}”. Try a shorter part, or{' '}
        <a href={treeAt(workspace, { search: query.search })}>search the whole workspace</a>.
      </Blank>
    );
  }
  return (
    <Blank title="No outputs yet">
      Files appear here when a job has written outputs of level moderately_sensitive. Start one with a comment{' '}
      <code>/run</code> on GitHub.
    </Blank>
  );
}

const COLUMNS = [
  ['name', 'Name'],
  ['state', 'State'],
  ['size', 'Size'],
  ['date', 'Changed'],
] as const;

function Table(props: TreeProps): VNode {
  const { visit, listing, query, picked } = props;
  const { name, mayRequest } = listing.workspace;
  const action = `${workspaceAt(name)}/pick`;
  const last = Math.min(query.from + query.count, listing.total);
  return (
    <form method="post" action={action} data-tree>
      <Token csrf={visit.csrf} />
      {(['dir', 'search', 'sort', 'order'] as const).map((key) => (
        <input type="hidden" name={key} value={query[key]} />
      ))}
      <input type="hidden" name="from" value={String(query.from)} />
      <input type="hidden" name="stale" value={query.stale ? '1' : ''} />
      <FileShapes />
      <div class="va-scroll Box">
        <table class="va-table" data-testid="files">
          <thead>
            <tr>
              {mayRequest ? (
                <th class="va-tick">
                  <span class="sr-only">Picked</span>
                  <input type="checkbox" aria-label="Tick all files of this page" data-tick-all hidden />
                </th>
              ) : null}
              {COLUMNS.map(([key, label]) => (
                <Sorted {...{ query, workspace: name, column: key, label }} />
              ))}
              <th scope="col">Checks</th>
            </tr>
          </thead>
          <tbody>
            {listing.entries.map((entry) =>
              entry.kind === 'folder' ? (
                <Folder {...{ entry, query, workspace: name, mayRequest }} />
              ) : (
                <File {...{ entry, query, workspace: name, mayRequest, picked: picked.has(entry.path) }} />
              ),
            )}
          </tbody>
        </table>
      </div>
      <div class="va-foot-bar">
        {mayRequest ? (
          <>
            <button class="btn btn-primary" type="submit" name="then" value="add" data-testid="add">
              Add to a request …
            </button>
            <button class="btn" type="submit" name="then" value="all">
              Pick all files found
            </button>
            <button class="btn" type="submit" name="then" value="none">
              Pick none
            </button>
          </>
        ) : null}
        <span class="va-grow" />
        <span class="color-fg-muted" data-testid="range">
          {query.from + 1}–{last} of {listing.total}
        </span>
        <button
          class="btn btn-sm"
          name="then"
          value={`page:${Math.max(0, query.from - query.count)}`}
          disabled={query.from === 0}
        >
          Previous
        </button>
        <button class="btn btn-sm" name="then" value={`page:${last}`} disabled={last >= listing.total}>
          Next
        </button>
      </div>
    </form>
  );
}
