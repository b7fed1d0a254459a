// A module of the product, as it stands in the sources, for the tools beside it.
import path from 'node:path';
import { buildSync } from 'esbuild';

export function bundled(root, module) {
  const { outputFiles } = buildSync({
    entryPoints: [path.join(root, module)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
