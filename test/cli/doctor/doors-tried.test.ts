/** What `doctor` tries at doors, at doors that are real: with a certificate and without, with what an engine would hold. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain, type Server } from 'node:http';
import { createServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { shownAt, trustOf, watchedAt } from '../../../src/cli/doctor/doors.ts';
import { reach } from '../../../src/cli/doctor/probes.ts';
import { newAuthority } from '../../hosts/support/authority.ts';

const root = mkdtempSync(path.join(tmpdir(), 'doctor-doors-'));
const doors = newAuthority();
const zones = newAuthority();
const shown = doors.issue('127.0.0.1');
const client = zones.issue('zone.example.edu');
let door: SecureServer;
let url = '';

const file = (name: string, text: string, mode = 0o600): string => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text, { mode });
  return path.join(root, name);
};
const portOf = (server: Server | SecureServer): number => (server.address() as AddressInfo).port;
const listening = (server: Server | SecureServer, host: string): Promise<void> =>
  new Promise((resolve) => server.listen(0, host, resolve));
const closed = (server: Server | SecureServer): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

beforeAll(async () => {
  door = createServer(
    { ...shown, ca: zones.cert, requestCert: true, rejectUnauthorized: true },
    (_request, response) => response.writeHead(401).end(),
  );
  await listening(door, '127.0.0.1');
  url = `https://127.0.0.1:${portOf(door)}`;
});
afterAll(async () => {
  await closed(door);
  rmSync(root, { recursive: true, force: true });
});

const settings = () => ({
  proxy: {
    url,
    ca_file: file('ca.pem', doors.cert),
    client: { cert_file: file('c.pem', client.cert), key_file: file('c.key', client.key) },
  },
  images: { pull: 'proxy' as const },
});
/** As setup leaves it for the engine; any of it otherwise. */
function held(folder: string, more: Record<string, string> = {}): string {
  const files = { 'ca.crt': doors.cert, 'client.cert': client.cert, 'client.key': client.key, ...more };
  for (const [name, text] of Object.entries(files))
    file(path.join(folder, `127.0.0.1:${portOf(door)}`, name), text);
  return path.join(root, folder);
}

test('with the certificate the door answers; without one, or with one of another authority, it does not', async () => {
  const { proxy } = settings();
  const caFile = proxy.ca_file;
  const other = newAuthority().issue('zone.example.edu');

  expect(await reach(url, { caFile, client: proxy.client })).toMatchObject({ status: 401 });
  expect(await reach(url, { caFile })).toMatchObject({ error: 'it closes the connection' });
  const forged = { cert_file: file('o.pem', other.cert), key_file: file('o.key', other.key) };
  expect((await reach(url, { caFile, client: forged })).error).toBeDefined();
});

test('a certificate that cannot be read is named, and is no silence of the door', async () => {
  const client = { cert_file: path.join(root, 'nowhere.pem'), key_file: path.join(root, 'nowhere.key') };
  expect(await reach(url, { client })).toMatchObject({ error: expect.stringContaining('nowhere.pem') });
});

test('what the engine holds opens the door, or it is said why not', async () => {
  expect(await trustOf(settings(), held('right'))).toMatchObject({ lacking: [], door: { status: 401 } });
  expect(await trustOf(settings(), path.join(root, 'nothing'))).toMatchObject({
    lacking: ['ca.crt', 'client.cert', 'client.key'],
  });
  const yesterday = held('yesterday', { 'ca.crt': newAuthority().cert });
  expect((await trustOf(settings(), yesterday))?.door.error).toContain('not of a trusted authority');
  const stranger = newAuthority().issue('zone');
  const wrong = held('wrong', { 'client.cert': stranger.cert, 'client.key': stranger.key });
  expect((await trustOf(settings(), wrong))?.door.error).toBeDefined();
});

test('nothing is asked of an engine that fetches nothing, or from a proxy that everybody trusts', async () => {
  expect(await trustOf({ ...settings(), images: { pull: 'never' } })).toBeUndefined();
  expect(await trustOf({ proxy: { url }, images: { pull: 'proxy' } })).toBeUndefined();
});

test('when a door’s certificate is over is read at the door itself', async () => {
  const { proxy } = settings();
  const [seen] = await shownAt(url, proxy.client);
  expect(new Date(seen?.until ?? 0).toISOString()).toBe('2049-12-31T23:59:59.000Z');
  expect(await shownAt('http://127.0.0.1:1')).toEqual([]);
});

test('a monitor’s door that is for this machine alone is tried at every other address of it', async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid);
  const everywhere = createPlain((_request, response) => response.end('sallyport_up 1\n'));
  await listening(everywhere, '0.0.0.0');
  const seen = await watchedAt({ listen: { host: '127.0.0.1', port: portOf(everywhere) } });
  await closed(everywhere);

  expect(seen).toMatchObject({ isOpen: false, bare: { status: 200 } });
  expect(seen?.elsewhere.filter(({ error }) => error === undefined)).toHaveLength(
    others.filter(({ family }) => family === 'IPv4').length,
  );
});
