/** Formatted Markdown made of our own elements; no HTML of the file, no link that leads anywhere. */
import { el } from './dom.ts';
import { drawText } from './draw-text.ts';
import { blocksOf, inlineOf, type Block } from './markdown-blocks.ts';

/** Further blocks wait in the text view. */
const MOST_BLOCKS = 2000;

export function drawMarkdown(text: string): HTMLElement {
  const blocks = blocksOf(text);
  // Beneath the page's own title, and never two steps down at once.
  let level = 1;
  const body = el('div', { class: 'markdown-body av-markdown' });
  for (const block of blocks.slice(0, MOST_BLOCKS)) {
    if (block.kind === 'heading') level = Math.min(block.level + 1, level + 1, 6);
    body.append(drawBlock(block, level));
  }
  if (blocks.length > MOST_BLOCKS) body.append(el('p', {}, 'The rest is shown as text only.'));
  return body;
}

function drawBlock(block: Block, level: number): HTMLElement {
  switch (block.kind) {
    case 'heading':
      return inline(el(HEADINGS[level - 2]!), block.text);
    case 'code': {
      const pre = el('pre');
      drawText(pre, block.text, '\n\t');
      return pre;
    }
    case 'quote':
      return el('blockquote', {}, inline(el('p'), block.text));
    case 'list':
      return el(block.ordered ? 'ol' : 'ul', {}, ...block.items.map((item) => inline(el('li'), item)));
    case 'table':
      return el(
        'table',
        {},
        ...block.rows.map((row, at) =>
          el('tr', {}, ...row.map((cell) => inline(el(at === 0 ? 'th' : 'td'), cell))),
        ),
      );
    case 'rule':
      return el('hr');
    case 'paragraph':
      return inline(el('p'), block.text);
  }
}

const HEADINGS = ['h2', 'h3', 'h4', 'h5', 'h6'] as const;
const TAGS = { code: 'code', bold: 'strong', italic: 'em' } as const;

function inline<E extends HTMLElement>(into: E, text: string): E {
  for (const part of inlineOf(text)) {
    if (part.kind === 'text') drawText(into, part.text, '\n\t');
    else if (part.kind === 'link') {
      const span = el('span', { class: 'av-link' });
      drawText(span, `${part.text} (${part.address})`);
      into.append(span);
    } else {
      const piece = el(TAGS[part.kind]);
      drawText(piece, part.text, '\n\t');
      into.append(piece);
    }
  }
  return into;
}
