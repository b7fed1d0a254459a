/**
 * The image in which an agent on dummy data runs the queries of studies: this machine's Node, the program and the PostgreSQL in memory. What a
 * member of a project may push is never run in the agent's own process.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type Docker from 'dockerode';
import { built } from '../../built.ts';
import { buildNodeImage, type ImageFile } from '../node-image.ts';

const HOME = '/app/node_modules/@electric-sql/pglite';

/** Its name, once the engine has it; undefined when the program has not been built. Throws what the engine or the disk says. */
export async function rowsImage(docker?: Docker): Promise<string | undefined> {
  const program = built('images/dummy-rows.mjs');
  if (program === undefined) return undefined;
  const { image } = await buildNodeImage({
    name: 'dummy-rows',
    files: [{ path: '/app/dummy-rows.mjs', source: program }, ...database()],
    entry: ['node', '--no-warnings', '/app/dummy-rows.mjs'],
    ...(docker ? { docker } : {}),
  });
  return image;
}

function database(): ImageFile[] {
  const dist = path.dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  const files = readdirSync(dist).filter((name) => /\.(js|wasm|data)$/.test(name));
  return [
    { path: `${HOME}/package.json`, source: path.join(dist, '../package.json') },
    ...files.map((name) => ({ path: `${HOME}/dist/${name}`, source: path.join(dist, name) })),
  ];
}
