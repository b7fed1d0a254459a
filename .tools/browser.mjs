// Bundles what browsers load: one script per page kind, names by content.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './stale.mjs';

/** `<name>.entry.ts` in a folder of clients is the script of a page kind. */
const ENTRY = '.entry.ts';

/** The airlock's viewer: its scripts and one style sheet. */
export const buildViewer = (out) =>
  bundled(out, 'web/airlock/client', { viewer: 'web/airlock/styles/viewer.css' });

/** The hub's public pages, whose style sheet all pages share. */
export const buildSite = (out) => bundled(out, 'web/site/client');

/** `out` then holds the files and `assets.json`: name of an entry → file. */
async function bundled(out, clients, more = {}) {
  mkdirSync(out, { recursive: true });
  const client = path.join(root, clients);
  const scripts = readdirSync(client)
    .filter((file) => file.endsWith(ENTRY))
    .map((file) => [file.slice(0, -ENTRY.length), path.join(client, file)]);
  const others = Object.entries(more).map(([name, file]) => [name, path.join(root, file)]);
  const { metafile } = await build({
    entryPoints: Object.fromEntries([...scripts, ...others]),
    entryNames: '[name]-[hash]',
    outdir: out,
    bundle: true,
    // One file per page: a round trip over a slow remote desktop costs more than some shared lines.
    splitting: false,
    format: 'iife',
    minify: true,
    legalComments: 'none',
    target: ['chrome100', 'firefox100', 'safari15'],
    metafile: true,
    logLevel: 'error',
  });
  const assets = { scripts: {} };
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    if (file.endsWith('.css')) assets.styles = path.basename(file);
    else assets.scripts[path.basename(entryPoint, ENTRY)] = path.basename(file);
  }
  writeFileSync(path.join(out, 'assets.json'), JSON.stringify(assets));
}
