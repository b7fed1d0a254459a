/** Reports on files, once per bytes, type, declared facts, version of the checks and policy. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../../src/db/open.ts';
import {
  CHECKER_VERSION,
  type ColumnSummary,
  type DisclosurePolicy,
  type FileReport,
  type TableFacts,
} from '../../../src/disclosure/disclosure.ts';
import type { Db } from '../core.ts';
import { policyDigest } from './inputs.ts';

export interface CheckKey {
  sha256: string;
  suffix: string;
  factsKey: string;
}

export interface KeptCheck extends CheckKey {
  report: FileReport;
  tables: TableFacts[];
  /** It did not come to an end: how often it was tried, and when it is again; null: it is as it is. */
  tries: number;
  again: number | null;
}

export const nameOf = ({ sha256, suffix, factsKey }: CheckKey): string => `${sha256} ${suffix} ${factsKey}`;

function chosen(keys: readonly CheckKey[], policy: DisclosurePolicy) {
  return sql`
    from checks c join json_to_recordset(${asJson(keys)}) as k (sha256 text, suffix text, "factsKey" text)
      on c.sha256 = k.sha256 and c.suffix = k.suffix and c.facts = k."factsKey"
    where c.version = ${CHECKER_VERSION}::int and c.policy = ${policyDigest(policy)}`;
}

/** With tables: what comparing needs. */
export async function keptChecks(
  db: Db,
  keys: readonly CheckKey[],
  policy: DisclosurePolicy,
): Promise<Map<string, KeptCheck>> {
  if (keys.length === 0) return new Map();
  const rows = await rowsOf<{
    sha256: string;
    suffix: string;
    facts: string;
    report: string;
    tables: string;
    tries: number;
    again: number | null;
  }>(
    db,
    sql`select c.sha256, c.suffix, c.facts, c.report, c.tables, c.tries, c.again_at::float8 as again
      ${chosen(keys, policy)}`,
  );
  return new Map(
    rows.map(({ sha256, suffix, facts, report, tables, tries, again }) => {
      const key = { sha256, suffix, factsKey: facts };
      const held = { report: JSON.parse(report) as FileReport, tables: JSON.parse(tables) as TableFacts[] };
      return [nameOf(key), { ...key, ...held, tries, again }];
    }),
  );
}

/** Of those that have been checked: when and after how many tries they are again; null for most. */
export async function checkTries(
  db: Db,
  keys: readonly CheckKey[],
  policy: DisclosurePolicy,
): Promise<Map<string, Pick<KeptCheck, 'tries' | 'again'>>> {
  if (keys.length === 0) return new Map();
  const rows = await rowsOf<CheckKey & Pick<KeptCheck, 'tries' | 'again'>>(
    db,
    sql`select c.sha256, c.suffix, c.facts as "factsKey", c.tries, c.again_at::float8 as again
      ${chosen(keys, policy)}`,
  );
  return new Map(rows.map((row) => [nameOf(row), row]));
}

/** Not looked at, or to be tried again by now. */
export function isDue(held: Pick<KeptCheck, 'again'> | undefined, now: number): boolean {
  return held === undefined || (held.again !== null && held.again <= now);
}

export function keptFor(kept: ReadonlyMap<string, KeptCheck>, key: CheckKey): KeptCheck | undefined {
  return kept.get(nameOf(key));
}

/** How many block and warn, by hash and suffix, of files as they are without declared facts. */
export async function checkCounts(
  db: Db,
  keys: readonly CheckKey[],
  policy: DisclosurePolicy,
): Promise<Map<string, { block: number; warn: number }>> {
  if (keys.length === 0) return new Map();
  const rows = await rowsOf<{ sha256: string; suffix: string; facts: string; blocks: number; warns: number }>(
    db,
    sql`select c.sha256, c.suffix, c.facts, c.blocks, c.warns ${chosen(keys, policy)}`,
  );
  return new Map(
    rows.map(({ sha256, suffix, facts, blocks, warns }) => [
      nameOf({ sha256, suffix, factsKey: facts }),
      { block: blocks, warn: warns },
    ]),
  );
}

export function countsFor<T>(counts: ReadonlyMap<string, T>, key: CheckKey): T | undefined {
  return counts.get(nameOf(key));
}

/** Column summaries only. */
export async function summaries(
  db: Db,
  keys: readonly CheckKey[],
  policy: DisclosurePolicy,
): Promise<Map<string, FileReport>> {
  if (keys.length === 0) return new Map();
  const rows = await rowsOf<{ sha256: string; suffix: string; facts: string; report: string }>(
    db,
    sql`select c.sha256, c.suffix, c.facts, c.report ${chosen(keys, policy)}`,
  );
  return new Map(
    rows.map(({ sha256, suffix, facts, report }) => [
      nameOf({ sha256, suffix, factsKey: facts }),
      JSON.parse(report) as FileReport,
    ]),
  );
}

export const summaryFor = (
  reports: ReadonlyMap<string, FileReport>,
  key: CheckKey,
): readonly ColumnSummary[] => reports.get(nameOf(key))?.columns ?? [];

/** Repeating it is harmless: the first report that came to an end stays. */
export async function keep(
  db: Db,
  key: CheckKey,
  policy: DisclosurePolicy,
  { report, tables, tries, again }: Omit<KeptCheck, keyof CheckKey>,
  at: number,
): Promise<void> {
  const count = (severity: string): number =>
    report.findings.filter((finding) => finding.severity === severity).length;
  await db.execute(sql`
    insert into checks (sha256, suffix, facts, version, policy, report, tables, blocks, warns, at, tries, again_at)
    values (${key.sha256}, ${key.suffix}, ${key.factsKey}, ${CHECKER_VERSION}::int, ${policyDigest(policy)},
      ${textOf(report)}, ${textOf(tables)}, ${count('B')}::int, ${count('W')}::int, ${at}::bigint,
      ${tries}::int, ${again}::bigint)
    on conflict (sha256, suffix, facts, version, policy) do update set report = excluded.report,
      tables = excluded.tables, blocks = excluded.blocks, warns = excluded.warns, at = excluded.at,
      tries = excluded.tries, again_at = excluded.again_at
    where checks.tries > 0`);
}

/** PostgreSQL's text holds no NUL, and files may. */
function textOf(value: unknown): string {
  return JSON.stringify(value);
}
