/**
 * A recall opens an incident: what was out has to be looked into, whoever has copies told, and somebody who
 * did not ask for the recall says how it ended.
 */
import { isBlank } from './editing.ts';
import { idOf } from './lookup.ts';
import { no } from './refusals.ts';
import { answer, type At, type Outcome } from './rule.ts';
import type { Incident, ReleasePolicy, ReleaseRequest, RevokeCategory } from './types.ts';

export function closeIncident({ request, command }: At<'close-incident'>): Outcome {
  const { by, incident: number, outcome, reason } = command;
  const who = idOf(by);
  const open = request.incidents.find((each) => each.number === number && !each.closed);
  const involved = open?.recalledBy.includes(who) === true || request.authors.includes(who);
  return answer(
    [!open && no.noIncident(), involved && no.ownIncident(), isBlank(reason) && no.reason()],
    () => [{ type: 'INCIDENT_CLOSE', incident: number, outcome, reason }],
  );
}

/** Files recalled for one reason belong to one incident, while it is open. */
export function incidentFor({ incidents }: ReleaseRequest, category: RevokeCategory): number {
  const open = incidents.find((each) => each.category === category && !each.closed);
  return open?.number ?? incidents.length + 1;
}

/** After the second signature: opened, or one file larger. */
export function withRecalled(
  incidents: readonly Incident[],
  recalled: { number: number; category: RevokeCategory; file: number; at: number; by: readonly number[] },
): Incident[] {
  const { number, category, file, at, by } = recalled;
  const known = incidents.find((each) => each.number === number);
  const fresh: Incident = { number, category, files: [], openedAt: at, recalledBy: [], closed: null };
  const one = known ?? fresh;
  const grown: Incident = {
    ...one,
    files: [...new Set([...one.files, file])],
    recalledBy: [...new Set([...one.recalledBy, ...by])],
  };
  return [...incidents.filter((each) => each.number !== number), grown];
}

/** Until when it is to be closed. */
export function incidentDue({ openedAt }: Incident, policy: ReleasePolicy): number {
  return openedAt + policy.incidentMs;
}
