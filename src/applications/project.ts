/**
 * Answers that are whole → the project they ask for, as a typed change of governance.
 *
 * Only fields that say what they become are looked at, and those are public: no other answer has a way in.
 */
import type { Becomes, EditOf, Field, Form, Governance } from '../governance/governance.ts';
import { isDay, type Fault, type KnownPeople } from './answers.ts';
import { askedFields, chosen, type Asked, type Raw } from './asked.ts';
import { membersOf, type Applicant } from './members.ts';
import { idOf, nextNumber } from './number.ts';
import { words } from './words.ts';

export type NewProject = EditOf<'new-project'>;

export interface Asking {
  applicant: Applicant;
  raw: Raw;
  people: KnownPeople;
  /** Of these answers. */
  seal: string;
  /** Stands as the reference of whatever is given. */
  ref: string;
  /** Numbers of projects that other open applications wait for. */
  promised: readonly string[];
  /** That it was promised already. */
  number?: string;
  today: string;
}

const MAY_LAST = 366;
const DAY = 24 * 60 * 60 * 1000;

/** Faults are of answers that no project can be made from. */
export function newProject(g: Governance, form: Form, asking: Asking): NewProject | Fault[] {
  const faults: Fault[] = [];
  const asked = askedFields(form, asking.raw);
  const said = (becomes: Becomes): Said | undefined => saidBy(asked, asking.raw, becomes);
  const fault = (heading: string, says: string) => void faults.push({ heading, says });
  const known = knownNames(g, fault);

  const title = line(said('title')?.values[0] ?? '');
  const summary = (said('summary')?.values[0] ?? '').trim();
  for (const [becomes, value] of [['title', title] as const, ['summary', summary] as const])
    if (value === '') fault(said(becomes)?.heading ?? becomes, words.notAsked(becomes));
  const [lead] = known.orgs(said('lead_org'));
  if (!said('lead_org')?.values.length)
    fault(said('lead_org')?.heading ?? 'lead_org', words.notAsked('lead_org'));
  const until = lastDay(said('until'), asking.today, fault);
  const used = [...g.projects.map((project) => project.number), ...asking.promised];
  const number =
    asking.number ?? nextNumber(g.deployment.project_number, used, Number(asking.today.slice(0, 4)));
  if (number === undefined) fault('project_number', words.notAsked('number'));
  const { members, people } = membersOf(g, asking, asked, { lead: lead ?? '', until, fault });
  const backends = known.backends(said('backends'));
  const datasets = known.datasets(said('datasets'));
  const others = known.orgs(said('other_orgs')).filter((org) => org !== lead);
  if (faults.length > 0) return faults;
  const id = idOf(number!);
  const grants = datasets.map((name) => ({
    table: 'datasets' as const,
    name,
    project: id,
    from: asking.today,
    until,
    reason: 'applied for',
    ref: asking.ref,
  }));
  return {
    kind: 'new-project',
    project: {
      id,
      number: number!,
      title,
      summary,
      orgs: { lead: lead!, others },
      type: said('type')?.values.map(asName) ?? [],
      approval: { state: 'approved', on: asking.today, application_hash: asking.seal, conditions: [] },
      until,
      backends,
      members,
    },
    people,
    grants,
  };
}

interface Said {
  heading: string;
  field: Field;
  values: string[];
}

function saidBy(asked: readonly Asked[], raw: Raw, becomes: Becomes): Said | undefined {
  const found = asked.find(({ field }) => field.becomes === becomes);
  if (!found) return undefined;
  const { field, heading } = found;
  const text = raw.get(field.id) ?? '';
  const listed = ['choice', 'choices'].includes(field.kind);
  // Names may be written one a line; a title or summary is one text.
  const values = listed ? chosen(field, text) : TEXTS.includes(becomes) ? [text] : text.split(/[\n,]/);
  return { heading, field, values: values.map((value) => value.trim()).filter((value) => value !== '') };
}

const TEXTS: readonly Becomes[] = ['title', 'summary', 'until'];
const line = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** `Service evaluation` → `service_evaluation`. */
export function asName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 63);
}

/** What is named has to be there: by its id, or by its name as people write it. */
function knownNames(g: Governance, fault: (heading: string, says: string) => void) {
  const pick = (
    what: string,
    all: readonly { id: string; name: string }[],
    said: Said | undefined,
  ): string[] => {
    const found = (said?.values ?? []).flatMap((value) => {
      const one = all.find(({ id, name }) => id === value.toLowerCase() || sameWords(name, value));
      if (!one)
        fault(
          said!.heading,
          words.unknownName(
            what,
            value,
            all.map(({ name }) => name),
          ),
        );
      return one?.id ?? [];
    });
    return [...new Set(found)];
  };
  const real = g.backends.filter(({ data, active }) => active && data === 'real');
  const datasets = g.datasets.map(({ dataset }) => ({ id: dataset, name: dataset }));
  // Without orgs.yml an organisation is whatever governance calls it.
  const named = (said: Said | undefined) =>
    said?.values.map((value) => ({ id: asOrg(value), name: value })) ?? [];
  return {
    orgs: (said: Said | undefined) => pick('organisation', g.orgs.length > 0 ? g.orgs : named(said), said),
    backends: (said: Said | undefined) => pick('backend', real, said),
    datasets: (said: Said | undefined) => pick('dataset', datasets, said),
  };
}

const sameWords = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const asOrg = (text: string): string => asName(text).replaceAll('_', '-');

/** Asked for, or a year. */
function lastDay(
  said: Said | undefined,
  today: string,
  fault: (heading: string, says: string) => void,
): string {
  const day = said?.values[0];
  if (day === undefined) return new Date(Date.parse(today) + MAY_LAST * DAY - DAY).toISOString().slice(0, 10);
  if (!isDay(day)) fault(said!.heading, words.noDay());
  else if (day < today) fault(said!.heading, words.endsBefore(day));
  return day;
}
