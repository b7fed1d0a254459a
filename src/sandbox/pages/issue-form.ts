/**
 * Issue forms (`.github/ISSUE_TEMPLATE/*.yml`): reading them by GitHub's rules, and the body that an
 * answered one becomes. Whoever opened the issue can edit that body afterwards.
 */
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.string().min(1);
const validations = z.object({ required: z.boolean().optional() }).optional();
const id = z
  .string()
  .regex(/^[\w-]+$/)
  .optional();

const Asked = { label: text, description: z.string().optional() };

const Element = z.discriminatedUnion('type', [
  z.object({ type: z.literal('markdown'), attributes: z.object({ value: text }) }),
  z.object({
    type: z.literal('input'),
    id,
    validations,
    attributes: z.object({ ...Asked, placeholder: z.string().optional(), value: z.string().optional() }),
  }),
  z.object({
    type: z.literal('textarea'),
    id,
    validations,
    attributes: z.object({
      ...Asked,
      placeholder: z.string().optional(),
      value: z.string().optional(),
      render: text.optional(),
    }),
  }),
  z.object({
    type: z.literal('dropdown'),
    id,
    validations,
    attributes: z.object({
      ...Asked,
      multiple: z.boolean().optional(),
      options: z.array(text).min(1),
      default: z.int().min(0).optional(),
    }),
  }),
  z.object({
    type: z.literal('checkboxes'),
    id,
    validations,
    attributes: z.object({
      ...Asked,
      options: z.array(z.object({ label: text, required: z.boolean().optional() })).min(1),
    }),
  }),
]);

const names = z
  .union([z.array(z.string()), z.string().transform((list) => list.split(/\s*,\s*/))])
  .optional();

const Form = z.object({
  name: text,
  description: text,
  title: z.string().optional(),
  labels: names,
  assignees: names,
  body: z.array(Element).min(1),
});

export type FormElement = z.infer<typeof Element>;
export type Field = Exclude<FormElement, { type: 'markdown' }>;
export type IssueForm = z.infer<typeof Form> & { file: string };

/** Answers by field name; several for a multiple dropdown and for checkboxes. */
export type Answers = ReadonlyMap<string, readonly string[]>;

export function readForm(file: string, content: string): IssueForm | { file: string; faults: string[] } {
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    return { file, faults: [error instanceof Error ? error.message : String(error)] };
  }
  const read = Form.safeParse(value);
  if (!read.success)
    return { file, faults: read.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`) };
  const faults = faultsOf(read.data.body);
  return faults.length > 0 ? { file, faults } : { ...read.data, file };
}

/** What stands for a field in the page: its id, or its place. */
export function fieldName(form: IssueForm, field: FormElement): string {
  return ('id' in field ? field.id : undefined) ?? `field-${form.body.indexOf(field)}`;
}

export function fieldsOf(form: IssueForm): Field[] {
  return form.body.filter((one): one is Field => one.type !== 'markdown');
}

/** Labels of what must be answered and is not. GitHub insists in public repositories only. */
export function unanswered(form: IssueForm, answers: Answers): string[] {
  return fieldsOf(form).flatMap((field) => {
    const given = answers.get(fieldName(form, field)) ?? [];
    if (field.type === 'checkboxes')
      return field.attributes.options
        .filter((one) => one.required && !given.includes(one.label))
        .map((one) => one.label);
    return field.validations?.required && !given.some((one) => one.trim()) ? [field.attributes.label] : [];
  });
}

/** `### Label`, a blank line, the answer; and so on. */
export function bodyOf(form: IssueForm, answers: Answers): string {
  return fieldsOf(form)
    .map((field) => {
      const given = answers.get(fieldName(form, field)) ?? [];
      return `### ${field.attributes.label}\n\n${answerOf(field, given)}`;
    })
    .join('\n\n');
}

const NOTHING = '_No response_';

function answerOf(field: Field, given: readonly string[]): string {
  if (field.type === 'checkboxes')
    return field.attributes.options
      .map((one) => `- [${given.includes(one.label) ? 'X' : ' '}] ${one.label}`)
      .join('\n');
  if (field.type === 'dropdown')
    return field.attributes.options.filter((one) => given.includes(one)).join(', ') || NOTHING;
  const value = given[0]?.trim() ? given[0] : '';
  if (!value) return NOTHING;
  const render = field.type === 'textarea' ? field.attributes.render : undefined;
  return render ? `\`\`\`${render}\n${value}\n\`\`\`` : value;
}

/** GitHub's further rules: docs.github.com, "Common validation errors when creating issue forms". */
function faultsOf(body: readonly FormElement[]): string[] {
  const fields = body.filter((one): one is Field => one.type !== 'markdown');
  const faults = fields.length === 0 ? ['body must contain at least one non-markdown field'] : [];
  const ids = fields.flatMap((one) => one.id ?? []);
  const labels = fields.map((one) => one.attributes.label);
  if (new Set(ids).size < ids.length) faults.push('body must have unique ids');
  if (new Set(labels).size < labels.length) faults.push('body must have unique labels');
  for (const field of fields) {
    if (field.type !== 'dropdown' && field.type !== 'checkboxes') continue;
    const options = field.attributes.options.map((one) => (typeof one === 'string' ? one : one.label));
    const place = `body[${body.indexOf(field)}]`;
    if (new Set(options).size < options.length) faults.push(`${place}: options must be unique`);
    if (field.type !== 'dropdown') continue;
    if (options.some((one) => one.toLowerCase() === 'none'))
      faults.push(`${place}: options must not include the reserved word, none`);
    if ((field.attributes.default ?? 0) >= options.length) faults.push(`${place}: default is no option`);
  }
  return faults;
}
