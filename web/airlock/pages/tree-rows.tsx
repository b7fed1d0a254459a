/** Rows and headings of a folder's table. */
import type { VNode } from 'preact';
import type { ListedFile, ListedFolder, ListingQuery } from '../../../agent/airlock/face.ts';
import { FileIcon, HintBadge, sizeText, StatusLabel, Time } from '../shell/marks.tsx';
import { fileAt, treeAt } from './addresses.ts';

export function Sorted(props: {
  query: ListingQuery;
  workspace: string;
  column: ListingQuery['sort'];
  label: string;
}): VNode {
  const { query, workspace, column, label } = props;
  const isIt = query.sort === column;
  const order = isIt && query.order === 'up' ? 'down' : 'up';
  return (
    <th
      scope="col"
      class={column === 'size' ? 'va-figure' : undefined}
      aria-sort={isIt ? (query.order === 'up' ? 'ascending' : 'descending') : 'none'}
    >
      <a href={treeAt(workspace, { ...query, sort: column, order, from: 0 })}>
        {label}
        {isIt ? <span aria-hidden="true">{query.order === 'up' ? ' ↑' : ' ↓'}</span> : null}
      </a>
    </th>
  );
}

export function Folder(props: {
  entry: ListedFolder;
  query: ListingQuery;
  workspace: string;
  mayRequest: boolean;
}): VNode {
  const { entry, query, workspace, mayRequest } = props;
  return (
    <tr>
      {mayRequest ? <td /> : null}
      <td class="va-path" colSpan={5}>
        <FileIcon kind="folder" />{' '}
        <a href={treeAt(workspace, { ...query, dir: entry.path, search: '', from: 0 })}>{entry.name}</a>{' '}
        <span class="color-fg-muted text-small">{entry.files === 1 ? '1 file' : `${entry.files} files`}</span>
      </td>
    </tr>
  );
}

export function File(props: {
  entry: ListedFile;
  query: ListingQuery;
  workspace: string;
  mayRequest: boolean;
  picked: boolean;
}): VNode {
  const { entry, query, workspace, mayRequest, picked } = props;
  const { path, status, stale, excluded } = entry;
  // Found below this folder: the rest of the way is part of the name.
  const name =
    query.search === '' || query.dir === ''
      ? query.search === ''
        ? entry.name
        : path
      : path.slice(query.dir.length + 1);
  return (
    <tr class={stale ? 'va-stale' : undefined}>
      {mayRequest ? (
        <td class="va-tick">
          <input
            type="checkbox"
            name="path"
            value={path}
            checked={picked}
            disabled={status === 'invalid'}
            aria-label={`Pick ${path}`}
          />
        </td>
      ) : null}
      <td class="va-path">
        <FileIcon kind="file" /> <a href={fileAt(workspace, path)}>{name}</a>{' '}
        {stale ? (
          <span class="Label Label--secondary" title="Its action is gone, or no longer makes it">
            stale
          </span>
        ) : null}
        {excluded !== null ? (
          <span class="Label Label--attention" title={excluded}>
            withheld
          </span>
        ) : null}
      </td>
      <td>
        <StatusLabel status={status} />
      </td>
      <td class="va-figure">{sizeText(entry.size)}</td>
      <td class="va-when">
        <Time at={entry.at} />
      </td>
      <td>
        <HintBadge hints={entry.hints} />
      </td>
    </tr>
  );
}
