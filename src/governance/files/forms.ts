/**
 * `forms/<name>.yml`: an application form as data, pages of fields with conditions.
 *
 * page: what is asked together · condition: which answers before it make a page or field appear ·
 * group: a field that is answered several times, each time with fields of its own.
 */
import { z } from 'zod';
import { slug, text } from '../values.ts';

export const FIELD_KINDS = [
  'text',
  'paragraph',
  'email',
  'phone',
  'address',
  'date',
  'number',
  'yes_no',
  'choice',
  'choices',
  'login',
  'group',
] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export type AnswerValue = string | number | boolean;

/** What an answer becomes in the project, and so becomes public; the second list of one person of a group `members`. */
export const BECOMES_PROJECT = [
  'title',
  'summary',
  'type',
  'lead_org',
  'other_orgs',
  'backends',
  'datasets',
  'until',
  'members',
] as const;
export const BECOMES_PERSON = ['login', 'name', 'org', 'roles'] as const;
export const BECOMES = [...BECOMES_PROJECT, ...BECOMES_PERSON] as const;
export type Becomes = (typeof BECOMES)[number];

/** Field and answer, all of one entry; entries joined as it says. */
export interface Condition {
  join: 'any' | 'all';
  of: { field: string; is: AnswerValue }[];
}

export interface Field {
  id: string;
  kind: FieldKind;
  label: string;
  help?: string;
  required: boolean;
  /** Never shown to the public. */
  private: boolean;
  options: string[];
  /** Characters of a text, or how often a group is answered. */
  max?: number;
  showIf?: Condition;
  becomes?: Becomes;
  /** Of a group. */
  fields: Field[];
}

export interface Page {
  id: string;
  title: string;
  help?: string;
  showIf?: Condition;
  fields: Field[];
}

export interface Form {
  /** Name of the file. */
  id: string;
  pages: Page[];
}

const answer = z.union(
  [z.string().min(1).max(200), z.number(), z.boolean()],
  'text, a number, true or false',
);
const answers = z
  .record(slug, answer)
  .refine((given) => Object.keys(given).length > 0, 'at least one field with its answer');
const several = z.array(answers).min(1, 'at least one condition');

const pairs = (given: readonly Record<string, AnswerValue>[]): Condition['of'] =>
  given.flatMap((each) => Object.entries(each).map(([field, is]) => ({ field, is })));

const condition: z.ZodType<Condition> = z.union(
  [
    z.strictObject({ any: several }).transform(({ any }) => ({ join: 'any' as const, of: pairs(any) })),
    z.strictObject({ all: several }).transform(({ all }) => ({ join: 'all' as const, of: pairs(all) })),
    answers.transform((given) => ({ join: 'all' as const, of: pairs([given]) })),
  ],
  'a field with its answer, or any or all of a list of them',
);

const common = {
  id: slug,
  label: text.optional(),
  help: text.optional(),
  required: z.boolean().default(false),
  private: z.boolean().default(false),
  options: z.array(z.string().min(1, 'not empty').max(200, 'at most 200 characters')).default([]),
  max: z.int('a whole number').min(1, 'at least one').max(100_000, 'at most 100000').optional(),
  show_if: condition.optional(),
  becomes: z.enum(BECOMES).optional(),
};

const innerField = z.strictObject({
  ...common,
  kind: z.enum(FIELD_KINDS.filter((kind) => kind !== 'group')),
});
const field = z.strictObject({
  ...common,
  kind: z.enum(FIELD_KINDS),
  fields: z.array(innerField).max(50, 'at most 50 fields').default([]),
});

type Written = Omit<z.output<typeof innerField>, 'kind'> & { kind: FieldKind; fields?: Written[] };

function fieldOf({ show_if, label, becomes, fields = [], ...rest }: Written): Field {
  return {
    ...rest,
    label: label ?? rest.id,
    ...(becomes ? { becomes } : {}),
    ...(show_if ? { showIf: show_if } : {}),
    fields: fields.map(fieldOf),
  };
}

export const pageEntry: z.ZodType<Page> = z
  .strictObject({
    id: slug,
    title: text,
    help: text.optional(),
    show_if: condition.optional(),
    fields: z.array(field).min(1, 'at least one field').max(100, 'at most 100 fields'),
  })
  .transform(({ show_if, fields, ...page }) => ({
    ...page,
    ...(show_if ? { showIf: show_if } : {}),
    fields: fields.map(fieldOf),
  }));
