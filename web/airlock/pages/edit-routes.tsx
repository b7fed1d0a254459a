/** Building a request: everything its author does before it is submitted, and after it came back. */
import { contextText } from '../../../agent/airlock/context.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Controls } from '../../../src/release/types.ts';
import type { Pages, ViewerParts, Visit } from '../parts.ts';
import { no } from '../words.ts';
import { act, actorOf } from './actor.ts';
import { editAt, requestAt } from './addresses.ts';
import { Edit } from './edit.tsx';
import { slug } from '../shell/forms.tsx';

export function editRoutes(pages: Pages, parts: ViewerParts): void {
  const { room } = parts;
  pages.get('/requests/:id/edit', async (visit) => {
    const page = await room.request(visit.person.id, idOf(visit));
    if (isRefusal(page)) return visit.notFound();
    // Only its authors build it, and only while it is theirs.
    const { state } = page.request;
    if (page.viewer.as !== 'author' || (state !== 'draft' && state !== 'returned')) {
      return visit.back(requestAt(page.request.id));
    }
    const crumbs = [
      ['Requests', '/requests'],
      [page.request.id, requestAt(page.request.id)],
      ['Edit', '#'],
    ] as const;
    visit.show({
      title: `Request in ${page.request.workspace}`,
      crumbs,
      body: <Edit visit={visit} page={page} />,
    });
  });

  const post = (deed: string, handler: (visit: Visit, id: string) => Promise<void>) =>
    pages.post(`/requests/:id/edit/${deed}`, (visit) => handler(visit, idOf(visit)));

  post('explain', (visit, id) => {
    const group = visit.form.text('group');
    const wish = {
      type: 'explain',
      group,
      context: contextText({
        text: visit.form.long('context'),
        population: visit.form.text('population'),
        populationSize: visit.form.text('population-size'),
        n: visit.form.text('n'),
        df: visit.form.text('df'),
      }),
      controls: controlsOf(visit),
    } as const;
    return act(visit, room, id, wish, {
      to: `${editAt(id)}#group-${slug(group)}`,
      message: `“${group}” is saved.`,
    });
  });
  post('accept-policy', async (visit, id) => {
    if (visit.form.text('accept') !== 'yes')
      return visit.refuse(no.choice('your tick: read the text, then accept it'));
    const version = visit.form.text('version');
    return act(visit, room, id, { type: 'accept-policy', version }, { to: editAt(id), message: 'Accepted.' });
  });
  post('except-hint', (visit, id) => {
    const { form } = visit;
    const wish = { type: 'except-hint', hint: form.text('hint'), reason: form.long('reason') } as const;
    return act(visit, room, id, wish, { to: `${editAt(id)}#hints`, message: 'The exception is asked for.' });
  });
  post('resolve-hint', (visit, id) => {
    const { form } = visit;
    const wish = { type: 'resolve-hint', hint: form.text('hint'), reason: form.long('reason') } as const;
    return act(visit, room, id, wish, { to: `${editAt(id)}#hints`, message: 'The warning is answered.' });
  });
  post('comment', (visit, id) => {
    const group = visit.form.text('group');
    const said = { id: parts.ids.id(), group, text: visit.form.long('text'), visibility: 'public' } as const;
    const to = `${editAt(id)}#group-${slug(group)}`;
    return act(visit, room, id, { type: 'comment', ...said }, { to, message: 'The comment is kept.' });
  });
  post('co-author', async (visit, id) => {
    const person = Number(visit.form.text('person'));
    if (!Number.isInteger(person) || person <= 0) return visit.refuse(no.choice('a person'));
    return act(
      visit,
      room,
      id,
      { type: 'name-co-author', person },
      { to: editAt(id), message: 'The co-author is named.' },
    );
  });
  post('submit', (visit, id) =>
    act(
      visit,
      room,
      id,
      { type: 'submit' },
      { to: requestAt(id), message: 'The request is submitted. Two checkers look at it now.' },
    ),
  );
  post('withdraw', (visit, id) =>
    act(visit, room, id, { type: 'withdraw' }, { to: requestAt(id), message: 'The request is withdrawn.' }),
  );
  post('files', (visit, id) => filesDeed(visit, parts, id));
}

/** One deed for all ticked files. What is refused is said; the rest is done. */
async function filesDeed(visit: Visit, { room }: ViewerParts, id: string): Promise<void> {
  const { form } = visit;
  const paths = form.all('path');
  const deed = form.text('deed');
  if (paths.length === 0) return visit.refuse(no.choice('files: tick some first'));
  const by = actorOf(visit);
  if (deed === 'update' || deed === 'withdraw') {
    const answer =
      deed === 'update' ? await room.updateFiles(by, id, paths) : await room.withdrawFiles(by, id, paths);
    if (isRefusal(answer)) return visit.refuse(answer);
    const [first] = answer.refused;
    if (first && answer.done.length === 0) return visit.refuse(first.refusal);
    const rest = first ? ` ${answer.refused.length} not: ${first.refusal.says}` : '';
    return visit.back(
      editAt(id),
      `${counted(answer.done.length)} ${deed === 'update' ? 'updated' : 'taken off'}.${rest}`,
    );
  }
  const group = form.text('new-group') || form.text('group');
  const wishes = paths.map((path) => {
    if (deed === 'move') return { type: 'move-file', path, group } as const;
    return { type: 'retype-file', path, as: deed === 'supporting' ? 'supporting' : 'output' } as const;
  });
  if (!['move', 'supporting', 'output'].includes(deed))
    return visit.refuse(no.choice('what to do with them'));
  if (deed === 'move' && group === '') return visit.refuse(no.choice('the name of a group'));
  let done = 0;
  for (const wish of wishes) {
    const answer = await room.command(id, { ...wish, by });
    // Nothing to do for a file is no reason to stop.
    if (isRefusal(answer) && !['release.same-group', 'release.same-type'].includes(answer.code))
      return visit.refuse(answer);
    if (!isRefusal(answer)) done += 1;
  }
  visit.back(editAt(id), `${counted(done)} ${deed === 'move' ? 'moved' : 'changed'}.`);
}

const counted = (files: number): string => (files === 1 ? '1 file is' : `${files} files are`);

function controlsOf({ form }: Visit): Controls {
  const whole = (name: string): number | null =>
    /^[0-9]{1,6}$/.test(form.text(name)) ? Number(form.text(name)) : null;
  return {
    threshold: whole('threshold'),
    base: whole('base'),
    method: form.text('method'),
    text: form.long('controls'),
  };
}

function idOf({ request }: Visit): string {
  return String(request.params['id']);
}
