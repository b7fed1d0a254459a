/** The second gate: further people say that the set may be public, or that it may not. */
import { and, eq, inArray } from 'drizzle-orm';
import { publicationApprovals, publicationFiles, publications } from '../db/schema/publications.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Governance } from '../governance/governance.ts';
import { changePublications, rowOf, type Change, type Row } from './change.ts';
import { isReason, whyNotApprove, whyNotReject } from './rules.ts';
import { newEdition } from './settle.ts';
import type { PublicationDecision, PublicationDeps, PublicationView, ReleaseFacts } from './types.ts';
import { publicationById } from './views.ts';
import { no } from './words.ts';

/** One approval of several is kept and counted; a repeat by the same person changes nothing. */
export async function decidePublication(
  deps: PublicationDeps,
  said: PublicationDecision,
): Promise<PublicationView | Refusal> {
  const g = deps.governance();
  if (!g) return no.notReady();
  const known = await publicationById(deps, said.publication);
  const release = known && (await deps.releases.byId(deps.db, known.release));
  if (!known || !release) return no.unknown();
  if (said.reference !== undefined && !isReason(said.reference)) return no.noReason();
  const against = await changePublications(deps, known.release, async (change) => {
    const row = await rowOf(change.tx, said.publication);
    if (!row) return no.unknown();
    // Said twice by the same person: it stands already.
    if (await stands(change, row, said)) return undefined;
    if (row.state !== 'draft') return no.notOpen();
    return said.decision === 'approve'
      ? approve(change, g, row, release, said)
      : reject(change, g, row, said);
  });
  if (isRefusal(against)) return against;
  return (await publicationById(deps, said.publication)) ?? no.unknown();
}

async function stands(change: Change, row: Row, said: PublicationDecision): Promise<boolean> {
  if (said.decision === 'reject') return row.state === 'rejected' && row.endedBy === said.actor;
  const rows = await approvalsOf(change, row.id);
  return ['draft', 'approved', 'published'].includes(row.state) && rows.includes(said.actor);
}

async function approvalsOf(change: Change, publication: string): Promise<number[]> {
  const rows = await change.tx
    .select({ person: publicationApprovals.person })
    .from(publicationApprovals)
    .where(eq(publicationApprovals.publication, publication));
  return rows.map(({ person }) => person);
}

async function approve(
  change: Change,
  g: Governance,
  row: Row,
  release: ReleaseFacts,
  said: PublicationDecision,
): Promise<Refusal | undefined> {
  const { tx, now } = change;
  const listed = await tx
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .where(eq(publicationFiles.publication, row.id));
  const files = release.files.filter(
    ({ number, recalled }) => !recalled && listed.some((each) => each.number === number),
  );
  if (files.length === 0) return no.nothingLeft();
  const checkers = files.flatMap((file) => file.checkers);
  const { actor } = said;
  const { requestedBy, project } = row;
  const against =
    whyNotApprove(g, project, { actor, requestedBy, author: release.author, checkers }, now) ??
    (said.repository.id !== row.repositoryId ? no.elsewhere() : undefined) ??
    (said.repository.private ? no.privateRepository() : undefined);
  if (against) return against;
  // Whoever approved earlier and may not any more does not count.
  const earlier = (await approvalsOf(change, row.id)).filter(
    (person) =>
      !whyNotApprove(g, project, { actor: person, requestedBy, author: release.author, checkers }, now),
  );
  const enough = earlier.length + 1 >= Math.max(1, g.policies.approvals['publish'] ?? 1);
  const numbers = files.map(({ number }) => number).sort((a, b) => a - b);
  if (enough && (await clashes(change, release.id, numbers))) return no.alreadyPublic();
  await tx
    .insert(publicationApprovals)
    .values({ publication: row.id, person: actor, at: now, reference: said.reference ?? null });
  change.tell(row.id, 'publication', `person:${actor}`, {
    event: 'approved',
    release: release.id,
    approvals: earlier.length + 1,
    reference: said.reference ?? null,
  });
  change.shows(row.id);
  if (!enough) return undefined;
  await tx
    .update(publicationFiles)
    .set({ live: true })
    .where(and(eq(publicationFiles.publication, row.id), inArray(publicationFiles.number, numbers)));
  await tx.update(publications).set({ state: 'approved' }).where(eq(publications.id, row.id));
  await newEdition(change, row.id, numbers);
  return undefined;
}

async function clashes({ tx }: Change, release: string, numbers: number[]): Promise<boolean> {
  const rows = await tx
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .where(
      and(
        eq(publicationFiles.release, release),
        eq(publicationFiles.live, true),
        inArray(publicationFiles.number, numbers),
      ),
    )
    .limit(1);
  return rows.length > 0;
}

async function reject(
  change: Change,
  g: Governance,
  row: Row,
  said: PublicationDecision,
): Promise<Refusal | undefined> {
  const against = whyNotReject(g, row.project, said.actor, change.now);
  if (against) return against;
  await change.tx
    .update(publications)
    .set({ state: 'rejected', endedBy: said.actor, endedAt: change.now, why: said.reference ?? null })
    .where(eq(publications.id, row.id));
  change.tell(row.id, 'publication', `person:${said.actor}`, { event: 'rejected', release: row.release });
  change.shows(row.id);
  return undefined;
}
