// Bundles the program into dist/: ESM, split, so that a command loads only what it uses.
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { buildSite, buildViewer } from './browser.mjs';
import { root, stamp } from './stale.mjs';

/** Big or stateful packages stay in node_modules: they are loaded by long-running roles only. */
export const EXTERNAL = [
  '@electric-sql/pglite',
  'probot',
  'dockerode',
  'pg',
  'pg-native',
  'pg-boss',
  'pino',
  'express',
  'esbuild',
  'playwright-core',
];

/** `out`: a folder of a package that is shipped has no benchmarks and no maps, and nothing of earlier builds. */
export async function build(out = path.join(root, 'dist')) {
  const started = new Date();
  const shipped = out !== path.join(root, 'dist');
  mkdirSync(out, { recursive: true });
  const entryPoints = { sallyport: path.join(root, 'src/cli/cli.ts') };
  const bench = path.join(root, 'test/bench/bench.ts');
  if (!shipped && existsSync(bench)) entryPoints.bench = bench;
  entryPoints['disclose-worker'] = path.join(root, 'src/cli/disclose-worker.ts');
  entryPoints['airlock-manifests'] = path.join(root, 'agent/airlock/manifests/worker.ts');
  entryPoints['airlock-checks'] = path.join(root, 'agent/airlock/checks/worker.ts');
  await esbuild({
    entryPoints,
    outdir: out,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: EXTERNAL,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcemap: shipped ? false : 'linked',
    logLevel: 'warning',
    chunkNames: 'chunks/[name]-[hash]',
    // Bundled CommonJS packages ask for these.
    banner: {
      js: "import { createRequire as __sallyportRequire } from 'node:module'; const require = __sallyportRequire(import.meta.url);",
    },
  });
  await esbuild({
    entryPoints: { ui: path.join(root, 'web/ui/ui.css') },
    outdir: path.join(out, 'web'),
    bundle: true,
    minify: true,
    logLevel: 'error',
  });
  copyFileSync(path.join(root, 'web/ui/card.png'), path.join(out, 'web/card.png'));
  const viewer = path.join(out, 'web', 'airlock');
  await buildViewer(viewer);
  removeOlder(viewer, started);
  const site = path.join(out, 'web', 'site');
  await buildSite(site);
  removeOlder(site, started);
  // Programs that go into images: one file each, nothing beside it.
  await esbuild({
    entryPoints: {
      sqlrunner: path.join(root, 'agent/images/sqlrunner/main.ts'),
      'dummy-rows': path.join(root, 'agent/images/dummy-rows/main.ts'),
    },
    outdir: path.join(out, 'images'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['pg-native', 'cloudflare:sockets', '@electric-sql/pglite'],
    banner: {
      js: "import { createRequire as __sallyportRequire } from 'node:module'; const require = __sallyportRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  removeOlder(path.join(out, 'chunks'), started);
  if (shipped) return;
  writeFileSync(stamp, started.toISOString());
}

/** Chunks of earlier builds carry other hashes: two minutes' grace, because a running program may still load them. */
function removeOlder(dir, started) {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) {
    const file = path.join(dir, name);
    if (statSync(file).mtimeMs < started.getTime() - 120_000) rmSync(file);
  }
}
