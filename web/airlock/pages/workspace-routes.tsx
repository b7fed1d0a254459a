/** A workspace: its folders, a file in it, the code behind it. */
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import type { Pages, ViewerParts, Visit } from '../parts.ts';
import { codeAt, restOf, treeAt, workspaceAt } from './addresses.ts';
import { CodeView } from './code.tsx';
import { listingQuery } from './listing-query.ts';
import type { Selections } from './selections.ts';
import { Tree } from './tree.tsx';
import { WorkspaceFile } from './workspace-file.tsx';

export function workspaceRoutes(pages: Pages, parts: ViewerParts, selections: Selections): void {
  const { room } = parts;
  const tree = async (visit: Visit, dir: string): Promise<void> => {
    const name = nameOf(visit);
    const query = listingQuery((key) => String(visit.request.query[key] ?? ''), dir);
    const listing = await room.listing(visit.person.id, name, query);
    if (isRefusal(listing)) return absent(visit, listing);
    // A job has taken the folder away: the nearest one that is still there.
    if (listing.instead !== undefined && listing.instead !== dir) {
      return visit.back(treeAt(name, { ...query, dir: listing.instead, from: 0 }), 'That folder is gone.');
    }
    const { id: session } = visit.session;
    await room.log({ type: 'LISTING_VIEW', person: visit.person.id, session, workspace: name, path: dir });
    const picked = selections.of(session, name);
    const body = <Tree {...{ visit, listing, query, picked }} />;
    visit.show({
      title: dir === '' ? name : `${dir} · ${name}`,
      crumbs: crumbsTo(name, dir),
      scripts: ['tree'],
      body,
    });
  };
  pages.get('/workspaces/:ws', (visit) => tree(visit, ''));
  pages.get('/workspaces/:ws/tree', (visit) => tree(visit, ''));
  pages.get('/workspaces/:ws/tree/{*path}', (visit) => tree(visit, restOf(visit.request.params, 'path')));

  pages.get('/workspaces/:ws/files/{*path}', async (visit) => {
    const path = restOf(visit.request.params, 'path');
    const page = await room.workspaceFile(visit.person.id, nameOf(visit), path);
    if (isRefusal(page)) return absent(visit, page);
    const where = { kind: 'workspace', workspace: nameOf(visit), path } as const;
    const file = { path, size: page.file.size, sha256: page.sha256 };
    const look = visit.look(where, 'page', file);
    const frame =
      page.content === 'svg' || page.content === 'gzip' ? visit.look(where, 'preview', file) : undefined;
    const body = <WorkspaceFile {...{ visit, page, look, frame }} />;
    const crumbs = [...crumbsTo(nameOf(visit), parentOf(path)), [page.file.name, '#'] as const];
    visit.show({ title: page.file.name, crumbs, wide: true, scripts: ['file'], body });
  });

  pages.get('/workspaces/:ws/code/{*path}', async (visit) => {
    const output = restOf(visit.request.params, 'path');
    const name = nameOf(visit);
    const code = await room.codeAt(visit.person.id, { workspace: name, path: output });
    if (isRefusal(code)) return absent(visit, code);
    const wanted = visit.request.query['file'];
    const entry = code.entries.find(({ path }) => path === (wanted ?? code.opens));
    if (wanted !== undefined && !entry) return visit.notFound();
    const look =
      entry && visit.look({ kind: 'code', workspace: name, output, path: entry.path }, 'page', entry);
    const address = codeAt(name, output);
    const crumbs = [
      ...crumbsTo(name, parentOf(output)),
      [`Code behind ${output.split('/').at(-1)}`, address] as const,
    ];
    const body = <CodeView {...{ visit, code, address, look, shown: entry?.path }} />;
    visit.show({ title: `Code · ${name}`, crumbs, wide: true, scripts: ['file'], body });
  });
}

/** Of what is merely not there yet the browser asks again by itself; of the rest nothing is said. */
const PASSING = ['airlock.reading', 'airlock.newer-outputs'];

export function absent(visit: Visit, refused: Refusal): void {
  if (!PASSING.includes(refused.code)) return visit.notFound();
  visit.response.set({ refresh: '2', 'retry-after': '2' });
  visit.refuse(refused, 503);
}

export function nameOf({ request }: Visit): string {
  return String(request.params['ws']);
}

function crumbsTo(workspace: string, dir: string): [string, string][] {
  const parts = dir === '' ? [] : dir.split('/');
  return [
    ['Workspaces', '/workspaces'],
    [workspace, workspaceAt(workspace)],
    ...parts.map((part, at): [string, string] => [
      part,
      treeAt(workspace, { dir: parts.slice(0, at + 1).join('/') }),
    ]),
  ];
}

function parentOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}
