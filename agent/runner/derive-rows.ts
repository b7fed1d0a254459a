/** A database action on dummy data whose file is not in the commit: its query is run on invented rows, as on a laptop, in a container of its own. */
import { chownSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Governance } from '../../src/governance/governance.ts';
import type { Action } from '../../src/pipeline/pipeline.ts';
import { publish } from '../../src/tables/tables.ts';
import type { JobLimits } from '../executor/executor.ts';
import { isQuery, PINNED_TABLES, USUAL_ROWS, USUAL_SEED } from '../images/dummy-rows/usual.ts';
import { treeOf } from '../store/mirror.ts';
import { before } from './collect.ts';
import { makeFolders, type Owner } from './export.ts';
import type { Baseline, RunPlan } from './types.ts';

/** Of the machine, not of the backend's programs: the PostgreSQL in memory takes half of it. */
const MEMORY_BYTES = 2 * 1024 ** 3;

/** Undefined: its file is copied, or missed. Called for a backend that zone.yml and governance both call dummy, and no other. */
export async function inventedRows(
  { action, words }: { action: Action; words: readonly string[] },
  { mirror, commit }: RunPlan['checkout'],
  { schemas }: Pick<Governance, 'schemas'>,
  limits: JobLimits,
  image: (() => Promise<string | undefined>) | undefined,
): Promise<Pick<RunPlan, 'kind' | 'imageRef' | 'command' | 'limits' | 'tables'> | undefined> {
  if (!image || !isQuery(action)) return undefined;
  const tree = await treeOf(mirror, commit);
  const isThere = (file: string): boolean =>
    tree.some((entry) => entry.path === file || entry.path.startsWith(`${file}/`));
  if (action.dummyDataFile !== undefined && isThere(action.dummyDataFile)) return undefined;
  const pinned = isThere(PINNED_TABLES);
  if (!pinned && schemas.length === 0) return undefined;
  const imageRef = await image();
  if (imageRef === undefined) return undefined;
  return {
    kind: 'container',
    imageRef,
    command: [String(USUAL_ROWS), USUAL_SEED, ...words],
    limits: { ...limits, memoryBytes: Math.min(limits.memoryBytes, MEMORY_BYTES) },
    ...(pinned ? {} : { tables: JSON.stringify(publish(schemas)) }),
  };
}

/** The tables of the governance that the plan was made by, where a study would have pinned them. */
export function placeTables(
  tables: string | undefined,
  work: string,
  owner: Owner,
  baseline: Baseline,
): void {
  if (tables === undefined) return;
  const file = path.join(work, PINNED_TABLES);
  makeFolders(work, path.posix.dirname(PINNED_TABLES), owner);
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, tables, { mode: 0o644 });
  if (process.getuid?.() === 0) chownSync(file, owner.uid, owner.gid);
  baseline[PINNED_TABLES] = before(lstatSync(file, { bigint: true }));
}
