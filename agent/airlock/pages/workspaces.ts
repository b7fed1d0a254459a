/** Workspaces and what is in them. Lists come from the manifest's index; the disk is not walked. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf, textArray } from '../../../src/db/open.ts';
import { projectById } from '../../../src/governance/governance.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import {
  ACTIVE,
  fileStatus,
  suffixOf,
  type FileStatus,
  type ReleaseRequest,
} from '../../../src/release/release.ts';
import { checkCounts, countsFor } from '../checks/cache.ts';
import type { Core, Rules } from '../core.ts';
import type { ListedFile, ListedFolder, Listing, ListingQuery, WorkspaceSummary } from '../face.ts';
import { standingFacts } from '../facts.ts';
import { endedIn, mayLook, projectOf, rolesIn, titleOf } from '../where.ts';
import { no } from '../words.ts';
import { byPath, type IndexedFile, type WorkspaceIndex } from '../workspace-index.ts';

export interface Into {
  rules: Rules;
  index: WorkspaceIndex;
  summary: WorkspaceSummary;
  /** This person's own active request there, or one they are co-author of. */
  active: ReleaseRequest | undefined;
}

export async function workspaces(core: Core, person: number): Promise<WorkspaceSummary[]> {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return [];
  const seen = core.workspaces.names().flatMap((name) => {
    const project = projectOf(core, rules, name);
    const index = core.workspaces.get(name);
    return project !== undefined && index && mayLook(rolesIn(core, rules, project, person, at))
      ? [{ index, project }]
      : [];
  });
  const active = await activeOf(core, person);
  return seen.map(({ index, project }) =>
    summaryOf(
      core,
      rules,
      index,
      project,
      person,
      active.find(({ workspace }) => workspace === index.name),
    ),
  );
}

async function activeOf(core: Core, person: number): Promise<ReleaseRequest[]> {
  const rows = await rowsOf<{ folded: string }>(
    core.db,
    sql`select folded from requests where state = any(${textArray(ACTIVE)}) and author = ${person}::bigint`,
  );
  return rows.map(({ folded }) => JSON.parse(folded) as ReleaseRequest);
}

function summaryOf(
  core: Core,
  rules: Rules,
  { name, repo, branch, changedAt }: WorkspaceIndex,
  project: string,
  person: number,
  active: ReleaseRequest | undefined,
): WorkspaceSummary {
  const at = core.clock.now();
  const { projectOngoing: ongoing, workspaceArchived: archived } = standingFacts(rules, name, project, at);
  const roles = rolesIn(core, rules, project, person, at);
  const as = roles.includes('member') ? 'member' : roles.includes('copilot') ? 'copilot' : 'viewer';
  return {
    name,
    project,
    projectTitle: titleOf(rules, project),
    organisation: projectById(rules.governance, project)?.orgs.lead ?? '',
    repository: repo,
    branch,
    as,
    mayRequest: as === 'member' && ongoing && !archived && !rules.frozen(project),
    archived,
    ongoing,
    active: active ? { id: active.id, state: active.state } : null,
    changedAt,
  };
}

export async function lookInto(core: Core, person: number, workspace: string): Promise<Into | Refusal> {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return no.governance();
  const project = projectOf(core, rules, workspace);
  const index = core.workspaces.get(workspace);
  if (!index && core.workspaces.isReading) return no.reading();
  if (!index || project === undefined) return no.workspace();
  if (!mayLook(rolesIn(core, rules, project, person, at)))
    return endedIn(core, rules, project, person, at) ?? no.workspace();
  const active = (await activeOf(core, person)).find((each) => each.workspace === workspace);
  return { rules, index, active, summary: summaryOf(core, rules, index, project, person, active) };
}

export async function listing(
  core: Core,
  person: number,
  workspace: string,
  query: ListingQuery,
): Promise<Listing | Refusal> {
  const into = await lookInto(core, person, workspace);
  if (isRefusal(into)) return into;
  const { index, active, summary, rules } = into;
  const instead = nearest(index, query.dir);
  const dir = instead ?? query.dir;
  const folders = query.search === '' ? foldersIn(index, dir, query) : [];
  const files = await sortedFiles(core, into, dir, query);
  const from = Math.max(0, query.from);
  const shownFolders = folders.slice(from, from + query.count);
  const start = Math.max(0, from - folders.length);
  const shownFiles = files.slice(start, start + query.count - shownFolders.length);
  return {
    workspace: summary,
    dir,
    total: folders.length + files.length,
    entries: [...shownFolders, ...(await listedAll(core, rules, active, shownFiles))],
    ...(instead === undefined ? {} : { instead }),
    changed: changedFiles(index, active),
    sequence: index.sequence,
    behind: core.workspaces.isBehind(workspace),
  };
}

export async function pathsOf(
  core: Core,
  person: number,
  workspace: string,
  query: ListingQuery,
): Promise<string[] | Refusal> {
  const into = await lookInto(core, person, workspace);
  if (isRefusal(into)) return into;
  return filesBelow(into.index, query.dir, query)
    .filter(({ excluded }) => !excluded)
    .map(({ path }) => path);
}

