/** Which requests are asked for: read from an address, written into one, and asked of a single request. */
import { projectById } from '../governance/governance.ts';
import { isoDay } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { organisation, organisations } from './who.ts';
import { KINDS, SHOWN_STATES, type Filter, type Governed, type ShownRequest } from './types.ts';
import * as words from './words.ts';

export type Asked = Readonly<Record<string, unknown>>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** No more of what somebody looks for is read, and nothing that a database does not take. */
const LONGEST = 100;
const UNSEEN = /\p{C}/u;

/** Refuses `record.bad-filter`, `record.unknown-person`, `record.unknown-organisation`. Empty fields are as if they were not there. */
export function readFilter(asked: Asked, governance: Governed): Filter | Refusal {
  const filter: Filter = {};
  for (const field of FIELDS) {
    const text = asked[field] ?? '';
    if (typeof text !== 'string') return words.badFilter(field);
    if (text.trim() === '') continue;
    const no = READERS[field](text.trim(), filter, governance);
    if (isRefusal(no)) return no;
  }
  return filter;
}

const FIELDS = [
  'project',
  'workspace',
  'org',
  'person',
  'backend',
  'action',
  'state',
  'kind',
  'text',
  'from',
  'until',
] as const;
type Field = (typeof FIELDS)[number];

const READERS: Record<Field, (text: string, into: Filter, g: Governed) => Refusal | undefined> = {
  project(text, into, g) {
    if (!NAME.test(text)) return words.badFilter('project');
    into.project = (g && projectById(g, text)?.id) ?? text;
    return undefined;
  },
  workspace(text, into) {
    if (!NAME.test(text)) return words.badFilter('workspace');
    into.workspace = text;
    return undefined;
  },
  person(text, into, g) {
    const login = text.replace(/^@/, '').toLowerCase();
    const id = /^\d{1,15}$/.test(login)
      ? Number(login)
      : g?.people.find((person) => person.login.toLowerCase() === login)?.id;
    if (id === undefined) return words.unknownPerson();
    into.person = id;
    return undefined;
  },
  backend(text, into) {
    if (!NAME.test(text)) return words.badFilter('backend');
    into.backend = text;
    return undefined;
  },
  org(text, into, g) {
    if (!g || !organisations(g).includes(text)) return words.unknownOrganisation();
    into.org = { id: text, projects: organisation(g, text)?.projects.map(({ id }) => id) ?? [] };
    return undefined;
  },
  action(text, into) {
    if (!NAME.test(text)) return words.badFilter('action');
    into.action = text;
    return undefined;
  },
  text(text, into) {
    if (text.length > LONGEST || UNSEEN.test(text)) return words.badFilter('text');
    into.text = text;
    return undefined;
  },
  state(text, into) {
    const state = SHOWN_STATES.find((each) => each === text);
    if (!state) return words.badFilter('state');
    into.state = state;
    return undefined;
  },
  kind(text, into) {
    const kind = KINDS.find((each) => each === text);
    if (!kind) return words.badFilter('kind');
    into.kind = kind;
    return undefined;
  },
  from: day('from'),
  until: day('until'),
};

function day(field: 'from' | 'until') {
  return (text: string, into: Filter): Refusal | undefined => {
    const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(at) || isoDay(at) !== text) return words.badFilter(field);
    into[field] = text;
    return undefined;
  };
}

/** `?project=…&state=…`, always in one order; empty for no filter at all. */
export function filterQuery(filter: Filter, more: Record<string, string> = {}): string {
  const written = { ...filter, org: filter.org?.id };
  const pairs = FIELDS.flatMap((field): [string, string][] =>
    written[field] === undefined ? [] : [[field, String(written[field])]],
  );
  const text = new URLSearchParams([...pairs, ...Object.entries(more)]).toString();
  return text && `?${text}`;
}

/** Whether a list with this filter shows the request. */
export function matches(filter: Filter, request: ShownRequest): boolean {
  const at = isoDay(request.createdAt);
  return (
    (filter.project === undefined || filter.project === request.project) &&
    (filter.workspace === undefined || filter.workspace === request.workspace) &&
    (filter.person === undefined || filter.person === request.person.id) &&
    (filter.backend === undefined || filter.backend === request.backend) &&
    (filter.org === undefined || filter.org.projects.some((id) => id === request.project)) &&
    (filter.action === undefined || request.actions.includes(filter.action)) &&
    (filter.text === undefined || wordsOf(request).includes(filter.text.toLowerCase())) &&
    (filter.state === undefined || filter.state === request.state) &&
    (filter.kind === undefined || filter.kind === request.kind) &&
    (filter.from === undefined || filter.from <= at) &&
    (filter.until === undefined || at <= filter.until)
  );
}

/** What is looked through for words: of what belongs to no project, its id alone. */
function wordsOf({ id, project, workspace, place, actions }: ShownRequest): string {
  const names = place ? [project, workspace, `${place.owner}/${place.repository}`, place.branch] : [];
  return [id, ...names, ...actions].join('\n').toLowerCase();
}
