/** TXT, MD, LOG: tables printed in text meet the checks of tables; the rest is looked at line by line. */
import { Found as Gathered, guarded, type Found } from './found.ts';
import { takeTable, type Embedded } from './json.ts';
import { firstMatch, identifierLike } from './people.ts';
import type { Compiled } from './policy.ts';
import { tableOf } from './table.ts';
import { checkTable } from './table-checks.ts';
import { printedTables } from './text-tables.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';

const MANY_LINES = 50;

export function checkText(
  found: Found,
  text: string,
  isLog: boolean,
  facts: FileFacts,
  rules: Compiled,
): Embedded[] {
  const { rows } = rules.policy.limits;
  const lines = text.split(/\r\n|\n|\r/);
  const tables = printedTables(lines, rows);
  const checked: Embedded[] = [];
  // Packages print the number of observations above or below the table.
  const sized = lines.some((line) => line.length < 1000 && SIZE.test(line));
  for (const { line, header, rows: cells } of tables) {
    const inner = new Gathered(rules.policy.limits.places);
    const table = tableOf(header, cells);
    const one = checkTable(inner, table, facts, rules);
    checked.push({ ...one, table });
    const at = `line ${line}`;
    if (table.rows >= MANY_LINES && one.roles.counts.length === 0)
      found.add('TXT-2', { element: at }, words.rowDump(table.rows));
    const findings = inner.done().filter(({ check }) => !sized || (check !== 'C14' && check !== 'C15'));
    takeTable(found, findings, at, 'TXT-1', 'text');
  }
  guarded(found, 'lines', () => checkLines(found, lines, rules));
  if (isLog) found.add('TXT-3', {}, words.logAsOutput());
  return checked;
}

const SIZE = /(?:^|[^\p{L}])(?:observations|n|obs|participants|patients)\s*[=:]\s*[\d,]{2,}/iu;
const COUNT =
  /(?:^|[^\p{L}\p{N}_])(?:n|count|total|freq|events|deaths|patients)\s*[=:]\s*(\d{1,9})(?![\d.,%])/giu;
const TRACEBACK = /^Traceback \(most recent call last\)|^Error in .{1,200}[:)]\s*$|^Backtrace:|^r\(\d{3}\);/;
const LONGEST = 100_000;

function checkLines(found: Found, lines: readonly string[], rules: Compiled): void {
  const areas = rules.areas.filter(({ share }) => share === undefined);
  let traced = false;
  for (const [index, whole] of lines.entries()) {
    if (whole === '') continue;
    const line = whole.length > LONGEST ? whole.slice(0, LONGEST) : whole;
    const place = { element: `line ${index + 1}` };
    if (/\d|@/.test(line)) {
      const value = firstMatch(line, rules.values);
      if (value !== undefined) found.add('C3', place, words.identifyingValue(value));
      const area = firstMatch(line, areas);
      if (area !== undefined) found.add('C4', place, words.areaValue(area));
      COUNT.lastIndex = 0;
      for (let hit = COUNT.exec(line); hit; hit = COUNT.exec(line)) {
        const count = Number(hit[1]);
        if (count >= 1 && count <= rules.policy.threshold) found.add('TXT-2', place, words.textCount(count));
      }
    }
    const identifier = identifierIn(line, rules);
    if (identifier !== undefined) found.add('TXT-2', place, words.textIdentifier(identifier));
    if (!traced && TRACEBACK.test(line)) {
      found.add('TXT-3', place, words.traceback());
      traced = true;
    }
  }
}

/** Words that could be headings: with an underscore, or in two capitalised parts. */
function identifierIn(line: string, rules: Compiled): string | undefined {
  if (!/[a-z][ _-]?id\b|nhs[ _-]?number/i.test(line)) return undefined;
  for (const word of line.match(/[A-Za-z][A-Za-z_-]{3,40}/g) ?? []) {
    if (identifierLike(word, rules) !== undefined) return word;
  }
  return undefined;
}
