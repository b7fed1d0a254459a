/**
 * Who may do what, and until when, as the governance in use says it. Pure.
 *
 * Addresses, telephone numbers, training and agreements are left out: what is public is the right, who gave the
 * reason for it, and its end.
 */
import type { Governance, NamedPermission, Person, Project } from '../governance/types.ts';

export interface Right {
  /** `lead, developer`, `output_checker`, `may use attainment` … */
  what: string;
  project: string | null;
  from: string | null;
  until: string;
  reason: string | null;
}

/** Everything that the person holds, also what has ended or is to come. */
export function rightsOf(g: Governance, person: Person): Right[] {
  return [
    ...g.projects.flatMap((project) => membershipsIn(project, person.id)),
    ...g.teams.flatMap(({ role, members }) =>
      members
        .filter(({ id }) => id === person.id)
        .map(({ from, until, reason }) => ({
          what: role,
          project: null,
          from: from ?? null,
          until,
          reason,
        })),
    ),
    ...person.backends.map(({ id, from, until }) => ({
      what: `may use ${id}`,
      project: null,
      from: from ?? null,
      until,
      reason: null,
    })),
  ];
}

function membershipsIn(project: Project, person: number): Right[] {
  const own = project.members
    .filter(({ id }) => id === person)
    .map(({ roles, from, until, reason }) => ({
      what: roles.join(', '),
      project: project.id,
      from: from ?? null,
      until,
      reason,
    }));
  const { copilot } = project;
  if (copilot?.id !== person) return own;
  return [
    ...own,
    { what: 'copilot', project: project.id, from: null, until: copilot.access_until, reason: null },
  ];
}

/** Of `orgs.yml`, projects and people. */
export function organisations(g: Governance): string[] {
  const of = [
    ...g.orgs.map(({ id }) => id),
    ...g.projects.flatMap(({ orgs }) => [orgs.lead, ...orgs.others]),
    ...g.people.flatMap(({ orgs }) => orgs),
  ];
  return [...new Set(of)].sort();
}

export function organisation(
  g: Governance,
  id: string,
): { projects: Project[]; people: Person[] } | undefined {
  const projects = g.projects.filter(({ orgs }) => orgs.lead === id || orgs.others.includes(id));
  const people = g.people.filter(({ orgs }) => orgs.includes(id));
  return projects.length + people.length > 0 ? { projects, people } : undefined;
}

export interface ShownGrant {
  kind: 'dataset' | 'population' | 'component';
  name: string;
  project: string;
  from: string;
  until: string;
  reason: string;
  ref: string;
}

/** What projects may use, of all or of one: datasets first, then what `deployment.yml` names. */
export function grantsOf(g: Governance, project?: string): ShownGrant[] {
  const all: (Pick<ShownGrant, 'kind' | 'name'> & Pick<NamedPermission, 'grants'>)[] = [
    ...g.datasets.map(({ dataset, grants }) => ({ kind: 'dataset' as const, name: dataset, grants })),
    ...g.populations.map(({ name, grants }) => ({ kind: 'population' as const, name, grants })),
    ...g.components.map(({ name, grants }) => ({ kind: 'component' as const, name, grants })),
  ];
  return all.flatMap(({ kind, name, grants }) =>
    grants
      .filter((grant) => project === undefined || grant.project === project)
      .map(({ project: to, from, until, reason, ref }) => ({
        kind,
        name,
        project: to,
        from,
        until,
        reason,
        ref,
      })),
  );
}
