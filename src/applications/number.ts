/** The number of the next project: what fits the deployment's pattern and was never used. */
import { matchesWhole } from '../governance/governance.ts';

/** The atoms of patterns that numbers are made from: plain characters, digits, and how often. */
const ATOM = /\\([^\w\s]|d)|(\[0-9\])|([^\\[\](){}.*+?|^$])/y;
const TIMES = /\{(\d{1,2})\}/y;

type Part = string | { digits: number };

/** Undefined: the pattern says more than this can follow, or all its numbers are used. */
export function nextNumber(written: string, used: readonly string[], year: number): string | undefined {
  const parts = partsOf(written.replace(/^\^/, '').replace(/\$$/, ''));
  const last = parts?.findLastIndex((part) => typeof part !== 'string') ?? -1;
  const counter = parts?.[last];
  if (!parts || counter === undefined || typeof counter === 'string') return undefined;
  const before = parts
    .slice(0, last)
    .map((part) => fixed(part, year))
    .join('');
  const after = parts.slice(last + 1).join('');
  const counts = used
    .filter((number) => number.startsWith(before) && number.endsWith(after))
    .map((number) => Number(number.slice(before.length, number.length - after.length)));
  const next = Math.max(0, ...counts.filter((count) => Number.isSafeInteger(count))) + 1;
  const number = `${before}${String(next).padStart(counter.digits, '0')}${after}`;
  return matchesWhole(written, number) && !used.includes(number) ? number : undefined;
}

/** Two or four digits before the counter are the year. */
function fixed(part: Part, year: number): string {
  if (typeof part === 'string') return part;
  const text = String(year);
  return part.digits === 4 ? text : part.digits === 2 ? text.slice(2) : '0'.repeat(part.digits);
}

function partsOf(written: string): Part[] | undefined {
  const parts: Part[] = [];
  let at = 0;
  while (at < written.length) {
    ATOM.lastIndex = at;
    const [all, escaped, digits, plain] = ATOM.exec(written) ?? [];
    if (all === undefined) return undefined;
    TIMES.lastIndex = at + all.length;
    const [times = '', count = '1'] = TIMES.exec(written) ?? [];
    const isDigit = digits !== undefined || escaped === 'd';
    add(parts, isDigit ? { digits: Number(count) } : (escaped ?? plain)!.repeat(Number(count)));
    at += all.length + times.length;
  }
  return parts;
}

function add(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
  else if (typeof part !== 'string' && last !== undefined && typeof last !== 'string')
    parts[parts.length - 1] = { digits: last.digits + part.digits };
  else parts.push(part);
}

/** `AB-2026-001` → `ab-2026-001`: the name of the project's file. */
export function idOf(number: string): string {
  return number
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
}
