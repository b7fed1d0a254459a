/** Draws what changed between two versions of a file. */
import { CsvIndex } from './csv-index.ts';
import { button, count, el } from './dom.ts';
import { drawText } from './draw-text.ts';
import type { FilePart } from './file-part.ts';
import type { Mark } from './table-model.ts';
import { diffTables, type DiffCell, type DiffRow, type TableDiff } from './table-diff.ts';
import { textDiff, type DiffLine } from './text-diff.ts';

const AT_ONCE = 300;
const LONGEST = 5000;

export function compareTables(
  part: FilePart,
  before: Uint8Array,
  after: Uint8Array,
  marks: readonly Mark[],
): void {
  const separator = part.path.toLowerCase().endsWith('.tsv') ? '\t' : ',';
  const [old, now] = [before, after].map((bytes) => {
    const index = new CsvIndex(bytes.length, separator);
    index.push(bytes);
    index.end();
    return index;
  }) as [CsvIndex, CsvIndex];
  if (old.ragged + now.ragged > 0 || old.unclosed || now.unclosed) {
    part.note('One of the versions is no plain table: they are compared as text.');
    compareTexts(part, decoded(before), decoded(after));
    return;
  }
  const diff = diffTables(old, now);
  tell(part, diff);
  const changed = diff.rows.filter(({ change }) => change !== 'same');
  const all = el('input', { type: 'checkbox' });
  const table = el('div', {
    class: 'av-scroll av-diff',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Changed rows',
  });
  const draw = (): void => table.replaceChildren(drawRows(diff, all.checked ? diff.rows : changed, marks));
  all.addEventListener('change', draw);
  part.tools.append(el('label', {}, all, ' unchanged rows too'));
  part.stage.replaceChildren(table);
  draw();
}

function tell(part: FilePart, { counts, keys, addedColumns, removedColumns }: TableDiff): void {
  const text = `${count(counts.changed, 'row')} changed, ${counts.added} added, ${counts.removed} gone, ${counts.same} as before`;
  part.tools.append(el('span', { class: 'av-found', role: 'status' }, text));
  const how =
    keys.length > 0
      ? `Rows are matched by ${keys.join(', ')}.`
      : 'Rows are matched by their number: no columns of words name each row once.';
  part.stage.before(el('p', { class: 'av-cut' }, how));
  if (addedColumns.length > 0) part.note(`New columns: ${addedColumns.join(', ')}.`);
  if (removedColumns.length > 0) part.note(`Columns that are gone: ${removedColumns.join(', ')}.`);
}

function drawRows(diff: TableDiff, rows: readonly DiffRow[], marks: readonly Mark[]): HTMLElement {
  const head = el(
    'tr',
    {},
    el('th', { scope: 'col' }, 'Row'),
    ...diff.columns.map((name) => {
      const cell = el('th', { scope: 'col' });
      drawText(cell, name);
      return cell;
    }),
  );
  const body = el('tbody');
  const table = el('table', { class: 'av-diff-table' }, el('thead', {}, head), body);
  const box = el('div', {}, table);
  let drawn = 0;
  const more = (): void => {
    for (const row of rows.slice(drawn, drawn + AT_ONCE)) body.append(drawRow(diff, row, marks));
    drawn += AT_ONCE;
  };
  more();
  if (drawn < rows.length) {
    const next = button(`Show more of ${count(rows.length, 'row')}`, () => {
      more();
      if (drawn >= rows.length) next.remove();
    });
    box.append(next);
  }
  if (rows.length === 0) box.append(el('p', { class: 'av-wait' }, 'No row differs.'));
  return box;
}

function drawRow({ columns }: TableDiff, row: DiffRow, marks: readonly Mark[]): HTMLElement {
  const sign = { same: '', changed: '±', added: '+', removed: '−' }[row.change];
  const cells = row.cells.map((cell, at) => {
    const mark = marks.find((each) => each.row === row.after && each.column?.trim() === columns[at]);
    const drawn = el('td', { class: mark ? `av-mark-${mark.severity}` : undefined, title: mark?.message });
    drawCell(drawn, cell, row.change);
    return drawn;
  });
  return el(
    'tr',
    { class: `av-diff-${row.change}` },
    el('th', { scope: 'row' }, `${sign} ${row.after ?? row.before ?? ''}`),
    ...cells,
  );
}

function drawCell(into: HTMLElement, { before, after }: DiffCell, change: DiffRow['change']): void {
  if (change === 'added' || change === 'removed' || before === after) {
    drawText(into, (after ?? before ?? '').slice(0, LONGEST));
    return;
  }
  if (before !== undefined) {
    const old = el('del');
    drawText(old, before.slice(0, LONGEST));
    into.append(old, ' ');
  }
  if (after !== undefined) {
    const now = el('ins');
    drawText(now, after.slice(0, LONGEST));
    into.append(now);
  }
}

export function compareTexts(part: FilePart, before: string, after: string): void {
  const lines = textDiff(before, after);
  if (!lines) {
    part.note('The versions have too little in common to be compared line by line.');
    part.stage.replaceChildren();
    return;
  }
  const added = lines.filter(({ kind }) => kind === 'added').length;
  const removed = lines.filter(({ kind }) => kind === 'removed').length;
  part.tools.append(
    el('span', { class: 'av-found', role: 'status' }, `${count(added, 'line')} added, ${removed} gone`),
  );
  const table = el('table', { class: 'sp-code av-text-diff' });
  const body = el('tbody');
  table.append(body);
  const box = el(
    'div',
    { class: 'av-scroll av-diff', tabindex: '0', role: 'region', 'aria-label': 'Changed lines' },
    table,
  );
  let drawn = 0;
  const more = (): void => {
    for (const line of lines.slice(drawn, drawn + AT_ONCE)) body.append(drawLine(line));
    drawn += AT_ONCE;
  };
  more();
  if (drawn < lines.length) {
    const next = button('Show more', () => {
      more();
      if (drawn >= lines.length) next.remove();
    });
    box.append(next);
  }
  if (added + removed === 0) box.append(el('p', { class: 'av-wait' }, 'No line differs.'));
  part.stage.replaceChildren(box);
}

function drawLine(line: DiffLine): HTMLElement {
  if (line.kind === 'gap')
    return el(
      'tr',
      { class: 'av-gap' },
      el('td', { colspan: '3' }, `${count(line.lines, 'line')} as before`),
    );
  const text = el('td');
  drawText(
    text,
    `${{ same: '  ', added: '+ ', removed: '− ' }[line.kind]}${line.text.slice(0, LONGEST)}`,
    '\t',
  );
  return el(
    'tr',
    { class: line.kind === 'same' ? '' : `sp-${line.kind}` },
    el('td', { class: 'sp-line' }, String(line.before ?? '')),
    el('td', { class: 'sp-line' }, String(line.after ?? '')),
    text,
  );
}

/** Two pictures or two sandboxed frames, the old one first. */
export function sideBySide(part: FilePart, before: HTMLElement, after: HTMLElement): void {
  const column = (label: string, what: HTMLElement) => el('figure', {}, el('figcaption', {}, label), what);
  part.stage.replaceChildren(
    el(
      'div',
      { class: 'av-side-by-side' },
      column('Released before', before),
      column('On this request', after),
    ),
  );
}

export function decoded(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
