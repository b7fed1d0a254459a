// Bundles what a browser of the viewer loads: one script per page kind, one style sheet, names by content.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './stale.mjs';

/** `<name>.entry.ts` here is the script of a page kind. */
const CLIENT = path.join(root, 'web/airlock/client');
const ENTRY = '.entry.ts';

/** `out` then holds the files and `assets.json`: name of an entry → file. */
export async function buildViewer(out) {
  mkdirSync(out, { recursive: true });
  const entryPoints = Object.fromEntries(
    readdirSync(CLIENT)
      .filter((file) => file.endsWith(ENTRY))
      .map((file) => [file.slice(0, -ENTRY.length), path.join(CLIENT, file)]),
  );
  const { metafile } = await build({
    entryPoints: { ...entryPoints, viewer: path.join(root, 'web/airlock/styles/viewer.css') },
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
  const scripts = {};
  let styles = '';
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    if (file.endsWith('.css')) styles = path.basename(file);
    else scripts[path.basename(entryPoint, ENTRY)] = path.basename(file);
  }
  writeFileSync(path.join(out, 'assets.json'), JSON.stringify({ scripts, styles }));
}
