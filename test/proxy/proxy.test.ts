import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedClock } from '../../src/lib/clock.ts';
import { git, type GitFailed, gitFetch, gitInitBare } from '../../src/lib/git.ts';
import { hasCommit, listTree, resolveRef } from '../../src/lib/git-objects.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { selfSigned } from '../support/certificate.ts';
import { governanceFiles, KEYS, REPOSITORY } from '../support/governance.ts';
import { ACTION, GOVERNANCE, proxyWorld, STUDY, type ProxyWorld } from '../support/proxy.ts';

let world: ProxyWorld;
let dir: string;
let study: string;
let action: string;

beforeAll(async () => {
  world = await proxyWorld({
    limits: { requests_per_agent: 3, response_bytes: 3_000_000, total_seconds: 20 },
  });
  study = world.upstream.repository(STUDY, {
    'project.yaml': 'version: 4\n',
    'big.bin': randomBytes(2_000_000),
  });
  action = world.upstream.repository(ACTION, { 'action.yaml': 'run: x\n' });
  world.upstream.repository('northshire-research/other', { 'a.txt': 'a' });
});
afterAll(() => world.close());
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-clone-'));
  await gitInitBare(join(dir, 'a.git'));
  world.upstream.seen.length = 0;
  world.log.length = 0;
});
afterEach(() => {
  world.onRequest = undefined;
  rmSync(dir, { recursive: true, force: true });
});

interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  auth?: boolean;
}

const REFS = `/${STUDY}/info/refs?service=git-upload-pack`;
const PACK = `/${STUDY}/git-upload-pack`;
const PACK_TYPE = { 'content-type': 'application/x-git-upload-pack-request' };
/** A v2 request for the list of refs. */
const LS_REFS = '0014command=ls-refs\n0000';

async function ask({ method = 'GET', path, headers = {}, body, auth = true }: Ask) {
  const authorization: Record<string, string> = auth
    ? { authorization: `Bearer ${await world.token()}` }
    : {};
  // A connection of its own: one kept from an earlier world on the same port would be reset.
  const agent = new Agent({ keepAlive: true });
  const sent = httpRequest(world.origin, { method, path, agent, headers: { ...authorization, ...headers } });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  agent.destroy();
  return { status: response.statusCode, text: Buffer.concat(chunks).toString(), headers: response.headers };
}

/** The status and code of a refusal. */
async function refused(what: Ask): Promise<string> {
  const { status, text } = await ask(what);
  return `${status} ${/\(([\w.-]+)\)\n$/.exec(text)?.[1]}`;
}

async function fetchThrough(
  repository: string,
  more: { headers?: Record<string, string>; token?: string; ref?: string } = {},
) {
  const token = more.token ?? (await world.token());
  return gitFetch({
    dir: join(dir, 'a.git'),
    url: `${world.origin}/${repository}`,
    refspecs: [more.ref ?? '+refs/heads/*:refs/heads/*'],
    authorization: `Bearer ${token}`,
    headers: more.headers,
  });
}

const trouble = (fetching: Promise<void>) =>
  fetching.then(
    () => 'none',
    (error: unknown) => (error as GitFailed).trouble,
  );

