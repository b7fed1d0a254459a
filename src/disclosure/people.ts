/** C2, C3, C4: rows about single people, values that identify them, areas and providers that are too small. */
import { FLOAT, INTEGER, REDACTED, TEXT } from './cells.ts';
import type { Found } from './found.ts';
import { plain, withinOneEdit } from './headings.ts';
import { isNhsNumber, type Matcher } from './packs.ts';
import type { Compiled } from './policy.ts';
import type { Column, Roles } from './roles.ts';
import { textAt, type Table } from './table.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';
import type { Word } from './word.ts';

const MANY_ROWS = 50;
const NEARLY_ALL = 0.95;

export function checkPeople(
  found: Found,
  table: Table,
  roles: Roles,
  facts: FileFacts,
  rules: Compiled,
): void {
  checkIdentifierHeadings(found, table.header, rules);
  for (const column of roles.columns) {
    if (column.role !== 'count' && table.rows >= MANY_ROWS && isDistinct(table, column))
      found.add('C2', { column: column.name }, words.distinctValues(column.name, table.rows));
  }
  const { population } = facts;
  if (population !== undefined && population > 0 && table.rows >= NEARLY_ALL_ROWS * population)
    found.add('C2', {}, words.rowsLikePopulation(table.rows, population));
}

const NEARLY_ALL_ROWS = 0.9;

/** Headings alone: also for files too large to be a table. */
export function checkIdentifierHeadings(found: Found, header: readonly string[], rules: Compiled): void {
  for (const name of header) {
    const like = identifierLike(name, rules);
    if (like !== undefined) found.add('C2', { column: name }, words.identifierHeading(name, like));
  }
  const heads = header.map(plain);
  const birth = heads.some((head) => /^(dob|dateofbirth|birthdate|birthday|birthdt)$/.test(head));
  if (birth && heads.some((head) => head === 'sex' || head === 'gender'))
    found.add('C2', {}, words.birthAndSex());
}

/** The identifier that a heading is called like. */
export function identifierLike(name: string, { identifiers }: Compiled): string | undefined {
  if (name.length > 200) return undefined;
  const head = plain(name);
  return identifiers.find((identifier) => withinOneEdit(head, identifier));
}

/** Nearly all different, like record numbers: integers of four digits and more, or long hexadecimal words. */
function isDistinct(table: Table, column: Column): boolean {
  const seen = new Set<number | string>();
  const wanted = NEARLY_ALL * table.rows;
  const spare = table.rows - wanted;
  let missed = 0;
  let rounded = true;
  for (let row = 0, at = column.index; row < table.rows; row += 1, at += table.columns) {
    const value = table.value[at]!;
    let key: number | string | undefined;
    if (table.kind[at] === INTEGER && Math.abs(value) >= 1000) {
      key = value;
      if (value % 5 !== 0) rounded = false;
    } else if (table.kind[at] === TEXT) {
      const text = textAt(table, row, column.index);
      if (/^(?=.*\d)[\da-f-]{8,64}$/i.test(text)) {
        key = text;
        rounded = false;
      }
    }
    if (key === undefined || seen.has(key)) missed += 1;
    else seen.add(key);
    if (missed > spare) return false;
  }
  // Sums rounded to five or ten are no record numbers.
  return seen.size >= wanted && !rounded;
}

/** What one text holds that identifies somebody. Cached on the word: tables share theirs. */
interface Judgement {
  value?: string;
  area?: string;
  /** Names of matchers that only count when most of the column agrees. */
  shared: string[];
  gazetteer: boolean;
}
const NOTHING: Judgement = { shared: [], gazetteer: false };

export function judge(word: Word, rules: Compiled): Judgement {
  if (word.judgedBy === rules) return word.judgement as Judgement;
  word.judgedBy = rules;
  const judgement = judgeText(word.text, word.cell.kind, rules);
  word.judgement = judgement;
  return judgement;
}

