/**
 * Everything a decision needs and the request does not hold, gathered afresh, inside the transaction that
 * decides. What takes the network (who wrote the code) is asked before it, for the same files.
 */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../../src/db/open.ts';
import { projectById, projectRefusals } from '../../src/governance/governance.ts';
import {
  ACTIVE,
  outputsAtStake,
  peopleFacts,
  type CommandType,
  type Content,
  type Deed,
  type Facts,
  type ReleaseRequest,
  type View,
} from '../../src/release/release.ts';
import { inputsOf } from './checks/inputs.ts';
import type { KeptHint } from './checks/hints.ts';
import type { Core, Db, Rules } from './core.ts';
import type { FileOrigin } from './face.ts';
import { validFile, type WorkspaceIndex } from './workspace-index.ts';

/** What kinds of facts a question needs; the rest is left empty, since no rule of it asks. */
export interface Wanted {
  hints: boolean;
  views: boolean;
  /** Whether the hints are about the present state: only a submission asks. */
  fresh: boolean;
}

const HINTS: readonly CommandType[] = [
  'submit',
  'sign',
  'except-hint',
  'resolve-hint',
  'queue-release',
  'propose-part',
  'confirm-part',
];
const VIEWS: readonly CommandType[] = ['grade', 'grade-group', 'confirm-grade', 'sign'];

export function wantedFor(...types: CommandType[]): Wanted {
  return {
    hints: types.some((type) => HINTS.includes(type)),
    views: types.some((type) => VIEWS.includes(type)),
    fresh: types.includes('submit'),
  };
}

export interface About {
  at: number;
  workspace: string;
  project: string;
  request: ReleaseRequest | undefined;
  deeds: readonly Deed[];
  /** Of files just copied: what their first bytes say, by hash of what was read. */
  looks?: ReadonlyMap<string, Content>;
  /** Further paths and hashes the command names. */
  paths?: readonly string[];
  hashes?: readonly string[];
  /** Whose other active request matters. */
  author?: number;
  wanted: Wanted;
}

export async function gatherFacts(core: Core, db: Db, rules: Rules, about: About): Promise<Facts> {
  const { request, workspace, project, at, wanted } = about;
  const index = await core.workspaces.ready(workspace);
  const base = standingFacts(rules, workspace, project, at);
  const hashes = [
    ...(request?.files.flatMap(({ sha256, source }) => [sha256, source]) ?? []),
    ...(about.hashes ?? []),
  ];
  return {
    ...base,
    deeds: about.deeds,
    activeRequest:
      about.author === undefined ? null : await activeRequest(db, workspace, about.author, request?.id),
    files: listedFiles(
      index,
      [...(request?.files.map(({ path }) => path) ?? []), ...(about.paths ?? [])],
      about.looks,
    ),
    ...(await outsideFacts(db, request?.id ?? '', hashes)),
    ...(request && (wanted.hints || wanted.fresh)
      ? await hintFacts(core, db, rules, request, index, wanted.fresh)
      : { hints: [], unchecked: [] }),
    views: request && wanted.views ? await viewsOf(db, request.id) : [],
  };
}

/** What governance alone says. */
export function standingFacts(
  rules: Rules,
  workspace: string,
  project: string,
  at: number,
): Pick<Facts, 'at' | 'projectOngoing' | 'workspaceArchived' | 'frozen' | 'people'> {
  const known = projectById(rules.governance, project);
  return {
    at,
    projectOngoing: known !== undefined && projectRefusals(rules.governance, known, at).length === 0,
    workspaceArchived: rules.archived(workspace),
    frozen: rules.frozen(project) !== undefined,
    people: peopleFacts(rules.governance, project, at),
  };
}

/** Outputs as they are on disk now, by the signed manifest. */
export function listedFiles(
  index: WorkspaceIndex | undefined,
  paths: readonly string[],
  looks: ReadonlyMap<string, Content> = new Map(),
): Facts['files'] {
  // Without a prototype: a file may be called `__proto__`.
  const files = Object.create(null) as Record<string, Facts['files'][string]>;
  for (const path of paths) {
    const listed = validFile(index, path);
    if (!listed) continue;
    const { sha256, size } = listed;
    files[path] = { sha256, size, looksLike: looks.get(sha256) ?? 'unknown' };
  }
  return files;
}

