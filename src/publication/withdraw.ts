/** Taking a publication back: a draft is closed, a published one goes from GitHub and leaves a note there. */
import { eq } from 'drizzle-orm';
import { publicationFiles, publications } from '../db/schema/publications.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { changePublications, rowOf } from './change.ts';
import { whyNotWithdraw } from './rules.ts';
import { endEditions } from './settle.ts';
import type { PublicationDeps, PublicationView, PublicationWithdrawal } from './types.ts';
import { publicationById } from './views.ts';
import { no } from './words.ts';

export async function withdrawPublication(
  deps: PublicationDeps,
  said: PublicationWithdrawal,
): Promise<PublicationView | Refusal> {
  const g = deps.governance();
  if (!g) return no.notReady();
  const known = await publicationById(deps, said.publication);
  if (!known) return no.unknown();
  const against = await changePublications(deps, known, async (change) => {
    const row = await rowOf(change.tx, said.publication);
    if (!row) return no.unknown();
    const barred = whyNotWithdraw(g, row, said.actor, change.now);
    if (barred) return barred;
    if (row.state === 'withdrawn' && row.endedBy === said.actor) return undefined;
    if (row.state === 'withdrawn' || row.state === 'rejected') return no.ended();
    await change.tx
      .update(publications)
      .set({ state: 'withdrawn', endedBy: said.actor, endedAt: change.now, why: said.category })
      .where(eq(publications.id, row.id));
    await change.tx
      .update(publicationFiles)
      .set({ live: false })
      .where(eq(publicationFiles.publication, row.id));
    await endEditions(change, row.id);
    change.tell(row.id, 'withdrawal', `person:${said.actor}`, {
      event: 'withdrawn',
      project: row.project,
      repository: row.repositoryId,
      category: said.category,
    });
    change.shows(row.id);
    return undefined;
  });
  if (isRefusal(against)) return against;
  return (await publicationById(deps, said.publication)) ?? no.unknown();
}
