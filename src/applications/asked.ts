/**
 * Which questions a form asks, given what was answered so far.
 *
 * raw: answers as written, by field · asked: a field whose conditions hold, with the heading it is asked under.
 * A field is asked at first when nothing has to be answered before; all others follow.
 */
import type { Condition, Field, Form, Page } from '../governance/governance.ts';
import { sectionsOf } from './sections.ts';

export type Raw = ReadonlyMap<string, string>;

export interface Asked {
  field: Field;
  page: Page;
  heading: string;
  /** In the first form already. */
  first: boolean;
}

/** Every field outside of groups with its heading: its label, and its id as well where labels come twice. */
export function fieldsOf({ pages }: Form): Asked[] {
  const all = pages.flatMap((page) => page.fields.map((field) => ({ page, field })));
  const said = all.map(({ field }) => oneLine(field.label));
  return all.map(({ page, field }, at) => {
    const label = said[at]!;
    const twice = said.filter((each) => each === label).length > 1;
    return {
      page,
      field,
      heading: twice ? `${label} (${field.id})` : label,
      first: !page.showIf && !field.showIf,
    };
  });
}

const oneLine = (label: string): string => label.replace(/\s+/g, ' ').trim();

/** Of several texts by one writer, the last answer to a question counts. */
export function rawAnswers(form: Form, texts: readonly string[]): Raw {
  const ids = new Map(fieldsOf(form).map(({ heading, field }) => [heading, field.id]));
  const headings = new Set(ids.keys());
  const said = texts.flatMap((text) => sectionsOf(text, headings));
  return new Map(said.map(({ heading, text }) => [ids.get(heading)!, text]));
}

/** Whether a text answers any question of the form. */
export function answersAny(form: Form, text: string): boolean {
  return sectionsOf(text, new Set(fieldsOf(form).map(({ heading }) => heading))).length > 0;
}

/** In the order of the form. What is no longer asked is not asked, whatever was answered. */
export function askedFields(form: Form, raw: Raw): Asked[] {
  const answered = new Map<string, Answered>();
  return fieldsOf(form).filter(({ page, field }) => {
    if (!holds(page.showIf, answered) || !holds(field.showIf, answered)) return false;
    answered.set(field.id, { field, text: raw.get(field.id) ?? '' });
    return true;
  });
}

export interface Answered {
  field: Field;
  text: string;
}

export function holds(condition: Condition | undefined, answered: ReadonlyMap<string, Answered>): boolean {
  if (!condition) return true;
  const answers = condition.of.map(({ field, is }) => {
    const given = answered.get(field);
    return given !== undefined && saysSo(given, is);
  });
  return condition.join === 'any' ? answers.some(Boolean) : answers.every(Boolean);
}

function saysSo({ field, text }: Answered, is: string | number | boolean): boolean {
  if (text === '') return false;
  if (field.kind === 'choice' || field.kind === 'choices') return chosen(field, text).includes(String(is));
  if (field.kind === 'yes_no') return yesOrNo(text) === is;
  return field.kind === 'number' ? Number(text) === Number(is) : text === String(is);
}

export function yesOrNo(text: string): boolean | undefined {
  const said = text.trim().toLowerCase();
  return said === 'yes' ? true : said === 'no' ? false : undefined;
}

/** Options as ticked boxes, or one a line; what is no option is left out. */
export function chosen(field: Field, text: string): string[] {
  const boxes = [...text.matchAll(/^\s*- \[([ xX])\] (.+?)\s*$/gm)];
  const said =
    boxes.length > 0
      ? boxes.filter(([, mark]) => mark !== ' ').map(([, , option]) => option!)
      : text.split('\n').map((line) => line.replace(/^\s*- /, '').trim());
  return field.options.filter((option) => said.includes(oneLine(option)));
}
