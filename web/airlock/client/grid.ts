/**
 * Draws the window of a table: some thirty rows of some ten columns, whatever the size of the table.
 *
 * The heading row sticks to the upper edge, row numbers to the left one. Keys move one active cell, which
 * the page may ask for when somebody comments on it.
 */
import { drawFound } from './draw-text.ts';
import { el } from './dom.ts';
import type { Mark, TableModel } from './table-model.ts';
import { columnsIn, scrollTo, trackHeight, windowOf } from './track.ts';
import { hasUnseen, isFormula } from './visible-text.ts';

const ROW = 28;
/** Room for a scroll bar below a short table. */
const BAR = 18;
const HEAD = 32;
const NARROWEST = 56;
const WIDEST = 340;
const LETTER = 7.3;
const PADDING = 22;
/** Rows looked at to guess how wide a column has to be. */
const SAMPLE = 60;
/** Longer cells are shown whole beside the table. */
const LONGEST = 300;

export interface Cell {
  record: number;
  column: number;
}

export interface GridEvents {
  onActive(cell: Cell): void;
  onHeading(column: number): void;
}

export class Grid {
  readonly element: HTMLElement;
  active: Cell | undefined;
  readonly #model: TableModel;
  readonly #events: GridEvents;
  readonly #canvas = el('div', { class: 'av-canvas', role: 'presentation' });
  readonly #head = el('div', { class: 'av-head', role: 'row', 'aria-rowindex': '1' });
  readonly #body = el('div', { class: 'av-body', role: 'rowgroup' });
  readonly #widths = new Map<number, number>();
  #columns: number[] = [];
  #edges: number[] = [0];
  #numberWidth = 48;
  #isWaiting = false;
  #seen = '';

