/** A machine on which somebody types what a page says: the command in the path, Python, git set up, a registry of codelists. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publish, tablesFile } from '../../src/tables/tables.ts';
import { PYTHON, TEST_IMAGES } from '../support/python-image.ts';

const BIN = path.resolve(import.meta.dirname, '../../src/cli/bin.js');
const CODELIST = 'code,term\nc1,asthma\nc2,asthma with wheeze\n';
/** One table, as a deployment publishes it. */
const TABLES = publish([
  {
    dataset: 'register',
    ...tablesFile.parse({
      title: 'The register',
      tables: {
        entries: {
          columns: {
            entry: { type: 'integer', min: 1, max: 100_000, unique: true },
            year: { type: 'integer', min: 2024, max: 2025 },
            area: { type: 'text', categories: ['north', 'south', 'east', 'west'] },
            value: { type: 'integer', min: 0, max: 100 },
          },
        },
      },
    }),
  },
]);

const DEPLOYMENT = {
  id: 'somewhere',
  address: 'https://hub.example.org',
  images: [{ name: 'python', version: 'v2', image: 'images/python', database: false }],
};

export interface Desk {
  top: string;
  /** Address of a deployment: every codelist is there and right, and it publishes a table. */
  registry: string;
  /** In bash; `cwd` is where it ended. Standard error is where standard output goes, as a person reads them. */
  type(command: string, cwd: string): Promise<{ said: string; exit: number; cwd: string }>;
  close(): Promise<void>;
}

export async function aDesk(): Promise<Desk> {
  const top = mkdtempSync(path.join(tmpdir(), 'desk-'));
  const bin = path.join(top, 'bin');
  mkdirSync(bin);
  writeFileSync(
    path.join(bin, 'sallyport'),
    `#!/bin/sh\nexec "${process.execPath}" --no-warnings "${BIN}" "$@"\n`,
  );
  chmodSync(path.join(bin, 'sallyport'), 0o755);
  symlinkSync(PYTHON, path.join(bin, 'python'));
  const config = path.join(top, 'gitconfig');
  writeFileSync(config, '[user]\n\tname = Somebody\n\temail = somebody@example.org\n');
  const registry = createServer((request, response) => {
    const isList = request.url?.endsWith('/download.csv');
    response.writeHead(200, { 'content-type': isList ? 'text/csv' : 'application/json' });
    if (request.url === '/deployment.json') response.end(JSON.stringify(DEPLOYMENT));
    else if (request.url === '/schemas.json') response.end(JSON.stringify(TABLES));
    else response.end(isList ? CODELIST : '{"status":"ok"}');
  });
  await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  const { CI: _ci, GITHUB_ACTIONS: _actions, FORCE_COLOR: _color, ...rest } = process.env;
  const env = {
    ...rest,
    ...{ PATH: `${bin}:${rest['PATH']}`, HOME: top, XDG_STATE_HOME: path.join(top, 'state') },
    ...{ GIT_CONFIG_GLOBAL: config, GIT_CONFIG_NOSYSTEM: '1' },
    ...{ SALLYPORT_IMAGES: TEST_IMAGES, SALLYPORT_BUILT: '1', NO_COLOR: '1' },
  };
  return {
    top,
    registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}`,
    type: (command, cwd) => typed(command, cwd, env),
    async close() {
      registry.closeAllConnections();
      await new Promise((closed) => registry.close(closed));
      rmSync(top, { recursive: true });
    },
  };
}

async function typed(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ said: string; exit: number; cwd: string }> {
  const words = ['--norc', '-c', `exec 2>&1\n${command}\ncode=$?; pwd >&3; exit $code`];
  const child = spawn('bash', words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const texts = ['', ''];
  for (const [at, stream] of [child.stdout, child.stdio[3]].entries())
    stream!.on('data', (more: Buffer) => (texts[at] += more.toString('utf8')));
  const exit = await new Promise<number>((ended, failed) => {
    child.on('error', failed);
    child.on('close', (code) => ended(code ?? -1));
  });
  return { said: texts[0]!, exit, cwd: texts[1]!.trimEnd() };
}
