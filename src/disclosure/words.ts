/** What this room says to people: what was found, why it matters, what to do. One function per message. */
import type { ColumnSummary } from './types.ts';

/** 12,345; by hand, because the built-in way is slow and this is written for every column. */
export function number(n: number): string {
  if ((n >= 0 && n < 1000) || !Number.isInteger(n) || Math.abs(n) >= 1e15) return String(n);
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
const plural = (n: number, one: string, many = `${one}s`): string => `${number(n)} ${n === 1 ? one : many}`;
function mib(n: number): string {
  if (n < 1024) return plural(n, 'byte');
  return n < 100 * 1024 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

/** A name from the file, short and on one line. */
export function quoted(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ');
  return `"${clean.length > 60 ? `${clean.slice(0, 57)}…` : clean}"`;
}

export const more = (n: number): string =>
  `${plural(n, 'further place')} of this kind ${n === 1 ? 'is' : 'are'} not listed.`;
export const crashed = (subject: string, error: string): string =>
  `The check of ${subject} broke off (${error}). Nothing is known about this part: look at it by hand.`;

// --- files ---

export const typeNotAllowed = (suffix: string): string =>
  `Files of the type ${quoted(suffix || 'without a suffix')} cannot be released. Write tables as CSV and figures as PNG or SVG.`;
export const contentDiffers = (suffix: string, found: string): string =>
  `The name says ${quoted(suffix)}, but the content is ${found}. Save the file as what it is.`;
export const dotFile = (): string => 'Hidden files cannot be released.';
export const emptyFile = (): string => 'The file is empty.';
export const tooLarge = (size: number, limit: number): string =>
  `The file has ${mib(size)}; at most ${mib(limit)} may be released. Summarise it further.`;
export const longer = (limit: number): string =>
  `The file is longer than the ${mib(limit)} that may be released. Summarise it further.`;
export const tooLargeUnread = (limit: number): string =>
  `The file is longer than ${mib(limit)}; what follows was not read. Summarise it further.`;
export const tooLargeUnpacked = (limit: number): string =>
  `The file unpacks to more than ${mib(limit)}. Save it unpacked and smaller.`;
export const notUnpacked = (): string => 'The file cannot be unpacked: it is damaged.';

// --- tables: shape ---

export const tooManyRows = (rows: number, limit: number): string =>
  `The table has ${number(rows)} rows; at most ${number(limit)} may be released. So many rows are often one per person.`;
export const tooManyColumns = (columns: number, limit: number): string =>
  `The table has ${number(columns)} columns; at most ${number(limit)} can be checked.`;
export const longRecord = (limit: number): string =>
  `A line is longer than ${mib(limit)}, or a quotation mark is never closed. From here on nothing was read.`;
export const notUtf8 = (): string =>
  'The text is not UTF-8, so letters may be shown wrongly. Save it as UTF-8.';
export const hasNul = (): string => 'The file holds NUL bytes: it is no text, or it hides something.';
export const ragged = (found: number, expected: number, count: number): string =>
  `This row has ${plural(found, 'cell')} where the heading has ${expected}${count > 1 ? `; ${plural(count, 'row')} in all` : ''}. Give every row as many cells as the heading.`;
export const severalTables = (): string =>
  'A blank line is followed by another heading: these are several tables in one file. Save each in its own file.';
export const duplicateHeading = (name: string): string =>
  `Two columns are called ${quoted(name)}. Give each its own name.`;
export const emptyHeading = (): string => 'This column has no name. Name every column.';
export const unnamedIndex = (): string =>
  'This column is the index that pandas writes. Leave it out (index=False), or give it a name.';
export const noHeading = (): string => 'The first row seems to be data. Begin with a row of column names.';

// --- people and areas ---

export const identifierHeading = (name: string, like: string): string =>
  `The column ${quoted(name)} is called like ${quoted(like)}, which names people. Release summaries, not people.`;
export const distinctValues = (name: string, rows: number): string =>
  `Nearly every one of the ${number(rows)} values of ${quoted(name)} is different, like a number that belongs to one person.`;
export const birthAndSex = (): string =>
  'Date of birth and sex stand side by side: together they point at people.';
export const rowsLikePopulation = (rows: number, population: number): string =>
  `The table has ${number(rows)} rows for a population of ${number(population)}: nearly one for each person.`;
export const identifyingValue = (name: string): string => `This looks like a ${name}. Take it out.`;
export const areaValue = (name: string): string =>
  `This looks like a code of one ${name}. Use larger areas, or leave the column out.`;
export const areaName = (): string =>
  'This is the name of one local area. Use larger areas, such as regions.';
export const areaHeading = (name: string): string =>
  `The column ${quoted(name)} seems to list single areas or providers. Use larger areas.`;

// --- counts ---

export const smallCount = (value: number, threshold: number): string =>
  `The count ${number(value)} is between 1 and ${threshold}. Redact it, and a second cell where the row or column has a total; then round.`;
export const smallCounts = (count: number, threshold: number, first: number): string =>
  `${plural(count, 'count')} between 1 and ${threshold}, the first in row ${number(first)}. Redact them, then round.`;
export const unroundedCount = (
  value: number,
  base: number,
  count: number,
  inferred: number | undefined,
): string =>
  `The count ${number(value)} is no multiple of ${base}${count > 1 ? ` (${plural(count, 'such cell')} in this column)` : ''}. Round counts to ${base}.${inferred === undefined ? '' : ` Most cells of this column are multiples of ${inferred}.`}`;
export const unroundedCounts = (count: number, base: number, first: number): string =>
  `${plural(count, 'count')} no multiple of ${base}, the first in row ${number(first)}. Round counts to ${base}.`;
export const notMiddle6 = (value: number, count: number): string =>
  `The column is named midpoint6, but ${number(value)} is not the middle of a bin of six (0, 3, 9, 15 …)${count > 1 ? `; ${plural(count, 'such cell')}` : ''}.`;
export const notDerived6 = (value: number, count: number): string =>
  `The column is derived from midpoint-6 counts, but ${number(value)} is no multiple of six${count > 1 ? `; ${plural(count, 'such cell')}` : ''}.`;
export const fractionalCount = (value: number): string =>
  `The column counts people, but ${value} is no whole number. If it is no count, say so; if it is, round it.`;
export const controlsThreshold = (threshold: number): string =>
  `The declared controls say that counts up to ${threshold} are redacted, but smaller counts are shown.`;
export const controlsBase = (base: number): string =>
  `The declared controls say that counts are rounded to ${base}, but some are not.`;
export const controlsMiddle6 = (): string =>
  'The declared controls say that counts are rounded to the middle of bins of six, but some are not.';
export const controlsNone = (): string =>
  'The declared controls say that nothing was redacted, but cells are.';

// --- rates, totals ---

export const rateUnrounded = (name: string, of: string, by: string, rows: number): string =>
  `${quoted(name)} does not follow from ${quoted(of)} and ${quoted(by)} as shown (${plural(rows, 'row')}), but from counts close to them: it was computed before rounding. Compute it from the rounded counts.`;
export const rateReveals = (name: string, by: string, count: number): string =>
  `With ${quoted(by)}, this value of ${quoted(name)} can only come from a count of ${number(count)}. Compute it from rounded counts, or show fewer digits.`;
export const recoverable = (low: number, high: number, threshold: number): string =>
  low === high
    ? `This redacted cell can be worked out from the totals: it is ${number(low)}. Redact a second cell of its row and column, or leave the total out.`
    : `This redacted cell can be narrowed down from the totals to ${number(low)}–${number(high)}, which is not wider than ${threshold}. Redact a second cell, or leave the total out.`;
export const notTheSum = (total: number, sum: number): string =>
  `The total is ${number(total)}, its parts add up to ${number(sum)}. Make totals the sums of the rounded parts.`;
export const nobody = (count: number): string =>
  `${plural(count, 'count')} of this column ${count === 1 ? 'is' : 'are'} 0: it says of a whole group that nobody is in it. Is that harmless?`;
export const everybody = (): string =>
  'This count equals its total: it says of a whole group that everybody is in it. Is that harmless?';
export const wholeShare = (value: string): string =>
  `The share is exactly ${value}: it says something about every person of the group. Is that harmless?`;

// --- statistics ---

export const extremeColumn = (name: string): string =>
  `${quoted(name)} is the value of one person. Give percentiles that stand for several people.`;
export const noSpread = (name: string): string =>
  `${quoted(name)} is 0: everybody in this group has the same value.`;
export const noCount = (name: string): string =>
  `${quoted(name)} stands without the number of people behind it, here and in the group. Add the count to the table, or a table with the counts to the group.`;
export const noDf = (): string =>
  'A table of coefficients needs the number of people and the degrees of freedom. Add them to the table or to the context.';
export const smallDf = (df: number, least: number): string =>
  `The model has ${number(df)} residual degrees of freedom; at least ${least} are asked for.`;
export const survivalStep = (step: number, threshold: number): string =>
  `From the row before, the count changes by ${number(step)}, between 1 and ${threshold}: the time of single people's events can be read. Use coarser times and rounded counts.`;
export const survivalUnrounded = (): string =>
  'The survival table holds unrounded counts. Round the counts, then compute the curve.';
export const survivalDaily = (): string =>
  'The times of the survival table are single days with events. Use weeks or months.';
export const dailyDates = (name: string): string =>
  `${quoted(name)} holds single days beside counts. Use weeks or months, unless each day stands for many people.`;
export const dailySmall = (date: string): string => `On ${quoted(date)} the count is small.`;
export const dominance = (name: string): string =>
  `${quoted(name)} suggests that one contributor makes up most of a total. Add the evidence of ACRO, or say who contributes.`;
export const dominated = (): string =>
  'Two contributors make up nearly the whole of this cell: each can work out the other.';
export const pPercent = (): string =>
  'Without the two largest contributors too little is left of this cell: the second can work out the first.';
export const mixedMarks = (marks: string): string =>
  `Redacted cells are marked in several ways (${marks}). Use one mark.`;
export const blanksBesideMarks = (): string =>
  'Empty cells stand beside redacted ones: say whether they are redacted or have no value.';
export const shownElsewhere = (file: string): string =>
  `A cell redacted here is shown in ${quoted(file)}. Redact it there too.`;

// --- other types ---

export const tableInside = (what: string, ids: string): string =>
  `The ${what} holds a table; what the checks of tables found in it is listed (${ids}).`;
export const notJson = (): string => 'This is not JSON: it ends early, or is damaged.';
export const tooDeep = (limit: number): string =>
  `Values are nested more than ${limit} deep. Write a plain table.`;
export const longArray = (items: number): string =>
  `A list has ${number(items)} entries: that is rather records than results.`;
export const personObjects = (count: number): string =>
  `${plural(count, 'entry', 'entries')} of the same kind hold values that describe single people.`;
export const vegaData = (): string =>
  'The chart carries its data with it. Remove the data, or release them as a table.';
export const geoData = (): string =>
  'Coordinates of places stand in the file. Release areas that are large enough, without coordinates.';
export const packed = (length: number): string =>
  `${number(length)} letters of packed bytes (base64) stand here. Nobody can check them: take them out.`;
export const textCount = (value: number): string =>
  `The text gives a count of ${number(value)}. Redact or round it.`;
export const textIdentifier = (name: string): string =>
  `The text names ${quoted(name)}, which identifies people.`;
export const rowDump = (lines: number): string =>
  `${plural(lines, 'line')} look like rows of data printed one by one. Print summaries only.`;
export const traceback = (): string => 'The text holds a traceback, which may repeat values of the data.';
export const logAsOutput = (): string =>
  'A log is asked for as an output. Logs are for finding faults: release a table instead.';
export const svgActive = (what: string): string => `The drawing holds ${what}. Save it as a plain drawing.`;
export const svgMarks = (count: number, name: string): string =>
  `${plural(count, `<${name}>`, `<${name}> marks`)} of one kind: if each is one person, the drawing shows the data. Draw summaries.`;
export const svgBar = (value: number): string =>
  `The height of this mark can be read from the axis as about ${number(Math.round(value * 10) / 10)}, a small count.`;
export const svgBars = (count: number, base: number): string =>
  `The heights of ${plural(count, 'bar')} can be read from the axis as counts that are no multiples of ${base}.`;
export const svgStep = (value: number): string =>
  `A step of this curve can be read from the axis as about ${number(Math.round(value))}: single events are visible.`;
export const svgHidden = (what: string): string =>
  `The drawing holds ${what}, which nobody sees but everybody can read. Take it out.`;
export const imageExtra = (what: string): string =>
  `The picture carries ${what}. It is removed in the copy that is released.`;
export const imageBroken = (): string => 'The picture is damaged or cut off. Save it again.';
export const imageText = (value: string): string =>
  `The picture seems to show ${quoted(value)}, a small number.`;
export const html = (): string =>
  'HTML cannot be released: it can hide data. Save tables as CSV and figures as PNG or SVG.';
export const htmlPart = (what: string): string => `The page holds ${what}.`;

// --- ACRO ---

export const acroUnreadable = (): string => 'The ACRO evidence cannot be read. Write it again with ACRO.';
export const acroFailed = (why: string): string => `ACRO found a fault in this output: ${quoted(why)}.`;
export const acroChecksum = (): string =>
  'The file is not the one ACRO wrote: its checksum differs. Run ACRO again.';

// --- whole requests ---

export const noTable = (): string =>
  'The group holds a figure and no table with the numbers behind it. Add the table as a supporting file or an output.';
export const noContext = (): string => 'The group says nothing about what its files show. Describe them.';
export const boilerplate = (): string =>
  'The description of the group is a phrase without content. Say what the files show and why they are needed.';
export const contextLacks = (what: string): string => `The description of the group does not say ${what}.`;
export const ACTION = {
  removed: 'The action that made this file is no longer in project.yaml.',
  dropped: 'The action ran again and no longer makes this file.',
  unknown: 'Whether project.yaml still has the action that made this file is unknown.',
} as const;
export const COMMIT = {
  branch: "The file was made by a commit that is not on the repository's default branch.",
  none: 'The file was made by a commit that no branch of the repository leads to any more: history was rewritten, or the branch deleted.',
  unknown: 'Whether the commit that made this file is still in the repository, and merged, is unknown.',
} as const;
export const JOB = {
  failed: 'The job that made this file failed.',
  'failed-since': 'The action that made this file ran again, and that run did not succeed.',
  unknown: "How the action's last run ended is unknown.",
} as const;
export const dummyData = (): string => 'The file was made from dummy data.';
export const sameAs = (file: string): string => `The file is byte for byte the same as ${quoted(file)}.`;
export const rejectedBefore = (): string => 'The same bytes were rejected in an earlier request.';
export const revokedBefore = (): string => 'The same bytes were released and taken back.';
export const alike = (count: number): string =>
  `${plural(count, 'file')} have the same columns: look at them together.`;
export const totalSize = (size: number, budget: number): string =>
  `The files have ${mib(size)} together${size > budget ? `, more than the ${mib(budget)} foreseen` : `, of ${mib(budget)} foreseen`}.`;
export const malware = (): string =>
  'The malware scan found something in this file. No exception is made: take it out.';
export const unscanned = (): string =>
  'The malware scan has not confirmed this file. It is asked again by itself; no exception is made.';

const ROLES = {
  count: 'a count of people',
  ratio: 'a share or rate',
  key: 'names of groups',
  measure: 'a measure',
} as const;
export const roleOverridden = (is: keyof typeof ROLES, was: keyof typeof ROLES): string =>
  is === 'count'
    ? `By the author's word this column is a count of people; the checks read ${ROLES[was]} in it.`
    : `By the author's word this column is ${ROLES[is]} and no ${was === 'count' ? 'count of people' : ROLES[was].replace(/^a /, '')}: it is no longer looked at as one.`;

// --- differencing ---

export const movedByFew = (from: number, to: number): string =>
  `Since the last release this cell went from ${number(from)} to ${number(to)}: the difference shows a few people.`;
export const denominatorMoved = (): string =>
  'Since the last release the denominator changed and the numerator did not: the difference shows who was added.';
export const complement = (file: string, value: number): string =>
  `Together with ${quoted(file)}, a group that is shown in neither can be worked out: about ${number(value)} people.`;
export const smallDelta = (cells: number): string =>
  `New code, the same table, and ${plural(cells, 'cell')} changed a little: look at the changes of the code beside those of the data.`;

// --- column summary ---

export const summary = (column: ColumnSummary): string => {
  const parts = [column.type, plural(column.rows, 'row')];
  if (column.missing > 0) parts.push(`${number(column.missing)} missing`);
  if (column.redacted > 0) parts.push(`${number(column.redacted)} redacted`);
  if (column.numeric > 0)
    parts.push(
      `from ${column.min} to ${column.max}`,
      `sum ${Number.isInteger(column.sum) ? column.sum : Number(column.sum?.toPrecision(12))}`,
    );
  if (column.minNonZero !== undefined && column.min === 0)
    parts.push(`smallest above zero ${column.minNonZero}`);
  if (column.allBy5) parts.push('all multiples of 5');
  if (column.allBy6) parts.push('all multiples of 6');
  if (column.allMidpoint6) parts.push('all middles of bins of six');
  return `${parts.join(', ')}.`;
};