  constructor(model: TableModel, label: string, events: GridEvents) {
    this.#model = model;
    this.#events = events;
    this.element = el('div', { class: 'av-grid', role: 'grid', tabindex: '0', 'aria-label': label });
    const top = el('div', { role: 'rowgroup', class: 'av-top' }, this.#head);
    this.#canvas.append(top, this.#body);
    this.element.append(this.#canvas);
    this.element.addEventListener('scroll', () => this.#soon(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#body.addEventListener('click', (event) => this.#click(event));
    this.#head.addEventListener('click', (event) => this.#clickHead(event));
    new ResizeObserver(() => {
      if (this.#seen !== this.#view()) this.#soon();
    }).observe(this.element);
  }

  /** How much of the table is in view: drawn anew when that changes. */
  #view(): string {
    return `${this.element.clientWidth} ${this.element.clientHeight}`;
  }

  /** Once it stands on the page, and after rows or columns changed. */
  relayout(): void {
    const model = this.#model;
    this.#columns = model.columns();
    this.#numberWidth = 26 + LETTER * String(model.index.records).length;
    this.#edges = [0];
    for (const column of this.#columns) this.#edges.push(this.#edges.at(-1)! + this.#widthOf(column));
    this.#canvas.style.width = `${this.#numberWidth + this.#edges.at(-1)!}px`;
    const height = HEAD + trackHeight(model.order.length, ROW);
    this.#canvas.style.height = `${height}px`;
    this.element.style.height = `min(62vh, 720px, ${height + BAR}px)`;
    this.element.setAttribute('aria-rowcount', String(model.order.length + 1));
    this.element.setAttribute('aria-colcount', String(this.#columns.length + 1));
    this.draw();
  }

  /** What is seen now, at once. */
  draw(): void {
    const { element } = this;
    const model = this.#model;
    this.#seen = this.#view();
    const [first, end] = columnsIn(this.#edges, element.scrollLeft, element.clientWidth || 1000);
    const rows = windowOf(model.order.length, ROW, element.scrollTop, (element.clientHeight || 600) - HEAD);
    this.#head.replaceChildren(this.#corner(), ...this.#headings(first, end));
    const drawn: HTMLElement[] = [];
    for (let at = rows.first; at < rows.end; at += 1) {
      const row = this.#row(at, first, end);
      row.style.top = `${rows.top + (at - rows.first) * ROW}px`;
      drawn.push(row);
    }
    this.#body.replaceChildren(...drawn);
    const id = this.#body.querySelector('.av-active')?.id;
    if (id) element.setAttribute('aria-activedescendant', id);
    else element.removeAttribute('aria-activedescendant');
  }

  /** Scrolls to a cell and makes it the active one; answers false when it is not among the shown rows. */
  goTo(record: number, column: number): boolean {
    const at = this.#model.order.indexOf(record);
    const place = Math.max(0, this.#columns.indexOf(column));
    if (at < 0) return false;
    const { element } = this;
    element.scrollTop = scrollTo(at, this.#model.order.length, ROW, element.clientHeight - HEAD);
    this.#intoView(place);
    this.#activate({ record, column: this.#columns[place] ?? 0 });
    return true;
  }

  #soon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    requestAnimationFrame(() => {
      this.#isWaiting = false;
      this.draw();
    });
  }

  #widthOf(column: number): number {
    const held = this.#widths.get(column);
    if (held !== undefined) return held;
    const model = this.#model;
    let letters = model.heading(column).length + 2;
    const last = Math.min(SAMPLE, model.index.records);
    for (let record = model.isPlain ? 0 : 1; record < last; record += 1) {
      letters = Math.max(letters, model.index.lengthOf(record, column));
    }
    const width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, letters * LETTER + PADDING)));
    this.#widths.set(column, width);
    return width;
  }

  #corner(): HTMLElement {
    const corner = el('div', { class: 'av-number', role: 'columnheader', title: 'Row' }, '#');
    corner.style.width = `${this.#numberWidth}px`;
    return corner;
  }

  #headings(first: number, end: number): HTMLElement[] {
    const model = this.#model;
    return this.#columns.slice(first, end).map((column, index) => {
      const sorting = model.sorting?.column === column ? model.sorting : undefined;
      const cell = el('div', {
        class: `av-heading${worst(model.marksOf(column))}`,
        role: 'columnheader',
        'aria-colindex': String(first + index + 2),
        'aria-sort': sorting ? (sorting.down ? 'descending' : 'ascending') : undefined,
        'data-column': String(column),
        title: titleOf(model.heading(column), model.marksOf(column)),
      });
      drawFound(cell, model.heading(column), '');
      if (sorting)
        cell.append(el('span', { class: 'av-arrow', 'aria-hidden': 'true' }, sorting.down ? '▼' : '▲'));
      this.#put(cell, first + index);
      return cell;
    });
  }

  #row(at: number, first: number, end: number): HTMLElement {
    const model = this.#model;
    const record = model.order[at]!;
    const number = el('div', { class: 'av-number', role: 'rowheader' }, record === 0 ? '–' : String(record));
    number.style.width = `${this.#numberWidth}px`;
    const row = el(
      'div',
      { class: 'av-row', role: 'row', 'aria-rowindex': String(at + 2) },
      number,
      ...this.#columns.slice(first, end).map((column, index) => {
        const cell = this.#cell(record, column);
        cell.setAttribute('aria-colindex', String(first + index + 2));
        this.#put(cell, first + index);
        return cell;
      }),
    );
    return row;
  }

  #cell(record: number, column: number): HTMLElement {
    const model = this.#model;
    const whole = model.text(record, column);
    const text = whole.length > LONGEST ? `${whole.slice(0, LONGEST)}…` : whole;
    const marks = model.marksAt(record, column);
    const isActive = this.active?.record === record && this.active.column === column;
    const classes = ['av-cell'];
    if (/^[\s+-]*[\d.,]+%?\s*$/.test(text)) classes.push('av-numeric');
    if (isFormula(text)) classes.push('av-formula');
    if (hasUnseen(whole)) classes.push('av-odd');
    if (isActive) classes.push('av-active');
    const cell = el('div', {
      class: `${classes.join(' ')}${worst(marks)}`,
      role: 'gridcell',
      id: `av-${record}-${column}`,
      'data-record': String(record),
      'data-column': String(column),
      'aria-selected': isActive ? 'true' : undefined,
      title: marks.length > 0 ? titleOf('', marks) : undefined,
    });
    drawFound(cell, text, model.query);
    return cell;
  }

  #put(cell: HTMLElement, place: number): void {
    cell.style.left = `${this.#numberWidth + this.#edges[place]!}px`;
    cell.style.width = `${this.#edges[place + 1]! - this.#edges[place]!}px`;
  }

  #click(event: Event): void {
    const cell = (event.target as Element).closest<HTMLElement>('.av-cell');
    if (cell)
      this.#activate({ record: Number(cell.dataset['record']), column: Number(cell.dataset['column']) });
  }

  #clickHead(event: Event): void {
    const cell = (event.target as Element).closest<HTMLElement>('.av-heading');
    if (cell) this.#events.onHeading(Number(cell.dataset['column']));
  }

  #activate(cell: Cell): void {
    this.active = cell;
    this.draw();
    this.#events.onActive(cell);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const model = this.#model;
    const rows = model.order.length;
    if (rows === 0) return;
    const page = Math.max(1, Math.floor((this.element.clientHeight - HEAD) / ROW) - 1);
    const at = Math.max(0, model.order.indexOf(this.active?.record ?? model.order[0]!));
    const place = Math.max(0, this.#columns.indexOf(this.active?.column ?? this.#columns[0]!));
    if (event.key === 'Enter') {
      this.#events.onHeading(this.#columns[place]!);
      event.preventDefault();
      return;
    }
    const to = this.active
      ? moved(event.key, at, place, page, this.#columns.length)
      : ARROWS.has(event.key) && [at, place];
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    const row = Math.min(rows - 1, Math.max(0, to[0]!));
    const next = Math.min(this.#columns.length - 1, Math.max(0, to[1]!));
    this.#rowIntoView(row);
    this.#intoView(next);
    this.#activate({ record: model.order[row]!, column: this.#columns[next]! });
  }

  #rowIntoView(at: number): void {
    const { element } = this;
    const view = element.clientHeight - HEAD;
    const seen = windowOf(this.#model.order.length, ROW, element.scrollTop, view, 0);
    if (at <= seen.first || at >= seen.end - 1)
      element.scrollTop = scrollTo(at, this.#model.order.length, ROW, view);
  }

  #intoView(place: number): void {
    const { element } = this;
    const left = this.#edges[place] ?? 0;
    const right = this.#edges[place + 1] ?? left;
    const room = element.clientWidth - this.#numberWidth;
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (right > element.scrollLeft + room) element.scrollLeft = Math.min(left, right - room);
  }
}

const ARROWS = new Set(['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

function moved(
  key: string,
  row: number,
  place: number,
  page: number,
  columns: number,
): [number, number] | undefined {
  switch (key) {
    case 'ArrowUp':
      return [row - 1, place];
    case 'ArrowDown':
      return [row + 1, place];
    case 'ArrowLeft':
      return [row, place - 1];
    case 'ArrowRight':
      return [row, place + 1];
    case 'PageUp':
      return [row - page, place];
    case 'PageDown':
      return [row + page, place];
    case 'Home':
      return [row, 0];
    case 'End':
      return [row, columns - 1];
    default:
      return undefined;
  }
}

function worst(marks: readonly Mark[]): string {
  if (marks.length === 0) return '';
  const found = (['B', 'W', 'I'] as const).find((severity) =>
    marks.some((mark) => mark.severity === severity),
  );
  return ` av-mark-${found}`;
}

function titleOf(name: string, marks: readonly Mark[]): string {
  return [name, ...marks.map(({ check, message }) => `${check}: ${message}`)].filter(Boolean).join('\n');
}
