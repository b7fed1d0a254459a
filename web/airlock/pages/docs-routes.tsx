/** The documents, bundled with the zone: nobody has to leave it to read them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt, { type Renderer } from 'markdown-it';
import type { VNode } from 'preact';
import type { Pages, ViewerParts } from '../parts.ts';
import { packageRoot } from '../server/assets.ts';
import { Heading } from '../shell/frame.tsx';

type RenderRule = NonNullable<Renderer['rules'][string]>;

/** Ours, and still without raw HTML: what a document quotes stays text. */
const markdown = new MarkdownIt({ html: false, linkify: false });
const renderToken: RenderRule = (tokens, at, options, _env, self) => self.renderToken(tokens, at, options);
markdown.renderer.rules.link_open = (tokens, at, ...rest) => {
  const token = tokens[at];
  const href = String(token?.attrGet('href') ?? '');
  // Documents link to each other by file name.
  const local = /^(?:\.\/)?([a-z][a-z-]*)\.md(#.*)?$/.exec(href);
  if (token && local) token.attrSet('href', `/docs/${local[1]}${local[2] ?? ''}`);
  // What is not served here (files of the repository) is named, and leads nowhere.
  else if (token && !/^(https?:|#)/.test(href)) token.attrs = null;
  return renderToken(tokens, at, ...rest);
};
/** Headings are named as GitHub names them, so that links into a document lead there. */
markdown.renderer.rules.heading_open = (tokens, at, ...rest) => {
  tokens[at]?.attrSet('id', anchorOf(tokens[at + 1]?.content ?? ''));
  return renderToken(tokens, at, ...rest);
};
/** Our own pictures, and nothing from elsewhere. */
markdown.renderer.rules.image = (tokens, at, options, env, self) => {
  const token = tokens[at];
  const alt = self.renderInlineAsText(token?.children ?? [], options, env);
  const name = /^images\/([a-z][a-z-]*\.png)$/.exec(String(token?.attrGet('src') ?? ''))?.[1];
  const text = markdown.utils.escapeHtml(alt);
  return name ? `<img class="va-picture" src="/docs/images/${name}" alt="${text}">` : text;
};

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

interface Doc {
  name: string;
  title: string;
  text: string;
}

/** What people at this viewer look for first. */
const FIRST = ['checkers', 'releasing', 'researchers', 'disclosure', 'governance', 'security'];

export function docsRoutes(pages: Pages, { docsDir }: ViewerParts): void {
  const dir = docsDir ?? path.join(packageRoot(), 'docs');
  const docs = readDocs(dir);
  const pictures = readPictures(path.join(dir, 'images'));
  pages.get('/docs', (visit) => {
    visit.show({
      title: 'Docs',
      body: (
        <>
          <Heading title="Docs" note="The same as on the public side, as this version knows them." />
          <ul class="Box">
            {docs.map(({ name, title }) => (
              <li class="Box-row">
                <a href={`/docs/${name}`}>{title}</a>
              </li>
            ))}
          </ul>
        </>
      ),
    });
  });
  pages.get('/docs/images/:name', (visit) => {
    const bytes = pictures.get(String(visit.request.params['name']));
    if (!bytes) return visit.notFound();
    visit.response.type('png').send(bytes);
  });
  pages.get('/docs/:name', (visit) => {
    const doc = docs.find(({ name }) => name === visit.request.params['name']);
    if (!doc) return visit.notFound();
    const crumbs = [
      ['Docs', '/docs'],
      [doc.title, '#'],
    ] as const;
    visit.show({ title: doc.title, crumbs, body: <Document text={doc.text} /> });
  });
}

function Document({ text }: { text: string }): VNode {
  // A corner of a table that heads nothing is a plain cell.
  // Code that is wider than the page is reached by keyboard.
  const html = markdown
    .render(text)
    .replace(/<th([^>]*)><\/th>/g, '<td$1></td>')
    .replace(/<pre>/g, '<pre tabindex="0">');
  return <article class="markdown-body va-doc" dangerouslySetInnerHTML={{ __html: html }} />;
}

function readDocs(dir: string): Doc[] {
  return readdirSync(dir)
    .filter((file) => /^[a-z][a-z-]*\.md$/.test(file))
    .map((file) => {
      const text = readFileSync(path.join(dir, file), 'utf8');
      return { name: file.slice(0, -3), title: /^# (.+)$/m.exec(text)?.[1] ?? file, text };
    })
    .sort((a, b) => rank(a.name) - rank(b.name) || a.title.localeCompare(b.title));
}

/** Read once, by name: no path is ever made of what a browser asks for. */
function readPictures(dir: string): Map<string, Buffer> {
  const names = existsSync(dir) ? readdirSync(dir).filter((file) => /^[a-z][a-z-]*\.png$/.test(file)) : [];
  return new Map(names.map((name) => [name, readFileSync(path.join(dir, name))]));
}

function rank(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}
