/**
 * Lines of a text of any length, cut into pieces that fit the window: a line of five million characters is
 * many pieces, each reachable, none of them slow.
 */

/** line: as numbered, from 1 · start, end: in the text · isFirst: the piece that carries the number */
export interface Piece {
  line: number;
  start: number;
  end: number;
  isFirst: boolean;
}

export class LineIndex {
  readonly text: string;
  readonly lines: number;
  readonly width: number;
  readonly #starts: Uint32Array;
  readonly #lineOf: Uint32Array;
  readonly pieces: number;

  /** `width`: characters of a piece. */
  constructor(text: string, width: number) {
    this.text = text;
    this.width = Math.max(20, width);
    let starts = new Uint32Array(1024);
    let lineOf = new Uint32Array(1024);
    let pieces = 0;
    let line = 0;
    for (let at = 0; at < text.length || line === 0; ) {
      line += 1;
      const found = text.indexOf('\n', at);
      const end = found < 0 ? text.length : found;
      let from = at;
      do {
        if (pieces + 1 >= starts.length) {
          starts = grown(starts);
          lineOf = grown(lineOf);
        }
        starts[pieces] = from;
        lineOf[pieces] = line;
        pieces += 1;
        from = cut(text, from, end, this.width);
      } while (from < end);
      at = end + 1;
    }
    this.#starts = starts;
    this.#lineOf = lineOf;
    this.pieces = pieces;
    this.lines = line;
  }

  piece(at: number): Piece {
    const start = this.#starts[at]!;
    const line = this.#lineOf[at]!;
    const following = at + 1 < this.pieces ? this.#starts[at + 1]! : this.text.length;
    const endsLine = at + 1 >= this.pieces || this.#lineOf[at + 1] !== line;
    let end = following;
    if (endsLine && this.text[end - 1] === '\n' && end > start) end -= 1;
    if (endsLine && this.text[end - 1] === '\r' && end > start) end -= 1;
    return { line, start, end, isFirst: at === 0 || this.#lineOf[at - 1] !== line };
  }

  /** The piece that holds this character. */
  pieceAt(offset: number): number {
    let low = 0;
    let high = this.pieces - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  pieceOfLine(line: number): number {
    let low = 0;
    let high = this.pieces - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lineOf[middle]! < line) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Never between the two halves of one character. */
function cut(text: string, from: number, end: number, width: number): number {
  const to = from + width;
  if (to >= end) return end;
  const code = text.charCodeAt(to - 1);
  return code >= 0xd800 && code <= 0xdbff ? to + 1 : to;
}

function grown(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2);
  to.set(from);
  return to;
}

/** Where `query` stands, upper and lower case alike; at most `most` places. */
export function placesOf(text: string, query: string, most = 10_000): number[] {
  const places: number[] = [];
  if (query === '') return places;
  const low = text.toLowerCase();
  const wanted = query.toLowerCase();
  // Where lower case changes the length, places would be wrong: search as written.
  const [where, what] = low.length === text.length ? [low, wanted] : [text, query];
  for (
    let at = where.indexOf(what);
    at >= 0 && places.length < most;
    at = where.indexOf(what, at + what.length)
  ) {
    places.push(at);
  }
  return places;
}
