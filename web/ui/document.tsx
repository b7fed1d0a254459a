/** The frame of every page: a whole HTML document around a body, rendered on the server. */
import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

export interface DocumentProps {
  title: string;
  /** Address of the shared style sheet. */
  styles: string;
  /** Address of a client script, if the page has one; pages work without it. */
  script?: string;
  /** More of the head: what the page is for programs. */
  head?: ComponentChildren;
  children: ComponentChildren;
}

export function Document({ title, styles, script, head, children }: DocumentProps): VNode {
  return (
    <html lang="en" data-color-mode="auto" data-light-theme="light" data-dark-theme="dark">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href={styles} />
        {script ? <script src={script} defer /> : null}
        {head}
      </head>
      <body>{children}</body>
    </html>
  );
}

/** The page as text. Everything but `dangerouslySetInnerHTML` is escaped by the renderer. */
export function renderPage(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`;
}
