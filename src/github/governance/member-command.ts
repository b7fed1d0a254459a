/** `/member add @login role… --until day --reason "…"` and `/member end @login --reason "…"`, read. */
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { readOptions } from './options.ts';

/** Co-pilots are assigned with the project, not by its lead. */
const ROLES = ['lead', 'developer', 'collaborator'] as const;
export type MemberRole = (typeof ROLES)[number];

export type MemberCommand =
  | { type: 'member'; what: 'add'; login: string; roles: MemberRole[]; until: string; reason: string }
  | { type: 'member'; what: 'end'; login: string; reason: string };

export const MEMBER_USAGE =
  '/member add @login lead|developer|collaborator --until 2027-02-28 --reason "why"';
export const MEMBER_PURPOSE =
  'ask governance for a member of the project, or for more roles; /member end @login --reason "why" ends it';

/** For whoever may not ask for others. */
export const leavingUsage = (login: string): [usage: string, purpose: string] => [
  `/member end @${login} --reason "why"`,
  'ask governance to end your own membership of the project',
];

const LOGIN = /^@?([A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[A-Za-z0-9]{1,20})?)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOST_REASON = 300;

export function readMember(args: string[]): MemberCommand | Refusal {
  const [what, ...rest] = args;
  const read = readOptions(rest, what === 'add' ? ['until', 'reason'] : ['reason']);
  const [named = '', ...roles] = read?.words ?? [];
  const login = LOGIN.exec(named)?.[1];
  const { until, reason } = read?.values ?? {};
  if (!login || !reason || reason.length > MOST_REASON) return malformed();
  if (what === 'end') return roles.length === 0 ? { type: 'member', what, login, reason } : malformed();
  if (what !== 'add' || !until || !isDay(until)) return malformed();
  const strange = roles.find((role) => !isRole(role));
  if (strange !== undefined) return unknownRole(strange);
  const known = ROLES.filter((role) => roles.includes(role));
  if (known.length === 0 || known.length < roles.length) return malformed();
  return { type: 'member', what, login, roles: known, until, reason };
}

const isRole = (text: string): text is MemberRole => (ROLES as readonly string[]).includes(text);

/** One that the calendar has. */
function isDay(text: string): boolean {
  const at = DAY.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}

const malformed = (): Refusal =>
  refusal(
    'member.malformed',
    'A member is added with a login, a role, an end and a reason, and ended with a login and a reason.',
    `Write: ${MEMBER_USAGE} – or: /member end @login --reason "why"`,
  );
const unknownRole = (role: string): Refusal =>
  refusal(
    'member.unknown-role',
    `"${role.slice(0, 40)}" is no role that a lead can ask for.`,
    `The roles are ${ROLES.join(', ')}; co-pilots are assigned with the project.`,
  );
