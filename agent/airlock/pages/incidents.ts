/** Incidents of all requests: open ones first, the one that is due first before the others. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../../../src/db/open.ts';
import { incidentDue, type ReleaseRequest } from '../../../src/release/release.ts';
import type { Core, Rules } from '../core.ts';
import type { IncidentRow } from '../page-data.ts';
import { personOf } from './people.ts';

/** Shown of what is closed. */
const CLOSED = 20;

export async function incidentRows(core: Core, rules: Rules): Promise<IncidentRow[]> {
  const rows = await rowsOf<{ folded: string }>(
    core.db,
    sql`select folded from requests where id in (select request from released where revoked = 1)`,
  );
  const requests = rows.map(({ folded }) => JSON.parse(folded) as ReleaseRequest);
  const told = await toldOf(
    core,
    requests.map(({ id }) => id),
  );
  const all = requests.flatMap((request) => incidentsOf(core, rules, request, told));
  const open = all.filter(({ closed }) => !closed).sort((a, b) => a.dueAt - b.dueAt);
  const closed = all.filter((row) => row.closed).sort((a, b) => b.closed!.at - a.closed!.at);
  return [...open, ...closed.slice(0, CLOSED)];
}

type Told = { request: string; file: number; person: number }[];

export async function toldOf(core: Pick<Core, 'db'>, requests: readonly string[]): Promise<Told> {
  return rowsOf<Told[number]>(
    core.db,
    sql`select request, file, person::float8 as person from recalls_told
        where request in (select json_array_elements_text(${asJson(requests)})) order by person`,
  );
}

export function incidentsOf(
  core: Pick<Core, 'clock'>,
  rules: Rules,
  { id, workspace, incidents }: ReleaseRequest,
  told: Told,
): IncidentRow[] {
  const now = core.clock.now();
  const person = (who: number) => personOf(rules, who);
  return incidents.map((incident) => {
    const { number, category, files, openedAt, recalledBy, closed } = incident;
    const dueAt = incidentDue(incident, rules.release);
    const had = told.filter((each) => each.request === id && files.includes(each.file));
    return {
      request: id,
      workspace,
      number,
      category,
      files,
      openedAt,
      dueAt,
      late: !closed && dueAt < now,
      recalledBy: recalledBy.map(person),
      told: [...new Set(had.map((each) => each.person))].map(person),
      closed: closed && { ...closed, by: person(closed.by) },
    };
  });
}
