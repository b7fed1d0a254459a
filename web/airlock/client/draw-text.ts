/** Puts text on the page, with what cannot be seen named in small boxes. */
import { el } from './dom.ts';
import { partsOf } from './visible-text.ts';

export function drawText(into: Element, text: string, keep = ''): void {
  for (const { text: piece, mark } of partsOf(text, keep)) {
    if (mark === undefined) into.append(piece);
    else into.append(el('span', { class: 'av-unseen', title: `invisible character: ${mark}` }, mark));
  }
}

/** The same, with every place of `query` marked. */
export function drawFound(into: Element, text: string, query: string, keep = ''): void {
  if (query === '') {
    drawText(into, text, keep);
    return;
  }
  const low = text.toLowerCase();
  // Lower case may have another length: then nothing is marked, and the text is right.
  const wanted = low.length === text.length ? query.toLowerCase() : '';
  let from = 0;
  for (let at = wanted ? low.indexOf(wanted) : -1; at >= 0; at = low.indexOf(wanted, from)) {
    drawText(into, text.slice(from, at), keep);
    const mark = el('mark');
    drawText(mark, text.slice(at, at + wanted.length), keep);
    into.append(mark);
    from = at + wanted.length;
  }
  drawText(into, text.slice(from), keep);
}
