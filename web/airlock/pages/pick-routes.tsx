/** Picking files, and putting them on a request. */
import type { FilesDone } from '../../../agent/airlock/face.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { FileType } from '../../../src/release/types.ts';
import type { Pages, ViewerParts, Visit } from '../parts.ts';
import { no } from '../words.ts';
import { actorOf } from './actor.ts';
import { editAt, treeAt, workspaceAt } from './addresses.ts';
import { listingQuery } from './listing-query.ts';
import { NAMED, Pick, Refusals } from './pick.tsx';
import type { Selections } from './selections.ts';
import { nameOf } from './workspace-routes.tsx';

export function pickRoutes(pages: Pages, parts: ViewerParts, selections: Selections): void {
  const { room } = parts;

  pages.post('/workspaces/:ws/pick', async (visit) => {
    const { form } = visit;
    const name = nameOf(visit);
    const query = listingQuery(form.text, form.text('dir'));
    const then = form.text('then');
    if (then === 'all') {
      const paths = await room.pathsOf(visit.person.id, name, query);
      if (isRefusal(paths)) return visit.notFound();
      selections.set(visit.session.id, name, [...selections.of(visit.session.id, name), ...paths]);
      return visit.back(treeAt(name, query), `${paths.length} files are picked.`);
    }
    if (then === 'none') {
      selections.set(visit.session.id, name, []);
      return visit.back(treeAt(name, query));
    }
    await keepTicks(parts, selections, visit, name, query);
    if (then === 'add') return visit.back(`${workspaceAt(name)}/add`);
    visit.back(treeAt(name, { ...query, from: pageOf(then) }));
  });

  pages.get('/workspaces/:ws/add', async (visit) => {
    const name = nameOf(visit);
    const workspace = (await room.workspaces(visit.person.id)).find((each) => each.name === name);
    if (!workspace) return visit.notFound();
    const picked = [...selections.of(visit.session.id, name)].sort();
    const active = workspace.active && (await room.request(visit.person.id, workspace.active.id));
    const groups = active && !isRefusal(active) ? active.groups.map((group) => group.name) : [];
    const crumbs = [
      ['Workspaces', '/workspaces'],
      [name, workspaceAt(name)],
      ['Add to a request', '#'],
    ] as const;
    visit.show({
      title: 'Add to a request',
      crumbs,
      body: <Pick {...{ visit, workspace, picked, groups }} />,
    });
  });

  pages.post('/workspaces/:ws/add', async (visit) => {
    const { form } = visit;
    const name = nameOf(visit);
    const picked = [...selections.of(visit.session.id, name)].sort();
    const group = form.text('new-group') || form.text('group');
    if (picked.length === 0) return visit.refuse(no.choice('files: pick some in the workspace'));
    if (group === '') return visit.refuse(no.choice('the name of a group'));
    const typeOf = (at: number): FileType =>
      (at < NAMED && form.has(`as:${at}`) ? form.text(`as:${at}`) : form.text('as')) === 'supporting'
        ? 'supporting'
        : 'output';
    const reason = form.long('reason') || undefined;
    const done: FilesDone = { request: form.text('request'), done: [], refused: [] };
    for (const as of ['output', 'supporting'] as const) {
      const paths = picked.filter((_path, at) => typeOf(at) === as);
      if (paths.length === 0) continue;
      const request = done.request || undefined;
      const added = await room.addFiles({
        by: actorOf(visit),
        workspace: name,
        request,
        group,
        as,
        paths,
        reason,
      });
      if (isRefusal(added)) return visit.refuse(added);
      done.request = added.request;
      done.done.push(...added.done);
      done.refused.push(...added.refused);
    }
    selections.set(
      visit.session.id,
      name,
      done.refused.map(({ path }) => path),
    );
    finish(visit, name, done, 'added');
  });

  pages.post('/workspaces/:ws/update', async (visit) => {
    const { form } = visit;
    const name = nameOf(visit);
    const request = form.text('request');
    const answer = await room.listing(visit.person.id, name, { ...listingQuery(() => '', ''), count: 1 });
    if (isRefusal(answer)) return visit.notFound();
    const paths = form.has('path') ? form.all('path') : answer.changed;
    const updated = await room.updateFiles(actorOf(visit), request, paths, form.long('reason') || undefined);
    if (isRefusal(updated)) return visit.refuse(updated);
    finish(visit, name, updated, 'updated');
  });
}

/** What was ticked on a page replaces what was picked of that page; the rest of the pick stays. */
async function keepTicks(
  { room }: ViewerParts,
  selections: Selections,
  visit: Visit,
  name: string,
  query: ReturnType<typeof listingQuery>,
): Promise<void> {
  const ticked = visit.form.all('path');
  // One file, from its own page.
  if (visit.form.text('only') === '1') return selections.set(visit.session.id, name, ticked);
  const listing = await room.listing(visit.person.id, name, query);
  const shown = isRefusal(listing) ? [] : listing.entries.map(({ path }) => path);
  const elsewhere = [...selections.of(visit.session.id, name)].filter((path) => !shown.includes(path));
  selections.set(visit.session.id, name, [...elsewhere, ...ticked]);
}

function pageOf(then: string): number {
  const from = Number(/^page:([0-9]{1,8})$/.exec(then)?.[1]);
  return Number.isInteger(from) ? from : 0;
}

function finish(visit: Visit, workspace: string, { request, done, refused }: FilesDone, what: string): void {
  const files = done.length === 1 ? '1 file is' : `${done.length} files are`;
  if (refused.length === 0) return visit.back(editAt(request), `${files} ${what}.`);
  const body = <Refusals {...{ workspace, request, done: `${files} ${what}.`, refused }} />;
  visit.show({ title: `Not every file was ${what}`, body }, 409);
}
