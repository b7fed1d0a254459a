/** All checks of one table, each on its own: one that breaks hides nothing of the others. */
import { checkCounts } from './counts.ts';
import { guarded, type Found } from './found.ts';
import { checkMarks, reportSummaries, summaries } from './marks.ts';
import { checkPeople, checkValues } from './people.ts';
import type { Compiled } from './policy.ts';
import { checkRatios } from './ratios.ts';
import { checkMargins } from './recover.ts';
import { overridden, rolesOf, type Roles } from './roles.ts';
import { checkStatistics } from './statistics.ts';
import type { Table } from './table.ts';
import { checkTimes } from './times.ts';
import type { ColumnSummary, FileFacts } from './types.ts';
import * as words from './words.ts';

export interface Checked {
  roles: Roles;
  columns: ColumnSummary[];
}

export function checkTable(
  found: Found,
  table: Table,
  facts: FileFacts,
  rules: Compiled,
  dominanceKnown = false,
): Checked {
  const roles = rolesOf(table, facts.roles);
  if (facts.roles) guarded(found, 'roles', () => checkOverrides(found, table, roles));
  guarded(found, 'people', () => checkPeople(found, table, roles, facts, rules));
  guarded(found, 'values', () => checkValues(found, table, rules));
  guarded(found, 'counts', () => checkCounts(found, table, roles, facts, rules));
  guarded(found, 'rates', () => checkRatios(found, table, roles, facts, rules));
  guarded(found, 'totals', () => checkMargins(found, table, roles, rules));
  guarded(found, 'statistics', () => checkStatistics(found, table, roles, rules, dominanceKnown));
  guarded(found, 'times', () => checkTimes(found, table, roles, rules));
  guarded(found, 'marks', () => checkMarks(found, table, roles));
  const columns = summaries(table, roles);
  guarded(found, 'columns', () => reportSummaries(found, columns));
  return { roles, columns };
}

/** What a person's word switches off must not go unseen, whichever check it was. */
function checkOverrides(found: Found, table: Table, roles: Roles): void {
  for (const { column, was } of overridden(table, roles)) {
    found.add('F4', { column: column.name }, words.roleOverridden(column.role, was));
  }
}
