/** Asking that released files become public: a draft that waits for a publisher. */
import { and, eq, inArray } from 'drizzle-orm';
import { frozenRefusal } from '../freezes/freezes.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Tx } from '../db/database.ts';
import { publicationFiles, publications } from '../db/schema/publications.ts';
import { changePublications, rowOf } from './change.ts';
import { retryEditions } from './edition-state.ts';
import { OPEN_STATES } from './live.ts';
import { ownerBody, ownerColumns, tellOwner } from './owner-told.ts';
import { ownerSaid } from './owner.ts';
import { whyNotAsk } from './rules.ts';
import { areOfOneWorkspace, declared, keyOf, nameOf, releasesIn, sorted } from './set.ts';
import type { FileRef, PublicationDeps, PublicationRequest, PublicationView, ReleaseFacts } from './types.ts';
import { publicationById } from './views.ts';
import { no } from './words.ts';

/** An identical set that is still open is handed back as it is, whoever asks. */
export async function requestPublication(
  deps: PublicationDeps,
  ask: PublicationRequest,
): Promise<PublicationView | Refusal> {
  const g = deps.governance();
  if (!g) return no.notReady();
  const releases = await releasesMeant(deps, ask);
  const [first] = releases ?? [];
  if (!releases || !first) return no.noRelease();
  const said = ownerSaid(ask.owner, ask.actor, deps.clock.now());
  const against =
    (areOfOneWorkspace(releases) ? undefined : no.otherWorkspace()) ??
    whyNotAsk(g, releases, ask.actor, deps.clock.now()) ??
    (first.repository !== ask.repository.id ? no.elsewhere() : undefined) ??
    (ask.repository.private ? no.privateRepository() : undefined);
  if (against) return against;
  if (isRefusal(said)) return said;
  const id = await changePublications(deps, first, async (change) => {
    const stands = await frozenRefusal(change.tx, first);
    if (stands) return stands;
    const files = await filesMeant(change.tx, releases, ask);
    if (isRefusal(files)) return files;
    const setKey = keyOf(files);
    const same = await openSet(change.tx, setKey);
    if (same !== undefined) {
      const row = await rowOf(change.tx, same);
      if (said && row?.state === 'draft') await tellOwner(change, row, said);
      return same;
    }
    const made = deps.ids.id();
    const { project, workspace, backend, repository: repositoryId } = first;
    await change.tx.insert(publications).values({
      ...{ id: made, project, workspace, backend, repositoryId, setKey },
      requestedBy: ask.actor,
      requestedAt: change.now,
      ...(said && ownerColumns(said)),
    });
    await change.tx.insert(publicationFiles).values(files.map((file) => ({ publication: made, ...file })));
    // Neither names nor how many: a number of files that are not public yet can tell something.
    change.tell(made, 'publication', `person:${ask.actor}`, {
      event: 'requested',
      releases: releasesIn(files),
      project,
      workspace,
      repository: repositoryId,
      ...ownerBody(said),
    });
    change.shows(made);
    return made;
  });
  if (isRefusal(id)) return id;
  // Asked again: what held the steward back may be over.
  await retryEditions(deps, first.repository);
  return (await publicationById(deps, id)) ?? no.unknown();
}

/** Every one of them whole, or undefined. */
async function releasesMeant(
  deps: PublicationDeps,
  { of }: PublicationRequest,
): Promise<ReleaseFacts[] | undefined> {
  const ids = 'files' in of ? releasesIn(of.files) : 'release' in of ? [of.release] : await newest(deps, of);
  const found = await Promise.all(ids.map((id) => deps.releases.byId(deps.db, id)));
  const whole = found.filter((each) => each !== undefined);
  return whole.length === ids.length ? whole : undefined;
}

async function newest(
  { releases, db }: PublicationDeps,
  { request }: { request: string },
): Promise<string[]> {
  return (await releases.ofRequest(db, request)).slice(-1);
}

/** The set asked for; without one what is out and in no open publication. */
async function filesMeant(
  tx: Tx,
  releases: readonly ReleaseFacts[],
  { of, files: numbers }: PublicationRequest,
): Promise<FileRef[] | Refusal> {
  const ids = releases.map(({ id }) => id);
  const out = releases.flatMap(({ id: release, files }) =>
    files.filter(({ recalled }) => !recalled).map(({ number }) => ({ release, number })),
  );
  const asked = 'files' in of ? of.files : numbers?.map((number) => ({ release: ids[0]!, number }));
  if (asked) return wholeSet(tx, releases, sorted(asked), new Set(out.map(nameOf)));
  const held = await taken(tx, ids, false);
  const left = sorted(out.filter((file) => !held.has(nameOf(file))));
  if (left.length > 0) return left;
  // Asked again for the same: its publication is the answer, as long as one set has them all.
  const all = sorted(out);
  return all.length > 0 && (await openSet(tx, keyOf(all))) !== undefined ? all : no.nothingLeft();
}

async function wholeSet(
  tx: Tx,
  releases: readonly ReleaseFacts[],
  files: FileRef[],
  out: ReadonlySet<string>,
): Promise<FileRef[] | Refusal> {
  if (files.length === 0 || files.some((file) => !out.has(nameOf(file)))) return no.noFile();
  const paths = new Set(declared(releases, files).map(({ path }) => path));
  if (paths.size < files.length) return no.twoVersions();
  const live = await taken(
    tx,
    releases.map(({ id }) => id),
    true,
  );
  // The same set again is no clash: it is handed back.
  const clash = files.some((file) => live.has(nameOf(file)));
  return clash && (await openSet(tx, keyOf(files))) === undefined ? no.alreadyPublic() : files;
}

/** Files in open publications of these releases; with `live` only those that are public. */
async function taken(tx: Tx, releases: readonly string[], live: boolean): Promise<Set<string>> {
  const rows = await tx
    .select({
      release: publicationFiles.release,
      number: publicationFiles.number,
      live: publicationFiles.live,
    })
    .from(publicationFiles)
    .innerJoin(publications, eq(publications.id, publicationFiles.publication))
    .where(
      and(inArray(publicationFiles.release, [...releases]), inArray(publications.state, [...OPEN_STATES])),
    );
  return new Set(rows.filter((row) => row.live || !live).map(nameOf));
}

async function openSet(tx: Tx, setKey: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ id: publications.id })
    .from(publications)
    .where(and(eq(publications.setKey, setKey), inArray(publications.state, [...OPEN_STATES])));
  return row?.id;
}
