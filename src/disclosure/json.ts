/**
 * JSON: what is a table in it becomes one (lists of alike objects, columns of equal length, objects of
 * objects) and meets the checks of tables; single values are looked at by their keys.
 */
import { guarded, type Found } from './found.ts';
import { Found as Gathered } from './found.ts';
import { headingOf, type Heading } from './headings.ts';
import { firstMatch, identifierLike } from './people.ts';
import { isRounded, isSmall } from './counts.ts';
import type { Compiled } from './policy.ts';
import { checkTable, type Checked } from './table-checks.ts';
import { tableOf, type Table } from './table.ts';
import type { FileFacts, Finding, Severity } from './types.ts';
import { SEVERITIES } from './types.ts';
import { tablesIn, type Leaf } from './json-tables.ts';
import * as words from './words.ts';

const FREEDOM = new Set(['df', 'dof', 'residual', 'freedom']);

export interface Embedded extends Checked {
  table: Table;
}

export function checkJson(found: Found, text: string, facts: FileFacts, rules: Compiled): Embedded[] {
  const { depth, arrayItems } = rules.policy.limits;
  if (deepest(text) > depth) {
    found.add('JSON-2', {}, words.tooDeep(depth));
    return [];
  }
  const value = parse(text);
  if (value === undefined) {
    found.add('F1', {}, words.notJson());
    return [];
  }
  const content = tablesIn(value, arrayItems);
  for (const { path, items } of content.longArrays)
    found.add('JSON-2', { element: path }, words.longArray(items));
  if (content.vega !== undefined) found.add('JSON-2', { element: content.vega }, words.vegaData());
  if (content.geo !== undefined) found.add('JSON-2', { element: content.geo }, words.geoData());
  const checked: Embedded[] = [];
  // Model objects say once, beside their terms, how many people and degrees of freedom there are.
  const counted = content.leaves.some(({ key }) => headingOf(key).count);
  const freed = content.leaves.some(({ key }) => headingOf(key).words.some((word) => FREEDOM.has(word)));
  const told = (check: string): boolean => counted && (check === 'C14' || (check === 'C15' && freed));
  for (const { path, header, rows } of content.tables) {
    const inner = new Gathered(rules.policy.limits.places);
    const table = tableOf(header, rows);
    const one = checkTable(inner, table, facts, rules);
    checked.push({ ...one, table });
    checkObjects(found, path, table, inner, rules);
    const findings = inner.done().filter(({ check }) => !told(check));
    takeTable(found, findings, path, 'JSON-1', 'JSON');
  }
  guarded(found, 'values', () => checkLeaves(found, content.leaves, rules));
  return checked;
}

/** The findings of a table inside another file, with one that says so. */
export function takeTable(
  found: Found,
  inner: readonly Finding[],
  path: string,
  check: 'JSON-1' | 'TXT-1' | 'SVG-3',
  what: string,
): void {
  const serious = inner.filter(({ severity }) => severity !== 'I');
  if (serious.length > 0) {
    const worst = SEVERITIES.find((severity) => serious.some((one) => one.severity === severity)) as Severity;
    const ids = [...new Set(serious.map((one) => one.check))].join(', ');
    found.add(check, { element: path }, words.tableInside(what, ids), worst);
  }
  found.take(inner, (place) => ({ ...place, element: path }));
}

/** Deepest nesting, strings left out; a parser would spend memory on every level first. */
export function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== 34; at += 1) {
        if (text.charCodeAt(at) === 92) at += 1;
      }
    } else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > most) most = depth;
    } else if (code === 125 || code === 93) depth -= 1;
  }
  return most;
}

/** JSON, or one JSON value per line. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not one value: perhaps one per line.
  }
  try {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.length > 1 ? lines.map((line) => JSON.parse(line) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

const MANY_OBJECTS = 50;

/** Many alike entries without a count: rather people than groups. */
function checkObjects(found: Found, path: string, table: Table, inner: Found, rules: Compiled): void {
  const named = table.header.some((name) => identifierLike(name, rules) !== undefined);
  const counted = table.header.some((name) => headingOf(name).count);
  if (named || (table.rows >= MANY_OBJECTS && !counted && inner.has('C2')))
    found.add('JSON-2', { element: path }, words.personObjects(table.rows));
}

const PACKED = /^(?:data:[^,]{0,100},)?[A-Za-z\d+/_-]{256,}={0,2}$/;

/** What its key says, else the key above: `{"counts": {"North": 3}}` counts people in the North. */
function saidBy(key: string, within: string): Heading {
  const own = headingOf(key);
  const above = headingOf(within);
  return above.count && !own.count && !own.other ? above : own;
}

function checkLeaves(found: Found, leaves: readonly Leaf[], rules: Compiled): void {
  const { threshold, base, minDf } = rules.policy;
  for (const { path, key, within, value } of leaves) {
    const place = { element: path };
    if (typeof value === 'string') {
      if (PACKED.test(value)) {
        found.add('JSON-3', place, words.packed(value.length));
        continue;
      }
      const text = value.slice(0, 10_000);
      const identifying = firstMatch(text, rules.values);
      if (identifying !== undefined) found.add('C3', place, words.identifyingValue(identifying));
      const area = firstMatch(
        text,
        rules.areas.filter(({ share }) => share === undefined),
      );
      if (area !== undefined) found.add('C4', place, words.areaValue(area));
      continue;
    }
    const like = identifierLike(key, rules);
    if (like !== undefined) found.add('C2', place, words.identifierHeading(key, like));
    const heading = saidBy(key, within);
    if (heading.extreme && !heading.count) found.add('C13', place, words.extremeColumn(key));
    if (heading.words.some((word) => FREEDOM.has(word)) && value < minDf)
      found.add('C15', place, words.smallDf(value, minDf));
    if (!heading.count || !Number.isInteger(value) || value < 1) continue;
    const rounding = heading.middle6 ? 'middle6' : heading.derived6 ? 'derived6' : 'base';
    if (isSmall(value, rounding, threshold)) found.add('C5', place, words.smallCount(value, threshold));
    if (!isRounded(value, rounding, base))
      found.add('C6', place, words.unroundedCount(value, base, 1, undefined));
  }
}
