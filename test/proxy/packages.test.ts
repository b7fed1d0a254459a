/**
 * The rule for packages, line by line of the reference (governance-and-record.md, §11), for two base domains. With the
 * real apt: test/hosts/proxy-packages.test.ts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { newAuthority } from '../hosts/support/authority.ts';
import { CHANGED } from '../support/archive.ts';
import { AUTHORITY, packagesWorld, ZONE_HOST, type PackagesWorld } from './packages-world.ts';

const DEB = 'pool/main/h/hello/hello_2.10-3_amd64.deb';

describe.each(['egress.example.edu', 'proxy.southmoor.example'])('as %s', (domain) => {
  let world: PackagesWorld;
  beforeAll(async () => {
    world = await packagesWorld({ domain });
  });
  afterAll(() => world.close());
  afterEach(() => {
    delete world.archive.instead;
    world.archive.files.clear();
    world.archive.seen.length = 0;
    world.log.length = 0;
  });

  const serves = (path: string, text = 'some bytes'): void =>
    void world.archive.files.set(path, Buffer.from(text));
  const asked = (): string[] => world.archive.seen.map(({ method, url }) => `${method} ${url}`);

  describe('passes', () => {
    test.each([
      'dists/noble/InRelease',
      'dists/noble-updates/Release',
      'dists/noble/Release.gpg',
      'dists/noble/main/binary-amd64/Packages.xz',
      'dists/noble/universe/binary-all/Packages',
      `dists/noble/main/binary-amd64/by-hash/SHA256/${'a'.repeat(64)}`,
      `dists/noble/main/i18n/by-hash/SHA512/${'b'.repeat(128)}`,
      'dists/noble/main/i18n/Translation-en.bz2',
      'dists/noble/main/i18n/Translation-pt_BR.xz',
      'dists/noble/main/cnf/Commands-amd64.xz',
      'dists/noble/main/dep11/Components-amd64.yml.gz',
      'dists/noble/main/Contents-amd64.gz',
      DEB,
      'pool/universe/libf/libfoo/libfoo1_1.0_all.deb',
      'pool/updates/main/o/openssl/openssl_3.0.2-0_amd64.deb',
    ])('%s', async (path) => {
      serves(`/ubuntu/${path}`);

      expect(await world.ask(`/ubuntu/${path}`)).toMatchObject({
        status: 200,
        body: Buffer.from('some bytes'),
      });
      expect(asked()).toEqual([`GET /ubuntu/${path}`]);
    });

    test('the other archive, by its own name and with its own suites', async () => {
      serves('/ubuntu/dists/noble-security/InRelease');
      const path = '/ubuntu/dists/noble-security/InRelease';

      expect(await world.ask(path, { host: world.security })).toMatchObject({ status: 200 });
      expect(await world.ask(path)).toMatchObject({ status: 403, code: 'proxy.package-suite' });
    });

    test.each([
      ['+ and ~ as they are', 'libstdc++6_1~rc1'],
      ['in capitals', 'libstdc%2B%2B6_1%7Erc1'],
      ['as apt writes them', 'libstdc%2b%2b6_1%7erc1'],
    ])('the escapes that names need: %s; the archive is asked in one form', async (_how, name) => {
      serves('/ubuntu/pool/main/g/gcc/libstdc%2b%2b6_1%7erc1_amd64.deb');

      expect((await world.ask(`/ubuntu/pool/main/g/gcc/${name}_amd64.deb`)).status).toBe(200);
    });

    test('an epoch in a version, with its escape', async () => {
      serves('/ubuntu/pool/main/h/hello/hello_1%3a2.10-3_amd64.deb');

      expect((await world.ask('/ubuntu/pool/main/h/hello/hello_1%3a2.10-3_amd64.deb')).status).toBe(200);
    });

    test('HEAD, the rest of a file, and what has not changed', async () => {
      serves(`/ubuntu/${DEB}`);

      expect(await world.ask(`/ubuntu/${DEB}`, { method: 'HEAD' })).toMatchObject({
        status: 200,
        headers: { 'content-length': '10', 'last-modified': CHANGED },
      });
      const rest = { range: 'bytes=5-', 'if-range': CHANGED };
      expect(await world.ask(`/ubuntu/${DEB}`, { headers: rest })).toMatchObject({
        status: 206,
        headers: { 'content-range': 'bytes 5-9/10', 'content-length': '5' },
        body: Buffer.from('bytes'),
      });
      const since = { 'if-modified-since': CHANGED };
      expect((await world.ask(`/ubuntu/${DEB}`, { headers: since })).status).toBe(304);
    });

    test('several at once on one connection, as apt asks: one after the other, each with its answer', async () => {
      let open = 0;
      let most = 0;
      world.archive.instead = (request, response) => {
        most = Math.max(most, (open += 1));
        response.once('close', () => (open -= 1));
        response.end(`${request.url}|`);
        return true;
      };
      const paths = ['Release', 'InRelease', 'Release.gpg'].map((name) => `/ubuntu/dists/noble/${name}`);
      const answer = await world.raw(
        paths
          .map((path, index) => head(path, ...(index === paths.length - 1 ? ['Connection: close'] : [])))
          .join(''),
      );

      expect([...answer.matchAll(/(\/ubuntu\/[^|]+)\|/g)].map(([, path]) => path)).toEqual(paths);
      expect(most).toBe(1);
    });
  });

  const head = (target: string, ...more: string[]): string =>
    [`GET ${target} HTTP/1.1`, `Host: ${world.main}:${world.port}`, ...more, '', ''].join('\r\n');

  describe('refuses', () => {
    test.each([
      ['the front page', '/'],
      ['the archive’s folder', '/ubuntu/'],
      ['without the archive’s path', `/${DEB}`],
      ['another archive on the same mirror', `/debian/${DEB}`],
      ['a list of a folder', '/ubuntu/pool/main/h/hello/'],
      ['sources', '/ubuntu/pool/main/h/hello/hello_2.10-3.dsc'],
      ['a tar file', '/ubuntu/pool/main/h/hello/hello_2.10.orig.tar.gz'],
      ['lists of sources', '/ubuntu/dists/noble/main/source/Sources.xz'],
      ['installers', '/ubuntu/dists/noble/main/installer-amd64/current/images/netboot/mini.iso'],
      ['another suite', '/ubuntu/dists/mantic/InRelease'],
      ['another suite, by its index', '/ubuntu/dists/mantic/main/binary-amd64/Packages.xz'],
      ['another component', '/ubuntu/dists/noble/multiverse/binary-amd64/Packages.xz'],
      ['a package of another component', '/ubuntu/pool/multiverse/h/hello/hello_2.10-3_amd64.deb'],
      ['a weak hash', `/ubuntu/dists/noble/main/binary-amd64/by-hash/MD5Sum/${'a'.repeat(32)}`],
      ['a hash of another length', `/ubuntu/dists/noble/main/binary-amd64/by-hash/SHA256/${'a'.repeat(63)}`],
      ['a package in a folder of another letter', '/ubuntu/pool/main/x/hello/hello_2.10-3_amd64.deb'],
      ['a package of a library in a short folder', '/ubuntu/pool/main/l/libfoo/libfoo1_1.0_all.deb'],
      ['a package without a version', '/ubuntu/pool/main/h/hello/hello_amd64.deb'],
      ['a suffix', `/ubuntu/${DEB}/x`],
      ['a suffix without a slash', `/ubuntu/${DEB}x`],
      ['a name in capitals', '/ubuntu/pool/main/h/hello/Hello_2.10-3_amd64.deb'],
      ['a long name', `/ubuntu/pool/main/h/hello/h${'e'.repeat(400)}_2.10-3_amd64.deb`],
      ['a query', `/ubuntu/${DEB}?x=1`],
      ['a query of nothing', `/ubuntu/${DEB}?`],
      ['a fragment', `/ubuntu/${DEB}#x`],
      ['a parameter', '/ubuntu/pool;a=b/main/h/hello/hello_2.10-3_amd64.deb'],
      ['dot segments', '/ubuntu/pool/main/h/../hello/hello_2.10-3_amd64.deb'],
      ['dot segments at the end', '/ubuntu/dists/noble/..'],
      ['dot segments before', `/../ubuntu/${DEB}`],
      ['dot segments, encoded', '/ubuntu/dists/%2e%2e/noble/InRelease'],
      ['dot segments, half encoded', '/ubuntu/dists/.%2e/noble/InRelease'],
      ['dot segments, encoded twice', '/ubuntu/dists/%252e%252e/noble/InRelease'],
      ['dots as a name', '/ubuntu/pool/main/././._._..deb'],
      ['a slash, encoded', '/ubuntu/pool%2fmain/h/hello/hello_2.10-3_amd64.deb'],
      ['a percent sign, encoded', '/ubuntu/pool/main/h/hello/hello_2.10%253a3_amd64.deb'],
      ['a letter, encoded', '/ubuntu/pool/main/h/hell%6f/hello_2.10-3_amd64.deb'],
      ['a line end', '/ubuntu/dists/noble/InRelease%0d%0aHost:x'],
      ['a null', `/ubuntu/${DEB}%00`],
      ['half an escape', '/ubuntu/pool/main/h/hello/hello%2_2.10-3_amd64.deb'],
      ['an escape in the archive’s own path', `/ubun%74u/${DEB}`],
      ['an escape that is needed, where none is', '/ubuntu/dists%2bx/noble/InRelease'],
      ['a long form of UTF-8', '/ubuntu/dists/%c0%ae%c0%ae/InRelease'],
      ['a letter that is none of ASCII', '/ubuntu/pool/main/h/hell\u00f6/hello_2.10-3_amd64.deb'],
      ['a backslash', '/ubuntu/pool\\main/h/hello/hello_2.10-3_amd64.deb'],
      ['a double slash', '/ubuntu//dists/noble/InRelease'],
      ['a double slash as a host', '//evil.example/ubuntu/dists/noble/InRelease'],
      ['absolute-form', `http://archive.ubuntu.example/ubuntu/${DEB}`],
      ['a user', `/x:y@ubuntu/${DEB}`],
      ['case', '/ubuntu/DISTS/noble/InRelease'],
    ])('%s', async (_what, path) => {
      const answer = await world.raw(head(path, 'Connection: close'));

      expect(answer).toMatch(/^HTTP\/1\.1 40[03] [^]*\(proxy\.[\w-]+\)/);
      expect(asked()).toEqual([]);
    });

    test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
      'unlisted methods: %s',
      async (method) => {
        const answer = await world.ask(`/ubuntu/${DEB}`, { method });
        expect(answer).toMatchObject({ status: 405, code: 'proxy.package-read-only' });
        expect(asked()).toEqual([]);
      },
    );

    test.each<[string, Record<string, string>]>([
      ['of a length', { 'content-length': '5' }],
      ['in chunks', { 'transfer-encoding': 'chunked' }],
    ])('an upload with a GET: %s', async (_how, headers) => {
      const answer = await world.ask(`/ubuntu/${DEB}`, { headers, body: 'hello' });
      expect(answer).toMatchObject({ status: 400, code: 'proxy.package-body' });
      expect(asked()).toEqual([]);
    });

    test.each(['evil.example', 'archive.ubuntu.com', '127.0.0.1'])('unconfigured Host: %s', async (name) => {
      const headers = { host: `${name}:${world.port}` };
      expect(await world.ask(`/ubuntu/${DEB}`, { headers })).toMatchObject({
        status: 403,
        code: 'proxy.host',
      });
      const port = { host: world.main };
      expect((await world.ask(`/ubuntu/${DEB}`, { headers: port })).status).toBe(403);
      expect(asked()).toEqual([]);
    });

    test('what is git’s or the registry’s at the name of an archive, and packages at the proxy’s own', async () => {
      for (const path of ['/v2/', '/token', '/northshire-research/study/info/refs?service=git-upload-pack'])
        expect(await world.ask(path)).toMatchObject({ status: 403, code: 'proxy.package-path' });
      const own = await world.ask(`/ubuntu/${DEB}`, { host: domain });
      expect(own).toMatchObject({ status: 403, code: 'proxy.not-allowed' });
      expect(asked()).toEqual([]);
    });

    test('missing client authentication, and a certificate of another authority', async () => {
      const stranger = newAuthority().issue('zone-1.zone.example');
      for (const client of [{ cert: '', key: '' }, stranger])
        await expect(world.ask(`/ubuntu/${DEB}`, { client })).rejects.toThrow();
      expect(asked()).toEqual([]);
    });
  });

  describe('verifies', () => {
    test('no client credential upstream, and no word of the client', async () => {
      serves(`/ubuntu/${DEB}`);
      const leaks = {
        ...{ authorization: 'Basic bGVhazpsZWFr', cookie: 'leak', 'proxy-authorization': 'leak' },
        ...{ 'user-agent': 'leak', referer: 'leak', forwarded: 'for=leak', 'x-forwarded-for': 'leak' },
        ...{
          accept: 'leak',
          'accept-encoding': 'leak',
          'cache-control': 'leak',
          via: 'leak',
          expect: 'leak',
        },
        ...{ range: 'bytes=0-1,leak', 'if-modified-since': 'leak', 'if-none-match': 'leak' },
      };
      const { expect: _odd, ...headers } = leaks;

      expect((await world.ask(`/ubuntu/${DEB}`, { headers })).status).toBe(200);
      expect(world.archive.seen.map((one) => one.headers)).toEqual([
        {
          host: world.archive.host,
          connection: 'keep-alive',
          'accept-encoding': 'identity',
          'user-agent': 'sallyport-proxy',
        },
      ]);
    });

    test('a range whose date is no date is not asked for: the whole comes', async () => {
      serves(`/ubuntu/${DEB}`);
      const headers = { range: 'bytes=5-', 'if-range': '"an-etag"' };
      expect((await world.ask(`/ubuntu/${DEB}`, { headers })).status).toBe(200);
    });

    test('no listed-out header downstream', async () => {
      const secret = Object.fromEntries(
        [
          'set-cookie',
          'server',
          'via',
          'x-cache',
          'etag',
          'link',
          'alt-svc',
          'content-encoding',
          'location',
        ].map((name) => [name, 'leak']),
      );
      world.archive.instead = (_request, response) => {
        response.writeHead(200, { ...secret, 'last-modified': 'leak', 'content-type': 'text/html' }).end('x');
        return true;
      };
      const answer = await world.ask(`/ubuntu/${DEB}`);

      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream' } });
      expect(JSON.stringify(answer.headers)).not.toContain('leak');
    });

    test('an aborted download reaches the archive', async () => {
      let closed: Promise<unknown> | undefined;
      world.archive.instead = (_request, response) => {
        closed = once(response, 'close');
        response.writeHead(200).write('some');
        return true;
      };
      const socket = await world.connected();
      socket.write(head(`/ubuntu/${DEB}`));
      await once(socket, 'data');
      socket.destroy();

      await closed;
      expect(await world.logged({ broken: true })).toMatchObject({ rule: 'package-file' });
    });

    test('the line of the log says who, from which archive and how much; no path and no header', async () => {
      serves(`/ubuntu/${DEB}`);
      await world.ask(`/ubuntu/${DEB}`, { headers: { 'user-agent': 'swordfish' } });

      const line = await world.logged({ rule: 'package-file' });
      expect(line).toMatchObject({
        host: 'zone-1.zone.example',
        archive: world.main,
        bytesOut: 10,
        status: 200,
      });
      expect(line['certificate']).toMatch(/^[0-9a-f]{12}$/);
      expect(JSON.stringify(world.log)).not.toMatch(/swordfish|hello/);
      const { text } = await world.metrics.read();
      expect(text).toContain('sallyport_proxy_bytes_total{rule="package-file",direction="to_zone"}');
    });

    test('a session that is taken up again is still that host’s', async () => {
      serves(`/ubuntu/${DEB}`);
      const agent = new Agent({
        ca: AUTHORITY.cert,
        servername: world.main,
        maxCachedSessions: 5,
        ...ZONE_HOST,
      });
      const reused: boolean[] = [];
      for (let time = 0; time < 2; time += 1) {
        const sent = request({
          ...{ host: '127.0.0.1', port: world.port, path: `/ubuntu/${DEB}`, agent },
          headers: { host: `${world.main}:${world.port}`, connection: 'close' },
        }).end();
        const [response] = (await once(sent, 'response')) as [IncomingMessage];
        reused.push((response.socket as TLSSocket).isSessionReused());
        response.resume();
        await once(response, 'close');
        expect(response.statusCode).toBe(200);
      }
      expect(reused).toEqual([false, true]);
      // A line is written when the answer has left, which may be after it was read.
      while (world.log.length < 2) await new Promise(setImmediate);
      expect(world.log.map((line) => line['host'])).toEqual(['zone-1.zone.example', 'zone-1.zone.example']);
    });
  });
});

test('the sentence for everything else mentions packages only where they are on', async () => {
  const says: string[] = [];
  for (const on of [true, false]) {
    const world = await packagesWorld({ on });
    says.push((await world.ask('/', { host: 'egress.example.edu' })).body.toString());
    await world.close();
  }
  expect(says.map((text) => text.split('. ')[0])).toMatchInlineSnapshot(`
   [
     "This proxy exists so that the secure zone can fetch code from the listed GitHub organisations with git, and hosts of it packages from listed archives with apt, and nothing else",
     "This proxy exists so that the secure zone can fetch code from the listed GitHub organisations with git, and nothing else",
   ]
  `);
});

test('off by default: the names of archives are not answered', async () => {
  const world = await packagesWorld({ on: false });
  expect(await world.ask(`/ubuntu/${DEB}`)).toMatchObject({ status: 403, code: 'proxy.host' });
  await world.close();
});
