/**
 * Are the answers whole? Every fault with the question it is about, and the questions still to be asked.
 *
 * GitHub insists on nothing in a private repository, so whatever its form says is looked at again here.
 */
import type { Field, Form } from '../governance/governance.ts';
import { askedFields, chosen, holds, yesOrNo, type Answered, type Asked, type Raw } from './asked.ts';
import { words } from './words.ts';

/** What GitHub said of the logins in the answers, by login in lower case. */
export type KnownPeople = ReadonlyMap<string, { id: number; login: string }>;

/** One entry of a group, by the id of its inner field. */
export type Entry = ReadonlyMap<string, string>;

export interface Fault {
  heading: string;
  says: string;
}

export interface Reading {
  asked: Asked[];
  raw: Raw;
  /** Questions that follow from the answers, and whose headings were not written yet: an empty answer counts as one. */
  further: Asked[];
  /** What is missing or wrong, the further questions apart. */
  faults: Fault[];
}

const MOST_TEXT = 5_000;
const MOST_ENTRIES = 50;

export function readAnswers(form: Form, raw: Raw, people: KnownPeople): Reading {
  const asked = askedFields(form, raw);
  const further = asked.filter(({ field, first }) => !first && !raw.has(field.id));
  const faults = asked
    .filter((each) => !further.includes(each))
    .flatMap(({ field, heading }) =>
      faultsOf(field, raw.get(field.id) ?? '', people).map((says) => ({ heading, says })),
    );
  return { asked, raw, further, faults };
}

/** Logins that have to be looked up, each once. */
export function loginsIn(form: Form, raw: Raw): string[] {
  const found = askedFields(form, raw).flatMap(({ field }) => {
    const text = raw.get(field.id) ?? '';
    if (field.kind === 'login') return [text];
    const inner = field.fields.filter(({ kind }) => kind === 'login');
    return entriesOf(field, text).flatMap((entry) => inner.map(({ id }) => entry.get(id) ?? ''));
  });
  return [...new Set(found.map(bareLogin))].filter((login) => LOGIN.test(login)).slice(0, MOST_ENTRIES);
}

export const bareLogin = (text: string): string => text.trim().replace(/^@/, '').toLowerCase();

const LOGIN = /^[a-z0-9][a-z0-9-]{0,38}$/;
const EMAIL = /^[^\s@<>"]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
const PHONE = /^\+?[0-9][0-9 ()/.-]{3,30}$/;
const LINK = /^https:\/\/[^\s<>"]{3,2000}$/;

function faultsOf(field: Field, text: string, people: KnownPeople): string[] {
  if (text === '') return field.required ? [words.missing()] : [];
  if (field.kind === 'group') return groupFaults(field, text, people);
  const most = field.max ?? MOST_TEXT;
  if (field.kind !== 'number' && text.length > most) return [words.tooLong(text.length, most)];
  const wrong = valueFault(field, text, people);
  return wrong === undefined ? [] : [wrong];
}

function valueFault(field: Field, text: string, people: KnownPeople): string | undefined {
  const oneLine = !text.includes('\n');
  switch (field.kind) {
    case 'email':
      return text.length <= 254 && EMAIL.test(text) ? undefined : words.noEmail();
    case 'phone':
      return PHONE.test(text) ? undefined : words.noPhone();
    case 'address':
      return LINK.test(text) ? undefined : words.noLink();
    case 'date':
      return isDay(text) ? undefined : words.noDay();
    case 'number':
      return numberFault(field, text);
    case 'yes_no':
      return yesOrNo(text) === undefined ? words.noYes() : undefined;
    case 'choice':
      return chosen(field, text).length === 1 ? undefined : words.noOption(field.options);
    case 'choices':
      return chosen(field, text).length > 0 || !field.required ? undefined : words.noOption(field.options);
    case 'login':
      return people.has(bareLogin(text)) ? undefined : words.noLogin();
    default:
      return field.kind === 'text' && !oneLine ? words.oneLine() : undefined;
  }
}

export function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function numberFault({ max }: Field, text: string): string | undefined {
  const value = /^-?\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) return words.noNumber();
  return max !== undefined && value > max ? words.tooMuch(max) : undefined;
}

/** Entries between empty lines, each of lines `<id>: <answer>`; a line without one goes on with the last. */
export function entriesOf(field: Field, text: string): Entry[] {
  if (field.kind !== 'group' || text === '') return [];
  const known = new Set(field.fields.map(({ id }) => id));
  return text
    .split(/\n\s*\n/)
    .map((block) => entryIn(block, known))
    .filter((entry) => [...entry.values()].some((said) => said !== ''));
}

function entryIn(block: string, known: ReadonlySet<string>): Entry {
  const entry = new Map<string, string>();
  let last: string | undefined;
  for (const line of block.split('\n')) {
    const [, id, said] = /^\s*(?:- )?([a-z0-9][a-z0-9_-]*): *(.*)$/.exec(line) ?? [];
    if (id !== undefined && known.has(id)) {
      last = id;
      entry.set(id, said!.trim());
    } else if (last !== undefined) {
      entry.set(last, `${entry.get(last)!} ${line.trim()}`.trim());
    }
  }
  return entry;
}

function groupFaults(field: Field, text: string, people: KnownPeople): string[] {
  const entries = entriesOf(field, text);
  if (entries.length === 0) return [words.noEntry(field.fields.map(({ id }) => id))];
  const most = Math.min(field.max ?? MOST_ENTRIES, MOST_ENTRIES);
  if (entries.length > most) return [words.tooMany(most)];
  return entries.flatMap((entry, at) => {
    const answered = new Map<string, Answered>();
    return field.fields.flatMap((inner) => {
      if (!holds(inner.showIf, answered)) return [];
      // Within a line options stand between commas.
      const said = entry.get(inner.id) ?? '';
      const given = inner.kind === 'choices' ? said.replace(/, */g, '\n') : said;
      answered.set(inner.id, { field: inner, text: given });
      return faultsOf(inner, given, people).map((says) => words.ofEntry(at + 1, inner.id, says));
    });
  });
}
