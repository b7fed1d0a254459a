/** Addresses of pages. Every part is encoded: names come from jobs. */
import type { ListingQuery } from '../../../agent/airlock/face.ts';

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

export const workspaceAt = (workspace: string): string => `/workspaces/${encodeURIComponent(workspace)}`;
export const fileAt = (workspace: string, path: string): string =>
  `${workspaceAt(workspace)}/files/${encoded(path)}`;
export const codeAt = (workspace: string, output: string): string =>
  `${workspaceAt(workspace)}/code/${encoded(output)}`;
export const requestAt = (id: string): string => `/requests/${encodeURIComponent(id)}`;
export const editAt = (id: string): string => `${requestAt(id)}/edit`;

/** Requests, all or those of one workspace, in one state. */
export function requestsAt({ workspace, state }: { workspace?: string; state?: string }): string {
  const query = new URLSearchParams({ ...(workspace && { workspace }), ...(state && { state }) }).toString();
  return query === '' ? '/requests' : `/requests?${query}`;
}

/** Without what is the default, so that addresses stay short. */
export function treeAt(workspace: string, query: Partial<ListingQuery>): string {
  const { dir = '', sort = 'name', order = 'up', search = '', from = 0, stale = false } = query;
  const params = new URLSearchParams();
  if (sort !== 'name') params.set('sort', sort);
  if (order !== 'up') params.set('order', order);
  if (search !== '') params.set('search', search);
  if (from > 0) params.set('from', String(from));
  if (stale) params.set('stale', '1');
  const text = params.toString();
  return `${workspaceAt(workspace)}/tree${dir === '' ? '' : `/${encoded(dir)}`}${text === '' ? '' : `?${text}`}`;
}

/** The rest of an address behind `{*path}`, decoded, as one path. */
export function restOf(params: Record<string, unknown>, name: string): string {
  const value = params[name];
  return Array.isArray(value) ? value.join('/') : typeof value === 'string' ? value : '';
}