/** Undefined when the folder is there. */
function nearest(index: WorkspaceIndex, dir: string): string | undefined {
  if (index.hasFolder(dir)) return undefined;
  const parts = dir.split('/');
  while (parts.length > 0) {
    parts.pop();
    const above = parts.join('/');
    if (index.hasFolder(above)) return above;
  }
  return '';
}

function foldersIn(index: WorkspaceIndex, dir: string, { order, stale }: ListingQuery): ListedFolder[] {
  const found = (index.folder(dir)?.folders ?? [])
    .map(({ name, ...counts }): ListedFolder => {
      const path = dir === '' ? name : `${dir}/${name}`;
      return { kind: 'folder', name, path, files: stale ? counts.files : counts.live };
    })
    .filter(({ files }) => files > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return order === 'down' ? found.reverse() : found;
}

/** In the folder itself, by path; with a search, everything beneath it that fits. */
function filesIn(index: WorkspaceIndex, dir: string, query: ListingQuery): readonly IndexedFile[] {
  if (query.search !== '') return filesBelow(index, dir, query).sort(byPath);
  const folder = index.folder(dir);
  return (query.stale ? folder?.files : folder?.live) ?? [];
}

function filesBelow(index: WorkspaceIndex, dir: string, { search, stale }: ListingQuery): IndexedFile[] {
  const prefix = dir === '' ? '' : `${dir}/`;
  const wanted = search.toLowerCase();
  return index
    .files()
    .filter(
      (file) =>
        file.path.startsWith(prefix) &&
        (stale || !file.stale) &&
        (wanted === '' || file.path.slice(prefix.length).toLowerCase().includes(wanted)),
    );
}

type Order = (a: IndexedFile, b: IndexedFile) => number;

async function sortedFiles(
  core: Core,
  into: Into,
  dir: string,
  query: ListingQuery,
): Promise<readonly IndexedFile[]> {
  const files = filesIn(into.index, dir, query);
  const sorted = await inOrder(core, into, query, files);
  return query.order === 'down' ? [...sorted].reverse() : sorted;
}

async function inOrder(
  core: Core,
  into: Into,
  { sort }: ListingQuery,
  files: readonly IndexedFile[],
): Promise<readonly IndexedFile[]> {
  if (sort === 'name') return files;
  if (sort === 'size') return bySize.of(files);
  if (sort === 'date') return byDate.of(files);
  const status = await statuses(core, into.active, files);
  return [...files].sort((a, b) => {
    const [x, y] = [status(a), status(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** Remembers a list in this order for as long as the list itself is kept: a folder's is, until a job ends. */
class Sorted {
  readonly #held = new WeakMap<readonly IndexedFile[], IndexedFile[]>();
  readonly #order: Order;

  constructor(order: Order) {
    this.#order = order;
  }

  of(files: readonly IndexedFile[]): readonly IndexedFile[] {
    const held = this.#held.get(files);
    if (held) return held;
    const sorted = [...files].sort(this.#order);
    this.#held.set(files, sorted);
    return sorted;
  }
}

const bySize = new Sorted((a, b) => a.size - b.size);
const byDate = new Sorted((a, b) => a.at - b.at);

/** The mark beside each of these files. */
async function statuses(
  core: Core,
  active: ReleaseRequest | undefined,
  files: readonly IndexedFile[],
): Promise<(file: IndexedFile) => FileStatus> {
  const hashes = [...new Set(files.map(({ sha256 }) => sha256))];
  const rows = await rowsOf<{ hash: string }>(
    core.db,
    sql`select distinct hash from (select sha256 as hash, state, revoked from released
          union all select source, state, revoked from released) r
        where state <> 'halted' and revoked = 0 and hash in (select json_array_elements_text(${asJson(hashes)}))`,
  );
  const released = rows.map(({ hash }) => hash);
  return ({ path, sha256, size, excluded }) => {
    const listed = Object.create(null) as Record<
      string,
      { sha256: string; size: number; looksLike: 'unknown' }
    >;
    if (!excluded) listed[path] = { sha256, size, looksLike: 'unknown' };
    return fileStatus(path, active, { files: listed, released });
  };
}

export async function listedAll(
  core: Core,
  rules: Rules,
  active: ReleaseRequest | undefined,
  files: readonly IndexedFile[],
): Promise<ListedFile[]> {
  if (files.length === 0) return [];
  const status = await statuses(core, active, files);
  const keyOf = ({ path, sha256 }: IndexedFile) => ({
    sha256,
    suffix: suffixOf(path),
    factsKey: '',
  });
  const counts = await checkCounts(core.db, files.map(keyOf), rules.disclosure);
  return files.map((file) => {
    const { path, size, at, excluded, stale } = file;
    const shown = excluded ? `${path}.txt` : path;
    return {
      kind: 'file',
      name: shown.slice(shown.lastIndexOf('/') + 1),
      path: shown,
      size,
      at,
      status: status(file),
      stale,
      excluded: excluded ? (file.entry.message ?? '') : null,
      hints: countsFor(counts, keyOf(file)) ?? null,
    };
  });
}

function changedFiles(index: WorkspaceIndex, active: ReleaseRequest | undefined): string[] {
  return (active?.files ?? [])
    .filter(({ withdrawn }) => !withdrawn)
    .filter(({ path, source }) => {
      const listed = index.file(path);
      return listed !== undefined && listed.sha256 !== source;
    })
    .map(({ path }) => path);
}
