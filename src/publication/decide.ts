/** The second gate: further people say that the set may be public, or that it may not. */
import { and, eq, inArray, or } from 'drizzle-orm';
import { publicationApprovals, publicationFiles, publications } from '../db/schema/publications.ts';
import { frozenRefusal } from '../freezes/freezes.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Governance } from '../governance/governance.ts';
import { changePublications, rowOf, type Change, type Row } from './change.ts';
import { ownerBody, ownerOf, tellOwner } from './owner-told.ts';
import { asksForOwner, ownerSaid } from './owner.ts';
import { whyNotApprove, whyNotReject, type Approver } from './rules.ts';
import { declared, releasesIn } from './set.ts';
import { newEdition } from './settle.ts';
import type {
  FileRef,
  OwnerApproval,
  PublicationDecision,
  PublicationDeps,
  PublicationView,
  ReleaseFacts,
} from './types.ts';
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
  if (!known) return no.unknown();
  const found = await Promise.all(known.releases.map((id) => deps.releases.byId(deps.db, id)));
  const releases = found.filter((each) => each !== undefined);
  const owner = ownerSaid(said.owner, said.actor, deps.clock.now());
  if (isRefusal(owner)) return owner;
  const against = await changePublications(deps, known, async (change) => {
    const row = await rowOf(change.tx, said.publication);
    if (!row) return no.unknown();
    // Said twice by the same person: it stands already.
    if (await stands(change, row, said)) return undefined;
    if (row.state !== 'draft') return no.notOpen();
    const held = await frozenRefusal(change.tx, row);
    if (held) return held;
    return said.decision === 'approve'
      ? approve(change, { g, row, releases, owner }, said)
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

interface Case {
  g: Governance;
  row: Row;
  releases: readonly ReleaseFacts[];
  owner: OwnerApproval | undefined;
}

async function approve(
  change: Change,
  { g, row, releases, owner }: Case,
  said: PublicationDecision,
): Promise<Refusal | undefined> {
  const { tx, now } = change;
  const { project } = row;
  const listed = await tx
    .select({ release: publicationFiles.release, number: publicationFiles.number })
    .from(publicationFiles)
    .where(eq(publicationFiles.publication, row.id));
  const files = declared(releases, listed).filter(({ recalled }) => !recalled);
  if (files.length === 0) return no.nothingLeft();
  const of = releases.filter(({ id }) => files.some(({ release }) => release === id));
  const behind: Omit<Approver, 'actor'> = {
    requestedBy: row.requestedBy,
    authors: of.map(({ author }) => author),
    reviewers: [...of.flatMap(({ reviewers }) => reviewers), ...files.flatMap(({ checkers }) => checkers)],
  };
  const against =
    whyNotApprove(g, project, { actor: said.actor, ...behind }, now) ??
    (said.repository.id !== row.repositoryId ? no.elsewhere() : undefined) ??
    (said.repository.private ? no.privateRepository() : undefined) ??
    (asksForOwner(g, project) && !owner && !ownerOf(row) ? no.ownerMissing() : undefined);
  if (against) return against;
  // Whoever approved earlier and may not any more does not count.
  const earlier = (await approvalsOf(change, row.id)).filter(
    (person) => !whyNotApprove(g, project, { actor: person, ...behind }, now),
  );
  const enough = earlier.length + 1 >= Math.max(1, g.policies.approvals['publish'] ?? 1);
  if (enough && (await clashes(change, files))) return no.alreadyPublic();
  if (owner) await tellOwner(change, row, owner);
  await tx.insert(publicationApprovals).values({ publication: row.id, person: said.actor, at: now });
  change.tell(row.id, 'publication', `person:${said.actor}`, {
    event: 'approved',
    releases: releasesIn(files),
    approvals: earlier.length + 1,
    ...ownerBody(owner ?? ownerOf(row) ?? undefined),
  });
  change.shows(row.id);
  if (enough) await goLive(change, row.id, files);
  return undefined;
}

async function goLive(change: Change, publication: string, files: readonly FileRef[]): Promise<void> {
  const { tx } = change;
  await tx
    .update(publicationFiles)
    .set({ live: true })
    .where(and(eq(publicationFiles.publication, publication), amongst(files)));
  await tx.update(publications).set({ state: 'approved' }).where(eq(publications.id, publication));
  await newEdition(change, publication, files);
}

async function clashes({ tx }: Change, files: readonly FileRef[]): Promise<boolean> {
  const rows = await tx
    .select({ number: publicationFiles.number })
    .from(publicationFiles)
    .where(and(eq(publicationFiles.live, true), amongst(files)))
    .limit(1);
  return rows.length > 0;
}

/** One condition a release: a set has many files and few releases. */
function amongst(files: readonly FileRef[]) {
  return or(
    ...releasesIn(files).map((release) =>
      and(
        eq(publicationFiles.release, release),
        inArray(
          publicationFiles.number,
          files.filter((file) => file.release === release).map(({ number }) => number),
        ),
      ),
    ),
  );
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
    .set({ state: 'rejected', endedBy: said.actor, endedAt: change.now })
    .where(eq(publications.id, row.id));
  change.tell(row.id, 'publication', `person:${said.actor}`, { event: 'rejected' });
  change.shows(row.id);
  return undefined;
}
