// Bundles the scripts of the hub's public pages: one per page kind, names by content.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './stale.mjs';

/** `<name>.entry.ts` here is the script of a page kind. */
const CLIENT = path.join(root, 'web/site/client');
const ENTRY = '.entry.ts';

/** `out` then holds the files and `assets.json`: name of an entry → file. */
export async function buildSite(out) {
  mkdirSync(out, { recursive: true });
  const { metafile } = await build({
    entryPoints: Object.fromEntries(
      readdirSync(CLIENT)
        .filter((file) => file.endsWith(ENTRY))
        .map((file) => [file.slice(0, -ENTRY.length), path.join(CLIENT, file)]),
    ),
    entryNames: '[name]-[hash]',
    outdir: out,
    bundle: true,
    splitting: false,
    format: 'iife',
    minify: true,
    legalComments: 'none',
    target: ['chrome100', 'firefox100', 'safari15'],
    metafile: true,
    logLevel: 'error',
  });
  const scripts = Object.fromEntries(
    Object.entries(metafile.outputs).map(([file, { entryPoint }]) => [
      path.basename(entryPoint, ENTRY),
      path.basename(file),
    ]),
  );
  writeFileSync(path.join(out, 'assets.json'), JSON.stringify({ scripts }));
}
