/**
 * Evidence from beside the microdata: what ACRO wrote (`results.json`), or the contributions an action of
 * the study computed. Dominance and the number behind a mean cannot be seen in an aggregate; here they are.
 */
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';

type Plain = Record<string, unknown>;

/** Answers whether the evidence speaks about this file. */
export function checkEvidence(found: Found, path: string, facts: FileFacts, rules: Compiled): boolean {
  if (facts.acro === undefined) return false;
  const evidence = parse(facts.acro);
  if (!evidence) {
    found.add('C7', {}, words.acroUnreadable());
    return false;
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  let known = false;
  for (const output of plains(evidence['results'])) {
    for (const file of plains(output['files'])) {
      if (typeof file['name'] !== 'string' || !sameFile(file['name'], name)) continue;
      known = true;
      checkAcroFile(found, output, file, facts);
    }
  }
  return checkContributions(found, name, evidence['contributions'], rules) || known;
}

function parse(text: string): Plain | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isPlain(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a list, or of an object's values. */
function plains(value: unknown): Plain[] {
  if (Array.isArray(value)) return value.filter(isPlain);
  return isPlain(value) ? Object.values(value).filter(isPlain) : [];
}

function sameFile(written: string, name: string): boolean {
  return written.slice(written.search(/[^/\\]*$/)) === name;
}

function checkAcroFile(found: Found, output: Plain, file: Plain, facts: FileFacts): void {
  const checksum = file['checksum'];
  if (typeof checksum === 'string' && facts.sha256 !== undefined && checksum.toLowerCase() !== facts.sha256)
    found.add('C7', {}, words.acroChecksum());
  const sdc = isPlain(file['sdc']) ? file['sdc'] : {};
  const cells = isPlain(sdc['cells']) ? sdc['cells'] : {};
  const summary = isPlain(sdc['summary']) ? sdc['summary'] : {};
  // Cells that were suppressed are no longer in the file.
  if (summary['suppressed'] === true) return;
  for (const [row, column] of places(cells['threshold']))
    found.add('C5', { row, column }, words.acroFailed('threshold'));
  for (const [row, column] of places(cells['p-ratio'])) found.add('C18', { row, column }, words.pPercent());
  for (const [row, column] of places(cells['nk-rule'])) found.add('C18', { row, column }, words.dominated());
  for (const [row, column] of places(cells['all-values-are-same']))
    found.add('C12', { row, column }, words.everybody());
  const said = output['summary'];
  if (output['status'] === 'fail' && Object.values(cells).every((list) => places(list).length === 0))
    found.add('C7', {}, words.acroFailed(typeof said === 'string' ? said : 'fail'));
}

/** ACRO counts rows and columns of values from 0. */
function places(value: unknown): [number, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one): [number, string][] => {
    if (!Array.isArray(one) || !one.every((index) => Number.isInteger(index))) return [];
    const [row = 0, column = 0] = one as number[];
    return [[row + 1, `value column ${column + 1}`]];
  });
}

/** `contributions`: of each cell the total and its two largest contributors. */
function checkContributions(found: Found, name: string, value: unknown, { policy }: Compiled): boolean {
  let known = false;
  for (const cell of plains(value)) {
    if (typeof cell['file'] !== 'string' || !sameFile(cell['file'], name)) continue;
    known = true;
    const [total, top1, top2] = [cell['total'], cell['top1'], cell['top2']].map(Number) as [
      number,
      number,
      number,
    ];
    const place = {
      ...(Number.isInteger(cell['row']) && { row: cell['row'] as number }),
      ...(typeof cell['column'] === 'string' && { column: cell['column'] }),
    };
    if (!(total > 0) || !(top1 >= 0) || !(top2 >= 0)) continue;
    if (top1 + top2 >= policy.dominance * total) found.add('C18', place, words.dominated());
    if (top1 > 0 && (total - top1 - top2) / top1 < policy.pPercent) found.add('C18', place, words.pPercent());
  }
  return known;
}