/** Of these hashes, which are out by other requests, and which were recalled. */
export async function outsideFacts(
  db: Db,
  request: string,
  hashes: readonly string[],
): Promise<Pick<Facts, 'released' | 'revoked'>> {
  if (hashes.length === 0) return { released: [], revoked: [] };
  const list = textArray([...new Set(hashes)]);
  const rows = await rowsOf<{ sha256: string; source: string; revoked: number; own: boolean }>(
    db,
    sql`select sha256, source, revoked, request = ${request} as own from released
        where state <> 'halted' and (sha256 = any(${list}) or source = any(${list}))`,
  );
  const both = (revoked: number): string[] =>
    rows
      .filter((row) => row.revoked === revoked && (revoked === 1 || !row.own))
      .flatMap(({ sha256, source }) => [sha256, source]);
  return { released: both(0), revoked: both(1) };
}

export async function activeRequest(
  db: Db,
  workspace: string,
  author: number,
  except?: string,
): Promise<string | null> {
  const rows = await rowsOf<{ id: string }>(
    db,
    sql`select id from requests where workspace = ${workspace} and author = ${author}::bigint
        and state = any(${textArray(ACTIVE)}) and id <> ${except ?? ''} limit 1`,
  );
  return rows[0]?.id ?? null;
}

/** Hints as they were last found; `unchecked` names every output while that was about another state. */
async function hintFacts(
  core: Core,
  db: Db,
  rules: Rules,
  request: ReleaseRequest,
  index: WorkspaceIndex | undefined,
  fresh: boolean,
): Promise<Pick<Facts, 'hints' | 'unchecked'>> {
  const kept = await keptHints(db, request.id);
  const outputs = outputsAtStake(request).map(({ sha256 }) => sha256);
  if (!fresh) return { hints: kept?.hints ?? [], unchecked: [] };
  const { digest } = await inputsOf(core, db, rules, request, index);
  return { hints: kept?.hints ?? [], unchecked: kept?.inputs === digest ? [] : outputs };
}

export async function keptHints(
  db: Db,
  request: string,
): Promise<{ inputs: string; hints: KeptHint[] } | undefined> {
  const rows = await rowsOf<{ inputs: string; hints: string }>(
    db,
    sql`select inputs, hints from request_checks where request = ${request}`,
  );
  return rows[0] && { inputs: rows[0].inputs, hints: JSON.parse(rows[0].hints) as KeptHint[] };
}

interface LoadRow {
  at: number;
  sha256: string;
  size: number;
  person: number;
  session: string;
  strength: 'code' | 'passkey';
  signed_in_at: number;
  method: View['method'];
  purpose: View['purpose'];
  range: boolean;
  sent: number;
  shown: boolean;
}

/** Looks at this request's files; of one person when asked so. */
export async function viewsOf(db: Db, request: string, person?: number): Promise<View[]> {
  const rows = await rowsOf<LoadRow>(
    db,
    sql`select at::float8 as at, sha256, size::float8 as size, person::float8 as person, session, strength,
          signed_in_at::float8 as signed_in_at, method, purpose, range, sent::float8 as sent, shown
        from loads where request = ${request}
          ${person === undefined ? sql`` : sql`and person = ${person}::bigint`}`,
  );
  return rows.map(({ person: who, session, strength, signed_in_at, ...rest }) => ({
    ...rest,
    session: { id: session, person: who, strength, signedInAt: signed_in_at },
  }));
}

/** What people did to make the files that are or ever were on the request. */
export async function originsOf(db: Db, request: string): Promise<FileOrigin[]> {
  const rows = await rowsOf<{ origin: string }>(
    db,
    sql`select origin from origins where request = ${request}`,
  );
  return rows.map(({ origin }) => (JSON.parse(origin) as { file: FileOrigin }).file);
}
