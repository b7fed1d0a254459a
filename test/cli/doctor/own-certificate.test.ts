/** Doctor on the boundary host asks the proxy by its own certificate, whose authority that host need not know. */
import { afterAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reach } from '../../../src/cli/doctor/probes.ts';
import { newAuthority } from '../../hosts/support/authority.ts';

const root = mkdtempSync(path.join(tmpdir(), 'sallyport-own-certificate-'));
const shown = newAuthority().issue('127.0.0.1');
const server = https.createServer(shown, (_question, answer) => answer.end('text'));

afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

test('a certificate that an authority signed is believed as its own, and no other one is', async () => {
  const own = path.join(root, 'own.pem');
  const other = path.join(root, 'other.pem');
  writeFileSync(own, shown.cert);
  writeFileSync(other, newAuthority().issue('127.0.0.1').cert);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = `https://127.0.0.1:${(server.address() as AddressInfo).port}/robots.txt`;

  expect(await reach(at, { caFile: own, own: true })).toMatchObject({ status: 200, text: 'text' });
  expect(await reach(at, { caFile: other, own: true })).not.toHaveProperty('status');
  // What is named as an authority has to be one.
  expect(await reach(at, { caFile: own })).not.toHaveProperty('status');
});
