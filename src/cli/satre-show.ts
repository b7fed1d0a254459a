/** How `sallyport satre` prints: a table for people, and the same for programs and for docs/satre.md. */
import type { SatreOptions } from './satre.ts';
import { counts, isMandatory, isShown, sheet, type Row } from './satre-sheet.ts';
import * as words from './satre-words.ts';

export function sheetAs({ json, csv, markdown }: SatreOptions): string {
  const rows = sheet();
  if (json) return `${JSON.stringify({ ...words.SOURCE, ...counts(rows), statements: rows })}\n`;
  if (csv) return csvOf(rows);
  return markdown ? markdownOf(rows) : tableOf(rows);
}

function csvOf(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const { id, importance, by, subject, tests, open = '' } = row;
    const refs = isShown(row) ? tests : [{ file: '', name: '' }];
    return refs.map(({ file, name }) =>
      [id, importance, by, subject, words.standing(row), file, name, open].map(cell).join(','),
    );
  });
  return ['id,importance,shown_by,subject,standing,file,test,open', ...lines, ''].join('\r\n');
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function tableOf(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) => {
    const { id, importance, subject, tests, open } = row;
    const first = `${id}  ${importance.padEnd(2)}  ${words.standing(row).padEnd(words.WIDEST)}  ${subject}`;
    return [
      first,
      ...tests.map(({ file, name }) => `${' '.repeat(12)}${file}: ${name}`),
      ...(open ? [`${' '.repeat(12)}${isShown(row) ? words.partly(open) : words.missing(open)}`] : []),
    ];
  });
  return [words.TITLE, '', ...lines, '', ...words.summary(counts(rows)), words.SOURCE.source, ''].join('\n');
}

function markdownOf(rows: readonly Row[]): string {
  const testable = rows.filter(({ by }) => by === 'test');
  const parts: [string, Row[]][] = [
    [words.PARTS.mandatory, testable.filter(isMandatory)],
    [words.PARTS.other, testable.filter((row) => !isMandatory(row))],
  ];
  const others = (by: Row['by']): string =>
    rows
      .filter((row) => row.by === by)
      .map(({ id, subject }) => `- ${id} ${subject}`)
      .join('\n');
  return [
    `# ${words.TITLE}`,
    words.INTRODUCTION,
    words.summary(counts(rows)).join(' '),
    ...parts.flatMap(([title, some]) => [`## ${title}`, tableIn(some)]),
    `## ${words.PARTS.document}`,
    words.DOCUMENTS,
    others('document'),
    `## ${words.PARTS.operator}`,
    words.OPERATORS,
    others('operator'),
    words.SOURCE.source,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function tableIn(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const shown = row.tests.map(({ file, name }) => `\`${file}\`: ${escaped(name)}`);
    const open = row.open && escaped(isShown(row) ? words.partly(row.open) : words.missing(row.open));
    return `| ${row.id} | ${row.importance.replace('*', '\\*')} | ${row.subject} | ${[...shown, ...(open ? [open] : [])].join('<br>')} |`;
  });
  return [`| id | | about | shown by |`, '|---|---|---|---|', ...lines].join('\n');
}

const escaped = (text: string): string => text.replace(/[\\|*_<>`]/g, '\\$&');
