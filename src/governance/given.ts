/**
 * Who may do what, as the public log is told of it: one right each, and how two lists of them differ.
 *
 * People are a numeric id and a login; names, addresses, training and agreements are none of the log's business.
 */
import { withoutAddresses } from './plan.ts';
import type { Day, Governance } from './types.ts';

/** What is not said of a kind is null: a body always has the same fields. */
export interface Given {
  what:
    | 'person'
    | 'backend'
    | 'team'
    | 'member'
    | 'copilot'
    | 'project'
    | 'project-backend'
    | 'repository'
    | 'dataset'
    | 'population'
    | 'component';
  project: string | null;
  person: { id: number; login: string | null } | null;
  /** The role, backend, dataset, population or component. */
  name: string | null;
  repository: { id: number } | null;
  /** A role that counts for some organisations and projects only. */
  scope: { orgs: string[]; projects: string[] } | null;
  from: Day | null;
  until: Day | null;
  reason: string | null;
  ref: string | null;
}

export interface GivenChange {
  event: 'given' | 'ended' | 'changed';
  given: Given;
  /** Its last day before; null where it had none. */
  wasUntil: Day | null;
}

/** By what makes it the same right in another version: its last day, reason and reference may change. */
export type AllGiven = Map<string, Given>;

export function allGiven(g: Governance): AllGiven {
  const all: AllGiven = new Map();
  const logins = new Map(g.people.map(({ id, login }) => [id, login]));
  const who = (id: number): Given['person'] => ({ id, login: logins.get(id) ?? null });
  const add = (what: Given['what'], said: Partial<Given>): void => {
    const given: Given = { ...NOTHING, ...said, what };
    if (given.reason !== null) given.reason = asWritten(given.reason);
    if (given.ref !== null) given.ref = asWritten(given.ref);
    const key = keyOf(given);
    const known = all.get(key);
    // Said twice, the longer one is what counts.
    if (!known || lastDay(known) < lastDay(given)) all.set(key, given);
  };
  for (const { id, until, backends } of g.people) {
    add('person', { person: who(id), until });
    for (const b of backends) add('backend', { person: who(id), name: b.id, ...days(b) });
  }
  for (const { role, members } of g.teams) {
    for (const m of members) {
      const scope = m.scope ? { orgs: m.scope.orgs ?? [], projects: m.scope.projects ?? [] } : null;
      add('team', { person: who(m.id), name: role, scope, ...days(m), ...why(m) });
    }
  }
  for (const p of g.projects) {
    const project = p.id;
    add('project', { project, until: p.until });
    for (const name of p.backends) add('project-backend', { project, name });
    for (const { id } of p.repos) add('repository', { project, repository: { id } });
    for (const m of p.members)
      for (const name of m.roles) add('member', { project, person: who(m.id), name, ...days(m), ...why(m) });
    if (p.copilot) add('copilot', { project, person: who(p.copilot.id), until: p.copilot.access_until });
  }
  const permissions = [
    ...g.datasets.map(({ dataset, grants }) => ({ what: 'dataset' as const, name: dataset, grants })),
    ...g.populations.map(({ name, grants }) => ({ what: 'population' as const, name, grants })),
    ...g.components.map(({ name, grants }) => ({ what: 'component' as const, name, grants })),
  ];
  for (const { what, name, grants } of permissions)
    for (const r of grants) add(what, { project: r.project, name, ...days(r), ...why(r) });
  return all;
}

/** What ended, then what was given, then what changed; each in the order of its version. */
export function givenChanges(before: AllGiven, after: AllGiven): GivenChange[] {
  const ended: GivenChange[] = [];
  const given: GivenChange[] = [];
  const changed: GivenChange[] = [];
  for (const [key, was] of before)
    if (!after.has(key)) ended.push({ event: 'ended', given: was, wasUntil: was.until });
  for (const [key, is] of after) {
    const was = before.get(key);
    if (!was) given.push({ event: 'given', given: is, wasUntil: null });
    else if (was.until !== is.until || was.reason !== is.reason || was.ref !== is.ref)
      changed.push({ event: 'changed', given: is, wasUntil: was.until });
  }
  return [...ended, ...given, ...changed];
}

const NOTHING: Omit<Given, 'what'> = {
  project: null,
  person: null,
  name: null,
  repository: null,
  scope: null,
  from: null,
  until: null,
  reason: null,
  ref: null,
};

const FOREVER = '9999-12-31';
const lastDay = ({ until }: Given): Day => until ?? FOREVER;

const days = ({ from, until }: { from?: Day; until: Day }) => ({ from: from ?? null, until });
const why = ({ reason, ref }: { reason: string; ref: string }) => ({ reason, ref });

/** Addresses of people are left out; control and direction characters, and halves of characters, are replaced. */
const asWritten = (text: string): string =>
  withoutAddresses(text).replace(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');

function keyOf({ what, project, person, name, repository, scope, from }: Given): string {
  return JSON.stringify([what, project, person?.id ?? null, name, repository?.id ?? null, scope, from]);
}
