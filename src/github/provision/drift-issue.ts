/** What is open, kept as one issue in the governance repository, and counted for /healthz. */
import { asc } from 'drizzle-orm';
import { inArray } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import { repositories } from '../../db/schema/github.ts';
import { drift } from '../../db/schema/provisioning.ts';
import { FOUND } from '../../protocol/steward-rounds.ts';
import { z } from 'zod';
import { findRepository, showFor } from '../reach.ts';
import { ISSUE, showIssue } from '../release/show-issue.ts';
import type { Room } from '../room.ts';
import { DRIFT_MARK, DRIFT_TITLE, driftBody, type OpenDrift } from './drift-words.ts';

const KEY = 'issue:drift:governance';

const finding = z.object({
  found: z.enum(FOUND).optional(),
  code: z.string().optional(),
  repository: z.int().optional(),
  team: z.string().optional(),
  person: z.int().optional(),
});

/** Oldest first. */
export async function openDrift(db: Db): Promise<OpenDrift[]> {
  const rows = await db.select().from(drift).orderBy(asc(drift.since), asc(drift.scope));
  const found = rows.flatMap((row): OpenDrift[] => {
    const read = finding.safeParse(row.finding);
    if (!read.success) return [];
    const held = Object.entries(read.data).filter(([, value]) => value !== undefined);
    return [{ scope: row.scope, since: row.since, ...Object.fromEntries(held) }];
  });
  const place = ({ repository = 0, team, person = 0, found: what, code }: OpenDrift): string =>
    [String(repository).padStart(16), team ?? '', what ?? code ?? '', String(person).padStart(16)].join(' ');
  return found.sort((a, b) => a.since - b.since || (place(a) < place(b) ? -1 : 1));
}

export async function showDrift(room: Room, _subject: string, force: boolean): Promise<void> {
  const g = room.governance.current();
  const id = room.governance.repositoryId;
  if (!g || !(await findRepository(room, id))) return;
  const open = await openDrift(room.db);
  const show = await showFor(room, id, force);
  // Nothing ever was: there is no issue to close.
  if (open.length === 0 && !(await show.kept(KEY, ISSUE))) return;
  const named = open.flatMap(({ repository }) => (repository === undefined ? [] : [repository]));
  const known =
    named.length > 0
      ? await room.db
          .select()
          .from(repositories)
          .where(inArray(repositories.id, [...new Set(named)]))
      : [];
  const names = new Map(known.map((one) => [one.id, `${one.owner}/${one.name}`]));
  await showIssue(show, {
    key: KEY,
    mark: DRIFT_MARK,
    title: DRIFT_TITLE,
    body: () => driftBody(open, g, (repository) => names.get(repository)),
    labels: [],
    open: open.length > 0,
    reason: 'completed',
  });
}

/** For /healthz: how many are open, by what they are. */
export async function driftHealth(db: Db): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const { found, code } of await openDrift(db)) {
    const what = found ?? code ?? '';
    counted[what] = (counted[what] ?? 0) + 1;
  }
  return counted;
}
