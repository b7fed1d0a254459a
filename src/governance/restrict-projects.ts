/**
 * A project as far as two versions agree on it.
 *
 * Members may not check their own project, so taking a member away gives something: a checker who would
 * become free to check is listed under `conflicts` until the change is approved.
 */
import { both, covers, earliest, either, latest, meet, type Pair } from './agreement.ts';
import { canonicalJson } from '../lib/canonical.ts';
import type { Project, Schedule } from './types.ts';

export function restrictProject([a, b]: Pair<Project>, checkers: ReadonlySet<number>): Project {
  const { copilot: _copilot, status_since: _since, ...project } = b;
  const copilot = restrictCopilot(a.copilot, b.copilot);
  const members = meet(
    a.members,
    b.members,
    ({ id }) => id,
    (held, member) => {
      const roles = both(held.roles, member.roles);
      return roles.length > 0 ? { ...member, roles } : undefined;
    },
  );
  const bars = [...barred(a), ...barred(b)];
  const kept = barred({ members, ...(copilot ? { copilot } : {}) });
  const freed = bars
    .filter(({ id }) => checkers.has(id))
    .filter((was) => !kept.some((bar) => bar.id === was.id && covers(bar, was)))
    .map(({ id }) => id);
  return {
    ...project,
    aliases: both(a.aliases, b.aliases),
    orgs: restrictOrgs(a.orgs, b.orgs),
    approval: {
      ...b.approval,
      on: latest(a.approval.on, b.approval.on)!,
      conditions: restrictConditions(a.approval.conditions, b.approval.conditions),
    },
    ...(copilot ? { copilot } : {}),
    ...restrictStatus(a, b),
    until: earliest(a.until, b.until)!,
    // An earlier start makes more commits somebody's deed.
    start: earliest(a.start, b.start)!,
    conflicts: either([...new Set([...a.conflicts, ...freed])], b.conflicts),
    archived: either(a.archived, b.archived),
    backends: both(a.backends, b.backends),
    repos: b.repos.filter(({ id }) => a.repos.some((held) => held.id === id)),
    members,
    // Nothing asks for anything in somebody's name unless both say it, word for word.
    schedules: meet(a.schedules, b.schedules, besideDays),
  };
}

const besideDays = (schedule: Schedule): string => canonicalJson({ ...schedule, until: '' });

interface Bar {
  id: number;
  from?: string;
  until: string;
}

/** Who may not check because they take part, and how long. */
function barred({ members, copilot }: Pick<Project, 'members' | 'copilot'>): Bar[] {
  return [...members, ...(copilot ? [{ id: copilot.id, until: copilot.access_until }] : [])];
}

function restrictCopilot(a: Project['copilot'], b: Project['copilot']): Project['copilot'] {
  if (!a || !b || a.id !== b.id) return undefined;
  return { ...b, access_until: earliest(a.access_until, b.access_until)! };
}

/** Roles limited to organisations reach the project through them. Where both name another lead, it has none. */
function restrictOrgs(a: Project['orgs'], b: Project['orgs']): Project['orgs'] {
  const known = [a.lead, ...a.others];
  return { lead: known.includes(b.lead) ? b.lead : '', others: both(known, b.others) };
}

type Condition = Project['approval']['conditions'][number];

/** Met when both say so, from the later day; blocking what either says; never gone. */
function restrictConditions(a: readonly Condition[], b: readonly Condition[]): Condition[] {
  const merged = b.map((condition): Condition => {
    const held = a.find(({ id }) => id === condition.id);
    if (!held) return condition;
    const met = held.met_on !== null && condition.met_on !== null;
    return {
      ...condition,
      met_on: met ? latest(held.met_on!, condition.met_on!)! : null,
      blocks: either(held.blocks, condition.blocks),
    };
  });
  return [...merged, ...a.filter(({ id }) => !b.some((condition) => condition.id === id))];
}

type Status = Pick<Project, 'status' | 'status_since'>;

const STRICTNESS: Record<Project['status'], number> = {
  ongoing: 0,
  ongoing_linked: 0,
  completed_linked: 1,
  completed_awaiting: 1,
  postponed: 2,
  retired: 2,
};

/** The one that stops more; of two completions the earlier, and one without a day stops at once. */
function restrictStatus(a: Status, b: Status): Status {
  const [held, next] = [STRICTNESS[a.status], STRICTNESS[b.status]];
  const { status, status_since } = held > next ? a : b;
  if (held !== 1 || next !== 1) return { status, ...(status_since ? { status_since } : {}) };
  const since = a.status_since && b.status_since ? earliest(a.status_since, b.status_since) : undefined;
  return { status, ...(since ? { status_since: since } : {}) };
}
