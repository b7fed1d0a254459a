/**
 * Markdown of ours as elements, token by token: there is no HTML text on the way, pictures are not loaded, links lead to
 * whole web addresses and say where to, and characters that cannot be seen are replaced.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { h, type ComponentChild, type VNode } from 'preact';

const markdown = new MarkdownIt('commonmark', { html: false }).disable([
  ...['image', 'heading', 'lheading', 'hr', 'html_block', 'html_inline'],
]);
const TAGS: ReadonlySet<string> = new Set([
  'p',
  'strong',
  'em',
  'blockquote',
  'code',
  'pre',
  'ul',
  'ol',
  'li',
  'a',
  'br',
]);
/** Deeper nothing is meant for people. */
const DEEPEST = 20;

export function Markdown({ text }: { text: string }): VNode {
  return <div class="sp-text">{nodesOf(markdown.parse(text, {}))}</div>;
}

interface Open {
  tag: string;
  href?: string | undefined;
  children: ComponentChild[];
}

function nodesOf(tokens: readonly Token[]): ComponentChild[] {
  const stack: Open[] = [{ tag: '', children: [] }];
  const add = (...children: ComponentChild[]): void => void stack.at(-1)!.children.push(...children);
  for (const token of tokens) {
    const { type, content, nesting, tag, hidden } = token;
    if (type === 'inline') add(...nodesOf(token.children ?? []));
    else if (type === 'code_inline') add(<code>{seen(content)}</code>);
    else if (type === 'fence' || type === 'code_block') add(<pre>{seen(content, '\n\t')}</pre>);
    else if (type === 'softbreak') add(' ');
    else if (type === 'hardbreak') add(<br />);
    else if (nesting === 1)
      stack.push({
        tag: hidden || stack.length > DEEPEST ? '' : tag,
        href: addressOf(token),
        children: [],
      });
    else if (nesting === -1 && stack.length > 1) add(closed(stack.pop()!));
    else add(seen(content));
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
      ({new URL(href).host})
    </>
  );
}

function addressOf(token: Token): string | undefined {
  const href = token.attrGet('href');
  return typeof href === 'string' && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : undefined;
}

/** Control and direction characters, zero widths and halves of characters are shown as what they are: nothing to read. */
export function seen(text: string, keep = ''): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Cf}]/gu, (char) => (keep.includes(char) ? char : '\uFFFD'));
}
