/** Tables: search, sorting, hidden columns, the whole text of one cell, and cells that findings point at. */
import { CsvIndex } from './csv-index.ts';
import { breath, button, count, el } from './dom.ts';
import { drawText } from './draw-text.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { Grid, type Cell } from './grid.ts';
import { searchBox } from './search-box.ts';
import { TableModel, type Mark } from './table-model.ts';

/** Bytes are taken apart piece by piece as they arrive, so the page answers meanwhile. */
export async function readTable(part: FilePart, pieces: AsyncIterable<Uint8Array>): Promise<CsvIndex> {
  const index = new CsvIndex(part.size, part.path.toLowerCase().endsWith('.tsv') ? '\t' : ',');
  for await (const piece of pieces) {
    if (!index.push(piece)) throw new Error('more bytes than announced');
  }
  index.end();
  return index;
}

export function drawTable(part: FilePart, index: CsvIndex, marks: readonly Mark[]): Drawn {
  return new TableView(part, new TableModel(index, marks));
}

class TableView implements Drawn {
  readonly #part: FilePart;
  readonly #model: TableModel;
  readonly #grid: Grid;
  readonly #cellText = el(
    'div',
    { class: 'av-whole color-fg-muted', 'aria-live': 'polite' },
    'Choose a cell to read it whole.',
  );
  readonly #found = el('span', { class: 'av-found', role: 'status' });
  readonly #box: HTMLInputElement;

  constructor(part: FilePart, model: TableModel) {
    this.#part = part;
    this.#model = model;
    this.#grid = new Grid(model, `Table ${part.path}`, {
      onActive: (cell) => this.#showWhole(cell),
      onHeading: (column) => this.#sort(column),
    });
    this.#box = searchBox('Search rows', (query) => this.#search(query));
    part.tools.append(this.#box, this.#found, this.#columnMenu());
    part.stage.replaceChildren(this.#grid.element, this.#cellText);
    this.#tell();
    this.#notes();
    this.#grid.relayout();
  }

  goTo({ row, column }: { row?: number; column?: string }): void {
    const model = this.#model;
    const at = column === undefined ? 0 : Math.max(0, model.columnNamed(column));
    if (model.isHidden(at)) {
      model.show(at, true);
      this.#grid.relayout();
    }
    if (this.#grid.goTo(row ?? model.order[0] ?? 0, at)) return;
    // A search hides the row: what a hint points at goes before it.
    this.#box.value = '';
    void this.#search('').then(() => this.#grid.goTo(row ?? 1, at));
  }

  search(): void {
    this.#box.focus();
  }

  place(): string | undefined {
    const { active } = this.#grid;
    if (!active || active.record === 0) return undefined;
    const name = this.#model.heading(active.column).trim() || `column ${active.column + 1}`;
    return `row=${active.record},column=${name}`;
  }

  #sort(column: number): void {
    const model = this.#model;
    if (model.isPlain) return;
    const now = model.sorting?.column === column ? model.sorting : undefined;
    model.sort(!now ? { column, down: false } : now.down ? undefined : { column, down: true });
    this.#grid.relayout();
  }

  async #search(query: string): Promise<void> {
    if (!(await this.#model.search(query, breath))) return;
    this.#grid.element.scrollTop = 0;
    this.#grid.relayout();
    this.#tell();
  }

  #tell(): void {
    const { order, index, query, hiddenColumns, isPlain } = this.#model;
    const all = isPlain ? index.records : index.rows;
    const rows =
      query === '' ? count(all, 'row') : `${order.length.toLocaleString('en')} of ${count(all, 'row')}`;
    const hidden = hiddenColumns > 0 ? `, ${hiddenColumns} hidden` : '';
    this.#found.textContent = `${rows} × ${count(this.#model.columnCount, 'column')}${hidden}`;
  }

  #notes(): void {
    const { index } = this.#model;
    if (index.unclosed)
      this.#part.note('A quotation mark is never closed: what follows it is read as one cell.');
    if (index.ragged > 0)
      this.#part.note(
        `${count(index.ragged, 'row has', 'rows have')} another number of cells than the heading, the first is row ${index.firstRagged}. It is shown as a plain table: no row is taken for the heading, and nothing is sorted.`,
      );
    if (index.blank > 0)
      this.#part.note(`${count(index.blank, 'blank line is', 'blank lines are')} not shown.`);
    if (index.records === 0) this.#part.note('The file is empty.');
  }

  #showWhole({ record, column }: Cell): void {
    const model = this.#model;
    const name = el('b');
    drawText(name, model.heading(column) || `column ${column + 1}`);
    const text = el('span', { class: 'av-whole-text' });
    drawText(text, model.text(record, column));
    const marks = model.marksAt(record, column);
    this.#cellText.classList.remove('color-fg-muted');
    this.#cellText.replaceChildren(
      el('span', { class: 'color-fg-muted' }, `row ${record}, `),
      name,
      ': ',
      text,
      ...marks.map(({ check, severity, message }) =>
        el('span', { class: `av-note-${severity}` }, `${check}: ${message}`),
      ),
    );
    this.#part.root.dispatchEvent(new CustomEvent('sallyport:cell', { bubbles: true, detail: this.place() }));
  }

  #columnMenu(): HTMLElement {
    const list = el('div', { class: 'av-menu' });
    const menu = el(
      'details',
      { class: 'av-columns-menu' },
      el('summary', { class: 'btn btn-sm' }, 'Columns'),
      list,
    );
    const redraw = (): void => {
      this.#grid.relayout();
      this.#tell();
    };
    menu.addEventListener('toggle', () => {
      if (!menu.open) return;
      const all = button('Show all', () => {
        this.#model.showAll();
        for (const box of list.querySelectorAll('input')) box.checked = true;
        redraw();
      });
      const rows = Array.from({ length: this.#model.columnCount }, (_, column) => {
        const box = el('input', { type: 'checkbox' });
        box.checked = !this.#model.isHidden(column);
        box.addEventListener('change', () => {
          this.#model.show(column, box.checked);
          box.checked = !this.#model.isHidden(column);
          redraw();
        });
        const label = el('label', {}, box, ' ');
        drawText(label, this.#model.heading(column) || `column ${column + 1}`);
        return label;
      });
      list.replaceChildren(all, ...rows);
    });
    menu.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') menu.open = false;
    });
    return menu;
  }
}
