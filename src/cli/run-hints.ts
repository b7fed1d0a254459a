/** What the disclosure checks say of the outputs of a run: the same code, and the same words, as `sallyport disclose`. */
import path from 'node:path';
import { discloseFiles } from './disclose-files.ts';
import { showText } from './disclose-show.ts';

/** Of each file; the command shows them all. */
const ROWS = 6;

/** `files`: relative to the study's folder. Only those are named that an output checker would ask about; notes are for later. */
export async function hintLines(dir: string, files: readonly string[], color: boolean): Promise<string[]> {
  const lines: string[] = [];
  let silent = 0;
  let noted = 0;
  for await (const report of discloseFiles(
    files.map((file) => path.join(dir, file)),
    {},
  )) {
    const named = { ...report, path: path.relative(dir, report.path) };
    const asked = report.findings.filter(({ severity }) => severity !== 'I').length;
    if (report.findings.length === 0) silent += 1;
    else if (asked === 0) noted += 1;
    else lines.push(...(await showText(named, color, Math.min(asked, ROWS))).trimEnd().split('\n'));
  }
  if (noted > 0) lines.push(`${counted(noted)} with notes only`);
  if (silent > 0) lines.push(`${counted(silent)} without a finding`);
  return lines;
}

const counted = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`;
