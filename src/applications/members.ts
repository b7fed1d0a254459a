/** People in an application → members of the project, and those of them who are not registered yet. */
import {
  PROJECT_ROLES,
  personById,
  type Becomes,
  type EditOf,
  type Field,
  type Governance,
  type ProjectRole,
} from '../governance/governance.ts';
import { bareLogin, entriesOf, type KnownPeople } from './answers.ts';
import type { Asked, Raw } from './asked.ts';
import { words } from './words.ts';

type NewProject = EditOf<'new-project'>;
type Member = NewProject['project']['members'][number];
type Person = NewProject['people'][number];

export interface Applicant {
  id: number;
  login: string;
}

interface Asking {
  applicant: Applicant;
  raw: Raw;
  people: KnownPeople;
  ref: string;
}

interface Into {
  lead: string;
  until: string;
  fault(heading: string, says: string): void;
}

interface Named extends Applicant {
  name: string;
  org: string;
  roles: ProjectRole[];
}

/** Nobody asked for anybody: the applicant leads. */
export function membersOf(
  g: Governance,
  asking: Asking,
  asked: readonly Asked[],
  into: Into,
): { members: Member[]; people: Person[] } {
  const group = asked.find(({ field }) => field.becomes === 'members');
  const named = group ? namedIn(group, asking, into) : [alone(asking.applicant)];
  if (named.length > 0 && !named.some(({ roles }) => roles.includes('lead')))
    into.fault(group!.heading, words.noLead());
  const members = named.map(({ id, roles }) => ({
    id,
    roles,
    until: earlier(into.until, personById(g, id)?.until),
    reason: 'applicant',
    ref: asking.ref,
  }));
  const people = named
    .filter(({ id }) => !personById(g, id))
    .map(({ id, login, name, org }) => ({
      id,
      login,
      name,
      orgs: orgOf(g, org, into.lead),
      backends: [],
      until: into.until,
    }));
  return { members, people };
}

const alone = (applicant: Applicant): Named => ({
  ...applicant,
  name: applicant.login,
  org: '',
  roles: ['lead', 'developer'],
});

const earlier = (day: string, other: string | undefined): string =>
  other !== undefined && other < day ? other : day;

function namedIn({ field, heading }: Asked, asking: Asking, { fault }: Into): Named[] {
  const entries = entriesOf(field, asking.raw.get(field.id) ?? '');
  const asksRoles = idFor(field, 'roles') !== undefined;
  const found = entries.flatMap((entry, at): Named[] => {
    const said = (becomes: Becomes) => entry.get(idFor(field, becomes) ?? '') ?? '';
    const person = asking.people.get(bareLogin(said('login')));
    if (!person) return [];
    const roles = asksRoles ? rolesIn(said('roles')) : firstLeads(at);
    return [{ ...person, name: said('name') || person.login, org: said('org'), roles }];
  });
  if (found.length === 0) fault(heading, words.notAsked('members'));
  const again = found.find(({ id }, at) => found.findIndex((other) => other.id === id) < at);
  if (again) fault(heading, words.twice(again.login));
  return found;
}

const firstLeads = (at: number): ProjectRole[] => (at === 0 ? ['lead', 'developer'] : ['developer']);

const idFor = (group: Field, becomes: Becomes): string | undefined =>
  group.fields.find((field) => field.becomes === becomes)?.id;

/** Roles that anybody may apply for: a co-pilot is given, not asked for. Who names none helps. */
function rolesIn(text: string): ProjectRole[] {
  const said = text.toLowerCase();
  const roles = PROJECT_ROLES.filter((role) => role !== 'copilot' && said.includes(role));
  return roles.length > 0 ? roles : ['collaborator'];
}

function orgOf(g: Governance, said: string, lead: string): string[] {
  const found = g.orgs.find(({ id, name }) => [id, name.toLowerCase()].includes(said.toLowerCase()));
  return [found?.id ?? lead];
}
