/** A list as bytes: what the builder saves. Cells are quoted where they must be, and nothing acts on a spreadsheet. */
const NEEDS_QUOTES = /[",\r\n]/;

export function listCsv(codes: readonly { code: string; term: string }[]): string {
  return ['code,term', ...codes.map(({ code, term }) => `${cell(code)},${cell(term)}`), ''].join('\n');
}

export const cell = (text: string): string =>
  NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** A download for a spreadsheet, by any columns. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
