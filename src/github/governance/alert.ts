/** `/alert`: support or governance asks for an alert, which is one when the pull request is merged. */
import { rolesOf, type Edit, type Governance } from '../../governance/governance.ts';
import { isoTime } from '../../lib/clock.ts';
import { isRefusal, refusal, type Refusal } from '../../lib/refusal.ts';
import { derivedId } from '../derived.ts';
import { code, prose } from '../markdown.ts';
import { mayTakePart } from '../people.ts';
import { propose } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import * as general from '../words.ts';
import type { AlertCommand } from './alert-command.ts';

/** Whether `/help` names it to this person. */
export function alertOpenTo(room: Room, person: number): boolean {
  const g = room.governance.current();
  return g !== undefined && mayAlert(g, person, room.clock.now());
}

function mayAlert(g: Governance, person: number, at: number): boolean {
  const roles = rolesOf(g, person, undefined, at);
  return roles.has('tech_support') || roles.has('governance');
}

export async function askForAlert(room: Room, say: Saying, command: AlertCommand): Promise<string | Refusal> {
  const g = room.governance.current();
  if (!g) return general.governanceMissing();
  if (!mayAlert(g, say.actor.id, room.clock.now())) return notYours();
  const no = await mayTakePart(say.client, say.actor);
  if (no) return no;
  const wish = command.what === 'add' ? addEdit(room, say, g, command) : endEdit(room, g, command.id);
  if (isRefusal(wish)) return wish;
  const number = say.place.kind === 'issue' ? say.place.number : null;
  await room.db.transaction((tx) =>
    propose(tx, room, {
      key: `alert:${say.key}`,
      edit: wish.edit,
      askedBy: { id: say.actor.id, login: say.actor.login },
      where: number === null ? null : { repository: say.client.repo.id, number },
      title: wish.title,
      why: wish.why,
    }),
  );
  return wish.says;
}

interface Wish {
  edit: Edit;
  title: string;
  why: string;
  says: string;
}

function addEdit(
  room: Room,
  say: Saying,
  g: Governance,
  { title, level, scope, from, until, text }: AlertCommand & { what: 'add' },
): Wish | Refusal {
  const strange = [
    ...scope.backends.filter((id) => !g.backends.some((backend) => backend.id === id)),
    ...scope.projects.filter((id) => !g.projects.some((project) => project.id === id)),
  ];
  if (strange.length > 0) return unknownScope(strange);
  const now = minuteOf(room.clock.now());
  const begins = from ?? now;
  if (endOf(until) <= room.clock.now() || endOf(until) <= Date.parse(begins)) return over();
  const id = `alert-${now.slice(0, 10)}-${derivedId('alert', say.key).slice(0, 6)}`;
  const everybody = scope.backends.length + scope.projects.length === 0;
  const edit: Edit = {
    kind: 'add-alert',
    alert: {
      ...{ id, level, title, text: text ?? 'No more is known at present.' },
      ...(everybody ? {} : { scope }),
      ...{ from: begins, until },
    },
  };
  return {
    edit,
    title: `Alert: ${title}`,
    why: `An alert (${level}) on every page it is for, until ${until}.`,
    says: `governance is asked to show the alert ${code(id)} (${prose(title)}) until ${code(until)}. It is shown as soon as the pull request is merged; ${code(`/alert end ${id}`)} ends it.`,
  };
}

function endEdit(room: Room, g: Governance, id: string): Wish | Refusal {
  const now = room.clock.now();
  if (!g.alerts.some((alert) => alert.id === id && now < alert.until)) return unknownAlert(id);
  return {
    edit: { kind: 'end-alert', alert: id, at: minuteOf(now) },
    title: `End the alert ${id}`,
    why: 'It is shown no more once this is merged.',
    says: `governance is asked to end the alert ${code(id)}.`,
  };
}

/** `2027-02-28T18:00Z`: governance files know no seconds. */
const minuteOf = (at: number): string => `${isoTime(at).slice(0, 16)}Z`;
const DAY_MS = 86_400_000;
/** A day as an end is meant with all of its hours. NaN for a day that there is not. */
function endOf(written: string): number {
  const at = Date.parse(written);
  return Number.isNaN(at) ? -1 : at + (written.length === 10 ? DAY_MS : 0);
}

const notYours = (): Refusal =>
  refusal(
    'alert.not-yours',
    'Alerts are asked for by the support and governance teams.',
    'Tell them what everybody should know; teams.yml names them.',
  );
const unknownScope = (ids: readonly string[]): Refusal =>
  refusal(
    'alert.unknown-scope',
    `Governance knows no backend or project called ${ids.slice(0, 5).map(code).join(', ')}.`,
    'Write backend:id or project:id as governance has them, or all.',
  );
const over = (): Refusal =>
  refusal('alert.over', 'This alert would be over before it begins.', 'Give a later end with --until.');
const unknownAlert = (id: string): Refusal =>
  refusal(
    'alert.unknown',
    `No alert called ${code(id)} is shown, or is to come.`,
    'Look at the page of alerts for its name.',
  );
