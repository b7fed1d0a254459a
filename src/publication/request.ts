/** Asking that released files become public: a draft that waits for a publisher. */
import { and, eq, inArray } from 'drizzle-orm';
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Tx } from '../db/database.ts';
import { publicationFiles, publications } from '../db/schema/publications.ts';
import { changePublications } from './change.ts';
import { retryEditions } from './edition-state.ts';
import { OPEN_STATES } from './live.ts';
import { isReason, whyNotAsk } from './rules.ts';
import type { PublicationDeps, PublicationRequest, PublicationView, ReleaseFacts } from './types.ts';
import { publicationById } from './views.ts';
import { no } from './words.ts';

/** An identical set that is still open is handed back as it is, whoever asks. */
export async function requestPublication(
  deps: PublicationDeps,
  ask: PublicationRequest,
): Promise<PublicationView | Refusal> {
  const g = deps.governance();
  if (!g) return no.notReady();
  const release = await releaseMeant(deps, ask);
  if (!release) return no.noRelease();
  const against =
    whyNotAsk(g, release, ask.actor, deps.clock.now()) ??
    (release.repository !== ask.repository.id ? no.elsewhere() : undefined) ??
    (ask.repository.private ? no.privateRepository() : undefined) ??
    (ask.reference !== undefined && !isReason(ask.reference) ? no.noReason() : undefined);
  if (against) return against;
  const id = await changePublications(deps, release.id, async (change) => {
    const numbers = await numbersOf(change.tx, release, ask.files);
    if (isRefusal(numbers)) return numbers;
    const setKey = sha256(canonicalJson({ release: release.id, files: numbers }));
    const [same] = await change.tx
      .select({ id: publications.id })
      .from(publications)
      .where(and(eq(publications.setKey, setKey), inArray(publications.state, [...OPEN_STATES])));
    if (same) return same.id;
    const made = deps.ids.id();
    const { request, project, workspace, backend, repository: repositoryId } = release;
    await change.tx.insert(publications).values({
      ...{ id: made, release: release.id, request, project, workspace, backend, repositoryId, setKey },
      requestedBy: ask.actor,
      requestedAt: change.now,
      reference: ask.reference ?? null,
    });
    await change.tx
      .insert(publicationFiles)
      .values(numbers.map((number) => ({ publication: made, release: release.id, number })));
    // Neither names nor how many: a number of files that are not public yet can tell something.
    change.tell(made, 'publication', `person:${ask.actor}`, {
      event: 'requested',
      release: release.id,
      project,
      workspace,
      repository: repositoryId,
      reference: ask.reference ?? null,
    });
    change.shows(made);
    return made;
  });
  if (isRefusal(id)) return id;
  // Asked again: what held the steward back may be over.
  await retryEditions(deps, release.repository);
  return (await publicationById(deps, id)) ?? no.unknown();
}

async function releaseMeant(
  deps: PublicationDeps,
  ask: PublicationRequest,
): Promise<ReleaseFacts | undefined> {
  if ('release' in ask.of) return deps.releases.byId(deps.db, ask.of.release);
  const newest = (await deps.releases.ofRequest(deps.db, ask.of.request)).at(-1);
  return newest === undefined ? undefined : deps.releases.byId(deps.db, newest);
}

/** The set asked for, rising; without one what is out and in no open publication. */
async function numbersOf(tx: Tx, release: ReleaseFacts, asked?: number[]): Promise<number[] | Refusal> {
  const out = release.files.filter(({ recalled }) => !recalled).map(({ number }) => number);
  if (asked) {
    const numbers = [...new Set(asked)].sort((a, b) => a - b);
    if (numbers.length === 0 || numbers.some((number) => !out.includes(number))) return no.noFile();
    const open = await taken(tx, release.id, true);
    // The same set again is no clash: it is handed back.
    const clash = numbers.some((number) => open.has(number));
    return clash && !(await isOneSet(tx, release.id, numbers)) ? no.alreadyPublic() : numbers;
  }
  const held = await taken(tx, release.id, false);
  const left = out.filter((number) => !held.has(number)).sort((a, b) => a - b);
  if (left.length > 0) return left;
  // Asked again for the same: its publication is the answer, as long as one set has them all.
  const all = [...out].sort((a, b) => a - b);
  return all.length > 0 && (await isOneSet(tx, release.id, all)) ? all : no.nothingLeft();
}

/** Numbers in open publications of the release; with `live` only those that are public. */
async function taken(tx: Tx, release: string, live: boolean): Promise<Set<number>> {
  const rows = await tx
    .select({ number: publicationFiles.number, live: publicationFiles.live })
    .from(publicationFiles)
    .innerJoin(publications, eq(publications.id, publicationFiles.publication))
    .where(and(eq(publicationFiles.release, release), inArray(publications.state, [...OPEN_STATES])));
  return new Set(rows.filter((row) => row.live || !live).map(({ number }) => number));
}

async function isOneSet(tx: Tx, release: string, files: number[]): Promise<boolean> {
  const setKey = sha256(canonicalJson({ release, files }));
  const rows = await tx
    .select({ id: publications.id })
    .from(publications)
    .where(and(eq(publications.setKey, setKey), inArray(publications.state, [...OPEN_STATES])));
  return rows.length > 0;
}
