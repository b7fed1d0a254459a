/** Which access ends soon by itself: what people are warned of, while there is time to renew it. */
import { ROLE_NAMES } from './permissions.ts';
import type { DatasetPermission, Day, Governance } from './types.ts';

export interface End {
  what:
    | 'person'
    | 'training'
    | 'agreement'
    | 'backend'
    | 'role'
    | 'membership'
    | 'copilot'
    | 'project'
    | 'permission';
  /** What it is, by ids alone: the same however people are called. */
  of: string;
  /** Plain words, without the day. */
  text: string;
  /** Where it is prolonged: a file of the governance repository, and whom to ask when that is said somewhere. */
  by: { file: string; team?: string; ask?: string };
  /** The last day on which it holds. */
  until: Day;
  /** Whose access it is, by GitHub id; absent where it is a project's. */
  person?: number;
  project?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What holds on `today` and on no day later than `days` after it; the earliest first. */
export function endsWithin(governance: Governance, today: Day, days: number): End[] {
  const last = new Date(Date.parse(today) + days * DAY_MS).toISOString().slice(0, 10);
  return allEnds(governance)
    .filter(({ until }) => today <= until && until <= last)
    .sort((a, b) => (a.until < b.until ? -1 : Number(a.until > b.until)));
}

function allEnds(g: Governance): End[] {
  const names = new Map(g.people.map((person) => [person.id, `${person.name} (@${person.login})`]));
  const who = (id: number): string => names.get(id) ?? `GitHub user ${id}`;
  const people = { file: 'people.yml' };
  return [
    ...g.people.flatMap((p): End[] => {
      const own = { person: p.id, by: people };
      return [
        {
          what: 'person',
          of: `person ${p.id}`,
          text: `Registration of ${who(p.id)}`,
          until: p.until,
          ...own,
        },
        ...(p.training
          ? [
              {
                ...{ what: 'training' as const, of: `training ${p.id}` },
                ...{ text: `Training of ${who(p.id)}`, until: p.training.expires, ...own },
              },
            ]
          : []),
        ...(p.agreement
          ? [
              {
                ...{ what: 'agreement' as const, of: `agreement ${p.id} ${p.agreement.ref}` },
                ...{
                  text: `Agreement ${p.agreement.ref} of ${who(p.id)}`,
                  until: p.agreement.expires,
                  ...own,
                },
              },
            ]
          : []),
        ...p.backends.map(({ id, until }) => ({
          ...{ what: 'backend' as const, of: `backend ${p.id} ${id}` },
          ...{ text: `Backend ${id} for ${who(p.id)}`, until, ...own },
        })),
      ];
    }),
    ...g.teams.flatMap(({ role, team, members }) =>
      members.map(({ id, until }) => ({
        ...{ what: 'role' as const, of: `role ${role} ${team} ${id}`, by: { file: 'teams.yml' } },
        ...{ text: `${who(id)} as ${ROLE_NAMES[role]}`, until, person: id },
      })),
    ),
    ...g.projects.flatMap((p): End[] => {
      const own = { project: p.id, by: { file: `projects/${p.id}.yml` } };
      return [
        { what: 'project', of: `project ${p.id}`, text: `Project ${p.id}`, until: p.until, ...own },
        ...p.members.map(({ id, roles, until }) => ({
          ...{ what: 'membership' as const, of: `member ${p.id} ${id}`, until, person: id, ...own },
          text: `${who(id)} as ${roles.map((role) => ROLE_NAMES[role]).join(' and ')} of project ${p.id}`,
        })),
        ...(p.copilot
          ? [
              {
                ...{ what: 'copilot' as const, of: `copilot ${p.id} ${p.copilot.id}`, ...own },
                ...{ until: p.copilot.access_until, person: p.copilot.id },
                text: `${who(p.copilot.id)} as co-pilot of project ${p.id}`,
              },
            ]
          : []),
      ];
    }),
    ...permissionEnds(g),
  ];
}

function permissionEnds({ datasets, populations, components }: Governance): End[] {
  const named = (
    word: string,
    file: string,
    all: readonly { name: string; grants: DatasetPermission['grants']; stewardTeam: string; ask: string }[],
  ): End[] =>
    all.flatMap(({ name, grants, stewardTeam, ask }) =>
      grants.map(({ project, from, until }) => ({
        ...{ what: 'permission' as const, of: `${word} ${name} ${project} ${from}` },
        ...{ text: `${word} ${name} for project ${project}`, until, project },
        by: { file: `permissions/${file}.yml`, team: stewardTeam, ask },
      })),
    );
  return [
    ...named(
      'Dataset',
      'datasets',
      datasets.map(({ dataset, ...each }) => ({ name: dataset, ...each })),
    ),
    ...named('Population', 'populations', populations),
    ...named('Component', 'components', components),
  ];
}
