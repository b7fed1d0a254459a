/**
 * Markdown of ours as elements, token by token: there is no HTML text on the way, pictures are not loaded, links lead to
 * whole web addresses and say where to, and characters that cannot be seen are replaced.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { h, type ComponentChild, type VNode } from 'preact';

/** What no text of people needs: pictures would tell who looks, headings would take the page's place. */
export const plainMarkdown = (breaks = false) =>
  new MarkdownIt('commonmark', { html: false, breaks }).disable([
    ...['image', 'heading', 'lheading', 'hr', 'html_block', 'html_inline'],
  ]);
/** Tags a text may have; anything else is left out, its text stays. */
const TAGS: ReadonlySet<string> = new Set([
  ...['p', 'strong', 'em', 'blockquote', 'code', 'pre', 'ul', 'ol', 'li', 'a', 'br'],
]);
/** Deeper nothing is meant for people. */
const DEEPEST = 20;
const markdown = plainMarkdown();

export function Markdown({ text }: { text: string }): VNode {
  return (
    <div class="sp-text">
      {elementsOf(markdown.parse(text, {}), { shown: (piece, keep) => [seen(piece, keep)] })}
    </div>
  );
}

interface How {
  /** Text as it may be seen; `keep`: characters that stay although they cannot be seen. */
  shown(text: string, keep?: string): ComponentChild[];
  /** A line end within a paragraph is one on the page. */
  breaks?: boolean;
}

interface Open {
  tag: string;
  href?: string | undefined;
  children: ComponentChild[];
}

export function elementsOf(tokens: readonly Token[], how: How): ComponentChild[] {
  const { shown, breaks = false } = how;
  const stack: Open[] = [{ tag: '', children: [] }];
  const add = (...children: ComponentChild[]): void => void stack.at(-1)!.children.push(...children);
  for (const token of tokens) {
    const { type, content, nesting, tag, hidden } = token;
    if (type === 'inline') add(...elementsOf(token.children ?? [], how));
    else if (type === 'code_inline') add(<code>{shown(content)}</code>);
    else if (type === 'fence' || type === 'code_block')
      add(
        <pre>
          <code>{shown(content, '\n\t')}</code>
        </pre>,
      );
    else if (type === 'hardbreak' || (type === 'softbreak' && breaks)) add(<br />);
    else if (type === 'softbreak') add(' ');
    else if (nesting === 1)
      stack.push({
        tag: hidden || stack.length > DEEPEST ? '' : tag,
        href: addressOf(token),
        children: [],
      });
    else if (nesting === -1 && stack.length > 1) add(closed(stack.pop()!));
    else if (content) add(...shown(content));
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

/** Only whole web addresses: no other scheme, nothing of this site. */
function addressOf(token: Token): string | undefined {
  const href = token.attrGet('href');
  return typeof href === 'string' && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : undefined;
}

/** Control and direction characters, zero widths and halves of characters are shown as what they are: nothing to read. */
export function seen(text: string, keep = ''): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Cf}]/gu, (char) => (keep.includes(char) ? char : '\uFFFD'));
}
