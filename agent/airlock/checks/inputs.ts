/**
 * Everything that the checks over a whole request go by, and one digest of it: hints that were found for
 * another digest are about another state of things.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../../src/db/open.ts';
import {
  CHECKER_VERSION,
  type DisclosurePolicy,
  type FileFacts,
} from '../../../src/disclosure/disclosure.ts';
import { canonicalJson } from '../../../src/lib/canonical.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { isJobLog, lockedPaths, suffixOf, type ReleaseRequest } from '../../../src/release/release.ts';
import { declaredFacts } from '../context.ts';
import type { Core, Db, Rules } from '../core.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';
import { knownFiles, type KnownFile } from './known.ts';

/** Files of the same project elsewhere: released, or asked for now. */
export interface Neighbour {
  request: string;
  workspace: string;
  path: string;
  sha256: string;
  kind: 'released' | 'revoked' | 'pending' | 'rejected';
  at: number;
}

export async function neighboursOf(db: Db, request: ReleaseRequest): Promise<Neighbour[]> {
  return rowsOf<Neighbour>(
    db,
    sql`
      select request, workspace, path, sha256, case when revoked = 1 then 'revoked' else 'released' end as kind,
        at::float8 as at
      from released where project = ${request.project} and request <> ${request.id} and state <> 'halted'
      union all
      select f.request, r.workspace, f.path, f.sha256, 'pending', 0::float8
      from request_files f join requests r on r.id = f.request
      where r.project = ${request.project} and r.id <> ${request.id} and f.withdrawn = 0
        and r.state in ('submitted', 'reviewing', 'consolidating')
      union all
      select h.request, r.workspace, '', h.sha256, 'rejected', 0::float8
      from rejected_hashes h join requests r on r.id = h.request
      where r.project = ${request.project} and r.id <> ${request.id}
      order by 1, 3, 4, 5`,
  );
}

export interface CheckedFile {
  path: string;
  group: string;
  output: boolean;
  size: number;
  sha256: string;
  suffix: string;
  facts: FileFacts;
  /** ACRO's evidence beside it, by hash. */
  evidence: string | undefined;
  /** Digest of facts and evidence; empty when there are none. */
  factsKey: string;
  /** Of what was read. */
  source: string;
}

export const EVIDENCE = 'results.json';

/** Live files that this turn is about, as the checks see them. */
export function checkedFiles(request: ReleaseRequest): CheckedFile[] {
  const locked = lockedPaths(request);
  const live = request.files.filter(({ withdrawn, path }) => !withdrawn && !locked.has(path));
  const evidence = new Map(
    live
      .filter(({ path }) => nameOf(path) === EVIDENCE)
      .map(({ path, sha256: hash }) => [folderOf(path), hash]),
  );
  return live.map((file) => {
    const group = request.groups.find(({ name }) => name === file.group);
    const facts = {
      ...declaredFacts(group?.context ?? '', group?.controls ?? null),
      ...rolesSaid(file),
      ...(file.type === 'supporting' && isJobLog(file.path) ? { output: false } : {}),
    };
    const beside = nameOf(file.path) === EVIDENCE ? undefined : evidence.get(folderOf(file.path));
    const isBare = Object.keys(facts).length === 0 && beside === undefined;
    return {
      path: file.path,
      group: file.group,
      output: file.type === 'output',
      size: file.size,
      sha256: file.sha256,
      suffix: suffixOf(file.path),
      facts,
      evidence: beside,
      factsKey: isBare ? '' : sha256(canonicalJson({ facts, beside })),
      source: file.source,
    };
  });
}

function rolesSaid({ roles }: ReleaseRequest['files'][number]): Pick<FileFacts, 'roles'> {
  return roles ? { roles: Object.fromEntries(roles.map(({ column, as }) => [column, as])) } : {};
}

export function policyDigest(policy: DisclosurePolicy): string {
  return sha256(canonicalJson(policy)).slice(0, 16);
}

/** Everything that the checks over a request go by now. */
export interface Inputs {
  files: CheckedFile[];
  known: KnownFile[];
  neighbours: Neighbour[];
  digest: string;
}

export async function inputsOf(
  core: Pick<Core, 'scanner' | 'zone'>,
  db: Db,
  rules: Rules,
  request: ReleaseRequest,
  index: WorkspaceIndex | undefined,
): Promise<Inputs> {
  const files = checkedFiles(request);
  const known = await knownFiles(core, db, rules, request.id, files, index);
  const neighbours = await neighboursOf(db, request);
  const digest = sha256(
    canonicalJson({
      version: CHECKER_VERSION,
      policy: policyDigest(rules.disclosure),
      files: files.map(({ path, group, output, sha256: hash, factsKey }, at) => {
        const { origin, scan } = known[at]!;
        return { path, group, output, hash, factsKey, origin: { ...origin }, scan };
      }),
      groups: request.groups.map(({ name, context }) => ({ name, context })),
      neighbours: neighbours.map(({ request: id, path, sha256: hash, kind }) => [id, path, hash, kind]),
    }),
  );
  return { files, known, neighbours, digest };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
