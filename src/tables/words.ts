/** Every sentence of this room. */
const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const count = (n: number): string => n.toLocaleString('en');

export const words = {
  reserved: (dataset: string) =>
    `Tables of a dataset called "${dataset}" would have no address: /schemas/${dataset} is another page.`,
  tableTwice: (name: string, other: string) =>
    `There is a table "${name}" already, in schemas/${other}.yml: two tables of a deployment cannot have one name.`,
  typeOrReference: 'A column has either a type, or references the key of a table.',
  notOfKind: (key: string, kind: string) =>
    kind === 'references'
      ? `"${key}" is not for a column that references another: its values are those of the key.`
      : `"${key}" is not for a column of type ${kind}.`,
  uniqueEmpty: 'What never comes twice cannot be empty: take "null_share" away.',
  noTarget: (reference: string) => `There is no column ${reference}.`,
  targetNotUnique: (reference: string) =>
    `${reference} is no key: mark that column "unique: true", so that a reference means one row.`,
  noKind: (reference: string) => `${reference} leads to no column with a type: references go in a ring.`,
  textNeeds: 'A text needs "categories" or a "pattern", one of them.',
  pattern:
    'The pattern must be made of plain characters and sets like [A-F0-9], each with {4} for a number of them, with at most 2^52 texts; nothing else is taken.',
  notWhole: (value: string) => `"${value}" is no whole number.`,
  integerNeeds: 'An integer needs "min" and "max", or "categories".',
  decimalNeeds: 'A decimal needs "min" and "max".',
  belowMin: '"max" must not be below "min".',
  tooFine: 'So many digits of so large a number are more than 15: fewer digits, or a smaller range.',
  daysNeeded: 'A date needs "from" and "until".',
  beforeFrom: '"until" must not be before "from".',
  noColumn: (name: string) => `The table has no column "${name}".`,
  uniqueTwice: (name: string) => `"${name}" stands in two sets of columns that never come twice.`,
  twoReferences: 'At most one of the columns that never come twice together may be a reference.',
  tooManyPerRow: (most: number, size: number) =>
    `Up to ${count(most)} rows refer to one row, and only ${count(size)} of them can differ: fewer rows_per_thousand, or more values.`,

  noTable: (name: string, known: readonly string[]): [string, string] => [
    `There is no table "${name}".`,
    `There are: ${known.join(', ')}.`,
  ],
  tooFew: (table: string, columns: readonly string[], size: number, rows: number): [string, string] => [
    `${count(rows)} rows of ${table} need as many different values of ${quoted(columns)}, and the schema allows ${count(size)}.`,
    `Ask for at most ${count(size)} rows, or have the range widened in governance.`,
  ],
  notJson: (from: string): [string, string] => [
    `${from} is not what a deployment publishes: it is no JSON.`,
    'Get it anew: sallyport dummy-data --from <address of your deployment>',
  ],
  notTables: (from: string, fault: string): [string, string] => [
    `${from} is not what a deployment publishes: ${fault}`,
    'Get it anew: sallyport dummy-data --from <address of your deployment>; schemas are changed in governance, not here.',
  ],
  tampered: (from: string): [string, string] => [
    `${from} was changed: its tables are not those of its digest.`,
    'Get it anew: sallyport dummy-data --from <address of your deployment>; schemas are changed in governance, not here.',
  ],
} as const;
