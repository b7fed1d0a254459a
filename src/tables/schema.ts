/**
 * `schemas/<dataset>.yml`: the tables of a dataset as everybody may know them. What is published is this very form as JSON, so whoever reads it reads it by the same
 * rules. Nothing in it is counted from data: ranges, shares and weights are invented.
 */
import { z } from 'zod';

export const TYPES = ['integer', 'decimal', 'text', 'boolean', 'date', 'timestamp'] as const;
export type ColumnType = (typeof TYPES)[number];

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const name = z.string().regex(NAME, 'letters, digits and "_", at most 63, not beginning with a digit');
const tableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/,
    'a name, or schema.name: letters, digits and "_"',
  );
const words = z.string().min(1, 'not empty').max(2000, 'at most 2000 characters');
const MOST_WEIGHT = 1_000_000;
const share = z.number('a number').min(0, 'at least 0').max(1, 'at most 1');
const day = z.iso.date('a day like 2026-02-28');
const bound = z.number('a number').min(-1e12, 'at least -1e12').max(1e12, 'at most 1e12');

const category = z.union(
  [z.string().min(1, 'not empty').max(200, 'at most 200 characters'), z.number()],
  'text or a number',
);
const weight = z.number('a number').positive('above 0').max(MOST_WEIGHT, `at most ${MOST_WEIGHT}`);
const weighted = z
  .record(z.string().min(1).max(200), weight)
  .refine((all) => Object.keys(all).length > 0, 'at least one value')
  .refine((all) => Object.keys(all).length <= 2000, 'at most 2000 values');
const listed = z
  .array(category)
  .min(1, 'at least one value')
  .max(2000, 'at most 2000 values')
  .refine((all) => new Set(all.map(String)).size === all.length, 'each value once')
  .transform((all) => Object.fromEntries(all.map((value) => [String(value), 1])));

export const columnSchema = z.strictObject({
  type: z.enum(TYPES).optional(),
  /** `table.column` of the key it points to, in this dataset or another. */
  references: z
    .string()
    .regex(/^[A-Za-z_][\w]*(\.[A-Za-z_][\w]*){1,2}$/, 'table.column')
    .optional(),
  description: words.optional(),
  unit: words.optional(),
  /** A list of values, or each with its weight. */
  categories: z.union([listed, weighted], 'a list of values, or values with weights').optional(),
  pattern: z.string().min(1, 'not empty').max(200, 'at most 200 characters').optional(),
  min: bound.optional(),
  max: bound.optional(),
  /** Of a decimal: places behind the point. */
  digits: z.int('a whole number').min(0, 'at least 0').max(6, 'at most 6').optional(),
  from: day.optional(),
  until: day.optional(),
  true_share: share.optional(),
  null_share: share.default(0),
  unique: z.boolean().default(false),
});

export const tableSchema = z.strictObject({
  description: words.optional(),
  /** Rows of it for each thousand that are asked for. */
  rows_per_thousand: z
    .int('a whole number')
    .min(1, 'at least 1')
    .max(100_000, 'at most 100000')
    .default(1000),
  /** Columns that together never come twice. */
  unique: z.array(z.array(name).min(1, 'at least one column')).max(20, 'at most 20').default([]),
  columns: z
    .record(name, columnSchema)
    .refine((all) => Object.keys(all).length > 0, 'at least one column')
    .refine((all) => Object.keys(all).length <= 300, 'at most 300 columns'),
});

/** A file of governance. */
export const tablesFile = z.strictObject({
  title: z.string().min(1, 'not empty').max(200, 'at most 200 characters'),
  description: words.optional(),
  tables: z
    .record(tableName, tableSchema)
    .refine((all) => Object.keys(all).length > 0, 'at least one table')
    .refine((all) => Object.keys(all).length <= 200, 'at most 200 tables'),
});

export type Column = z.output<typeof columnSchema>;
export type Table = z.output<typeof tableSchema>;
export type DatasetTables = z.output<typeof tablesFile> & { dataset: string };

const slug = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, "-" and "_"');

/** One dataset as it is published. */
export const publishedDataset = tablesFile.extend({ dataset: slug });

/** Raised when the same tables and seed come to other rows. */
export const GENERATOR = 1;

/** All of a deployment: what a study pins. */
export const publishedTables = z.strictObject({
  $schema: z.string().optional(),
  generator: z.literal(GENERATOR, `${GENERATOR}: another number is of another version of sallyport`),
  /** SHA-256 of `datasets`, canonical JSON (RFC 8785). */
  digest: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  datasets: z.array(publishedDataset).max(1000, 'at most 1000'),
});
export type PublishedTables = Omit<z.output<typeof publishedTables>, '$schema'>;

/** The form of `/schemas.json`, or of one dataset in it, for whoever reads it by other means. */
export function tablesJsonSchema(id: string): Record<string, unknown> {
  return {
    $id: id,
    title: 'Tables of a deployment, for dummy data',
    ...z.toJSONSchema(publishedTables, { io: 'input', unrepresentable: 'any' }),
  };
}
