/** The lists of who may do what as tables for programs. Pure. */
import type { Governance } from '../governance/types.ts';
import { csvLine as line } from '../lib/csv.ts';
import { grantsOf, rightsOf } from './who.ts';

export const WHO_LISTS = ['projects', 'people', 'permissions'] as const;
export type WhoList = (typeof WHO_LISTS)[number];

type Row = Record<string, string | number | null>;

export function whoRows(g: Governance, list: WhoList): Row[] {
  if (list === 'permissions') return grantsOf(g).map((grant) => ({ ...grant }));
  if (list === 'projects') {
    return g.projects.map(({ id, number, title, orgs, status, approval, until }) => ({
      id,
      number,
      title,
      lead: orgs.lead,
      status,
      approved: approval.on,
      until,
    }));
  }
  return g.people.flatMap((person) =>
    rightsOf(g, person).map((right) => ({
      id: person.id,
      login: person.login,
      name: person.name,
      ...right,
    })),
  );
}

export function csvOf(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  return [line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? null)))].join('');
}
