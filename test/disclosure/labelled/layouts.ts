/**
 * How packages write such tables: a long file of a data frame, a cross-tabulation, a table of
 * descriptions with n (%), statistics downwards, JSON records, a printed table, a file with semicolons.
 * Cells come as texts, already hidden or not.
 */
import type { Study } from './study.ts';

/** One value per group of the study; undefined is not written (a hidden cell has its mark). */
export interface Measured {
  events: string[][];
  people: string[][];
  /** Of every group, when the layout shows it. */
  rate?: string[][];
  /** Sums over the groups of the second dimension, the first, and all. */
  rowTotals?: string[];
  columnTotals?: string[];
  total?: string;
}

export interface Written {
  name: string;
  text: string;
}

export interface Layout {
  id: string;
  /** Shows how many people there are beside the events. */
  withPeople: boolean;
  withRate: boolean;
  withTotals: boolean;
  write(study: Study, shown: Measured): Written;
}

const quote = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (rows: string[][]): string => `${rows.map((row) => row.map(quote).join(',')).join('\n')}\n`;

function long(
  study: Study,
  row: (first: string, second: string, i: number, j: number) => string[],
): string[][] {
  return study.first.groups.flatMap((a, i) => study.second.groups.map((b, j) => row(a, b, i, j)));
}

/** dplyr: count() and mutate(), written by write_csv. */
const tidy: Layout = {
  id: 'r-long',
  withPeople: true,
  withRate: true,
  withTotals: false,
  write: (study, shown) => ({
    name: 'rates.csv',
    text: csv([
      [
        study.first.name,
        study.second.name,
        'n_events',
        'denominator',
        ...(shown.rate ? ['rate_per_1000'] : []),
      ],
      ...long(study, (a, b, i, j) => [
        a,
        b,
        shown.events[i]![j]!,
        shown.people[i]![j]!,
        ...(shown.rate ? [shown.rate[i]![j]!] : []),
      ]),
    ]),
  }),
};

/** pandas: groupby().agg(), to_csv(index=False). */
const grouped: Layout = {
  ...tidy,
  id: 'pandas-groupby',
  write: (study, shown) => ({
    name: 'summary.csv',
    text: csv([
      [study.first.name, study.second.name, 'count', 'population', ...(shown.rate ? ['proportion'] : [])],
      ...long(study, (a, b, i, j) => [
        a,
        b,
        shown.events[i]![j]!,
        shown.people[i]![j]!,
        ...(shown.rate ? [shown.rate[i]![j]!] : []),
      ]),
    ]),
  }),
};

/** pandas.crosstab with margins: groups as headings, All at the end. */
const crosstab: Layout = {
  id: 'pandas-crosstab',
  withPeople: false,
  withRate: false,
  withTotals: true,
  write: (study, shown) => ({
    name: 'crosstab.csv',
    text: csv([
      [study.first.name, ...study.second.groups, ...(shown.rowTotals ? ['All'] : [])],
      ...study.first.groups.map((a, i) => [
        a,
        ...shown.events[i]!,
        ...(shown.rowTotals ? [shown.rowTotals[i]!] : []),
      ]),
      ...(shown.columnTotals
        ? [['All', ...shown.columnTotals, ...(shown.rowTotals ? [shown.total!] : [])]]
        : []),
    ]),
  }),
};

/** Stata's tabulate, collected and exported: a Total row and column, tab separated. */
const tabulate: Layout = {
  ...crosstab,
  id: 'stata-tabulate',
  write: (study, shown) => ({
    name: 'tabulate.tsv',
    text: [
      [study.first.name, ...study.second.groups, ...(shown.rowTotals ? ['Total'] : [])],
      ...study.first.groups.map((a, i) => [
        a,
        ...shown.events[i]!,
        ...(shown.rowTotals ? [shown.rowTotals[i]!] : []),
      ]),
      ...(shown.columnTotals
        ? [['Total', ...shown.columnTotals, ...(shown.rowTotals ? [shown.total!] : [])]]
        : []),
    ]
      .map((row) => `${row.join('\t')}\n`)
      .join(''),
  }),
};

/** gtsummary and tableone: n (%) of each column's people, a row with N first. */
const described: Layout = {
  id: 'gtsummary',
  withPeople: false,
  withRate: true,
  withTotals: false,
  write: (study, shown) => ({
    name: 'table1.csv',
    text: csv([
      ['Characteristic', ...study.second.groups],
      ...study.first.groups.map((a, i) => [
        a,
        ...shown.events[i]!.map((cell, j) =>
          /^\d/.test(cell) && shown.rate ? `${cell} (${shown.rate[i]![j]!}%)` : cell,
        ),
      ]),
    ]),
  }),
};

