/** All text of `sallyport satre` but the table itself. */
import type { Count, Row } from './satre-sheet.ts';

export const TITLE = 'The evaluation sheet of SATRE 2.0';
export const SOURCE = {
  source:
    'Ids and importance after SATRE 2.0, the Standard Architecture for Trusted Research Environments (CC BY 4.0, https://satre-specification.readthedocs.io); what shows a statement is our judgement.',
};
export const PARTS = {
  mandatory: 'Mandatory, shown by test',
  other: 'Recommended and optional, shown by test',
  document: 'Shown by documents',
  operator: 'Left to the operator',
};
export const INTRODUCTION =
  'What `sallyport satre` prints (`--json` and `--csv` for programs). A statement is shown when tests do what it takes to show it, and no sooner; else the row says what is missing. A test holds this page to the command, and each name in it to the test file.';
export const DOCUMENTS = 'Judged by reading: the pages of this folder, and what a deployment adds to them.';
export const OPERATORS = 'No software answers these: whoever runs a deployment does.';

const NOT_YET = 'not shown yet';
export const WIDEST = NOT_YET.length;

export function standing({ by, tests }: Pick<Row, 'by' | 'tests'>): string {
  if (by !== 'test') return by;
  return tests.length > 0 ? 'shown' : NOT_YET;
}

export const missing = (what: string): string => `${NOT_YET}: ${what}`;
export const partly = (what: string): string => `open: ${what}`;

export function summary({ mandatory, testable }: { mandatory: Count; testable: Count }): string[] {
  return [
    `${mandatory.shown} of the ${mandatory.of} mandatory statements that a test can show are shown,`,
    `${testable.shown} of all ${testable.of}.`,
  ];
}
