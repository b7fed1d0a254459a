/** File views in a real browser: pages on one origin under the viewer's policy, bytes on another. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { h, type VNode } from 'preact';
import type { Browser, Page } from 'playwright-core';
import type { ColumnSummary, Finding } from '../../src/disclosure/disclosure.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { FileView } from '../../web/airlock/files/file-view.tsx';
import type { Provenance } from '../../web/airlock/files/types.ts';
import { Document, renderPage } from '../../web/ui/document.tsx';
import { startChromium } from '../support/chrome.ts';

export interface Staged {
  path: string;
  bytes: Uint8Array | string;
  findings?: Finding[];
  columns?: ColumnSummary[];
  provenance?: Provenance;
  action?: string;
  /** What the content origin really sends, where that is something else. */
  sends?: Uint8Array | string;
  /** Announced, and never sent to its end. */
  stalls?: boolean;
}

export interface Stage {
  page: Page;
  /** Loads reported as shown, in order. */
  shown: string[];
  /** Anything a file tried to fetch from the app's origin. */
  strays: string[];
  /** Opens a page with this file and waits for its end: shown or failed. */
  show(file: Staged, until?: 'shown' | 'failed' | 'none'): Promise<Page>;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = { svg: 'image/svg+xml', svgz: 'image/svg+xml', html: 'text/html' };

export async function startStage(): Promise<Stage> {
  const [script, styles] = await Promise.all([
    bundled('web/airlock/client/file.entry.ts'),
    bundled('web/airlock/styles/viewer.css', true),
  ]);
  const shown: string[] = [];
  const strays: string[] = [];
  let held: Staged;
  const content = await listening((url, response) => {
    const { path, bytes, sends, stalls } = held;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('content-security-policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'");
    const suffix = path.slice(path.lastIndexOf('.') + 1);
    response.setHeader('content-type', url === '/c/frame' ? (TYPES[suffix] ?? 'text/plain') : 'text/plain');
    if (url === '/c/frame' && suffix === 'svgz') response.setHeader('content-encoding', 'gzip');
    if (!stalls) return void response.end(sends ?? bytes);
    response.write(Buffer.from(bytes).subarray(0, 5));
  });
  const app = await listening((url, response, body) => {
    if (url === '/page') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', policy(content.origin));
      response.end(pageOf(held, content.origin));
    } else if (url === '/file.js') response.setHeader('content-type', 'text/javascript').end(script);
    else if (url === '/ui.css') response.setHeader('content-type', 'text/css').end(styles);
    else if (url === '/shown') {
      shown.push(new URLSearchParams(body).get('load') ?? '');
      response.setHeader('content-type', 'application/json').end('{"shown":true}');
    } else {
      if (url !== '/favicon.ico') strays.push(url);
      response.statusCode = 404;
      response.end();
    }
  });
  const browser: Browser = await startChromium();
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  return {
    page,
    shown,
    strays,
    show: async (file, until = 'shown') => {
      held = file;
      shown.length = 0;
      strays.length = 0;
      await page.goto(`${app.origin}/page`);
      if (until !== 'none') await page.waitForSelector(`[data-state=${until}]`);
      return page;
    },
    close: async () => {
      await browser.close();
      for (const { server } of [app, content]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

function pageOf(file: Staged, origin: string): string {
  const bytes = Buffer.from(file.bytes);
  const look = {
    load: 'load-1',
    url: `${origin}/c/page`,
    sha256: sha256(bytes),
    size: bytes.length,
    path: file.path,
  };
  const view = h(FileView, {
    look,
    frame: { ...look, load: '', url: `${origin}/c/frame` },
    csrf: 'token',
    findings: file.findings ?? [],
    columns: file.columns ?? [],
    provenance: file.provenance,
    action: file.action,
  });
  const main = h('main', { class: 'p-3' }, h('h1', { class: 'f3' }, 'A file'), view);
  return renderPage(
    Document({ title: 'File', styles: '/ui.css', script: '/file.js', children: main }) as VNode,
  );
}

/** As web/airlock/server/headers.ts has it. */
const policy = (content: string): string =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' ${content}; frame-src ${content}; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'`;

export async function bundled(entry: string, isStyle = false): Promise<string> {
  const built = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: isStyle ? undefined : 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  return built.outputFiles[0]!.text;
}

type Answer = (url: string, response: ServerResponse, body: string) => void;

async function listening(answer: Answer): Promise<{ origin: string; server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => answer(request.url ?? '/', response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
