/**
 * Pull requests on the registry, by what GitHub says of them now: an event only says where to look. Open ones get a
 * check; one that was merged with two sign-offs is published, once; one that was not stays what it is, and says so.
 */
import { hashesOf, isSigned, type NewVersion } from '../../codelists/codelists.ts';
import { personById, type Governance } from '../../governance/governance.ts';
import { sha256 } from '../../lib/hash.ts';
import { canonicalJson } from '../../lib/canonical.ts';
import {
  endDraftOf,
  keepPull,
  keptPull,
  openPullNumbers,
  publishVersion,
  registryOf,
  type KeptPull,
} from '../../registry/registry.ts';
import { CHECK_NAMES } from '../checks/content.ts';
import { registryCheck, type RegistryCheck } from '../checks/registry.ts';
import { findRepository } from '../reach.ts';
import { keepNewestIn } from '../shown-checks.ts';
import type { Room } from '../room.ts';
import { registryClient, type RegistryClient, type SeenPull } from './calls.ts';
import { readPull, type PullReading } from './reading.ts';
import { takeSystems } from './systems.ts';

export const isRegistry = (room: Room, repository: number): boolean =>
  registryOf(room.governance.current()) === repository;

/** Everything that can be seen of the registry: lost events lose nothing. */
export async function lookAtRegistry(room: Room): Promise<void> {
  const at = await registryAt(room);
  if (!at) return;
  await takeSystems(room, at.client);
  const numbers = new Set([...(await at.client.openPulls()), ...(await openPullNumbers(room.db))]);
  for (const number of [...numbers].sort((a, b) => a - b)) await lookAtPull(room, at, number);
}

/** Its default branch moved: what is open is looked at again where codes have become others. */
export async function registryMoved(room: Room): Promise<void> {
  const at = await registryAt(room);
  if (at && (await takeSystems(room, at.client))) await lookAtRegistry(room);
}

/** One of them; what it published may change what others of the same list are compared with. */
export async function lookAtRegistryPull(room: Room, number: number): Promise<void> {
  const at = await registryAt(room);
  if (!at) return;
  const lists = new Set(await lookAtPull(room, at, number));
  if (lists.size === 0) return;
  for (const other of await openPullNumbers(room.db)) {
    const kept = await keptPull(room.db, other);
    const touched = kept?.versions.some((id) => lists.has(id.slice(0, id.lastIndexOf('/'))));
    if (touched) await lookAtPull(room, at, other);
  }
}

interface Registry {
  client: RegistryClient;
  governance: Governance;
}

async function registryAt(room: Room): Promise<Registry | undefined> {
  const governance = room.governance.current();
  const id = registryOf(governance);
  const repo = id === undefined ? undefined : await findRepository(room, id);
  return governance && repo && { client: await registryClient(room, repo), governance };
}

/** Lists of which something was published. */
async function lookAtPull(room: Room, { client, governance }: Registry, number: number): Promise<string[]> {
  const [pull, kept, seen] = [
    await client.pull(number),
    await keptPull(room.db, number),
    await client.files.describe(),
  ];
  if (kept?.state === 'merged' || kept?.state === 'closed') {
    // Closed ones may be opened again; merged ones are done with.
    if (kept.state === 'merged' || !pull?.open) return [];
  }
  if (!pull || !seen || !pull.own || pull.base !== seen.defaultBranch) return [];
  if (!pull.open && pull.mergedAt === undefined) {
    await closeOne(room, pull, kept);
    return [];
  }
  const reading = await readPull(room, client, pull, governance);
  return pull.open
    ? showOpen(room, client, { pull, kept, reading, governance })
    : settleMerged(room, client, { pull, kept, reading, governance });
}

interface Looked {
  pull: SeenPull;
  kept: KeptPull | undefined;
  reading: PullReading;
  governance: Governance;
}

