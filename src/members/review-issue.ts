/** Where a request is signed: its review issue on GitHub, for those who check in its project and nobody else. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../db/database.ts';
import { rolesOf } from '../governance/governance.ts';
import type { Member, MembersDeps } from './types.ts';

/** Address on GitHub; undefined when there is none yet, and for whoever is no checker of the project. */
export async function reviewIssueOf(
  { db, clock, governance, github }: MembersDeps,
  { person }: Member,
  request: string,
): Promise<string | undefined> {
  const current = governance();
  if (!current || !github) return undefined;
  const [row] = await rowsOf<{ project: string; owner: string; name: string; number: number }>(
    db,
    sql`select s.project, r.owner, r.name, o.number::float8 as number
        from shown_requests s
        join github_objects o on o.key = 'issue:review:' || s.id and o.kind = 'issue' and o.number is not null
        join repositories r on r.id = o.repository_id
        where s.id = ${request}`,
  );
  if (!row || !rolesOf(current, person, row.project, clock.now()).has('output_checker')) return undefined;
  return `${github.places.web}/${row.owner}/${row.name}/issues/${row.number}`;
}
