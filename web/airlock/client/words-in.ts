/** The words of a page or a drawing, for reading beside it; parsed by the browser without being shown or run. */

const MOST = 200_000;

/** An inert document: no script runs, nothing is fetched. */
export function wordsInHtml(text: string): string {
  const document = new DOMParser().parseFromString(text, 'text/html');
  return lines(walk(document.documentElement));
}

export interface DrawingWords {
  /** Text of the drawing, in its order; absent when it is not well-formed. */
  text: string;
  /** What is in it and not drawn: titles, descriptions, metadata, comments. */
  unseen: string;
}

export function wordsInSvg(text: string): DrawingWords | undefined {
  const document = new DOMParser().parseFromString(text, 'image/svg+xml');
  if (document.getElementsByTagName('parsererror').length > 0) return undefined;
  const drawn: string[] = [];
  const unseen: string[] = [];
  for (const { name, text: found } of walk(document)) {
    if (['text', 'tspan', 'textPath', 'a'].includes(name)) drawn.push(found);
    else unseen.push(`${name}: ${found}`);
  }
  return { text: drawn.join('\n').slice(0, MOST), unseen: unseen.join('\n').slice(0, MOST) };
}

interface Found {
  name: string;
  text: string;
}

/** Iterative: a hostile document is deep. */
function walk(root: Node): Found[] {
  const found: Found[] = [];
  const walker = document.createTreeWalker(
    root,
    NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_CDATA_SECTION,
  );
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = (node.nodeValue ?? '').trim();
    if (text === '') continue;
    const name = node.nodeType === Node.COMMENT_NODE ? 'comment' : (node.parentNode?.nodeName ?? '');
    found.push({ name, text });
  }
  return found;
}

function lines(found: readonly Found[]): string {
  return found
    .map(({ name, text }) =>
      ['comment', 'SCRIPT', 'STYLE'].includes(name) ? `[${name.toLowerCase()}] ${text}` : text,
    )
    .join('\n')
    .slice(0, MOST);
}
