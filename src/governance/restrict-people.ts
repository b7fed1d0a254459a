/** People and roles, as far as two versions agree on them. */
import { both, earliest, either, meet, pairs } from './agreement.ts';
import type { Person, Team } from './types.ts';

type Member = Team['members'][number];
type Scope = Member['scope'];

export function restrictPeople(inForce: readonly Person[], next: readonly Person[]): Person[] {
  return pairs(inForce, next, ({ id }) => id).map(([a, b]) => {
    const { training, agreement, ...person } = b;
    return {
      ...person,
      orgs: organisations(a.orgs, b.orgs),
      ...(a.training && training
        ? { training: { ...training, expires: earliest(a.training.expires, training.expires)! } }
        : {}),
      ...(a.agreement && agreement
        ? { agreement: { ...agreement, expires: earliest(a.agreement.expires, agreement.expires)! } }
        : {}),
      backends: meet(a.backends, b.backends, ({ id }) => id),
      // Whose an address is decides whose deed a commit is: moved to another person it is nobody's known.
      commitEmails: both(a.commitEmails, b.commitEmails),
      until: earliest(a.until, b.until)!,
    };
  });
}

/**
 * Two checkers of one organisation may be barred beside each other, and so is one of no known one: a person
 * belongs to what either version says, and to none as soon as one says none.
 */
function organisations(a: readonly string[], b: readonly string[]): string[] {
  return a.length === 0 || b.length === 0 ? [] : either(a, b);
}

export function restrictTeams(inForce: readonly Team[], next: readonly Team[]): Team[] {
  return next.map((team) => {
    const held = inForce.filter(({ role }) => role === team.role).flatMap(({ members }) => members);
    return { ...team, members: meet(held, team.members, ({ id }) => id, sameScope, widerScope) };
  });
}

function sameScope(a: Member, b: Member): Member | undefined {
  const { scope: _scope, ...member } = b;
  if (!a.scope && !b.scope) return member;
  const scope = narrower(a.scope, b.scope);
  return scope && { ...member, scope };
}

/** Where both reach; undefined when that is nowhere. What one lists by project and the other by organisation is not added up. */
function narrower(a: Scope, b: Scope): Scope {
  if (!a || !b) return a ?? b;
  const orgs = both(a.orgs ?? [], b.orgs ?? []);
  const projects = both(a.projects ?? [], b.projects ?? []);
  if (orgs.length === 0 && projects.length === 0) return undefined;
  return { ...(orgs.length > 0 ? { orgs } : {}), ...(projects.length > 0 ? { projects } : {}) };
}

/** No scope means everywhere. */
const widerScope = (outer: Member, inner: Member): boolean => {
  if (!outer.scope || !inner.scope) return !outer.scope;
  const has = (wide: readonly string[] = [], narrow: readonly string[] = []): boolean =>
    narrow.every((each) => wide.includes(each));
  return has(outer.scope.orgs, inner.scope.orgs) && has(outer.scope.projects, inner.scope.projects);
};