/** SAS PROC FREQ by ODS: one row per cell, Frequency and Percent. */
const freq: Layout = {
  id: 'sas-freq',
  withPeople: true,
  withRate: true,
  withTotals: false,
  write: (study, shown) => ({
    name: 'freq.csv',
    text: csv([
      [
        study.first.name,
        study.second.name,
        'Frequency',
        'Number of persons',
        ...(shown.rate ? ['Percent'] : []),
      ],
      ...long(study, (a, b, i, j) => [
        a,
        b,
        shown.events[i]![j]!,
        shown.people[i]![j]!,
        ...(shown.rate ? [shown.rate[i]![j]!] : []),
      ]),
    ]),
  }),
};

/** A data frame as JSON records (jsonlite, orient="records"). */
const records: Layout = {
  id: 'json-records',
  withPeople: true,
  withRate: true,
  withTotals: false,
  write: (study, shown) => ({
    name: 'results.json',
    text: JSON.stringify(
      long(study, (a, b, i, j) => [
        a,
        b,
        shown.events[i]![j]!,
        shown.people[i]![j]!,
        shown.rate?.[i]![j] ?? '',
      ]).map(([a, b, n, d, r]) => ({
        [study.first.name]: a,
        [study.second.name]: b,
        n: numeric(n!),
        total: numeric(d!),
        ...(r !== '' && { percentage: numeric(r!) }),
      })),
      undefined,
      1,
    ),
  }),
};
const numeric = (text: string): number | string => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** print() of a data frame into a text file: columns set by spaces, rows numbered. */
const printed: Layout = {
  id: 'r-print',
  withPeople: true,
  withRate: false,
  withTotals: false,
  write: (study, shown) => {
    const rows = [
      ['', study.first.name, study.second.name, 'n', 'N_total'],
      ...long(study, (a, b, i, j) => [
        '',
        a.replaceAll(' ', '_'),
        b.replaceAll(' ', '_'),
        shown.events[i]![j]!,
        shown.people[i]![j]!,
      ]).map((row, index) => [String(index + 1), ...row.slice(1)]),
    ];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const body = rows
      .map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join(' '))
      .join('\n');
    return { name: 'printed.txt', text: `Events by group\n\n${body}\n` };
  },
};

/** write.csv2 and spreadsheets of half of Europe: semicolons, decimal commas, a Gesamt row. */
const european: Layout = {
  id: 'csv2',
  withPeople: false,
  withRate: false,
  withTotals: true,
  write: (study, shown) => ({
    name: 'tabelle.csv',
    text: [
      [study.first.name, ...study.second.groups, ...(shown.rowTotals ? ['Gesamt'] : [])],
      ...study.first.groups.map((a, i) => [
        a,
        ...shown.events[i]!,
        ...(shown.rowTotals ? [shown.rowTotals[i]!] : []),
      ]),
      ...(shown.columnTotals
        ? [['Gesamt', ...shown.columnTotals, ...(shown.rowTotals ? [shown.total!] : [])]]
        : []),
    ]
      .map((row) => `${row.join(';')}\r\n`)
      .join(''),
  }),
};

/** A table of a report in Markdown. */
const markdown: Layout = {
  id: 'markdown',
  withPeople: true,
  withRate: false,
  withTotals: false,
  write: (study, shown) => ({
    name: 'report.md',
    text: [
      '# Results',
      '',
      `| ${study.first.name} | ${study.second.name} | Events | People |`,
      '|---|---|---:|---:|',
      ...long(study, (a, b, i, j) => [a, b, shown.events[i]![j]!, shown.people[i]![j]!]).map(
        (row) => `| ${row.join(' | ')} |`,
      ),
      '',
    ].join('\n'),
  }),
};

/** Long, with the sums as rows of their own, as ehrQL measures or cube() write them. */
const cube: Layout = {
  id: 'sql-rollup',
  withPeople: false,
  withRate: false,
  withTotals: true,
  write: (study, shown) => ({
    name: 'rollup.csv',
    text: csv([
      [study.first.name, study.second.name, 'patients'],
      ...study.first.groups.flatMap((a, i) => [
        ...study.second.groups.map((b, j) => [a, b, shown.events[i]![j]!]),
        ...(shown.rowTotals ? [[a, 'Total', shown.rowTotals[i]!]] : []),
      ]),
      ...(shown.columnTotals
        ? [
            ...study.second.groups.map((b, j) => ['Total', b, shown.columnTotals![j]!]),
            ...(shown.rowTotals ? [['Total', 'Total', shown.total!]] : []),
          ]
        : []),
    ]),
  }),
};

export const LAYOUTS: readonly Layout[] = [
  tidy,
  grouped,
  crosstab,
  tabulate,
  described,
  freq,
  records,
  printed,
  european,
  markdown,
  cube,
];
