/**
 * A request for a dataset, a population or a component: the questions, which every deployment asks alike, and the grant
 * that the answers ask for.
 */
import {
  projectById,
  type EditOf,
  type Field,
  type FieldKind,
  type Form,
  type Governance,
  type NamedPermission,
} from '../governance/governance.ts';
import { isDay, type Fault } from './answers.ts';
import { fieldsOf, type Raw } from './asked.ts';
import { words } from './words.ts';

type AddGrant = EditOf<'add-grant'>;
export const PERMISSION_KINDS = ['dataset', 'population', 'component'] as const;
export type PermissionKind = (typeof PERMISSION_KINDS)[number];

const TABLES = { dataset: 'datasets', population: 'populations', component: 'components' } as const;

const field = (id: string, kind: FieldKind, label: string, more: Partial<Field> = {}): Field => ({
  id,
  kind,
  label,
  required: true,
  private: false,
  options: [],
  fields: [],
  ...more,
});

/** Named like the template: an address answers its fields by these ids. */
export const PERMISSION_FORM: Form = {
  id: 'permission',
  pages: [
    {
      id: 'permission',
      title: 'What the project needs',
      fields: [
        field('project', 'text', 'Project', { help: 'Its id, as its page says it.', max: 63 }),
        field('permission', 'text', 'Permission to use', {
          help: 'dataset, population or component.',
          max: 63,
        }),
        field('name', 'text', 'Name of the dataset, population or component', { max: 63 }),
        field('reason', 'paragraph', 'Reason', { help: 'It becomes public with the grant.', max: 500 }),
        field('reference', 'text', 'Reference', {
          help: 'Where an approval or a minute can be found. It becomes public; this request, if there is none.',
          max: 200,
          required: false,
        }),
        field('from', 'date', 'First day', {
          help: 'Left out, it is the day of the request.',
          required: false,
        }),
        field('until', 'date', 'Last day'),
      ],
    },
  ],
};

export interface GrantAsked {
  edit: AddGrant;
  /** Who grants it: a team of the organisation. */
  steward: string;
}

export interface Granting {
  applicant: number;
  raw: Raw;
  ref: string;
  today: string;
}

const DAY = 24 * 60 * 60 * 1000;
const FIVE_YEARS = 5 * 366 * DAY;

export function grantAsked(g: Governance, { applicant, raw, ref, today }: Granting): GrantAsked | Fault[] {
  const faults: Fault[] = [];
  const heading = (id: string): string =>
    fieldsOf(PERMISSION_FORM).find(({ field: each }) => each.id === id)!.heading;
  const fault = (id: string, says: string) => void faults.push({ heading: heading(id), says });
  const said = (id: string): string => raw.get(id) ?? '';

  const kind = PERMISSION_KINDS.find((each) => said('permission').toLowerCase() === each) ?? 'dataset';
  if (said('permission').toLowerCase() !== kind) fault('permission', words.noOption(PERMISSION_KINDS));
  const permissions = permissionsOf(g, kind);
  const permission = permissions.find(({ name }) => name === said('name'));
  if (!permission)
    fault(
      'name',
      words.notGrantable(
        said('name'),
        permissions.map(({ name }) => name),
      ),
    );
  const project = projectById(g, said('project'));
  const member = project?.members.some(({ id, until }) => id === applicant && today <= until);
  // A stranger is not told which projects there are, nor who is in them.
  if (!project || !member) fault('project', words.notAMember(said('project')));
  const from = said('from') || today;
  const until =
    isDay(said('until')) && project && project.until < said('until') ? project.until : said('until');
  if (until < today) fault('until', words.endsBefore(until));
  else if (from >= until) fault('from', words.beginsLate());
  else if (Date.parse(until) - Date.parse(today) > FIVE_YEARS) fault('until', words.tooFar());
  if (faults.length > 0) return faults;
  return {
    steward: permission!.stewardTeam,
    edit: {
      kind: 'add-grant',
      grant: {
        table: TABLES[kind],
        name: permission!.name,
        project: project!.id,
        from,
        until,
        reason: said('reason').replace(/\s+/g, ' '),
        ref: said('reference') || ref,
      },
    },
  };
}

export function permissionsOf(g: Governance, kind: PermissionKind): readonly NamedPermission[] {
  if (kind === 'dataset') return g.datasets.map(({ dataset, ...rest }) => ({ name: dataset, ...rest }));
  return kind === 'population' ? g.populations : g.components;
}