describe('what passes', () => {
  test('a clone of a private repository, and an incremental fetch after it', async () => {
    await fetchThrough(STUDY);
    expect(await hasCommit(join(dir, 'a.git'), study)).toBe(true);
    expect((await listTree(join(dir, 'a.git'), study)).map(({ path, size }) => [path, size])).toEqual([
      ['big.bin', 2_000_000],
      ['project.yaml', 11],
    ]);

    const next = world.upstream.commit(STUDY, { 'project.yaml': 'version: 5\n' });
    world.upstream.seen.length = 0;
    await fetchThrough(`${STUDY}.git`);
    expect(await hasCommit(join(dir, 'a.git'), next)).toBe(true);
    expect(world.upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /${STUDY}.git/info/refs?service=git-upload-pack`,
      `POST /${STUDY}.git/git-upload-pack`,
      `POST /${STUDY}.git/git-upload-pack`,
    ]);
  });

  test('a single commit by its sha, another spelling of the organisation, and the old protocol', async () => {
    await fetchThrough('Northshire-RESEARCH/study', { ref: study });
    expect(await hasCommit(join(dir, 'a.git'), study)).toBe(true);
    const old = await git(
      ['-c', 'protocol.version=0', 'ls-remote', '--end-of-options', `${world.origin}/${STUDY}`],
      {
        config: [['http.extraHeader', `Authorization: Bearer ${await world.token()}`]],
      },
    );
    expect(old.stdout.toString()).toContain('refs/heads/main');
  });

  test('a public repository of an action organisation, without a credential', async () => {
    await fetchThrough(ACTION);

    expect(await hasCommit(join(dir, 'a.git'), action)).toBe(true);
    const asked = world.upstream.seen.filter(({ url }) => !url.startsWith('/api'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('the governance repository', async () => {
    await fetchThrough(GOVERNANCE);
    expect(await hasCommit(join(dir, 'a.git'), world.pinned)).toBe(true);
  });

  test('robots.txt, to anyone', async () => {
    expect(await ask({ path: '/robots.txt', auth: false })).toMatchObject({
      status: 200,
      text: 'User-agent: *\nDisallow: /\n',
    });
    expect(world.upstream.seen).toEqual([]);
  });
});

describe('credentials', () => {
  test('of the client never reach GitHub, and the token is for one repository, to read', async () => {
    world.minted.length = 0;
    await fetchThrough('northshire-research/study');
    await ask({
      path: REFS,
      headers: {
        cookie: 'session=1',
        'proxy-authorization': 'x',
        forwarded: 'for=1',
        'x-forwarded-for': '1',
        'x-other': '1',
        'accept-language': 'en',
      },
    });

    const git = world.upstream.seen.filter(({ url }) => !url.startsWith('/api'));
    for (const { headers } of git) {
      expect(headers.authorization).toMatch(/^Basic /);
      const allowed = [
        'host',
        'connection',
        'accept',
        'accept-encoding',
        'git-protocol',
        'user-agent',
        'authorization',
      ];
      const withBody = [
        ...allowed,
        'content-type',
        'content-length',
        'content-encoding',
        'transfer-encoding',
      ];
      expect(Object.keys(headers).filter((name) => !withBody.includes(name))).toEqual([]);
    }
    expect(JSON.stringify(world.upstream.seen)).not.toContain('sallyport-git');
    for (const body of world.minted)
      expect(body).toEqual({ repositories: ['study'], permissions: { contents: 'read' } });
  });

  test('that are missing, foreign, old, meant elsewhere or of another key are refused', async () => {
    const withToken = async (token: string) =>
      refused({ path: REFS, auth: false, headers: { authorization: `Bearer ${token}` } });

    expect(await refused({ path: REFS, auth: false })).toBe('401 protocol.token-missing');
    expect(await refused({ path: REFS, auth: false, headers: { authorization: 'Basic eDp5' } })).toMatch(
      /^401 protocol\./,
    );
    expect(await withToken(await world.token({ key: newKeyPair() }))).toBe('401 protocol.wrong-signature');
    expect(await withToken(await world.token({ agent: 'nobody' }))).toBe('401 protocol.unknown-caller');
    expect(await withToken(await world.token({ backend: 'rehearsal' }))).toBe('401 protocol.unknown-caller');
    expect(await withToken(await world.token({ clock: fixedClock('2026-01-01T00:00:00Z') }))).toBe(
      '401 protocol.token-expired',
    );
    expect(await withToken(await world.token({ audience: 'https://elsewhere.example' }))).toBe(
      '401 protocol.token-elsewhere',
    );
    expect(await withToken(await world.token({ key: KEYS.viewer, backend: 'rehearsal' }))).toBe(
      '401 protocol.unknown-caller',
    );
    expect(await trouble(fetchThrough(STUDY, { token: 'x' }))).toBe('denied');
    expect(world.upstream.seen.filter(({ url }) => url.includes('study'))).toEqual([]);
  });

  test('of an agent on a backend with dummy data are as good', async () => {
    const token = await world.token({ key: KEYS.rehearsal, agent: 'rehearsal-1', backend: 'rehearsal' });
    await fetchThrough(STUDY, { token });
    await world.logged({ agent: 'rehearsal-1', repository: REPOSITORY, rule: 'git-pack' });
  });

  test('of an airlock are as good, behind the same walls', async () => {
    const token = await world.token({ key: KEYS.viewer });
    await fetchThrough(STUDY, { token });
    const asAirlock = { auth: false, headers: { authorization: `Bearer ${token}` } };

    expect(await refused({ ...asAirlock, path: REFS.replace('upload', 'receive') })).toBe(
      '403 proxy.not-allowed',
    );
    expect(await refused({ ...asAirlock, path: REFS.replace('study', 'other') })).toBe(
      '403 proxy.repository-unregistered',
    );
  });

  test('bring the tags with which signers approve governance', async () => {
    const bare = join(world.upstream.root, `${GOVERNANCE}.git`);
    await git(['update-ref', 'refs/tags/approved/2026-10', world.pinned], { dir: bare });
    await fetchThrough(GOVERNANCE, { ref: '+refs/tags/approved/*:refs/sallyport/approved/*' });
    expect(await resolveRef(join(dir, 'a.git'), 'refs/sallyport/approved/2026-10')).toBe(world.pinned);
  });

  test('that GitHub no longer takes are replaced at the next request', async () => {
    await ask({ path: REFS });
    world.tokens.clear();
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api') || world.tokens.size > 0) return false;
      response.writeHead(401).end();
      return true;
    };

    expect(await refused({ path: REFS })).toBe('502 proxy.github-away');
    expect((await ask({ path: REFS })).status).toBe(200);
  });
});

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
      headers: { ...PACK_TYPE, 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(1_100_000, '0'),
    };

    expect(await refused(declared)).toBe('413 proxy.too-large');
    expect(await refused(chunked)).toBe('413 proxy.too-large');
    const endless = ask({ ...chunked, body: Buffer.alloc(12_000_000, '0') });
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

describe('when GitHub', () => {
  const answerGit = (status: number, headers: Record<string, string> = {}, body = 'secret page') => {
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  test.each([
    [301, '502 proxy.redirect'],
    [302, '502 proxy.redirect'],
    [404, '404 proxy.repository-missing'],
    [429, '503 proxy.github-limit'],
    [500, '502 proxy.github-away'],
  ])('answers %d, the client sees neither address nor page', async (status, expected) => {
    answerGit(status, { location: 'https://evil.example/' });
    const { headers, text } = await ask({ path: REFS });

    expect(headers['location']).toBeUndefined();
    expect(text).not.toContain('secret page');
    expect(await refused({ path: REFS })).toBe(expected);
  });

  test('sets headers of its own, only the listed ones come back', async () => {
    answerGit(
      200,
      {
        'content-type': 'application/x-git-upload-pack-advertisement',
        'set-cookie': 'a=1',
        'x-github-request-id': '1',
        server: 'x',
      },
      '0000',
    );
    const { headers, text } = await ask({ path: REFS });

    expect(text).toBe('0000');
    expect(Object.keys(headers).sort()).toEqual([
      'connection',
      'content-type',
      'date',
      'keep-alive',
      'transfer-encoding',
      'x-content-type-options',
    ]);
  });

  test('sends more than the limit, the connection breaks instead of ending well', async () => {
    answerGit(200, { 'content-type': 'x/y' }, 'x'.repeat(4_000_000));
    await expect(ask({ path: REFS })).rejects.toThrow(/aborted/);
    expect(await world.logged({ broken: true })).toMatchObject({ repository: REPOSITORY });
  });

  test('is silent, or away, the client is told in time', async () => {
    const impatient = await proxyWorld({ limits: { headers_seconds: 1 } });
    const status = async () => {
      const headers = { authorization: `Bearer ${await impatient.token()}` };
      const sent = httpRequest(impatient.origin, { path: REFS, headers }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    impatient.onRequest = (request) => !request.url?.startsWith('/api');
    expect(await status()).toBe(502);

    await impatient.upstream.close();
    expect(await status()).toBe(502);
    await impatient.close();
  });

  test('breaks off in the middle, so does the answer', async () => {
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(200, { 'content-type': 'x/y', 'content-length': '100' });
      response.write('some');
      setImmediate(() => response.destroy());
      return true;
    };
    await expect(ask({ path: REFS })).rejects.toThrow(/aborted/);
  });
});

test('over TLS git trusts the proxy’s own authority, and no other', async () => {
  const { cert, key } = selfSigned();
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key);
  const secure = await proxyWorld({
    tls: { cert_file: join(dir, 'cert.pem'), key_file: join(dir, 'key.pem') },
  });
  const commit = secure.upstream.repository(STUDY, { 'a.txt': 'a' });
  const fetching = async (caFile?: string) =>
    gitFetch({
      dir: join(dir, 'a.git'),
      url: `${secure.origin}/${STUDY}`,
      refspecs: ['+refs/heads/*:refs/heads/*'],
      authorization: `Bearer ${await secure.token()}`,
      caFile,
    });

  expect(secure.origin).toMatch(/^https:/);
  expect(await trouble(fetching())).toBe('unreachable');
  await fetching(join(dir, 'cert.pem'));
  expect(await hasCommit(join(dir, 'a.git'), commit)).toBe(true);
  await secure.close();
});

test('before any governance version is in force, nothing is served', async () => {
  const empty = await proxyWorld({}, { 'people.yml': 'broken' });
  const headers = { authorization: `Bearer ${await empty.token()}` };
  const sent = httpRequest(empty.origin, { path: REFS, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();

  expect(response.statusCode).toBe(503);
  expect(empty.log.map(({ code }) => code)).toContain('governance.invalid');
  await empty.close();
});

test('a governance repository with another number than the operator wrote is not read', async () => {
  const other = await proxyWorld({ repository: 1 });
  expect(other.log.map(({ code }) => code)).toContain('proxy.repository-other');
  await other.close();
});

describe('an agent', () => {
  test('that goes away ends the request at GitHub too', async () => {
    let closed: Promise<unknown> | undefined;
    const begun = new Promise<void>((resolve) => {
      world.onRequest = (request, response) => {
        if (request.url?.startsWith('/api')) return false;
        response.writeHead(200, { 'content-type': 'x/y' });
        response.write('some');
        closed = once(response, 'close');
        resolve();
        return true;
      };
    });
    const sent = httpRequest(world.origin, {
      path: REFS,
      headers: { authorization: `Bearer ${await world.token()}` },
    }).end();
    sent.on('error', () => undefined);
    await begun;
    sent.destroy();

    await closed;
    expect(closed).toBeDefined();
  });

  test('has so many requests at once, and no more', async () => {
    const waiting: (() => void)[] = [];
    let arrived: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (arrived = resolve));
    world.onRequest = async (request) => {
      if (request.url?.startsWith('/api')) return false;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 3) arrived();
      });
      return false;
    };
    const held = [1, 2, 3].map(() => ask({ path: REFS }));
    await all;

    expect(await refused({ path: REFS })).toBe('429 proxy.busy');
    waiting.forEach((go) => go());
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
    world.onRequest = undefined;
    expect((await ask({ path: REFS })).status).toBe(200);
  });

  test('is logged by rule, agent, repository, bytes and time, never by path, header or body', async () => {
    await ask({ path: REFS, headers: { 'git-protocol': 'version=2' } });

    const line = await world.logged({ rule: 'git-refs' });
    expect(line).toMatchObject({
      rule: 'git-refs',
      agent: 'attainment',
      backend: 'attainment',
      repository: REPOSITORY,
      status: 200,
      bytesIn: 0,
    });
    expect(Object.keys(line).sort()).toEqual([
      'agent',
      'backend',
      'broken',
      'bytesIn',
      'bytesOut',
      'level',
      'ms',
      'msg',
      'repository',
      'role',
      'rule',
      'status',
      'time',
    ]);
    expect(JSON.stringify(world.log)).not.toMatch(/Bearer|Basic|ghs_|info\/refs/);
  });
});

test('a new key works as soon as governance has it, without waiting for the clock', async () => {
  const fresh = await proxyWorld();
  const key = newKeyPair();
  const asked = async () => {
    const token = await fresh.token({ key, agent: 'attainment' });
    const sent = httpRequest(fresh.origin, {
      path: '/northshire-research/governance/info/refs?service=git-upload-pack',
      headers: { authorization: `Bearer ${token}` },
    }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  fresh.upstream.commit(GOVERNANCE, {
    'backends.yml': governanceFiles().get('backends.yml')!.replace(KEYS.agent.publicText, key.publicText),
  });
  fresh.upstream.seen.length = 0;

  expect(await asked()).toBe(200);
  await fresh.close();
});
