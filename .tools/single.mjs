// The commands of a laptop as one file, for Node and nothing else: no package, no node_modules beside it.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { root } from './stale.mjs';

/** Ways to engines on other machines, and to BuildKit: `run` goes neither. */
const ABSENT = /^(?:ssh2|@grpc\/grpc-js|@grpc\/proto-loader)$/;

/** What Node brings is loaded when it is used: loading http and tls first would double the time of `check`. */
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    const builtin = new Set(builtinModules);
    build.onResolve({ filter: /.*/ }, ({ path: name, namespace }) => {
      if (namespace === 'builtin') return { path: name, external: true };
      const bare = name.replace(/^node:/, '');
      if (builtin.has(bare)) return { path: bare, namespace: 'builtin' };
      return ABSENT.test(name) ? { path: name, namespace: 'absent' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({
      contents: `module.exports = require('node:${name}')`,
    }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {}' }));
  },
};

/** The same bytes from the same commit, wherever and whenever it is built. */
export async function buildSingle(file) {
  const { outputFiles, metafile } = await esbuild({
    entryPoints: [path.join(root, 'src/cli/laptop.ts')],
    absWorkingDir: root,
    outfile: file,
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    define: { SALLYPORT_SINGLE_FILE: 'true' },
    plugins: [lazyBuiltins],
    logLevel: 'warning',
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __sallyportRequire } from 'node:module'; const require = __sallyportRequire(import.meta.url);",
    },
  });
  const [output] = Object.values(metafile.outputs);
  const outside = output.imports.filter(({ path: name }) => !name.startsWith('node:'));
  if (outside.length > 0) throw new Error(`The single file would need ${outside[0].path}.`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, outputFiles[0].text + licences(Object.keys(output.inputs)));
  chmodSync(file, 0o755);
  return file;
}

/** Whoever passes on a copy passes on the notices of what is in it. */
function licences(inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.set(found[1], path.join(root, found[1]));
  }
  const texts = [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, folder]) => noticeOf(folder));
  return `\n/*\nThis file holds these packages:\n\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/\n`;
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder)
    .sort()
    .find((each) => /^licen[cs]e(?:\.|$)/i.test(each));
  const text =
    file && existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), 'utf8') : '';
  return `${name} ${version}, ${typeof license === 'string' ? license : 'see below'}\n\n${text.trim()}`;
}
