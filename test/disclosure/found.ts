/** What the checks find in a table written by hand. */
import { checkFile, DEFAULT_POLICY, type FileFacts, type Finding } from '../../src/disclosure/disclosure.ts';

export const csv = (...lines: string[]): string => `${lines.join('\n')}\n`;
export const many = (rows: number, line: (row: number) => string): string[] =>
  Array.from({ length: rows }, (_, row) => line(row));
export const findings = (text: string, facts: FileFacts = {}, path = 't.csv'): Finding[] =>
  checkFile(path, Buffer.from(text), DEFAULT_POLICY, facts).findings;
export const found = (...asked: Parameters<typeof findings>): string[] =>
  findings(...asked).map(({ check }) => check);
export const places = (check: string, ...asked: Parameters<typeof findings>): unknown[] =>
  findings(...asked)
    .filter((one) => one.check === check)
    .map(({ place }) => place);
