/** Markdown as GitHub would show it: no raw HTML, no images, mentions and hidden markers as there, graphs drawn. */
import MarkdownIt from 'markdown-it';
import { renderToString } from 'preact-render-to-string';
import type { VNode } from 'preact';
import { drawBoxes, type Boxes } from './boxes.ts';
import { drawMermaid } from './graph.tsx';

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true }).disable('image');
const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n/;
drawBoxes(markdown);
const plainFence = markdown.renderer.rules.fence!;
markdown.renderer.rules.fence = (tokens, index, ...rest) => {
  const token = tokens[index]!;
  const graph = token.info.trim() === 'mermaid' ? drawMermaid(token.content) : undefined;
  return graph ? renderToString(graph) : plainFence(tokens, index, ...rest);
};

// Alerts: a quotation whose first line says what kind it is.
markdown.core.ruler.after('block', 'alerts', ({ tokens }) => {
  for (const [at, token] of tokens.entries()) {
    const kind = tokens[at - 2]?.type === 'blockquote_open' && ALERT.exec(token.content)?.[1];
    if (!kind) continue;
    tokens[at - 2]!.attrJoin('class', `sp-alert sp-alert-${kind.toLowerCase()}`);
    token.content = token.content.replace(ALERT, `**${kind[0]}${kind.slice(1).toLowerCase()}**\n`);
  }
});

// A wide one is scrolled, from the keyboard too.
markdown.renderer.rules.table_open = () => '<table tabindex="0">';

// A line break in a table cell, and small print, have no other way of being written.
markdown.renderer.rules.text = (tokens, index) =>
  markdown.utils.escapeHtml(tokens[index]!.content).replace(/&lt;(br|\/?sub)&gt;/g, '<$1>');

/** Whole `<details>` blocks are the one HTML our comments use: kept as text structure, everything else is escaped. */
const DETAILS = /^<(\/?details|summary>.*<\/summary)>$/;

/** `live`: its boxes are buttons of the form around it. */
export function Markdown({ text, live = false }: { text: string; live?: boolean }): VNode {
  const visible = text.replace(/<!--[\s\S]*?-->/g, '');
  const boxes = { seen: 0, live };
  return <div class="markdown-body" dangerouslySetInnerHTML={{ __html: renderParts(visible, boxes) }} />;
}

function renderParts(text: string, boxes: Boxes): string {
  let out = '';
  let open = 0;
  let buffer: string[] = [];
  let fence = '';
  const flush = () => {
    out += markdown.render(buffer.join('\n'), { boxes });
    buffer = [];
  };
  // GitHub takes opening tag and summary on one line or on two.
  for (const line of text.replace(/^<details>(?=<summary>)/gm, '<details>\n').split('\n')) {
    const marker = /^(`{3,}|~{3,})/.exec(line)?.[1];
    if (marker && !fence) fence = marker;
    else if (marker && fence && line.startsWith(fence)) fence = '';
    const tag = fence ? null : DETAILS.exec(line.trim());
    if (!tag) {
      buffer.push(line);
      continue;
    }
    flush();
    if (line.trim() === '<details>') {
      out += '<details>';
      open += 1;
    } else if (line.trim() === '</details>') {
      if (open > 0) out += '</details>';
      open = Math.max(0, open - 1);
    } else {
      const inner = line.trim().replace(/^<summary>|<\/summary>$/g, '');
      out += `<summary>${markdown.renderInline(inner)}</summary>`;
    }
  }
  flush();
  return out + '</details>'.repeat(open);
}
