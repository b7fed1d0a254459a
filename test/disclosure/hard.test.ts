/** Tables written by hand with one fault each, in the forms in which people's packages print them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { findingsOf } from './labelled/score.ts';

const FOLDER = path.join(import.meta.dirname, 'hard');

/** What must be found; more may be. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  C2: ['wrongtype_rows.csv'],
  C3: ['postcode.csv'],
  C5: [
    'ascii_box.txt',
    'bmi.csv',
    'dict.json',
    'figure.svg',
    'french.csv',
    'hist_small.csv',
    'icd_small.csv',
    'km.csv',
    'latex.txt',
    'likert.csv',
    'nested.json',
    'npercent.csv',
    'proc_small.csv',
    'psql.txt',
    'r_print.txt',
    'small_counts.csv',
    'small_md.md',
    'survival_daily.csv',
    'value_counts.csv',
  ],
  C6: [
    'columns.json',
    'comma_unrounded.csv',
    'crosstab_pandas.csv',
    'desc_stats.csv',
    'excel_style.tsv',
    'floats.csv',
    'german.csv',
    'gt_unrounded.csv',
    'json_unrounded.json',
    'long_stats.csv',
    'measures.csv',
    'pandas_print.txt',
    'spaces_thousands.csv',
    'stata_summarize.txt',
    'unrounded_stata.txt',
    'unrounded_tidy.csv',
    'wide_sex_year.csv',
    'wide_unrounded.tsv',
  ],
  C8: ['smallpct.csv'],
  C9: ['percent_reveals.csv'],
  C10: ['recover_margin.csv', 'star_redact.csv'],
  C13: ['desc_stats.csv'],
  C14: ['mean_without_n.csv'],
  C15: ['regression_small_n.csv'],
  C16: ['survival_daily.csv', 'km.csv'],
  F1: ['fake.png'],
  'HTML-1': ['html_table.html'],
};

test.each(Object.entries(CASES).flatMap(([check, names]) => names.map((name) => [check, name] as const)))(
  '%s is found in %s',
  (check, name) => {
    const found = findingsOf([{ name, bytes: readFileSync(path.join(FOLDER, name)) }]);

    expect(found.map((one) => one.check)).toContain(check);
  },
);
