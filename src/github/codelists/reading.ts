/** What a pull request on the registry brings, read at its head, and who has signed it off. */
import {
  kindOf,
  MAX_BYTES,
  readChange,
  readLine,
  readSystem,
  signingOf,
  type ChangedFile,
  type ChangeReading,
  type Coded,
  type RegistryFacts,
  type Signing,
} from '../../codelists/codelists.ts';
import { personById, type Governance } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { acceptedOf, builderOf, codesOf, isSystem, knownCodes, listOf } from '../../registry/registry.ts';
import { pushersOf, type Room } from '../room.ts';
import type { RegistryClient, SeenPull } from './calls.ts';

/** Files of one pull request that are looked at. */
const MOST_FILES = 300;

export interface PullReading {
  change: ChangeReading;
  signing: Signing;
  /** History of decisions by line, as text. */
  histories: ReadonlyMap<string, string>;
  /** More files than are looked at. */
  tooMany: boolean;
}

export async function readPull(
  room: Room,
  client: RegistryClient,
  pull: SeenPull,
  governance: Governance,
): Promise<PullReading> {
  const paths = await client.changedPaths(pull.number);
  const files: ChangedFile[] = [];
  for (const { path, gone } of paths.slice(0, MOST_FILES)) {
    files.push({ path, bytes: gone ? undefined : await bytesOf(client, path, pull.head) });
  }
  const facts = await factsFor(room, client, { pull, files, governance });
  return {
    change: readChange(files, facts),
    signing: await signingFor(room, client, pull, governance),
    histories: historiesIn(files),
    tooMany: paths.length > MOST_FILES,
  };
}

/** What nobody would want to read is of one byte more than is read, and told as too large. */
async function bytesOf(client: RegistryClient, path: string, sha: string): Promise<Uint8Array | undefined> {
  if (kindOf(path).kind === 'beside' || kindOf(path).kind === 'stray') return new Uint8Array();
  const bytes = await client.files.file(path, sha, MAX_BYTES);
  return bytes === 'too-large' ? Buffer.alloc(MAX_BYTES + 1) : bytes;
}

async function factsFor(
  room: Room,
  client: RegistryClient,
  of: { pull: SeenPull; files: readonly ChangedFile[]; governance: Governance },
): Promise<RegistryFacts> {
  const { db } = room;
  const { pull, files, governance } = of;
  const versions = files.flatMap(({ path }) => {
    const kind = kindOf(path);
    return kind.kind === 'version' ? [kind.line] : [];
  });
  const lists = new Set([
    ...versions.map(({ list }) => list),
    ...files.flatMap(({ path }) => {
      const kind = kindOf(path);
      return kind.kind === 'meta' ? [kind.list] : [];
    }),
  ]);
  const published = await acceptedOf(
    db,
    versions.map(({ id }) => id),
  );
  const metas = new Map<string, Uint8Array | undefined>();
  const newest = new Map<string, { id: string; codes: Coded[] }>();
  for (const list of lists) {
    metas.set(list, await bytesOf(client, `${list}/meta.yml`, pull.head));
    const held = await listOf(db, list);
    if (held) newest.set(list, { id: held.newest, codes: await codesOf(db, held.newest) });
  }
  const known = await systemsFor(room, files, [...metas.values()]);
  return {
    metaOf: (list) => metas.get(list),
    published: (id) => published.has(id),
    newest: (list) => newest.get(list),
    isSystem: (id) => known.has(id),
    known: (system) => known.get(system)!,
    isOwner: (owner) => isOwnerHere(governance, owner),
  };
}

/** Codes by system: of systems that the pull request brings all, of others those that its files name. */
async function systemsFor(
  { db }: Room,
  files: readonly ChangedFile[],
  metas: readonly (Uint8Array | undefined)[],
): Promise<Map<string, ReadonlyMap<string, string>>> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  const codes = new Set<string>();
  for (const { path, bytes } of files) {
    const kind = kindOf(path);
    if (!bytes) continue;
    if (kind.kind === 'system')
      found.set(kind.id, new Map(readSystem(bytes).codes.map(({ code, term }) => [code, term])));
    if (kind.kind === 'version') for (const code of firstCells(bytes)) codes.add(code);
  }
  for (const meta of metas) {
    const id = /^coding_system:\s*["']?([a-z0-9._-]+)/m.exec(
      meta ? Buffer.from(meta).toString('utf8') : '',
    )?.[1];
    if (id === undefined || found.has(id) || !(await isSystem(db, id))) continue;
    found.set(id, await knownCodes(db, id, [...codes]));
  }
  return found;
}

/** Every cell that may be a code: the columns are known later. */
function firstCells(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .flatMap((line) => line.split(',').map((cell) => cell.trim().replace(/^"|"$/g, '')))
    .filter((cell) => cell !== '' && cell.length <= 100);
}

function isOwnerHere(governance: Governance, owner: string): boolean {
  const login = /^user\/(.+)$/.exec(owner)?.[1];
  return login === undefined
    ? governance.orgs.some(({ id }) => id === owner) ||
        governance.people.some(({ orgs }) => orgs.includes(owner))
    : governance.people.some((person) => person.login.toLowerCase() === login);
}

async function signingFor(
  { db, clock }: Room,
  client: RegistryClient,
  pull: SeenPull,
  governance: Governance,
): Promise<Signing> {
  const builder = await builderOf(db, pull.number);
  const makers = [
    pull.author.id,
    ...(await client.writers(pull.number)),
    // Whoever pushes may call somebody else the author of a commit.
    ...(await pushersOf(db, client.files.repo.id, pull.branch)),
    ...(builder ? [builder.id] : []),
  ];
  const today = isoDay(clock.now());
  return signingOf({
    head: pull.head,
    reviews: await client.reviews(pull.number, pull.mergedAt),
    makers: new Set(makers),
    isMember: (id) => (personById(governance, id)?.until ?? '') >= today,
  });
}

function historiesIn(files: readonly ChangedFile[]): Map<string, string> {
  return new Map(
    files.flatMap(({ path, bytes }) => {
      const line = path.endsWith('.history.json')
        ? readLine(path.slice(0, -'.history.json'.length))
        : undefined;
      return line && bytes ? [[line.id, Buffer.from(bytes).toString('utf8')] as const] : [];
    }),
  );
}
