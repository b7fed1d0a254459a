/** `sallyport hub restore --since`: without a checkpoint that can be read nothing begins. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program } from '../../src/cli/program.ts';

const root = mkdtempSync(path.join(tmpdir(), 'hub-restore-'));
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer(
    ({ url: at }, answer) =>
      void answer.writeHead(at === '/gone' ? 404 : 200).end(at === '/gone' ? 'a page' : ''),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(path.join(root, 'empty'), '\n');
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

const restore = (since: string): Promise<unknown> =>
  program().parseAsync(
    [...['hub', 'restore', '--config', `${root}/hub.yml`, '--from', root, '--since', since], '--why', 'x'],
    { from: 'user' },
  );

test.each([
  ['an empty file', () => path.join(root, 'empty')],
  ['no file', () => path.join(root, 'none')],
  ['a folder', () => root],
  ['an empty word', () => ''],
  ['an empty answer', () => `${url}/empty`],
  ['an answer that is none', () => `${url}/gone`],
  ['an address where nobody is', () => 'http://127.0.0.1:1/log/checkpoint'],
])('%s is no checkpoint', async (_what, since) => {
  await expect(restore(since())).rejects.toMatchObject({ refusal: { code: 'restore.no-since' } });
});

test('an address that may not be spoken to is refused as such', async () => {
  await expect(restore('http://192.0.2.1/checkpoint')).rejects.toMatchObject({
    refusal: { code: expect.stringMatching(/^origin\./) },
  });
});
