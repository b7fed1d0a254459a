/**
 * Boxes in lists, `- [ ] like this`: drawn as boxes, and ticked by whoever may edit the text. Each is known by its
 * number in the text; what is hidden in comments or shown as code holds none.
 */
import type MarkdownIt from 'markdown-it';

/** What one rendering of a text counts, over the parts that it is rendered in. */
export interface Boxes {
  seen: number;
  /** Inside a form that takes the number of a box as `box`. */
  live: boolean;
}

const BOX = /^\[([ xX])\]\s+(?=\S)/;
const SIGN = /^\[[ xX]\]\s+/;
const LINE = /^(\s*(?:>\s*)*(?:[-*+]|\d+[.)])\s+\[)[ xX](?=\]\s+\S)/;

/** Draws them; pass `{ boxes }` as the environment. */
export function drawBoxes(markdown: InstanceType<typeof MarkdownIt>): void {
  markdown.core.ruler.after('inline', 'boxes', ({ tokens, env, Token }) => {
    const boxes = (env as { boxes?: Boxes }).boxes;
    if (!boxes) return;
    for (const [at, token] of tokens.entries()) {
      const first = token.children?.[0];
      const found = tokens[at - 2]?.type === 'list_item_open' && BOX.exec(token.content);
      if (!found || first?.type !== 'text') continue;
      first.content = first.content.replace(SIGN, '');
      const box = new Token('html_inline', '', 0);
      box.content = boxHtml(boxes, found[1] !== ' ', token.content.replace(BOX, ''));
      token.children!.unshift(box);
      tokens[at - 2]!.attrJoin('class', 'sp-task');
      boxes.seen += 1;
    }
  });

  function boxHtml({ seen, live }: Boxes, on: boolean, says: string): string {
    const name = markdown.utils.escapeHtml(says.replace(/[*`_]/g, '').split('\n')[0] ?? '');
    return live
      ? `<button type="submit" class="sp-tick" name="box" value="${seen}" role="checkbox" aria-checked="${on}" aria-label="${name}"></button> `
      : `<span class="sp-tick" role="img" aria-label="${on ? 'done' : 'not done'}" ${on ? 'data-on' : ''}></span> `;
  }
}

/** The text with this box ticked or unticked; undefined when there is none of this number. */
export function turned(text: string, number: number): string | undefined {
  const lines = text.split('\n');
  // What nobody sees is blanked, so that lines and columns stay where they are.
  const seen = text.replace(/<!--[\s\S]*?-->/g, (hidden) => hidden.replace(/[^\n]/g, ' ')).split('\n');
  let fence = '';
  let count = 0;
  for (const [at, line] of seen.entries()) {
    const marker = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (marker && !fence) fence = marker;
    else if (marker && line.trim().startsWith(fence)) fence = '';
    const begins = fence ? undefined : LINE.exec(line)?.[1];
    if (begins === undefined) continue;
    if (count === number) {
      const on = lines[at]![begins.length] !== ' ';
      lines[at] = `${begins}${on ? ' ' : 'x'}${lines[at]!.slice(begins.length + 1)}`;
      return lines.join('\n');
    }
    count += 1;
  }
  return undefined;
}
