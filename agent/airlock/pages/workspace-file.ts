/** One file of a workspace: what it is, where it comes from, what the checks say. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../../src/db/open.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { releaseId, suffixOf } from '../../../src/release/release.ts';
import { keptChecks, keptFor } from '../checks/cache.ts';
import { hintsOf } from '../checks/hints.ts';
import type { CodePlace } from '../code.ts';
import { changedSince, codeBefore } from '../code-since.ts';
import { looksLike } from '../content.ts';
import type { Core, Rules } from '../core.ts';
import type { CodeEntry, CodePage, ListedFile, Provenance, ShownHint, WorkspaceFilePage } from '../face.ts';
import { originsOf } from '../facts.ts';
import { orNewer } from '../files.ts';
import { bytesInWorkspace, watched } from '../looking.ts';
import { no } from '../words.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';
import { loginOf } from './people.ts';
import { listedAll, lookInto } from './workspaces.ts';

export async function workspaceFile(
  core: Core,
  person: number,
  workspace: string,
  path: string,
): Promise<WorkspaceFilePage | Refusal> {
  const into = await lookInto(core, person, workspace);
  if (isRefusal(into)) return into;
  const { index, active, rules, summary } = into;
  const there = await bytesInWorkspace(index, path);
  if (isRefusal(there)) return orNewer(core, index, there);
  const { bytes, hash } = there;
  const real = index.file(path) ?? index.file(path.replace(/\.txt$/, ''));
  const [listed] = real ? await listedAll(core, rules, active, [real]) : [logFile(path, bytes.length)];
  const check = real && !real.excluded ? await checkOf(core, rules, real.sha256, path) : null;
  const onRequest = active?.files.find((file) => file.path === path);
  return {
    workspace: summary,
    file: listed!,
    sha256: hash,
    rows: real?.entry.row_count ?? null,
    columns: real?.entry.col_count ?? null,
    provenance: real ? provenanceOf(rules, index, real.path) : null,
    hints: check === undefined ? null : (check?.hints ?? []),
    summary: check?.columns ?? [],
    content: looksLike(bytes),
    onRequest:
      active && onRequest
        ? { id: active.id, file: onRequest.number, group: onRequest.group, type: onRequest.type }
        : null,
    released: await releasedBefore(core, workspace, path),
  };
}

function logFile(path: string, size: number): ListedFile {
  return {
    kind: 'file',
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    size,
    at: 0,
    status: 'invalid',
    stale: false,
    excluded: null,
    hints: null,
  };
}

/** Undefined while the checks have not looked at it. */
async function checkOf(core: Core, rules: Rules, hash: string, path: string) {
  const key = { sha256: hash, suffix: suffixOf(path), factsKey: '' };
  const kept = keptFor(await keptChecks(core.db, [key], rules.disclosure), key);
  if (!kept) return undefined;
  const report = { files: [{ path, findings: kept.report.findings }], groups: [], findings: [] };
  const hints = hintsOf(report, [{ path, sha256: hash }], {});
  return {
    hints: hints.map((hint): ShownHint => ({ ...hint, answers: [] })),
    columns: kept.report.columns,
  };
}

export function provenanceOf(rules: Rules, index: WorkspaceIndex, path: string): Provenance | null {
  const entry = index.file(path)?.entry;
  if (!entry) return null;
  const job = index.job(entry.job_id);
  return {
    job: entry.job_id,
    jobRequest: entry.job_request,
    action: entry.action,
    commit: entry.commit,
    user: entry.user,
    userLogin: loginOf(rules, entry.user),
    at: entry.timestamp,
    image: job?.image ?? null,
    inputs: (job?.inputs ?? []).map((input) => ({ path: input.path, job: input.job_id })),
  };
}

async function releasedBefore(
  core: Core,
  workspace: string,
  path: string,
): Promise<WorkspaceFilePage['released']> {
  const rows = await rowsOf<{ request: string; batch: number; at: number; sha256: string }>(
    core.db,
    sql`select request, batch, at::float8 as at, sha256 from released
        where workspace = ${workspace} and path = ${path} and uploaded = 1 and revoked = 0 order by at desc`,
  );
  return rows.map(({ request, batch, at, sha256: hash }) => ({
    request,
    release: releaseId(request, batch),
    at,
    sha256: hash,
  }));
}

/** Where code is looked at: the repository at the commit of the job that made the file. */
export async function codeAt(
  core: Core,
  person: number,
  where: { workspace: string; path: string } | { request: string; file: number },
): Promise<CodePage | Refusal> {
  const place = await placeOfCode(core, person, where);
  if (isRefusal(place)) return place;
  const entries = await core.code.tree(place).catch(() => undefined);
  if (!entries) return no.deeds();
  return {
    repository: place.repo,
    commit: place.commit,
    action: place.action,
    entries,
    opens: entries.some(({ path }) => path === 'project.yaml') ? 'project.yaml' : null,
    since: place.before ? await sinceOf(core, place.before, entries) : null,
  };
}

/** Null as well when git cannot say: the code as it is now is shown all the same. */
async function sinceOf(core: Core, before: CodePlace, entries: CodeEntry[]): Promise<CodePage['since']> {
  const then = await core.code.tree(before).catch(() => undefined);
  return then ? { commit: before.commit, changed: changedSince(then, entries) } : null;
}

interface CodeOf {
  repo: string;
  repository: number;
  commit: string;
  action: string;
  /** Behind what was released last. */
  before?: CodePlace;
}

async function placeOfCode(
  core: Core,
  person: number,
  where: { workspace: string; path: string } | { request: string; file: number },
): Promise<CodeOf | Refusal> {
  if ('workspace' in where) {
    const into = await lookInto(core, person, where.workspace);
    if (isRefusal(into)) return into;
    const entry = into.index.file(where.path)?.entry;
    if (!entry) return no.file();
    return { ...entry, repository: into.index.repository ?? 0 };
  }
  const held = await watched(core, person, where.request);
  if (isRefusal(held)) return held;
  const file = held.request.files.find(({ number }) => number === where.file);
  const origin = (await originsOf(core.db, where.request)).find(({ path }) => path === file?.path);
  if (!file || !origin) return no.file();
  const before = await codeBefore(core, held.request, file, origin.commit);
  return { ...origin, ...(before ? { before } : {}) };
}
