/**
 * A form of the governance repository as an issue form of GitHub, and questions that follow as text to answer.
 *
 * GitHub's forms cannot branch: what has no condition stands in the form, everything else follows as a comment.
 */
import { stringify } from 'yaml';
import type { Field, Form } from '../governance/governance.ts';
import { fieldsOf, type Asked } from './asked.ts';
import { words } from './words.ts';

export interface FormTitle {
  name: string;
  description: string;
  intro: string;
  /** What is answered already, by field: an address may change it. */
  title?: string;
}

/** Text of `.github/ISSUE_TEMPLATE/<form>.yml`. */
export function issueForm(form: Form, { name, description, intro, title }: FormTitle): string {
  const fields = fieldsOf(form).filter(({ first }) => first);
  const body = fields.flatMap(({ page, field, heading }, at) => [
    ...(page.id === fields[at - 1]?.page.id
      ? []
      : [{ type: 'markdown', attributes: { value: pageHead(page) } }]),
    element(field, heading),
  ]);
  const whole = {
    name,
    description,
    ...(title === undefined ? {} : { title }),
    body: [{ type: 'markdown', attributes: { value: intro } }, ...body],
  };
  return stringify(whole, { lineWidth: 0, singleQuote: true });
}

const pageHead = ({ title, help }: Asked['page']): string =>
  [`## ${title}`, ...(help === undefined ? [] : [help])].join('\n\n');

/** GitHub reserves the word for an empty choice. */
const reserved = (option: string): boolean => option.toLowerCase() === 'none';

function element(field: Field, label: string): object {
  const id = field.id.replace(/[^\w-]/g, '-');
  const validations = field.required ? { validations: { required: true } } : {};
  const description = describe(field);
  const attributes = { label, ...(description === '' ? {} : { description }) };
  const options = field.kind === 'yes_no' ? ['Yes', 'No'] : field.options;
  if (field.kind === 'choices' || (field.kind === 'choice' && options.some(reserved)))
    return {
      type: 'checkboxes',
      id,
      attributes: { ...attributes, options: options.map((each) => ({ label: each })) },
    };
  if (field.kind === 'choice' || field.kind === 'yes_no')
    return { type: 'dropdown', id, attributes: { ...attributes, options }, ...validations };
  if (field.kind === 'paragraph') return { type: 'textarea', id, attributes, ...validations };
  if (field.kind === 'group')
    return { type: 'textarea', id, attributes: { ...attributes, value: entryLines(field) }, ...validations };
  return { type: 'input', id, attributes, ...validations };
}

const entryLines = (field: Field): string => field.fields.map(({ id }) => `${id}: `).join('\n');

function describe(field: Field): string {
  const plain = ['text', 'paragraph', 'choice', 'choices', 'yes_no'].includes(field.kind);
  const kind = plain ? [] : [`${capital(words.kinds[field.kind])}.`];
  return [...(field.help === undefined ? [] : [field.help]), ...kind, ...ofGroup(field)].join(' ');
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function ofGroup(field: Field): string[] {
  if (field.kind !== 'group') return [];
  const lines = field.fields.map(({ id, label, required, options }) => {
    const choice = options.length > 0 ? `: ${options.join(', ')}` : '';
    return `\`${id}\` (${label}${choice}${required ? '' : `; ${words.optional}`})`;
  });
  return [`${words.ofTheseLines}: ${lines.join(', ')}.`];
}

/** Questions to copy into a comment and to answer there. */
export function questionText(asked: readonly Asked[]): string {
  return asked.map(({ field, heading }) => [`### ${heading}`, '', ...toFill(field)].join('\n')).join('\n\n');
}

/** What each of them asks for. */
export function questionHints(asked: readonly Asked[]): { heading: string; says: string }[] {
  return asked.map(({ field, heading }) => {
    const need = field.required ? words.required : words.optional;
    const says = [
      `${words.kinds[field.kind]}; ${need}.`,
      ...(field.help === undefined ? [] : [field.help]),
      ...ofGroup(field),
    ];
    return { heading, says: says.join(' ') };
  });
}

function toFill(field: Field): string[] {
  if (field.kind === 'choice' || field.kind === 'choices')
    return field.options.map((each) => `- [ ] ${each}`);
  return field.kind === 'group' ? [entryLines(field)] : [];
}
