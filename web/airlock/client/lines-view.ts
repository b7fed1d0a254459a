/** Text of any length, line by line: numbered, wrapped, searched. The ground of most viewers. */
import { el, button } from './dom.ts';
import { drawFound } from './draw-text.ts';
import { LineIndex, placesOf, type Piece } from './line-index.ts';
import { searchBox } from './search-box.ts';
import { scrollTo, trackHeight, windowOf } from './track.ts';

const LINE = 20;
const LETTER = 7.25;
/** Without wrapping a piece is long, and the window scrolls sideways. */
const UNWRAPPED = 2000;
const SIDE = 78;
/** Room for a scroll bar below a short text. */
const BAR = 18;

/** How one piece is put on the page; by default as plain text with the search marked. */
export type DrawPiece = (into: HTMLElement, text: string, query: string) => void;

export const plainPiece: DrawPiece = (into, text, query) => drawFound(into, text, query, '\t');

export class LinesView {
  readonly element = el('div', { class: 'av-lines', tabindex: '0', role: 'region' });
  readonly tools: HTMLElement;
  readonly #text: string;
  readonly #before: number;
  readonly #draw: DrawPiece;
  readonly #canvas = el('div', { class: 'av-lines-canvas' });
  readonly #found = el('span', { class: 'av-found', role: 'status' });
  readonly #box: HTMLInputElement;
  #index: LineIndex;
  #isWrapped = true;
  #query = '';
  #places: number[] = [];
  #at = -1;
  #isWaiting = false;
  #marked = 0;

  /** `before`: lines of the file that stand above this text. */
  constructor(text: string, label: string, draw: DrawPiece = plainPiece, before = 0) {
    this.#text = text;
    this.#before = before;
    this.#draw = draw;
    this.#index = new LineIndex(text, 120);
    this.element.setAttribute('aria-label', label);
    this.element.append(this.#canvas);
    this.element.addEventListener('scroll', () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(this.element);
    this.#box = searchBox('Find', (query) => this.#find(query));
    this.#box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#step(event.shiftKey ? -1 : 1);
    });
    const wrap = button('Wrap', () => {
      this.#isWrapped = !this.#isWrapped;
      wrap.setAttribute('aria-pressed', String(this.#isWrapped));
      this.#resized(true);
    });
    wrap.setAttribute('aria-pressed', 'true');
    const previous = button('↑', () => this.#step(-1), { 'aria-label': 'Previous place' });
    const next = button('↓', () => this.#step(1), { 'aria-label': 'Next place' });
    this.tools = el('span', { class: 'av-tools-part' }, this.#box, previous, next, wrap, this.#found);
    this.#tell();
  }

  /** Once the element stands on the page: its width says how long a piece may be. */
  begin(line?: number): void {
    this.#resized(true);
    if (line !== undefined) this.goToLine(line);
  }

  search(): void {
    this.#box.focus();
  }

  goToLine(line: number): void {
    this.#marked = line;
    this.#scroll(this.#index.pieceOfLine(line));
  }

  toEnd(): void {
    this.#scroll(this.#index.pieces - 1);
  }

  #resized(force = false): void {
    const letters = this.#isWrapped ? Math.floor((this.element.clientWidth - SIDE) / LETTER) : UNWRAPPED;
    if (force || Math.max(20, letters) !== this.#index.width)
      this.#index = new LineIndex(this.#text, letters);
    const height = trackHeight(this.#index.pieces, LINE);
    this.#canvas.style.height = `${height}px`;
    this.element.style.height = `min(62vh, 720px, ${height + BAR}px)`;
    this.#canvas.style.minWidth = this.#isWrapped ? '0' : `${this.#longest() * LETTER + SIDE}px`;
    this.#show();
  }

  #longest(): number {
    const most = Math.min(this.#index.pieces, 5000);
    let longest = 0;
    for (let at = 0; at < most; at += 1) {
      const { start, end } = this.#index.piece(at);
      longest = Math.max(longest, end - start);
    }
    return longest;
  }

  #soon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    requestAnimationFrame(() => {
      this.#isWaiting = false;
      this.#show();
    });
  }

  #show(): void {
    const index = this.#index;
    const { first, end, top } = windowOf(
      index.pieces,
      LINE,
      this.element.scrollTop,
      this.element.clientHeight || 600,
    );
    const drawn: HTMLElement[] = [];
    for (let at = first; at < end; at += 1) {
      const row = this.#row(index.piece(at));
      row.style.top = `${top + (at - first) * LINE}px`;
      drawn.push(row);
    }
    this.#canvas.replaceChildren(...drawn);
  }

  #row(piece: Piece): HTMLElement {
    const text = el('span', { class: 'av-line-text' });
    this.#draw(text, this.#text.slice(piece.start, piece.end), this.#query);
    const current = this.#places[this.#at] ?? -1;
    const isCurrent = current >= piece.start && current < Math.max(piece.end, piece.start + 1);
    const marked = isCurrent || piece.line === this.#marked ? ' av-line-marked' : '';
    return el(
      'div',
      { class: `av-line${marked}` },
      el(
        'span',
        { class: 'av-line-number', 'aria-hidden': 'true' },
        piece.isFirst ? String(piece.line + this.#before) : '',
      ),
      text,
    );
  }

  #find(query: string): void {
    this.#query = query;
    this.#places = placesOf(this.#text, query);
    this.#at = this.#places.length > 0 ? 0 : -1;
    this.#toPlace();
  }

  #step(by: number): void {
    const { length } = this.#places;
    if (length === 0) return;
    this.#at = (this.#at + by + length) % length;
    this.#toPlace();
  }

  #toPlace(): void {
    const place = this.#places[this.#at];
    if (place === undefined) this.#show();
    else this.#scroll(this.#index.pieceAt(place));
    this.#tell();
  }

  #scroll(piece: number): void {
    this.element.scrollTop = scrollTo(piece, this.#index.pieces, LINE, this.element.clientHeight || 600);
    this.#show();
  }

  #tell(): void {
    const lines = this.#index.lines;
    const found = this.#places.length;
    this.#found.textContent =
      this.#query === ''
        ? `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`
        : found === 0
          ? 'not found'
          : `${this.#at + 1} of ${found === 10_000 ? '10,000 or more' : found.toLocaleString('en')}`;
  }
}
