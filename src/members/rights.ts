/**
 * What a member may see here, from governance as it is at this moment.
 *
 * Looking into a zone takes two halves: a role in a project that uses the backend, and the person's own grant of
 * that backend; checkers and operators hold their role for the deployment and need no grant. This is the outer
 * gate: the zone decides again, from its own copy of governance.
 */
import {
  backendById,
  hasPermission,
  lookRefusals,
  personById,
  rolesOf,
  type Governance,
} from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';

/** Released files of this project. */
export function mayHaveFiles(g: Governance, person: number, project: string, at: number): boolean {
  return hasPermission(g, 'release_file_view', { person, project }, at);
}

/** Whether the person decides what of this project becomes public. */
export function mayPublish(g: Governance, person: number, project: string, at: number): boolean {
  return hasPermission(g, 'snapshot_publish', { person, project }, at);
}

/** Ids of all projects whose released files the person may have. */
export function projectsFor(g: Governance, person: number, at: number): string[] {
  return g.projects.map(({ id }) => id).filter((project) => mayHaveFiles(g, person, project, at));
}

/** Whether anything is to be seen for this person in the zone of this backend. */
export function mayEnterZone(g: Governance, person: number, backend: string, at: number): boolean {
  if (!backendById(g, backend)?.active) return false;
  if (hasPermission(g, 'airlock_readonly_access', { person }, at)) return true;
  const granted = isGranted(g, person, backend, at);
  return g.projects.some(({ id, backends }) => {
    if (!backends.includes(backend)) return false;
    const roles = rolesOf(g, person, id, at);
    if (roles.has('output_checker')) return true;
    return granted && lookRefusals(g, { person, project: id, backend, data: 'dummy', at }).length === 0;
  });
}

function isGranted(g: Governance, person: number, backend: string, at: number): boolean {
  const day = isoDay(at);
  return (personById(g, person)?.backends ?? []).some(
    (grant) => grant.id === backend && (grant.from === undefined || grant.from <= day) && day <= grant.until,
  );
}
