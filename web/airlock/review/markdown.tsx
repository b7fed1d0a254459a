/**
 * Comments as people wrote them: links, bold, italics, quotes, code and lists. The parser's tokens become
 * elements of ours one by one; there is no HTML text on the way, and what cannot be seen is named.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { h, type ComponentChild, type VNode } from 'preact';
import { partsOf } from '../client/visible-text.ts';

const markdown = new MarkdownIt('commonmark', { html: false, breaks: true }).disable([
  'image',
  'heading',
  'lheading',
  'hr',
  'html_block',
  'html_inline',
]);

/** Tags a comment may have; anything else is left out, its text stays. */
const TAGS = new Set(['p', 'strong', 'em', 'blockquote', 'code', 'pre', 'ul', 'ol', 'li', 'a', 'br']);

export function Markdown({ text }: { text: string }): VNode {
  return <div class="markdown-body ar-comment-text">{nodesOf(markdown.parse(text, {}))}</div>;
}

interface Open {
  tag: string;
  href?: string;
  children: ComponentChild[];
}

function nodesOf(tokens: readonly Token[]): ComponentChild[] {
  const stack: Open[] = [{ tag: '', children: [] }];
  const add = (...children: ComponentChild[]): void => void stack.at(-1)!.children.push(...children);
  for (const token of tokens) {
    if (token.type === 'inline') add(...nodesOf(token.children ?? []));
    else if (token.type === 'text') add(...seen(token.content));
    else if (token.type === 'code_inline') add(<code>{seen(token.content)}</code>);
    else if (token.type === 'fence' || token.type === 'code_block')
      add(
        <pre>
          <code>{seen(token.content, '\n\t')}</code>
        </pre>,
      );
    else if (token.type === 'softbreak' || token.type === 'hardbreak') add(<br />);
    else if (token.nesting === 1)
      stack.push({ tag: token.hidden ? '' : token.tag, href: address(token), children: [] });
    else if (token.nesting === -1 && stack.length > 1) add(closed(stack.pop()!));
    else if (token.content) add(...seen(token.content));
  }
  return stack.flatMap(({ children }) => children);
}

function closed({ tag, href, children }: Open): ComponentChild {
  if (!TAGS.has(tag)) return <>{children}</>;
  if (tag !== 'a') return h(tag as 'p', null, children);
  if (href === undefined) return <>{children}</>;
  return (
    <>
      <a href={href} rel="noopener noreferrer nofollow">
        {children}
      </a>{' '}
      <span class="color-fg-muted text-small">({new URL(href).host})</span>
    </>
  );
}

/** Only whole web addresses: no other scheme, nothing within this viewer. */
function address(token: Token): string | undefined {
  const href = token.attrGet('href');
  return typeof href === 'string' && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : undefined;
}

function seen(text: string, keep = ''): ComponentChild[] {
  return partsOf(text, keep).map(({ text: piece, mark }) =>
    mark === undefined ? piece : <span class="av-unseen">{mark}</span>,
  );
}
