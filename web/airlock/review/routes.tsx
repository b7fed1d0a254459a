/** The pages about a request, and the forms on them. */
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { RequestPage, ShownFile, Where } from '../../../agent/airlock/face.ts';
import { viewerOf } from '../files/kinds.ts';
import type { Pages, Routes, ViewerParts, Visit } from '../parts.ts';
import { ActivityPage, filterOf } from './activity-page.tsx';
import { CodeScreen } from './code-page.tsx';
import { commandOf } from './deeds.ts';
import { DiffPage } from './diff-page.tsx';
import { FilePage } from './file-page.tsx';
import { GroupPage } from './group-page.tsx';
import { codeSinceUrl, codeUrl, fileUrl, requestUrl } from './links.ts';
import type { Asking } from './offers.tsx';
import { QueuePage } from './queue-page.tsx';
import { wishOf } from './queue-order.ts';
import { RequestScreen } from './request-page.tsx';
import { DONE } from './words.ts';

export const reviewRoutes: Routes = (pages, parts) => {
  queueRoute(pages, parts);
  requestRoutes(pages, parts);
  fileRoutes(pages, parts);
  codeRoute(pages, parts);
  deedRoute(pages, parts);
};

function queueRoute(pages: Pages, { room }: ViewerParts): void {
  pages.get('/reviews', async (visit) => {
    if (!visit.roles.includes('checker')) return visit.notFound();
    const [queue, precision, decisions] = await Promise.all([
      room.queue(visit.person.id),
      room.precision(),
      room.decisionFigures(),
    ]);
    const wish = wishOf(visit.request.query);
    visit.show({
      title: 'Reviews',
      wide: true,
      body: <QueuePage {...{ queue, precision, decisions, wish, csrf: visit.csrf }} />,
    });
  });
}

function requestRoutes(pages: Pages, parts: ViewerParts): void {
  pages.get('/requests/:id', async (visit) => {
    const asking = await askingOf(visit, parts);
    if (!asking) return;
    const { id } = asking.page.request;
    visit.show({
      title: `Request ${id}`,
      crumbs: crumbs(asking.page),
      scripts: ['review'],
      wide: true,
      body: <RequestScreen asking={asking} code={await shownCode(visit, parts, asking.page)} />,
    });
  });
  pages.get('/requests/:id/groups/:name', async (visit) => {
    const asking = await askingOf(visit, parts);
    if (!asking) return;
    const group = asking.page.groups.find(({ name }) => name === visit.request.params['name']);
    if (!group) return visit.notFound();
    visit.show({
      title: `${group.name}, request ${asking.page.request.id}`,
      crumbs: crumbs(asking.page, [group.name, visit.here]),
      scripts: ['review'],
      wide: true,
      body: <GroupPage asking={asking} group={group} />,
    });
  });
  pages.get('/requests/:id/activity', async (visit) => {
    const id = String(visit.request.params['id']);
    const rows = await parts.room.activityOf(visit.person.id, id);
    if (isRefusal(rows)) return visit.refuse(rows, 404);
    visit.show({
      title: `Activity of request ${id}`,
      crumbs: [
        ['Requests', '/requests'],
        [id, requestUrl(id)],
        ['Activity', visit.here],
      ],
      body: <ActivityPage id={id} rows={rows} filter={filterOf(visit.request.query)} />,
    });
  });
}

function fileRoutes(pages: Pages, parts: ViewerParts): void {
  pages.get('/requests/:id/files/:number', async (visit) => {
    const found = await fileOf(visit, parts);
    if (!found) return;
    const { asking, file, where } = found;
    const look = visit.look(where, 'page', file);
    const frame = viewerOf(file.path) === 'svg' ? visit.look(where, 'preview', file) : undefined;
    const code = await shownCode(visit, parts, asking.page);
    visit.show({
      title: `${file.number}. ${file.path}`,
      crumbs: crumbs(asking.page, [`${file.number}. ${file.path}`, visit.here]),
      scripts: ['file', 'review'],
      wide: true,
      body: <FilePage asking={asking} file={file} look={look} frame={frame} code={code} />,
    });
  });
  pages.get('/requests/:id/files/:number/diff', async (visit) => {
    const found = await fileOf(visit, parts);
    if (!found) return;
    const { asking, file, where } = found;
    const { previous } = file;
    if (!previous) return visit.notFound();
    const old: Where = { ...where, kind: 'previous' };
    const before = { path: file.path, size: 0, sha256: previous.sha256 };
    const isDrawing = viewerOf(file.path) === 'svg';
    visit.show({
      title: `${file.path}, compared`,
      crumbs: crumbs(
        asking.page,
        [`${file.number}. ${file.path}`, fileUrl(asking.page.request.id, file.number)],
        ['Compared', visit.here],
      ),
      scripts: ['compare', 'review'],
      wide: true,
      body: (
        <DiffPage
          asking={asking}
          file={file}
          previous={previous}
          before={visit.look(old, 'preview', before)}
          after={visit.look(where, 'preview', file)}
          frames={
            isDrawing ? [visit.look(old, 'preview', before), visit.look(where, 'preview', file)] : undefined
          }
        />
      ),
    });
  });
  // A tab of its own: never counts as seen. Downloads are for checkers, and recorded.
  pages.get('/requests/:id/files/:number/raw', async (visit) => {
    const found = await fileOf(visit, parts);
    if (found) visit.response.redirect(303, visit.look(found.where, 'preview', found.file).url);
  });
  pages.get('/requests/:id/files/:number/download', async (visit) => {
    const found = await fileOf(visit, parts);
    if (!found) return;
    if (found.asking.page.viewer.as !== 'checker') return visit.notFound();
    visit.response.redirect(303, visit.look(found.where, 'download', found.file).url);
  });
}