async function closeOne(room: Room, pull: SeenPull, kept: KeptPull | undefined): Promise<void> {
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    if (kept) await keepPull(tx, { ...kept, state: 'closed' }, now);
    await endDraftOf(tx, pull.number, now);
  });
}

async function showOpen(room: Room, client: RegistryClient, looked: Looked): Promise<string[]> {
  await keep(room, client, looked, { state: 'open' });
  return [];
}

async function settleMerged(room: Room, client: RegistryClient, looked: Looked): Promise<string[]> {
  const { pull, reading } = looked;
  const unpublished = await whyUnpublished(client, pull, reading);
  const versions = unpublished === undefined ? reading.change.versions : [];
  await keep(room, client, looked, { state: 'merged', unpublished, versions });
  return versions.map(({ line }) => line.list);
}

/** In a few words; undefined when nothing is in the way. */
async function whyUnpublished(
  client: RegistryClient,
  { head, mergeCommit }: SeenPull,
  { change, signing, tooMany }: PullReading,
): Promise<string | undefined> {
  if (change.versions.length === 0) return undefined;
  if (tooMany || change.findings.some(({ severity }) => severity === 'error')) return 'it has faults';
  if (!isSigned(signing)) return 'fewer than two people had signed off its last commit';
  for (const { path, bytes } of change.versions) {
    const merged = mergeCommit && (await client.files.file(path, mergeCommit, bytes.length + 1));
    const same = merged && merged !== 'too-large' && sha256(merged) === sha256(bytes);
    if (!same) return `what was merged of ${path} is not what was signed off at ${head.slice(0, 12)}`;
  }
  return undefined;
}

async function keep(
  room: Room,
  client: RegistryClient,
  { pull, kept, reading, governance }: Looked,
  to: { state: 'open' | 'merged'; unpublished?: string | undefined; versions?: readonly NewVersion[] },
): Promise<void> {
  const { change, signing, tooMany } = reading;
  const lines = change.versions.map(({ line }) => line.id);
  const check: RegistryCheck = {
    change,
    signing,
    tooMany,
    filesUrl: `${pull.url}/files`,
    nameOf: (id) => personById(governance, id)?.name ?? `account ${id}`,
    ...(to.state === 'merged' && {
      merged: { published: (to.versions ?? []).map(({ line }) => line.id), unpublished: to.unpublished },
    }),
  };
  const content = registryCheck(check);
  const said = sha256(canonicalJson({ head: pull.head, ...content }));
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    for (const version of to.versions ?? [])
      await publish(room, tx, { pull, version, reading, governance, now });
    await keepPull(
      tx,
      {
        ...{ number: pull.number, head: pull.head, state: to.state, title: pull.title, author: pull.author },
        versions: lines,
        faults: change.findings.filter(({ severity }) => severity === 'error').length,
        signers: signing.signers,
        said,
        unpublished: to.unpublished ?? null,
      },
      now,
    );
    if (to.state === 'merged') await endDraftOf(tx, pull.number, now);
    if (kept?.said === said) return;
    const { id: repository } = client.files.repo;
    await keepNewestIn(tx, { repository, sha: pull.head, name: CHECK_NAMES.codelists, content }, now);
  });
}

async function publish(
  room: Room,
  tx: Parameters<typeof publishVersion>[0],
  of: { pull: SeenPull; version: NewVersion; reading: PullReading; governance: Governance; now: number },
): Promise<void> {
  const { pull, version, reading, governance, now } = of;
  const { line, meta, codes, bytes } = version;
  const history = reading.histories.get(line.id);
  await publishVersion(
    tx,
    { line, meta: meta!, codes, bytes, history: history === undefined ? undefined : JSON.parse(history) },
    {
      repository: registryOf(governance)!,
      pull: pull.number,
      head: pull.head,
      commit: pull.mergeCommit!,
      author: pull.author.id,
      signers: reading.signing.signers,
      policy: governance.commit,
      now,
    },
  );
  room.logger.info({ line: line.id, sha256: hashesOf(bytes).sha256 }, 'A codelist was published');
}
