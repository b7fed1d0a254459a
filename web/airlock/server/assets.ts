/** Scripts and styles as the build left them: names by content, so that browsers keep them for ever. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Router } from 'express';
import { refusal, Refused } from '../../../src/lib/refusal.ts';
import type { Assets } from '../parts.ts';

interface Index {
  scripts: Record<string, string>;
  styles: string;
}

const PREFIX = '/assets';

export interface LoadedAssets extends Assets {
  routes: Router;
}

export function loadAssets(dir = path.join(packageRoot(), 'dist', 'web', 'airlock')): LoadedAssets {
  const { scripts, styles } = readIndex(dir);
  const files = new Map([styles, ...Object.values(scripts)].map((name) => [name, read(dir, name)]));
  const routes = Router();
  routes.get(`${PREFIX}/:name`, (request, response) => {
    const file = files.get(String(request.params['name']));
    if (!file) return void response.status(404).type('text').send('Not found');
    const zipped = request.acceptsEncodings('gzip') === 'gzip';
    response.set({
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(zipped ? file.zipped : file.bytes);
  });
  return {
    routes,
    styles: `${PREFIX}/${styles}`,
    script(name) {
      const file = scripts[name];
      if (file === undefined) throw new Error(`no script is called ${name}`);
      return `${PREFIX}/${file}`;
    },
  };
}

function read(dir: string, name: string) {
  const bytes = readFileSync(path.join(dir, name));
  const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  return { bytes, type, zipped: gzipSync(bytes) };
}

function readIndex(dir: string): Index {
  try {
    return JSON.parse(readFileSync(path.join(dir, 'assets.json'), 'utf8')) as Index;
  } catch (cause) {
    const no = refusal('viewer.not-built', 'The scripts of the viewer are not built.', 'Run: npm run build');
    throw new Refused(no, { cause });
  }
}

export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}