function judgeText(text: string, kind: number, rules: Compiled): Judgement {
  if (kind === REDACTED || kind === FLOAT || text.length < 3) return NOTHING;
  if (kind === INTEGER) {
    const nhs = rules.values.some(({ confirms }) => confirms === isNhsNumber);
    return nhs && /^\d{10}$/.test(text) && isNhsNumber(text) ? { ...NOTHING, value: 'NHS number' } : NOTHING;
  }
  const named = text
    .toLowerCase()
    .replace(/^nhs /, '')
    .replace(/ (integrated care board|icb)$/, '');
  const judgement: Judgement = {
    value: firstMatch(text, rules.values),
    area: firstMatch(
      text,
      rules.areas.filter(({ share }) => share === undefined),
    ),
    shared: rules.areas
      .filter(({ share }) => share !== undefined)
      .flatMap((matcher) => (matches(text, matcher) ? [matcher.name] : [])),
    gazetteer: rules.gazetteer.has(named),
  };
  return judgement.value === undefined &&
    judgement.area === undefined &&
    judgement.shared.length === 0 &&
    !judgement.gazetteer
    ? NOTHING
    : judgement;
}

/** The name of the first rule that finds something in a text. */
export function firstMatch(text: string, matchers: readonly Matcher[]): string | undefined {
  return matchers.find((matcher) => matches(text, matcher))?.name;
}

function matches(text: string, { pattern, confirms }: Matcher): boolean {
  pattern.lastIndex = 0;
  for (let hit = pattern.exec(text); hit; hit = pattern.exec(text)) {
    const before = text[hit.index - 1];
    // Digits behind a point belong to a number.
    if (before !== '.' && (!confirms || confirms(hit[0]))) return true;
  }
  return false;
}

export function checkValues(found: Found, table: Table, rules: Compiled): void {
  for (const name of table.header) checkHeadingValue(found, name, rules);
  const judged = table.words.map((word) => judge(word, rules));
  const areaHeads = table.header.map((name) => isAreaHeading(name, rules));
  for (const [column, area] of areaHeads.entries()) {
    if (area) found.add('C4', { column: table.header[column] }, words.areaHeading(table.header[column]!));
  }
  if (judged.every((one) => one === NOTHING)) return;
  for (let column = 0; column < table.columns; column += 1) {
    checkColumnValues(found, table, column, judged, areaHeads[column]!, rules);
  }
}

function checkHeadingValue(found: Found, name: string, rules: Compiled): void {
  const value = firstMatch(name.slice(0, 1000), rules.values);
  if (value !== undefined) found.add('C3', { column: name }, words.identifyingValue(value));
  const area = firstMatch(
    name.slice(0, 1000),
    rules.areas.filter(({ share }) => share === undefined),
  );
  if (area !== undefined) found.add('C4', { column: name }, words.areaValue(area));
}

const AREA_WORDS = new Set(
  'area areas region regions council authority authorities local la place borough county icb'.split(' '),
);

const KINDS = new Set('size type band quintile decile rurality n number count per'.split(' '));

export function isAreaHeading(name: string, { areaHeadings }: Compiled): boolean {
  const head = name.toLowerCase().split(/[^a-z]+/);
  // practice_size, practice_type: what kind, not which.
  if (head.some((word) => KINDS.has(word))) return false;
  return head.some((word) => areaHeadings.has(word)) || areaHeadings.has(plain(name));
}

function checkColumnValues(
  found: Found,
  table: Table,
  column: number,
  judged: readonly Judgement[],
  areaHead: boolean,
  rules: Compiled,
): void {
  const shared = new Map<string, number>();
  const places = new Map<number, number>();
  let texts = 0;
  for (let row = 0, at = column; row < table.rows; row += 1, at += table.columns) {
    const number = table.word[at]!;
    if (number < 0) continue;
    if (table.kind[at] === TEXT) texts += 1;
    const one = judged[number]!;
    if (one === NOTHING) continue;
    const place = { row: row + 1, column: table.header[column] };
    if (one.value !== undefined) found.add('C3', place, words.identifyingValue(one.value));
    if (one.area !== undefined) found.add('C4', place, words.areaValue(one.area));
    for (const name of one.shared) shared.set(name, (shared.get(name) ?? 0) + 1);
    if (one.gazetteer && !places.has(number)) places.set(number, row);
  }
  const least = Math.min(...rules.areas.flatMap(({ share }) => share ?? []), 1);
  for (const [name, count] of shared) {
    if (areaHead || (texts >= 3 && count >= least * texts))
      found.add('C4', { column: table.header[column] }, words.areaValue(name));
  }
  // One name alone may be an ordinary word (Reading, a subject): two of one column are no accident.
  const headSaysSo =
    areaHead ||
    table.header[column]!.toLowerCase()
      .split(/[^a-z]+/)
      .some((word) => AREA_WORDS.has(word));
  if (places.size < 2 && !headSaysSo) return;
  for (const row of places.values())
    found.add('C4', { row: row + 1, column: table.header[column] }, words.areaName());
}
