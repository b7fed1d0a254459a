/**
 * What is known of a request's files beyond their bytes, as it is kept: where each comes from and how that
 * stands now, and what the malware scanner said. One query; nobody is asked here.
 */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../../src/db/open.ts';
import type { MalwareScan, Origin } from '../../../src/disclosure/disclosure.ts';
import { isJobLog } from '../../../src/release/release.ts';
import type { Core, Db, Rules } from '../core.ts';
import type { Standing } from '../deeds/standing.ts';
import type { FileOrigin } from '../face.ts';
import type { WorkspaceIndex } from '../workspace-index.ts';
import { isScanned, scanOf } from './scans.ts';
import type { SeenCommit } from './standings.ts';

export interface KnownFile {
  origin: Origin;
  scan: MalwareScan;
  /** Who made it; undefined when nobody knows. */
  made: FileOrigin | undefined;
  commit: SeenCommit | undefined;
}

interface Asked {
  path: string;
  source: string;
  sha256: string;
}

interface Row {
  kind: 'origin' | 'scan';
  key: string;
  origin: string | null;
  said: string | null;
  at: number | null;
}

/** In the order of the files. */
export async function knownFiles(
  core: Pick<Core, 'scanner' | 'zone'>,
  db: Db,
  rules: Rules,
  request: string,
  files: readonly Asked[],
  index: WorkspaceIndex | undefined,
): Promise<KnownFile[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`
      select 'origin' as kind, o.path || ' ' || o.source as key, o.origin, s.standing as said, s.at::float8 as at
      from origins o left join commit_standings s
        on s.repository = (o.origin::json -> 'file' ->> 'repository')::bigint
          and s.commit = o.origin::json -> 'file' ->> 'commit'
      where o.request = ${request}
      union all
      select 'scan', sha256, null, result, null from scans
      where sha256 in (select json_array_elements_text(${asJson(files.map(({ sha256 }) => sha256))}))`,
  );
  const held = new Map(rows.map((row) => [`${row.kind} ${row.key}`, row]));
  const scanned = isScanned(core, rules);
  return files.map(({ path, source, sha256 }) => {
    const row = held.get(`origin ${path} ${source}`);
    const made = row?.origin ? (JSON.parse(row.origin) as { file: FileOrigin }).file : undefined;
    const standing = (row?.said ?? undefined) as Standing | undefined;
    return {
      origin: {
        action: actionOf(path, index),
        commit: standing ?? 'unknown',
        job: jobOf(made, path, index),
        realData: core.zone.data === 'real',
      },
      scan: scanned ? scanOf(held.get(`scan ${sha256}`)?.said ?? undefined) : 'none',
      made,
      commit: made && { origin: made, standing, at: row?.at ?? undefined },
    };
  });
}

function actionOf(path: string, index: WorkspaceIndex | undefined): Origin['action'] {
  if (!index) return 'unknown';
  const listed = index.file(path);
  if (!listed) return 'dropped';
  return listed.stale ? 'removed' : 'there';
}

/** The signed manifest holds outputs of jobs that succeeded only; of each action, how its last run ended. */
function jobOf(made: FileOrigin | undefined, path: string, index: WorkspaceIndex | undefined): Origin['job'] {
  const last = made && index?.lastRun(made.action);
  if (!last) return 'unknown';
  const isSame = last.job_id === made.job;
  // The log of a run before the last one may be of one that failed.
  if (isJobLog(path) && !isSame) return 'unknown';
  if (last.state === 'succeeded') return 'succeeded';
  return isSame ? 'failed' : 'failed-since';
}
