/** What a form of the review pages asks for, as a command. A field that is missing is a refusal, nothing else is judged here. */
import type { Command } from '../../../src/release/release.ts';
import {
  COLUMN_ROLES,
  GIVEN_GRADES,
  INCIDENT_OUTCOMES,
  REJECT_CATEGORIES,
  RETURN_CATEGORIES,
  REVOKE_CATEGORIES,
  type Actor,
} from '../../../src/release/types.ts';
import type { Ids } from '../../../src/lib/ids.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import type { Form } from '../parts.ts';
import { no } from './words.ts';

type Read = (form: Form, by: Actor, ids: Ids) => Command | Refusal;

export const DEEDS: Readonly<Record<string, Read>> = {
  claim: (_form, by) => ({ type: 'claim', by }),
  unclaim: (_form, by) => ({ type: 'unclaim', by }),
  grade: (form, by) => {
    const grade = chosen(GIVEN_GRADES, form.text('grade'));
    const path = form.text('path');
    if (!grade) return no.field('a grade');
    return path === '' ? no.field('a file') : { type: 'grade', by, path, grade };
  },
  'grade-group': (form, by) => named(form, 'group', (group) => ({ type: 'grade-group', by, group })),
  'confirm-grade': (form, by) => {
    const [path, group] = [form.text('path'), form.text('group')];
    if (path !== '') return { type: 'confirm-grade', by, path };
    return group === '' ? no.field('a file or group') : { type: 'confirm-grade', by, group };
  },
  'clear-grade': (form, by) => named(form, 'path', (path) => ({ type: 'clear-grade', by, path })),
  'reset-grades': (_form, by) => ({ type: 'reset-grades', by }),
  sign: (_form, by) => ({ type: 'sign', by, verdict: 'submit' }),
  arbitrate: (form, by) => ({ type: 'arbitrate', by, reason: form.long('reason').trim() }),
  return: (form, by) => ({ type: 'return', by, category: chosen(RETURN_CATEGORIES, form.text('category')) }),
  'close-request': (form, by) => {
    const category = chosen(REJECT_CATEGORIES, form.text('category'));
    if (!category) return no.field('a category');
    return { type: 'close-request', by, category, reason: optional(form.long('reason')) };
  },
  'propose-part': (form, by) => ({ type: 'propose-part', by, paths: form.all('path') }),
  'confirm-part': (_form, by) => ({ type: 'confirm-part', by }),
  'queue-release': (_form, by) => ({ type: 'queue-release', by }),
  halt: (form, by) => numbered(form, 'batch', (batch) => ({ type: 'halt', by, batch })),
  revoke: (form, by) =>
    numbered(form, 'file', (file) => {
      const category = chosen(REVOKE_CATEGORIES, form.text('category'));
      if (!category) return no.field('a category');
      return { type: 'revoke', by, file, category, reason: optional(form.long('reason')) };
    }),
  'close-by-operators': (form, by) => {
    const to = chosen(['withdrawn', 'rejected'] as const, form.text('to'));
    if (!to) return no.field('how it ends');
    return { type: 'close-by-operators', by, to, reason: form.long('reason').trim() };
  },
  'resolve-hint': (form, by) =>
    named(form, 'hint', (hint) => ({ type: 'resolve-hint', by, hint, reason: form.long('reason').trim() })),
  'except-hint': (form, by) =>
    named(form, 'hint', (hint) => ({ type: 'except-hint', by, hint, reason: form.long('reason').trim() })),
  'set-role': (form, by) => {
    const as = chosen(COLUMN_ROLES, form.text('as'));
    const [path, column] = [form.text('path'), form.text('column')];
    if (path === '' || column === '') return no.field('a column');
    if (!as) return no.field('what the column is');
    return { type: 'set-role', by, path, column, as, reason: form.long('reason').trim() };
  },
  'clear-role': (form, by) =>
    named(form, 'path', (path) => ({ type: 'clear-role', by, path, column: form.text('column') })),
  'close-incident': (form, by) =>
    numbered(form, 'incident', (incident) => {
      const outcome = chosen(INCIDENT_OUTCOMES, form.text('outcome'));
      if (!outcome) return no.field('how it ended');
      return { type: 'close-incident', by, incident, outcome, reason: form.long('reason').trim() };
    }),
  comment: (form, by, ids) =>
    named(form, 'group', (group) => ({
      type: 'comment',
      by,
      id: ids.id(),
      group,
      text: form.long('text').trim(),
      visibility: form.text('visibility') === 'public' ? 'public' : 'private',
      anchor: anchorOf(form),
    })),
  'delete-comment': (form, by) => named(form, 'comment', (id) => ({ type: 'delete-comment', by, id })),
  'publish-comment': (form, by) => named(form, 'comment', (id) => ({ type: 'publish-comment', by, id })),
};

/** The file a comment is about, and the place in it; a place nobody can find again is left out. */
function anchorOf(form: Form): string | undefined {
  const file = /^[1-9][0-9]{0,5}$/.exec(form.text('file'))?.[0];
  if (!file) return undefined;
  const place = /^(row=[1-9][0-9]{0,8})?,?(column=.{1,200})?$/u.exec(form.text('place'))?.[0];
  return place ? `${file}:${place}` : file;
}

function chosen<T extends string>(among: readonly T[], given: string): T | undefined {
  return among.find((each) => each === given);
}

function optional(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.trim();
}

function named(form: Form, field: string, make: (value: string) => Command): Command | Refusal {
  const value = form.text(field);
  return value === '' ? no.field(field) : make(value);
}

function numbered(form: Form, field: string, make: (value: number) => Command | Refusal): Command | Refusal {
  const value = form.text(field);
  return /^[1-9][0-9]{0,8}$/.test(value) ? make(Number(value)) : no.field(field);
}

/** What is said of what stands on the page: in another turn something else may stand there. */
const OF_THE_PAGE: readonly string[] = [
  ...['grade', 'grade-group', 'confirm-grade', 'sign', 'arbitrate'],
  ...['propose-part', 'confirm-part', 'queue-release'],
];

export function commandOf(deed: string, form: Form, by: Actor, ids: Ids): Command | Refusal | undefined {
  const read = Object.hasOwn(DEEDS, deed) ? DEEDS[deed] : undefined;
  const command = read?.(form, by, ids);
  const turn = form.text('turn');
  if (!command || isRefusal(command) || turn === '' || !OF_THE_PAGE.includes(deed)) return command;
  return { ...command, turn: Number(turn) };
}
