/** Finding things by their ids. Identity is numeric: nothing is ever found by login or name of a repository. */
import { isoDay } from '../lib/clock.ts';
import type { AgentKey, Backend, Day, Governance, Person, Project } from './types.ts';

/** Whether a grant holds on this day; `until` is the last day. */
export function live(grant: { from?: Day; until?: Day }, day: Day): boolean {
  return (grant.from === undefined || grant.from <= day) && (grant.until === undefined || day <= grant.until);
}

export function personById(g: Governance, id: number): Person | undefined {
  return g.people.find((person) => person.id === id);
}

export function backendById(g: Governance, id: string): Backend | undefined {
  return g.backends.find((backend) => backend.id === id);
}

/** Backends with these ids, in the order of `backends.yml`. */
export function backendsOf(g: Governance, ids: readonly string[]): Backend[] {
  return g.backends.filter(({ id }) => ids.includes(id));
}

/** By id or former id. */
export function projectById(g: Governance, id: string): Project | undefined {
  return (
    g.projects.find((project) => project.id === id) ??
    g.projects.find((project) => project.aliases.includes(id))
  );
}

/** The project a repository belongs to, by the repository's numeric id. */
export function projectOfRepository(g: Governance, repository: number): Project | undefined {
  return g.projects.find((project) => project.repos.some(({ id }) => id === repository));
}

/** Whether nothing is asked for or released in a workspace any more. */
export function isArchived(g: Governance, workspace: string): boolean {
  return g.projects.some(({ archived }) => archived.includes(workspace));
}

/** The backend that runs dummy checks: the first active one in `backends.yml` with `data: dummy`. */
export function dummyBackend(g: Governance): Backend | undefined {
  return g.backends.find((backend) => backend.active && backend.data === 'dummy');
}

/** Keys with which agents of this backend may speak at this time; none when the backend is unknown or inactive. */
export function agentKeys(g: Governance, backend: string, at: number): AgentKey[] {
  return keysOf(g, 'agent', backend, at);
}

/** The same for its airlocks. */
export function viewerKeys(g: Governance, backend: string, at: number): AgentKey[] {
  return keysOf(g, 'viewer', backend, at);
}

function keysOf(g: Governance, side: 'agent' | 'viewer', backend: string, at: number): AgentKey[] {
  const found = backendById(g, backend);
  return found?.active ? found.keys[side].filter((key) => live(key, isoDay(at))) : [];
}

/** The repository whose issues the checkers of this project work on: its lead organisation's own, or the deployment's. */
export function reviewRepository(g: Governance, project: string): number | string | undefined {
  const { review_repos } = g.deployment.github;
  const lead = projectById(g, project)?.orgs.lead;
  return (lead === undefined ? undefined : review_repos[lead]) ?? review_repos['default'];
}

/** Backends that both the project lists and the person is granted at this time, active only: one means `--backend` is implied. */
export function defaultBackends(g: Governance, person: number, project: string, at: number): Backend[] {
  const day = isoDay(at);
  const granted = (personById(g, person)?.backends ?? []).filter((grant) => live(grant, day));
  return backendsOf(g, projectById(g, project)?.backends ?? []).filter(
    ({ id, active }) => active && granted.some((grant) => grant.id === id),
  );
}

/** Populations and components that the project may use at this time. */
export function permissionsGranted(g: Governance, project: string, at: number): string[] {
  const day = isoDay(at);
  const id = projectById(g, project)?.id;
  return [...g.populations, ...g.components]
    .filter(({ grants }) => grants.some((grant) => grant.project === id && live(grant, day)))
    .map(({ name }) => name);
}

/** Datasets of the backend that the project may read at this time, in the backend's order. */
export function datasetsGranted(g: Governance, project: string, backend: string, at: number): string[] {
  const day = isoDay(at);
  const id = projectById(g, project)?.id;
  return (backendById(g, backend)?.datasets ?? []).filter((dataset) =>
    g.datasets.some(
      (entry) =>
        entry.dataset === dataset && entry.grants.some((grant) => grant.project === id && live(grant, day)),
    ),
  );
}