function codeRoute(pages: Pages, parts: ViewerParts): void {
  pages.get('/requests/:id/code/:number', async (visit) => {
    const found = await fileOf(visit, parts);
    if (!found) return;
    const { asking, file } = found;
    const { id } = asking.page.request;
    const code = await parts.room.codeAt(visit.person.id, { request: id, file: file.number });
    if (isRefusal(code)) return visit.refuse(code, 404);
    const wanted = visit.request.query['path'];
    const open = code.entries.find(({ path }) => path === (typeof wanted === 'string' ? wanted : code.opens));
    const place = open && { request: id, file: file.number, path: open.path };
    const where: Where | undefined = place && { kind: 'request-code', ...place };
    const isCompared =
      visit.request.query['since'] === 'release' &&
      code.since?.changed.some(({ path, how }) => path === open?.path && how === 'changed') === true;
    visit.show({
      title: `Code behind ${file.path}`,
      crumbs: crumbs(
        asking.page,
        [`${file.number}. ${file.path}`, fileUrl(id, file.number)],
        ['Code', visit.here],
      ),
      scripts: [isCompared ? 'compare' : 'file'],
      wide: true,
      body: (
        <CodeScreen
          code={code}
          open={open?.path}
          look={open && where && !isCompared ? visit.look(where, 'preview', open) : undefined}
          compared={
            open && place && where && isCompared
              ? [
                  visit.look({ kind: 'previous-code', ...place }, 'preview', { path: open.path, size: 0 }),
                  visit.look(where, 'preview', open),
                ]
              : undefined
          }
          csrf={visit.csrf}
          at={(path) => codeUrl(id, file.number, path)}
          since={(path) => codeSinceUrl(id, file.number, path)}
          back={{ label: 'Back to the file', href: fileUrl(id, file.number) }}
        />
      ),
    });
  });
}

/** One address for every command a form asks for: parsed here, judged by the room. */
function deedRoute(pages: Pages, { room, ids }: ViewerParts): void {
  pages.post('/requests/:id/deeds/:deed', async (visit) => {
    const id = String(visit.request.params['id']);
    const deed = String(visit.request.params['deed']);
    const by = { kind: 'person', id: visit.person.id, session: visit.session } as const;
    const command = commandOf(deed, visit.form, by, ids);
    if (!command) return visit.notFound();
    const answer = isRefusal(command) ? command : await room.command(id, command);
    const inPlace = visit.request.headers.accept === 'application/json';
    if (isRefusal(answer)) return inPlace ? visit.json(answer, 409) : visit.refuse(answer, 409);
    if (inPlace) return visit.json({ done: DONE[deed] ?? '' });
    visit.back(visit.form.text('back') || requestUrl(id), DONE[deed]);
  });
}

async function askingOf(visit: Visit, { room }: ViewerParts): Promise<Asking | undefined> {
  const page = await room.request(visit.person.id, String(visit.request.params['id']));
  if (!isRefusal(page)) return { page, csrf: visit.csrf, here: visit.here };
  visit.refuse(page, 404);
  return undefined;
}

async function fileOf(
  visit: Visit,
  parts: ViewerParts,
): Promise<
  { asking: Asking; file: ShownFile; where: { kind: 'request'; request: string; file: number } } | undefined
> {
  const asking = await askingOf(visit, parts);
  if (!asking) return undefined;
  const file = asking.page.files.find(({ number }) => String(number) === visit.request.params['number']);
  if (!file) {
    visit.notFound();
    return undefined;
  }
  return { asking, file, where: { kind: 'request', request: asking.page.request.id, file: file.number } };
}

/** Only while it is needed: the code is this person's alone. */
async function shownCode(
  visit: Visit,
  { room }: ViewerParts,
  page: RequestPage,
): Promise<string | undefined> {
  if (!page.signatureMissing) return undefined;
  const code = await room.shownCode(visit.person.id, page.request.id);
  return isRefusal(code) ? undefined : code;
}

function crumbs({ request }: RequestPage, ...more: [string, string][]): [string, string][] {
  return [['Requests', '/requests'], [`${request.workspace} ${request.id}`, requestUrl(request.id)], ...more];
}
