/**
 * How each backend is, in an issue of its own that people can subscribe to: pinned, kept as state says, with a comment for each
 * change. Where governance names a repository for it (`github.repos.status`), and nowhere else.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../db/database.ts';
import { queueOutbox } from '../../db/outbox.ts';
import { backendChanges, backendsNow, type BackendNow } from '../../jobs/jobs.ts';
import { pinOnce } from '../provision/pin.ts';
import { findRepository, showFor } from '../reach.ts';
import { showIssue } from '../release/show-issue.ts';
import type { Room } from '../room.ts';
import { statusBody, statusChanged, statusMark, statusTitle } from './status-words.ts';

const BACKEND_TOPIC = 'backend';
const SEEN = 'backends:shown';
const MOST_SHOWN = 20;

/** Looks whether any backend is otherwise than it was last told, and has it told. True when something is. */
export async function lookAtBackends(room: Room): Promise<boolean> {
  if (repositoryOf(room) === undefined) return false;
  const seen = Object.fromEntries((await backendsNow(room.jobs)).map((now) => [now.id, toldAs(now)]));
  const now = room.clock.now();
  return room.db.transaction(async (tx) => {
    const [row] = await rowsOf<{ value: Record<string, string> }>(
      tx,
      sql`select value from settings where key = ${SEEN} for update`,
    );
    const before = row?.value ?? {};
    const changed = Object.keys(seen).filter((id) => before[id] !== seen[id]);
    if (changed.length === 0) return false;
    await tx.execute(sql`
      insert into settings (key, value, updated_at) values (${SEEN}, ${asJson(seen)}::jsonb, ${now}::bigint)
      on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`);
    await queueOutbox(
      tx,
      changed.map((subject) => ({ topic: BACKEND_TOPIC, subject })),
      now,
    );
    return true;
  });
}

const toldAs = ({ name, word, since }: BackendNow): string => `${word} ${since} ${name}`;

const repositoryOf = (room: Room): number | undefined =>
  room.governance.current()?.deployment.github.repos['status'];

/** One that governance does not name any more keeps its issue as it is. */
export async function showBackend(room: Room, id: string, force: boolean): Promise<void> {
  const repository = repositoryOf(room);
  const g = room.governance.current();
  const now = (await backendsNow(room.jobs)).find((backend) => backend.id === id);
  if (repository === undefined || !g || !now || !(await findRepository(room, repository))) return;
  const show = await showFor(room, repository, force);
  const changes = await backendChanges(room.db, [id], { limit: MOST_SHOWN, now: room.clock.now() });
  const key = `issue:status:${id}`;
  const known = (await show.kept(key, 'issue'))?.number;
  const issue = await showIssue(show, {
    key,
    mark: statusMark(id),
    title: statusTitle(now),
    body: () => statusBody(now, changes, g.deployment.base_url.replace(/\/+$/, '')),
    labels: [],
    open: true,
    reason: 'completed',
  });
  if (issue === 'off') {
    room.logger.warn(
      { code: 'status.no-issues', repository },
      'The repository for status has its issues switched off',
    );
    return;
  }
  await pinOnce(show, key, issue.number);
  // The issue itself says how it was in the beginning.
  if (known === issue.number && now.since !== null) {
    const said = statusChanged(now);
    const mark = said.split('\n')[0] ?? '';
    const about = `status-change:${id}:${now.since}:${now.word}`;
    await show.comment({ key: about, issue: issue.number, mark, body: said, final: true });
  }
}
