/** TLS cannot be loosened for a process, and what listens speaks nothing old. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { refuseLooseTls } from '../../src/cli/secure.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { readTlsFiles } from '../../src/lib/tls-files.ts';
import { tlsRefusal } from '../../src/lib/tls.ts';
import { selfSigned } from '../support/certificate.ts';
import { proxyWorld } from '../support/proxy.ts';
import { startViewer } from '../../web/airlock/viewer.ts';
import { APP, builtAssets, CONTENT } from '../viewer/stage.ts';

const certificate = selfSigned();
const OLD = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
let dir: string;
let files: { cert_file: string; key_file: string };
let control: Server;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-tls-'));
  files = { cert_file: path.join(dir, 'cert.pem'), key_file: path.join(dir, 'key.pem') };
  writeFileSync(files.cert_file, certificate.cert);
  writeFileSync(files.key_file, certificate.key, { mode: 0o600 });
  control = createServer({ ...certificate, ...OLD, maxVersion: 'TLSv1.3' });
  await new Promise<void>((done) => control.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  await new Promise((done) => control.close(done));
  rmSync(dir, { recursive: true });
});

/** Nobody gets as far as a page here. */
async function aViewer(): Promise<Parameters<typeof startViewer>[0]> {
  const none = { info: () => undefined, error: () => undefined, warn: () => undefined };
  const assetsDir = await builtAssets();
  const places = { zone: 'Test zone', appOrigin: APP, contentOrigin: CONTENT, assetsDir };
  return { ...places, room: {}, signIn: {}, clock: systemClock, ids: randomIds, logger: none } as never;
}

/** The version that both agreed on, or the code of the refusal. */
function shakes(port: number, versions: object): Promise<SecureVersion | string | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ca: certificate.cert, ...versions });
    const end = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', () => end(socket.getProtocol()));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

test('TLS before 1.2 is not spoken by the viewer or the proxy; whoever tries could', async () => {
  expect(await shakes((control.address() as AddressInfo).port, OLD)).toBe('TLSv1.1');

  const proxy = await proxyWorld({ tls: files });
  const port = Number(new URL(proxy.origin).port);
  expect(await shakes(port, OLD)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  expect(await shakes(port, {})).toBe('TLSv1.3');
  await proxy.close();

  const at = { listen: { host: '127.0.0.1', port: 0 }, tls: files };
  const viewer = await startViewer(await aViewer(), { app: at, content: at });
  for (const listens of Object.values(viewer.ports)) {
    expect(await shakes(listens, OLD)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(await shakes(listens, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
  }
  await viewer.stop();
});

test('no command begins where certificates would not be checked (tls.unchecked)', async () => {
  let begun = 0;
  const run = (env: Record<string, string>) => {
    const root = new Command();
    root.command('hub').action(() => void (begun += 1));
    refuseLooseTls(root, env);
    return root.parseAsync(['hub'], { from: 'user' });
  };

  await expect(run({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).rejects.toMatchObject({
    refusal: { code: 'tls.unchecked', next: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
  });
  expect(begun).toBe(0);
  await run({ NODE_TLS_REJECT_UNAUTHORIZED: '1' });
  await run({});
  expect(begun).toBe(2);
});

test.each(['TLSv1', 'TLSv1.1'])('a process that would speak %s does not begin (tls.too-old)', (oldest) => {
  expect(tlsRefusal({}, oldest)).toMatchObject({
    code: 'tls.too-old',
    says: expect.stringContaining(oldest),
  });
  expect(tlsRefusal({}, 'TLSv1.2')).toBeUndefined();
  expect(tlsRefusal({})).toBeUndefined();
});

/** Root may read anything: as nobody, who may not. */
function asNobody<T>(work: () => T): T {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('a user who may not read the key of a listener is told who that is and what helps (tls.not-readable)', () => {
  const key_file = path.join(dir, 'viewer.key');
  writeFileSync(key_file, certificate.key, { mode: 0o600 });
  chmodSync(key_file, process.geteuid?.() === 0 ? 0o600 : 0);
  chmodSync(dir, 0o755);

  const read = (): unknown => asNobody(() => readTlsFiles({ ...files, key_file }));

  expect(read).toThrow(`may not read ${key_file}.`);
  expect(read).toThrow(/systemctl.*chown \S+ \S+viewer\.key \(tls\.not-readable\)$/);
});

test('a viewer whose certificate is not there says so and does not begin (tls.no-file)', async () => {
  const tls = { ...files, cert_file: path.join(dir, 'none.pem') };
  const at = { listen: { host: '127.0.0.1', port: 0 }, tls };

  await expect(startViewer(await aViewer(), { app: at, content: at })).rejects.toMatchObject({
    refusal: { code: 'tls.no-file', says: expect.stringMatching(/none\.pem.*ENOENT/) },
  });
});
