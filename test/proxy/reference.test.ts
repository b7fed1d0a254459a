/**
 * The list of the reference (governance-and-record.md, §11), line by line, for two base domains and sets of
 * organisations. Each test is called what its line says; what follows the colon is what was tried.
 *
 * Elsewhere: private repositories, second organisation and clones (proxy.test.ts), wants (wants.test.ts), redirects,
 * addresses and certificates (upstream.test.ts), times (test/hosts/proxy-slow.test.ts), images (images/).
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitFetch, gitInitBare } from '../../src/lib/git.ts';
import { hasCommit } from '../../src/lib/git-objects.ts';
import { at, proxyWorld, type ProxyWorld } from '../support/proxy.ts';

const DEPLOYMENTS = [
  { host: '127.0.0.1', prefix: 'northshire' },
  { host: 'localhost', prefix: 'southmoor' },
] as const;

describe.each(DEPLOYMENTS)('as $host for $prefix', ({ host, prefix }) => {
  const org = at(prefix, 'northshire-research');
  const actions = at(prefix, 'northshire-actions');
  const study = `/${org}/study`;
  const refs = `${study}/info/refs?service=git-upload-pack`;
  const pack = `${study}/git-upload-pack`;
  const others = DEPLOYMENTS.filter((each) => each.prefix !== prefix).map((each) =>
    at(each.prefix, 'northshire-research'),
  );
  let world: ProxyWorld;
  let token = '';
  let commit = '';
  let dir = '';

  beforeAll(async () => {
    world = await proxyWorld({ host, prefix });
    commit = world.upstream.repository(`${org}/study`, { 'project.yaml': 'a' });
    world.upstream.repository(`${actions}/action`, { 'action.yaml': 'a' });
    token = await world.token();
    dir = mkdtempSync(join(tmpdir(), 'sallyport-reference-'));
    await gitInitBare(join(dir, 'a.git'));
  });
  afterAll(async () => {
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(() => {
    world.onRequest = undefined;
    world.upstream.seen.length = 0;
  });

  const authority = (): string => new URL(world.origin).host;
  /** What GitHub was asked by this test, of git. */
  const asked = (): string[] =>
    world.upstream.seen
      .filter(({ url }) => !url.startsWith('/api'))
      .map(({ method, url }) => `${method} ${url}`);

  /** Everything that comes back for these bytes until the proxy closes. */
  async function raw(bytes: string): Promise<string> {
    const socket = connect(Number(new URL(world.origin).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.write(bytes, 'latin1');
    await once(socket, 'close');
    return answer;
  }
  const head = (first: string, ...more: string[]): string =>
    [first, `Host: ${authority()}`, `Authorization: Bearer ${token}`, ...more].join('\r\n');
  const closing = (first: string, ...more: string[]): string =>
    `${head(first, 'Connection: close', ...more)}\r\n\r\n`;
  const statuses = (answer: string): number[] =>
    [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

  describe('passes', () => {
    test('robots', async () => {
      expect(
        await raw(`GET /robots.txt HTTP/1.1\r\nHost: ${authority()}\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*User-agent: \*\nDisallow: \/\n/);
    });

    test('refs and fetch, by a real clone, of each organisation', async () => {
      const fetching = async (name: string, more: Record<string, string> = {}): Promise<void> =>
        gitFetch({
          dir: join(dir, 'a.git'),
          url: `${world.origin}/${name}`,
          refspecs: ['+refs/heads/main:refs/x/main'],
          authorization: `Bearer ${await world.token()}`,
          headers: more,
        });
      await fetching(`${org}/study`, { 'Sallyport-Task': await world.task() });
      expect(await hasCommit(join(dir, 'a.git'), commit)).toBe(true);
      await fetching(`${actions}/action`);
      expect(asked().every((line) => line.includes(`/${prefix}`))).toBe(true);
    });
  });

  describe('refuses', () => {
    const target = async (path: string, method = 'GET'): Promise<void> => {
      const answer = await raw(closing(`${method} ${path} HTTP/1.1`));
      expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(answer).toMatch(/This proxy exists so that the secure zone|\(proxy\.headers\)/);
      expect(asked()).toEqual([]);
    };

    test.each([
      ['push services: its refs', `${study}/info/refs?service=git-receive-pack`],
      [
        'push services: with the other beside it',
        `${study}/info/refs?service=git-upload-pack&service=git-receive-pack`,
      ],
      ['repository pages: its front', study],
      ['repository pages: a file', `${study}/blob/main/project.yaml`],
      ['repository pages: settings', `${study}/settings`],
      ['other organisations: a stranger', '/torvalds/linux/info/refs?service=git-upload-pack'],
      ['other organisations: another deployment’s', `/${others[0]}/study/info/refs?service=git-upload-pack`],
      ['other organisations: one that begins alike', `/${org}x/study/info/refs?service=git-upload-pack`],
      ['other API: repositories', `/repos/${org}/study`],
      ['other API: of a server', `/api/v3/repos/${org}/study`],
      ['other API: queries', '/graphql'],
      ['archive: as a file', `${study}/archive/refs/heads/main.zip`],
      ['archive: as a service', `${study}/info/refs?service=git-upload-archive`],
      ['archive: of another host', `/${org}/study/zip/refs/heads/main`],
      ['raw', `${study}/raw/main/project.yaml`],
      ['LFS: the batch', `${study}.git/info/lfs/objects/batch`],
      ['LFS: an object', `${study}.git/info/lfs/objects/${'a'.repeat(64)}`],
      ['gist', '/gist/aa5a315d61ae9438b18d/info/refs?service=git-upload-pack'],
      ['wiki', `${study}.wiki.git/info/refs?service=git-upload-pack`],
      ['wiki: in capitals', `${study}.WIKI/info/refs?service=git-upload-pack`],
      ['dumb protocol: refs', `${study}/info/refs`],
      ['dumb protocol: an object', `${study}/objects/ab/${'c'.repeat(38)}`],
      ['dumb protocol: a pack', `${study}/objects/pack/pack-${'a'.repeat(40)}.pack`],
      ['dumb protocol: alternates', `${study}/objects/info/http-alternates`],
      ['keys of a user', '/rowan-example.keys'],
      ['extra query keys: behind', `${refs}&x=1`],
      ['extra query keys: before', `${study}/info/refs?x=1&service=git-upload-pack`],
      ['extra query keys: without a value', `${refs}&`],
      ['extra query keys: after a semicolon', `${refs};x=1`],
      ['extra query keys: on a pack', `${pack}?service=git-upload-pack`],
      ['extra query keys: a fragment', `${refs}#x`],
      ['repeated query keys', `${refs}&service=git-upload-pack`],
      ['repeated query keys: two questions', `${refs}?service=git-upload-pack`],
      ['path suffixes', `${study}/info/refs/../refs?service=git-upload-pack`],
      ['path suffixes: a slash', `${study}/info/refs/?service=git-upload-pack`],
      ['path suffixes: a parameter', `${study}/info/refs;a=b?service=git-upload-pack`],
      ['path suffixes: in the middle', `${study};a=b/info/refs?service=git-upload-pack`],
      ['dot segments: two', `/${org}/x/../study/info/refs?service=git-upload-pack`],
      ['dot segments: one', `/${org}/./study/info/refs?service=git-upload-pack`],
      ['dot segments: as the owner', `/../study/info/refs?service=git-upload-pack`],
      ['dot segments: encoded', `/${org}/%2e%2e/study/info/refs?service=git-upload-pack`],
      ['dot segments: encoded twice', `/${org}/%252e%252e/study/info/refs?service=git-upload-pack`],
      ['dot segments: as the name', `/${org}/..git/../info/refs?service=git-upload-pack`],
      ['encodings: a letter', `/${org}/stud%79/info/refs?service=git-upload-pack`],
      ['encodings: a slash', `/${org}%2fstudy/info/refs?service=git-upload-pack`],
      ['encodings: a line end', `${study}%0d%0aHost:x/info/refs?service=git-upload-pack`],
      ['encodings: a null', `${study}%00/info/refs?service=git-upload-pack`],
      ['encodings: a long form of UTF-8', `/${org}/%c0%ae%c0%ae/info/refs?service=git-upload-pack`],
      ['encodings: of the query', `${study}/info/refs?service=git%2Dupload-pack`],
      ['encodings: a plus', `${study}/info/refs?service=git+upload-pack`],
      ['Unicode: a letter that looks alike', `/${org}/st\u00fcdy/info/refs?service=git-upload-pack`],
      ['a backslash', `/${org}\\study/info/refs?service=git-upload-pack`],
      ['a double slash: at the start', `/${study}/info/refs?service=git-upload-pack`],
      ['a double slash: inside', `/${org}//study/info/refs?service=git-upload-pack`],
      ['a double slash: as a host', `//${org}/study/info/refs?service=git-upload-pack`],
      ['case: of the service', `${study}/info/refs?service=GIT-UPLOAD-PACK`],
      ['case: of the path', `${study}/INFO/REFS?service=git-upload-pack`],
      ['a name that is too long', `/${org}/${'a'.repeat(101)}/info/refs?service=git-upload-pack`],
      ['a user in the path', `/x:y@${org}/study/info/refs?service=git-upload-pack`],
    ])('%s', (_line, path) => target(path));

    test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'SEARCH'])(
      'unlisted methods: %s',
      async (method) => {
        const [status] = statuses(await raw(closing(`${method} ${refs} HTTP/1.1`)));
        expect([400, 403]).toContain(status);
        expect(asked()).toEqual([]);
      },
    );

    test('push services: the pack itself', async () => {
      await target(`${study}/git-receive-pack`, 'POST');
      const typed = closing(
        `POST ${study}/git-receive-pack HTTP/1.1`,
        'Content-Type: application/x-git-receive-pack-request',
        'Content-Length: 4',
      );
      expect(statuses(await raw(`${typed}0000`))).toEqual([400]);
    });

    test.each([
      ['GitHub’s own name', 'github.com'],
      ['none', ''],
      ['another port', `${host}:1`],
      ['with a dot behind', `${host}.`],
      ['one that begins alike', `${host}.evil.example`],
      ['a user before it', `x@${host}`],
    ])('unconfigured Host: %s', async (_what, name) => {
      const bytes = `GET ${refs} HTTP/1.1\r\nHost: ${name}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
      expect(statuses(await raw(bytes))[0]).toBeGreaterThanOrEqual(400);
      expect(asked()).toEqual([]);
    });

    test.each<[string, () => string]>([
      ['absolute-form: of GitHub', () => closing(`GET http://github.com${refs} HTTP/1.1`)],
      ['absolute-form: of the proxy', () => closing(`GET ${world.origin}${refs} HTTP/1.1`)],
      ['CONNECT', () => `CONNECT github.com:443 HTTP/1.1\r\nHost: ${authority()}\r\n\r\n`],
      ['CONNECT: of itself', () => `CONNECT ${authority()} HTTP/1.1\r\nHost: ${authority()}\r\n\r\n`],
      [
        'upgrade: to a socket',
        () => closing(`GET ${refs} HTTP/1.1`, 'Upgrade: websocket', 'Connection: Upgrade'),
      ],
      [
        'upgrade: to HTTP/2',
        () =>
          closing(
            `GET ${refs} HTTP/1.1`,
            'Connection: Upgrade, HTTP2-Settings',
            'Upgrade: h2c',
            'HTTP2-Settings: AAMAAABkAAQAAP__',
          ),
      ],
      ['upgrade: HTTP/2 at once', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['upgrade: an older HTTP', () => `GET ${refs}\r\n\r\n`],
      ['upgrade: asterisk', () => closing('OPTIONS * HTTP/1.1')],
    ])('%s', async (_line, bytes) => {
      const answer = await raw(bytes());
      expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
      expect(asked()).toEqual([]);
    });

    const body = '0014command=ls-refs\n0000';
    const posted = (...more: string[]): string =>
      closing(
        `POST ${pack} HTTP/1.1`,
        'Git-Protocol: version=2',
        'Content-Type: application/x-git-upload-pack-request',
        ...more,
      );
    const behind = (): string => closing(`GET /${actions}/action/info/refs?service=git-upload-pack HTTP/1.1`);

    test.each<[string, () => string]>([
      [
        'both of them',
        () => `${posted('Content-Length: 24', 'Transfer-Encoding: chunked')}18\r\n${body}\r\n0\r\n\r\n`,
      ],
      [
        'both, the other way round',
        () => `${posted('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n`,
      ],
      ['two lengths', () => `${posted('Content-Length: 24', 'Content-Length: 4')}${body}`],
      ['two lengths in one', () => `${posted('Content-Length: 24, 4')}${body}`],
      ['a length with a sign', () => `${posted('Content-Length: +24')}${body}`],
      ['a length in hexadecimal', () => `${posted('Content-Length: 0x18')}${body}`],
      ['a length below nothing', () => `${posted('Content-Length: -1')}${body}`],
      ['a transfer coding that is none', () => `${posted('Transfer-Encoding: xchunked')}0\r\n\r\n`],
      ['two transfer codings', () => `${posted('Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
      ['chunked twice', () => `${posted('Transfer-Encoding: chunked, chunked')}0\r\n\r\n`],
      [
        'the header twice',
        () => `${posted('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n`,
      ],
      ['identity', () => `${posted('Transfer-Encoding: identity', 'Content-Length: 24')}${body}`],
      ['a tab before the coding', () => `${posted('Transfer-Encoding: \x0bchunked')}0\r\n\r\n`],
      ['a space before the colon', () => `${posted('Transfer-Encoding : chunked')}0\r\n\r\n`],
      ['a line of its own', () => `${posted('Transfer-Encoding:\r\n chunked')}0\r\n\r\n`],
      ['a length of a chunk that is none', () => `${posted('Transfer-Encoding: chunked')}zz\r\n`],
      [
        'a chunk longer than it says',
        () => `${posted('Transfer-Encoding: chunked')}4\r\n${body}\r\n0\r\n\r\n`,
      ],
      ['a bare line feed after a chunk', () => `${posted('Transfer-Encoding: chunked')}18\n${body}\n0\n\n`],
      ['a bare line feed in the head', () => closing(`GET ${refs} HTTP/1.1`).replaceAll('\r\n', '\n')],
      [
        'a bare carriage return in the head',
        () => closing(`GET ${refs} HTTP/1.1`, 'X-A: b\rHost: github.com'),
      ],
      ['a null in the head', () => closing(`GET ${refs} HTTP/1.1`, 'X-A: b\0c')],
      ['a line before the head', () => ` \r\n${closing(`GET ${refs} HTTP/1.1`)}`],
      ['no name of a header', () => closing(`GET ${refs} HTTP/1.1`, ': x')],
      ['a body where none belongs', () => `${closing(`GET ${refs} HTTP/1.1`, 'Content-Length: 5')}hello`],
      [
        'a body in chunks where none belongs',
        () => `${closing(`GET ${refs} HTTP/1.1`, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      ],
    ])(
      'conflicting length headers, and what is like them: %s, and nothing that stands behind it passes',
      async (_what, bytes) => {
        const answer = await raw(bytes() + behind());

        expect(statuses(answer)[0]).toBe(400);
        expect(statuses(answer)).not.toContain(200);
        expect(asked()).toEqual([]);
      },
    );

    test.each([
      'Host',
      'Authorization',
      'Content-Type',
      'Git-Protocol',
      'Sallyport-Repository-Id',
      'Sallyport-Task',
    ])('a header twice: %s', async (name) => {
      const bytes = closing(`GET ${refs} HTTP/1.1`, `${name}: a`, `${name.toLowerCase()}: b`);
      expect(statuses(await raw(bytes))).toEqual([400]);
      expect(asked()).toEqual([]);
    });

    test('pipelining: what stands behind a refused request is answered for itself, and refused for itself', async () => {
      const first = `${head('GET / HTTP/1.1')}\r\n\r\n`;
      const second = closing(`GET /torvalds/linux/info/refs?service=git-upload-pack HTTP/1.1`);
      expect(statuses(await raw(first + second))).toEqual([403, 403]);
      const passing = closing(`GET ${refs} HTTP/1.1`);
      expect(statuses(await raw(first + passing))).toEqual([403, 200]);
      expect(asked()).toEqual([`GET ${study}.git/info/refs?service=git-upload-pack`]);
    });

    test('pipelining: a request inside the body of a refused one is never a request', async () => {
      const inside = closing(`GET ${refs} HTTP/1.1`);
      const outer = `${head(`POST ${study}/git-receive-pack HTTP/1.1`, `Content-Length: ${inside.length}`, 'Connection: close')}\r\n\r\n`;
      expect(statuses(await raw(outer + inside))).toEqual([400]);
      expect(asked()).toEqual([]);
    });

    test('missing client authentication', async () => {
      const without = `GET ${refs} HTTP/1.1\r\nHost: ${authority()}\r\nConnection: close\r\n\r\n`;
      expect(statuses(await raw(without))).toEqual([401]);
      expect(asked()).toEqual([]);
    });

    test('unapproved commit', async () => {
      const want = `0012command=fetch\n00010032want ${'f'.repeat(40)}\n0009done\n0000`;
      const answer = await raw(posted(`Content-Length: ${want.length}`) + want);
      expect(answer).toMatch(/^HTTP\/1\.1 403 [^]*\(proxy\.want\)/);
      expect(asked()).toEqual([]);
    });

    test('oversize body: said before, and an oversized negotiation', async () => {
      expect(await raw(posted('Content-Length: 2000000'))).toMatch(
        /^HTTP\/1\.1 413 [^]*\(proxy\.too-large\)/,
      );
      const haves = `0012command=fetch\n0001${`0032have ${'0'.repeat(40)}\n`.repeat(25_000)}0000`;
      expect(await raw(posted(`Content-Length: ${haves.length}`) + haves)).toMatch(/^HTTP\/1\.1 413 /);
      expect(asked()).toEqual([]);
    });
  });

  describe('verifies', () => {
    test('no client credential upstream, and no word of the client', async () => {
      const words = [
        'Cookie: a=leak',
        'Proxy-Authorization: leak',
        'Proxy-Connection: leak',
        'Forwarded: for=leak',
      ];
      const more = [
        'X-Forwarded-For: leak',
        'X-Forwarded-Host: leak',
        'Via: leak',
        'User-Agent: leak',
        'Referer: leak',
      ];
      const odd = [
        'Accept: leak',
        'Accept-Encoding: leak',
        'Accept-Language: leak',
        'Range: leak',
        'X-HTTP-Method-Override: POST',
      ];
      const answer = await raw(
        closing(`GET ${refs} HTTP/1.1`, ...words, ...more, ...odd, 'Git-Protocol: version=2'),
      );

      expect(statuses(answer)).toEqual([200]);
      const sent = JSON.stringify(world.upstream.seen.filter(({ url }) => !url.startsWith('/api')));
      expect(sent).toContain('"git-protocol":"version=2"');
      expect(sent).not.toMatch(/leak|override/i);
      expect(sent).not.toContain(token);
      expect(sent).toContain('Basic ');
    });

    test('no choice among words that are allowed, as often as one likes', async () => {
      world.upstream.seen.length = 0;
      const chosen = 'Accept-Encoding: gzip, deflate, gzip, gzip, deflate, identity';
      expect(statuses(await raw(closing(`GET ${refs} HTTP/1.1`, chosen)))).toEqual([200]);

      const { headers } = world.upstream.seen.find(({ url }) => !url.startsWith('/api'))!;
      expect(headers['accept-encoding']).toBe('identity');
    });

    test('no listed-out header downstream', async () => {
      const secret = {
        'set-cookie': 'leak',
        server: 'leak',
        'x-github-request-id': 'leak',
        location: 'leak',
        link: 'leak',
        refresh: 'leak',
        'alt-svc': 'leak',
        'strict-transport-security': 'leak',
        'www-authenticate': 'leak',
      };
      world.onRequest = (request, response) => {
        if (request.url?.startsWith('/api')) return false;
        response.writeHead(200, { 'content-type': 'x/y', ...secret }).end('0000');
        return true;
      };
      const answer = await raw(closing(`GET ${refs} HTTP/1.1`));

      expect(statuses(answer)).toEqual([200]);
      expect(answer).not.toContain('leak');
    });

    test('an aborted download reaches GitHub', async () => {
      let closed: Promise<unknown> | undefined;
      world.onRequest = (request, response) => {
        if (request.url?.startsWith('/api')) return false;
        closed = once(response, 'close');
        response.writeHead(200, { 'content-type': 'x/y' }).write('some');
        return true;
      };
      const socket = connect(Number(new URL(world.origin).port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(closing(`GET ${refs} HTTP/1.1`));
      await once(socket, 'data');
      socket.destroy();

      await closed;
      expect(await world.logged({ broken: true })).toMatchObject({ rule: 'git-refs' });
    });
  });
});
