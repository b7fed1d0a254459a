/**
 * Which of many lines are in the window. Browsers draw no element higher than some ten million pixels, so a
 * longer track is scrolled in proportion: every line stays reachable, a pixel of the bar is several lines.
 */

/** Below the limit of every browser. */
const HIGHEST = 8_000_000;

export interface Window {
  first: number;
  /** One beyond the last. */
  end: number;
  /** Where the first line is drawn, in pixels of the scrolled element. */
  top: number;
}

export function trackHeight(lines: number, size: number): number {
  return Math.min(lines * size, HIGHEST);
}

/** `scroll`, `view`: what is scrolled to, and how much of it is seen, in pixels. */
export function windowOf(lines: number, size: number, scroll: number, view: number, extra = 6): Window {
  const whole = lines * size;
  const height = trackHeight(lines, size);
  const room = Math.max(1, height - view);
  const at = Math.min(Math.max(0, scroll), room);
  const offset = whole <= HIGHEST ? at : (at / room) * (whole - view);
  const first = Math.max(0, Math.floor(offset / size) - extra);
  const end = Math.min(lines, Math.ceil((offset + view) / size) + extra);
  return { first, end, top: at + first * size - offset };
}

/** Where to scroll so that a line stands a third below the upper edge. */
export function scrollTo(line: number, lines: number, size: number, view: number): number {
  const whole = lines * size;
  const height = trackHeight(lines, size);
  const offset = Math.min(Math.max(0, line * size - view / 3), Math.max(0, whole - view));
  return whole <= HIGHEST ? offset : (offset / Math.max(1, whole - view)) * (height - view);
}

/** Columns of any width: `edges[i]` is where column i begins, the last one where they end. */
export function columnsIn(
  edges: readonly number[],
  scroll: number,
  view: number,
  extra = 1,
): [number, number] {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle + 1]! <= scroll) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < edges.length - 1 && edges[end]! < scroll + view) end += 1;
  return [Math.max(0, low - extra), Math.min(edges.length - 1, end + extra)];
}
