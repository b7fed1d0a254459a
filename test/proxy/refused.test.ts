/** What the proxy refuses, and what tries to mean two things. */
import { describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { hasCommit } from '../../src/lib/git-objects.ts';
import { REPOSITORY } from '../support/governance.ts';
import { STUDY } from '../support/proxy.ts';
import { ask, type Ask, dir, fetchThrough, REFS, refused, study, trouble, world } from './proxy-world.ts';

const PACK = `/${STUDY}/git-upload-pack`;

const PACK_TYPE = { 'content-type': 'application/x-git-upload-pack-request' };

/** A fetch by somebody who has very much already. */
const haves = (bytes: number): Buffer =>
  Buffer.from(`0012command=fetch\n0001${`0032have ${'0'.repeat(40)}\n`.repeat(Math.ceil(bytes / 50))}`);

/** A v2 request for the list of refs. */
const LS_REFS = '0014command=ls-refs\n0000';

describe('refused, with the purpose named:', () => {
  test.each([
    ['push', `/${STUDY}/info/refs?service=git-receive-pack`],
    ['the repository page', `/${STUDY}`],
    ['a page of it', `/${STUDY}/tree/main`],
    ['the front page', '/'],
    ['the API', '/api/v3/repos/northshire-research/study'],
    ['an archive', `/${STUDY}/archive/refs/heads/main.tar.gz`],
    ['a raw file', `/${STUDY}/raw/main/project.yaml`],
    ['large files', `/${STUDY}.git/info/lfs/objects/batch`],
    ['keys of a user', '/rowan-example.keys'],
    ['a gist', '/gist/0123456789abcdef/info/refs?service=git-upload-pack'.replace('/gist/', '/gist/x/')],
    ['the wiki', `/${STUDY}.wiki/info/refs?service=git-upload-pack`],
    ['the wiki with suffix', `/${STUDY}.wiki.git/info/refs?service=git-upload-pack`],
    ['the dumb protocol', `/${STUDY}/info/refs`],
    ['the dumb protocol’s objects', `/${STUDY}/objects/info/packs`],
    ['HEAD', `/${STUDY}/HEAD`],
    ['a further query key', `${REFS}&x=1`],
    ['the query twice', `${REFS}&service=git-upload-pack`],
    ['an empty query key', `${REFS}&`],
    ['another value', `/${STUDY}/info/refs?service=git-upload-pack2`],
    ['a suffix', `/${STUDY}/info/refs/x?service=git-upload-pack`],
    ['a final slash', `/${STUDY}/info/refs/?service=git-upload-pack`],
    ['a percent', `/northshire-research/stud%79/info/refs?service=git-upload-pack`],
    ['an encoded slash', `/northshire-research%2Fstudy/info/refs?service=git-upload-pack`],
    ['a backslash', `/northshire-research\\study/info/refs?service=git-upload-pack`],
    ['a semicolon', `/${STUDY};x/info/refs?service=git-upload-pack`],
    ['two slashes', `//${STUDY}/info/refs?service=git-upload-pack`],
    ['a dot segment', `/northshire-research/../${STUDY}/info/refs?service=git-upload-pack`],
    ['a single dot', `/northshire-research/./info/refs?service=git-upload-pack`],
    ['two dots as name', `/northshire-research/../info/refs?service=git-upload-pack`],
    ['a name of git only', `/northshire-research/.git/info/refs?service=git-upload-pack`],
    ['a suffix twice', `/${STUDY}.git.git/info/refs?service=git-upload-pack`],
    ['the absolute form', `http://example.org${REFS}`],
    ['a user in the path', `/x:y@${STUDY}/info/refs?service=git-upload-pack`],
    ['a leading hyphen', `/-research/study/info/refs?service=git-upload-pack`],
    ['robots.txt with a query', '/robots.txt?x'],
  ])('%s', async (_what, path) => {
    const { status, text } = await ask({ path });

    expect(status).toBe(403);
    expect(text).toMatch(
      /^This proxy exists so that the secure zone can fetch code from the listed GitHub organisations with git/,
    );
    expect(world.upstream.seen).toEqual([]);
  });

  test.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('%s', async (method) => {
    expect((await ask({ method, path: REFS })).status).toBeGreaterThanOrEqual(400);
    expect(world.upstream.seen).toEqual([]);
  });

  test('POST for refs and GET for a pack', async () => {
    expect(await refused({ method: 'POST', path: REFS, headers: PACK_TYPE })).toBe('403 proxy.not-allowed');
    expect(await refused({ path: PACK })).toBe('403 proxy.not-allowed');
  });

  test('another name of the proxy', async () => {
    expect(await refused({ path: REFS, headers: { host: 'github.com' } })).toBe('403 proxy.host');
  });

  test('an organisation that is not listed, and a repository that belongs to no project', async () => {
    expect(await refused({ path: '/torvalds/linux/info/refs?service=git-upload-pack' })).toBe(
      '403 proxy.organisation',
    );
    expect(await refused({ path: '/northshire-research/other/info/refs?service=git-upload-pack' })).toBe(
      '403 proxy.repository-unregistered',
    );
    expect(await refused({ path: '/northshire-research/none/info/refs?service=git-upload-pack' })).toBe(
      '404 proxy.repository-missing',
    );
    expect(await trouble(fetchThrough('northshire-research/none'))).toBe('missing');
  });

  test('a repository that is another than was meant', async () => {
    const meant = (id: string) => refused({ path: REFS, headers: { 'sallyport-repository-id': id } });

    expect(await meant('80099')).toBe('403 proxy.repository-other');
    expect(await meant('07')).toBe('400 proxy.headers');
    await fetchThrough(STUDY, { headers: { 'Sallyport-Repository-Id': String(REPOSITORY) } });
    expect(await hasCommit(join(dir, 'a.git'), study)).toBe(true);
  });

  test('headers that fit no git', async () => {
    const post = (headers: Ask['headers']) => refused({ method: 'POST', path: PACK, headers, body: LS_REFS });

    expect(await post({ 'content-type': 'text/plain' })).toBe('400 proxy.headers');
    expect(await post({ ...PACK_TYPE, 'content-encoding': 'br' })).toBe('400 proxy.headers');
    expect(await post({ ...PACK_TYPE, 'transfer-encoding': 'gzip, chunked' })).toBe('400 proxy.headers');
    expect(await refused({ path: REFS, headers: { 'git-protocol': 'version=2 x' } })).toBe(
      '400 proxy.headers',
    );
    expect(await refused({ path: REFS, headers: { 'git-protocol': ['version=2', 'version=1'] } })).toBe(
      '400 proxy.headers',
    );
    expect(await refused({ path: REFS, body: 'x' })).toBe('400 proxy.headers');
    expect(world.upstream.seen).toEqual([]);
  });

  test('a body above the limit, told before or found while it comes', async () => {
    const declared = {
      method: 'POST',
      path: PACK,
      headers: { ...PACK_TYPE, 'content-length': '2000000' },
      body: Buffer.alloc(2_000_000),
    };
    const chunked = {
      method: 'POST',
      path: PACK,
      headers: { ...PACK_TYPE, 'transfer-encoding': 'chunked', 'git-protocol': 'version=2' },
      body: haves(1_100_000),
    };

    expect(await refused(declared)).toBe('413 proxy.too-large');
    expect(await refused(chunked)).toBe('413 proxy.too-large');
    const endless = ask({ ...chunked, body: haves(12_000_000) });
    expect(await endless.catch((error: NodeJS.ErrnoException) => error.code)).toBeDefined();
    await world.logged({ code: 'proxy.too-large', status: 413 });
  });
});

/** What the server says to raw bytes, until it closes or falls silent for good. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(world.origin).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('what tries to mean two things', () => {
  const host = () => `Host: ${new URL(world.origin).host}`;
  const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;

  test.each<[string, () => string, RegExp]>([
    ['CONNECT', () => lines('CONNECT github.com:443 HTTP/1.1', host()), /^HTTP\/1\.1 403 /],
    [
      'an upgrade',
      () => lines(`GET ${REFS} HTTP/1.1`, host(), 'Connection: Upgrade', 'Upgrade: websocket'),
      /^HTTP\/1\.1 403 /,
    ],
    [
      'an upgrade to HTTP/2',
      () =>
        lines(
          `GET ${REFS} HTTP/1.1`,
          host(),
          'Connection: Upgrade, HTTP2-Settings',
          'Upgrade: h2c',
          'HTTP2-Settings: A',
        ),
      /^HTTP\/1\.1 403 /,
    ],
    [
      'two lengths',
      () => lines(`POST ${PACK} HTTP/1.1`, host(), 'Content-Length: 5', 'Content-Length: 6') + 'hello!',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'length and chunks',
      () =>
        lines(`POST ${PACK} HTTP/1.1`, host(), 'Content-Length: 5', 'Transfer-Encoding: chunked') +
        '0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'an odd transfer coding',
      () => lines(`POST ${PACK} HTTP/1.1`, host(), 'Transfer-Encoding: xchunked') + '0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a space before the colon',
      () => lines(`GET ${REFS} HTTP/1.1`, host(), 'Content-Length : 5'),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a folded header',
      () => lines(`GET ${REFS} HTTP/1.1`, host(), 'Accept: a', ' b', 'Connection: close'),
      /^HTTP\/1\.1 40[01] /,
    ],
    [
      'two hosts',
      () => lines(`GET ${REFS} HTTP/1.1`, host(), 'Host: github.com', 'Connection: close'),
      /^HTTP\/1\.1 400 /,
    ],
    ['no host', () => lines(`GET ${REFS} HTTP/1.1`, 'Connection: close'), /^HTTP\/1\.1 400 /],
    [
      'two authorizations',
      () =>
        lines(`GET ${REFS} HTTP/1.1`, host(), 'Authorization: a', 'Authorization: b', 'Connection: close'),
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a bare line feed',
      () => `GET ${REFS} HTTP/1.1\n${host()}\nConnection: close\n\n`,
      /^HTTP\/1\.1 40[01] /,
    ],
    [
      'a byte outside ASCII',
      () =>
        lines(
          `GET /northshire-research/stüdy/info/refs?service=git-upload-pack HTTP/1.1`,
          host(),
          'Connection: close',
        ),
      /^HTTP\/1\.1 40[03] /,
    ],
    [
      'a control byte',
      () =>
        lines(
          `GET /northshire-research/st\x01dy/info/refs?service=git-upload-pack HTTP/1.1`,
          host(),
          'Connection: close',
        ),
      /^HTTP\/1\.1 40[03] /,
    ],
    [
      'headers without end',
      () => lines(`GET ${REFS} HTTP/1.1`, host(), `X-A: ${'a'.repeat(20_000)}`),
      /^HTTP\/1\.1 400 /,
    ],
  ])('is refused: %s', async (_what, bytes, expected) => {
    expect(await raw(bytes())).toMatch(expected);
    expect(world.upstream.seen).toEqual([]);
  });
});
