/** The sheet: statements joined with what shows them. */
import { OPEN } from './satre-open.ts';
import { SHOWN } from './satre-shown.ts';
import { STATEMENTS, type Importance, type ShownBy } from './satre-statements.ts';

/** A test by its file and its name there; a name with `%s` stands for all its cases. */
export interface TestRef {
  file: string;
  name: string;
}

export interface Row {
  id: string;
  importance: Importance;
  by: ShownBy;
  subject: string;
  /** Empty where none shows the statement, or none could. */
  tests: readonly TestRef[];
  /** What the tests leave open, or what is missing for the statement to be shown. */
  open?: string;
}

export const isShown = (row: Row): boolean => row.tests.length > 0;
export const isMandatory = (row: Row): boolean => row.importance.startsWith('M');

export function sheet(): Row[] {
  return STATEMENTS.map(([id, importance, by, subject]) => {
    const [tests, open] = SHOWN[id] ?? [[], OPEN[id]];
    return { id, importance, by, subject, tests: tests.map(reference), ...(open && { open }) };
  });
}

/** `hub/run: a run…` is a test of test/hub/run.test.ts; `executor/drill.ts: …` one that several suites share. */
function reference(text: string): TestRef {
  const [, file, name] = /^([a-z0-9-]+\/[a-z0-9-]+(?:\.ts)?): (.+)$/.exec(text) ?? [];
  if (!file || !name) throw new TypeError(`not a test: ${text}`);
  return { file: file.endsWith('.ts') ? `test/${file}` : `test/${file}.test.ts`, name };
}

export interface Count {
  shown: number;
  of: number;
}

export function counts(rows: readonly Row[]): { mandatory: Count; testable: Count } {
  const testable = rows.filter(({ by }) => by === 'test');
  const count = (of: readonly Row[]): Count => ({ shown: of.filter(isShown).length, of: of.length });
  return { mandatory: count(testable.filter(isMandatory)), testable: count(testable) };
}
