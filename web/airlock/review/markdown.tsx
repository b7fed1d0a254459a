/** Comments as people wrote them, with what cannot be seen named in its place; how: web/ui/markdown.tsx. */
import type { ComponentChild, VNode } from 'preact';
import { elementsOf, plainMarkdown } from '../../ui/markdown.tsx';
import { partsOf } from '../client/visible-text.ts';

const markdown = plainMarkdown(true);

export function Markdown({ text }: { text: string }): VNode {
  return (
    <div class="markdown-body ar-comment-text">
      {elementsOf(markdown.parse(text, {}), { shown: named, breaks: true })}
    </div>
  );
}

function named(text: string, keep = ''): ComponentChild[] {
  return partsOf(text, keep).map(({ text: piece, mark }) =>
    mark === undefined ? piece : <span class="av-unseen">{mark}</span>,
  );
}
