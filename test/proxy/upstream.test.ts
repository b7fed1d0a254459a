/**
 * How the proxy reaches GitHub (§11, rules 6 and 7): by public addresses that were looked at, with the certificate
 * of the name that was asked for, and by no redirect.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { request } from 'undici';
import { isPublicAddress } from '../../src/proxy/addresses.ts';
import { upstreamAgent, type UpstreamOptions } from '../../src/proxy/upstream.ts';
import { selfSigned } from '../support/certificate.ts';
import { ask, REFS, refused, world } from './proxy-world.ts';

/** What the system's function answers; told here by a name server that belongs to somebody else. */
const resolving = (addresses: string[], asked: string[] = []): UpstreamOptions['resolve'] =>
  ((host: string, _options: unknown, done: (error: null, found: LookupAddress[]) => void) => {
    asked.push(host);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  }) as UpstreamOptions['resolve'];

describe('a name that leads inside is not connected to', () => {
  let server: Server;
  let port: number;
  let arrived = 0;
  const certificate = selfSigned('github.example');
  const heard: { host: string | undefined; sni: unknown }[] = [];
  beforeAll(async () => {
    server = createServer(certificate, (asked: IncomingMessage, response) => {
      heard.push({ host: asked.headers.host, sni: (asked.socket as TLSSocket).servername });
      response.end('here');
    });
    server.on('connection', () => (arrived += 1));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const tried = async (
    url: string,
    { addresses = ['127.0.0.1'], ...more }: Partial<UpstreamOptions> & { addresses?: string[] } = {},
  ): Promise<string> => {
    const dispatcher = upstreamAgent({
      privateHosts: [],
      connectSeconds: 5,
      ca: Buffer.from(certificate.cert),
      resolve: resolving(addresses),
      ...more,
    });
    try {
      return await (await request(url, { dispatcher })).body.text();
    } catch (error) {
      return (error as Error).constructor.name === 'NotPublic'
        ? 'not public'
        : ((error as { code?: string }).code ?? 'failed');
    } finally {
      await dispatcher.destroy();
    }
  };

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback of IPv6', '::1'],
    ['a private network', '10.0.0.7'],
    ['another', '172.31.0.1'],
    ['a third', '192.168.1.1'],
    ['the cloud’s own data', '169.254.169.254'],
    ['a carrier’s network', '100.64.0.1'],
    ['nowhere', '0.0.0.0'],
    ['everybody', '255.255.255.255'],
    ['a local network of IPv6', 'fd00::1'],
    ['a link of IPv6', 'fe80::1'],
    ['an older address in a new one', '::ffff:10.0.0.1'],
    ['an older address by a tunnel', '2002:0a00:0001::1'],
    ['an older address by translation', '64:ff9b::a00:1'],
  ])('%s', async (_what, address) => {
    arrived = 0;
    expect(await tried(`https://github.example:${port}/`, { addresses: [address] })).toBe('not public');
    expect(arrived).toBe(0);
  });

  test('nor one that leads inside and outside', async () => {
    const addresses = ['140.82.112.3', '127.0.0.1'];
    expect(await tried(`https://github.example:${port}/`, { addresses })).toBe('not public');
  });

  test('nor an address in place of a name, in any way of writing it', async () => {
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]'])
      expect(await tried(`https://${host}:${port}/`)).toBe('not public');
  });

  test('the one that proxy.yml names is, by the name in handshake and header, and no other beside it', async () => {
    const privateHosts = [`github.example:${port}`];
    expect(await tried(`https://github.example:${port}/`, { privateHosts })).toBe('here');
    expect(heard.at(-1)).toEqual({ host: `github.example:${port}`, sni: 'github.example' });
    expect(await tried(`https://other.example:${port}/`, { privateHosts })).toBe('not public');
  });

  test('a certificate of another name, or of nobody known, ends it before a byte is sent', async () => {
    const before = heard.length;
    const privateHosts = ['other.example', 'github.example'];
    expect(await tried(`https://other.example:${port}/`, { privateHosts })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    const ca = Buffer.from(selfSigned().cert);
    expect(await tried(`https://github.example:${port}/`, { privateHosts, ca })).toMatch(
      /^DEPTH_ZERO|^SELF_SIGNED|^UNABLE/,
    );
    expect(heard.length).toBe(before);
  });

  test('each connection is looked up anew, and goes to what was looked at', async () => {
    const asked: string[] = [];
    const options = { privateHosts: ['github.example'], resolve: resolving(['127.0.0.1'], asked) };
    expect(await tried(`https://github.example:${port}/`, options)).toBe('here');
    expect(asked).toEqual(['github.example']);
  });
});

test('public addresses are public', () => {
  for (const address of ['140.82.112.3', '1.1.1.1', '2606:50c0:8000::153'])
    expect(isPublicAddress(address)).toBe(true);
  for (const text of ['', 'github.com', '999.1.1.1', '140.82.112.3/32'])
    expect(isPublicAddress(text)).toBe(false);
});

describe('a redirect of GitHub’s is neither followed nor passed on, whether it leads', () => {
  const places: [string, string][] = [
    ['to loopback', 'http://127.0.0.1:1/'],
    ['to loopback by another name', 'https://localhost/'],
    ['to a private address', 'https://10.0.0.1/'],
    ['to another host', 'https://evil.example/'],
    ['to another repository', '/northshire-research/other.git/info/refs?service=git-upload-pack'],
    ['with credentials', 'https://x:y@github.com/'],
    ['to another scheme', 'file:///etc/passwd'],
    ['nowhere', ''],
  ];
  test.each(
    places.flatMap(([what, to]) => [301, 302, 303, 307, 308].map((status) => [what, status, to] as const)),
  )('%s (%d)', async (_what, status, location) => {
    const reached: string[] = [];
    world.onRequest = (request, response) => {
      reached.push(request.url ?? '');
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(status, { location, 'set-cookie': 'a=1' }).end('secret page');
      return true;
    };
    const { headers, text } = await ask({ path: REFS });

    expect(headers['location']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
    expect(text).not.toMatch(/secret page|evil|127\.0|passwd/);
    expect(reached.filter((url) => !url.startsWith('/api'))).toHaveLength(1);
  });

  test('the API’s own neither', async () => {
    world.onRequest = (request, response) => {
      if (!request.url?.startsWith('/api/v3/repos/northshire-research/unknown')) return false;
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
      return true;
    };
    expect(await refused({ path: REFS.replace('study', 'unknown') })).toBe('403 proxy.repository-moved');
  });
});

test('an answer that says it is larger than it may be is cut off, and one that breaks off is not made whole', async () => {
  world.onRequest = (request, response) => {
    if (request.url?.startsWith('/api')) return false;
    response.writeHead(200, { 'content-type': 'x/y', 'content-length': String(10_000_000) });
    response.write(Buffer.alloc(4_000_000));
    return true;
  };
  await expect(ask({ path: REFS })).rejects.toThrow(/aborted/);
});

test('a list that comes packed though it was asked for as it is would pass unread, and does not', async () => {
  world.onRequest = (request, response) => {
    if (request.url?.startsWith('/api')) return false;
    response.writeHead(200, { 'content-type': 'x/y', 'content-encoding': 'gzip' }).end('x');
    return true;
  };
  expect(await refused({ path: REFS })).toBe('502 proxy.github-away');
});
