/** One version of a list: its codes, and what is wrong with them. */
import { Found, readSheet, type Row } from './csv.ts';
import type { Coded, Finding } from './types.ts';
import * as words from './words.ts';

export interface ListReading {
  codes: Coded[];
  findings: Finding[];
}

const MOST_FINDINGS = 200;

export function readList(bytes: Uint8Array): ListReading {
  const sheet = readSheet(bytes);
  if (sheet.header.length === 0) return { codes: [], findings: sheet.findings };
  const found = new Found();
  const at = sheet.header.indexOf('code');
  if (at < 0) {
    found.error('codelists.no-code-column', 1, 1, words.noCodeColumn());
    return { codes: [], findings: [...sheet.findings, ...found.all] };
  }
  const term = sheet.header.indexOf('term');
  const codes = codesOf(sheet.rows, at, term, found);
  if (codes.length === 0) found.error('codelists.no-rows', 1, 1, words.noRows());
  return { codes, findings: inOrder([...sheet.findings, ...found.all]) };
}

/** Codes by the line of their first row; what is said twice stands once. */
function codesOf(rows: readonly Row[], at: number, term: number, found: Found): Coded[] {
  const seen = new Map<string, Coded>();
  for (const { line, cells } of rows) {
    const raw = cells[at] ?? '';
    const code = raw.trim();
    if (code === '') {
      found.error('codelists.no-code', line, 1, words.noCode());
      continue;
    }
    if (raw !== code) found.error('codelists.spaces', line, 1, words.spaces(raw));
    const first = seen.get(code);
    if (first) found.error('codelists.duplicate-code', line, 1, words.twice(code, first.line));
    else seen.set(code, { code, term: (cells[term] ?? '').trim(), line });
  }
  return [...seen.values()];
}

/** `known`: of these codes those that the system has, with their terms. */
export function againstSystem(
  codes: readonly Coded[],
  known: ReadonlyMap<string, string>,
  system: string,
): Finding[] {
  const found = new Found();
  for (const { code, term, line } of codes) {
    const says = known.get(code);
    if (says === undefined) found.error('codelists.invalid-code', line, 1, words.invalid(code, system));
    else if (term !== '' && term !== says)
      found.warning('codelists.other-term', line, 1, words.otherTerm(code, says));
  }
  return found.all;
}

/** By line, errors before what is only remarked, and no more than a person reads. */
export function inOrder<F extends Finding>(findings: readonly F[]): F[] {
  const rank = (each: Finding): number => (each.severity === 'error' ? 0 : 1);
  return [...findings].sort((a, b) => rank(a) - rank(b) || a.line - b.line).slice(0, MOST_FINDINGS);
}
