/**
 * A system of codes: `code,term,parent`. A code with several parents names them in one cell, parted by `;`.
 * Every fault on its line; a hierarchy with a circle has no bottom and is refused.
 */
import { Found, readSheet, type Row } from './csv.ts';
import { inOrder } from './list.ts';
import type { Finding, SystemCode } from './types.ts';
import * as words from './words.ts';

export interface SystemReading {
  codes: SystemCode[];
  findings: Finding[];
}

const LONGEST_CODE = 100;
const LONGEST_TERM = 1000;

export function readSystem(bytes: Uint8Array): SystemReading {
  const sheet = readSheet(bytes);
  if (sheet.header.length === 0) return { codes: [], findings: sheet.findings };
  const found = new Found();
  const [code, term, parent] = ['code', 'term', 'parent'].map((name) => sheet.header.indexOf(name)) as [
    number,
    number,
    number,
  ];
  if (code < 0) found.error('codelists.no-code-column', 1, 1, words.noCodeColumn());
  if (term < 0) found.error('codelists.no-term-column', 1, 1, words.noTermColumn());
  if (code < 0 || term < 0) return { codes: [], findings: [...sheet.findings, ...found.all] };
  const codes = codesOf(sheet.rows, { code, term, parent }, found);
  checkParents(codes, found);
  return { codes: [...codes.values()], findings: inOrder([...sheet.findings, ...found.all]) };
}

function codesOf(
  rows: readonly Row[],
  at: { code: number; term: number; parent: number },
  found: Found,
): Map<string, SystemCode> {
  const codes = new Map<string, SystemCode>();
  for (const { line, cells } of rows) {
    const raw = cells[at.code] ?? '';
    const code = raw.trim();
    const term = (cells[at.term] ?? '').trim();
    const first = codes.get(code);
    if (code === '') found.error('codelists.no-code', line, 1, words.noCode());
    else if (raw !== code) found.error('codelists.spaces', line, 1, words.spaces(raw));
    else if (first) found.error('codelists.duplicate-code', line, 1, words.twice(code, first.line));
    else if (code.length > LONGEST_CODE) found.error('codelists.long', line, 1, words.longCode());
    else if (term.length > LONGEST_TERM) found.error('codelists.long', line, 1, words.longTerm());
    else codes.set(code, { code, term, line, parents: parentsOf(cells[at.parent]) });
  }
  return codes;
}

function parentsOf(cell = ''): string[] {
  const named = cell.split(';').map((each) => each.trim());
  return [...new Set(named.filter((each) => each !== ''))];
}

/** Each parent is a code of the file, and from no code do parents lead back to it. */
function checkParents(codes: ReadonlyMap<string, SystemCode>, found: Found): void {
  const children = new Map<string, string[]>();
  const waiting = new Map<string, number>();
  for (const { code, line, parents } of codes.values()) {
    let known = 0;
    for (const parent of parents) {
      if (parent === code) found.error('codelists.own-parent', line, 1, words.ownParent(code));
      else if (!codes.has(parent))
        found.error('codelists.unknown-parent', line, 1, words.unknownParent(parent));
      else {
        known += 1;
        const below = children.get(parent);
        if (below) below.push(code);
        else children.set(parent, [code]);
      }
    }
    waiting.set(code, known);
  }
  const free = [...waiting].filter(([, parents]) => parents === 0).map(([code]) => code);
  for (let code = free.pop(); code !== undefined; code = free.pop()) {
    waiting.delete(code);
    for (const child of children.get(code) ?? []) {
      const left = waiting.get(child)! - 1;
      waiting.set(child, left);
      if (left === 0) free.push(child);
    }
  }
  // What is below a circle waits too; the first of them is enough to find it.
  const [first] = [...waiting.keys()];
  if (first !== undefined) {
    const stuck = inCircle(first, codes, waiting);
    found.error('codelists.circle', codes.get(stuck)!.line, 1, words.circle(stuck));
  }
}

/** Upwards along parents that wait, until one comes again. */
function inCircle(
  from: string,
  codes: ReadonlyMap<string, SystemCode>,
  waiting: ReadonlyMap<string, number>,
): string {
  const seen = new Set<string>();
  let at = from;
  while (!seen.has(at)) {
    seen.add(at);
    at = codes.get(at)!.parents.find((parent) => parent !== at && waiting.has(parent))!;
  }
  return at;
}
