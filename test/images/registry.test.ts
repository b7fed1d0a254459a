/** Sending images to registries and reading them back, and registries that do not mean well. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Apt } from '../../agent/images/build/debian.ts';
import { fetchPackages, notCached } from '../../agent/images/build/debian.ts';
import { ownLayer, systemLayer } from '../../agent/images/build/layer.ts';
import {
  layoutIn,
  manifestDescriptor,
  manifestOf,
  writeBlob,
  writeIndex,
} from '../../agent/images/build/oci.ts';
import { OUR_LABELS } from '../../agent/images/labels.ts';
import { factsIn, push } from '../../agent/images/build/push.ts';
import { openRegistry, repositoryAt, type Registry } from '../../agent/images/build/registry.ts';
import { seenInFolder, seenInRegistry } from '../../agent/images/build/seen.ts';
import { checked } from '../../agent/images/build/verify.ts';
import { aptFailed } from '../../agent/images/build/words.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import tar from 'tar-stream';
import type { Readable } from 'node:stream';

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean | void;

let folder: string;
let server: Server;
let host: string;
let seen: { method: string; url: string; authorization: string | undefined }[];
let blobs: Map<string, Buffer>;
let manifests: Map<string, Buffer>;
/** Answers before the usual registry does. */
let first: Answer;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sallyport-registry-'));
  seen = [];
  blobs = new Map();
  manifests = new Map();
  first = () => false;
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, authorization: headers.authorization });
      const body = Buffer.concat(pieces);
      if (!first(request, response, body)) usual(request, response, body);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function usual(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const url = new URL(request.url ?? '', 'http://registry');
  const name = url.pathname.split('/').at(-1) ?? '';
  const end = (status: number, content: string | Buffer = '', headers = {}): void =>
    void response.writeHead(status, headers).end(content);
  if (url.pathname.includes('/manifests/')) {
    if (request.method === 'PUT') {
      const digest = `sha256:${sha256(body)}`;
      manifests.set(name, body).set(digest, body);
      return end(201, '', { 'docker-content-digest': digest });
    }
    const found = manifests.get(name);
    return found ? end(200, found) : end(404, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  }
  if (request.method === 'POST') return end(202, '', { location: '/upload/1?state=a' });
  if (request.method === 'PUT') {
    const digest = url.searchParams.get('digest') ?? '';
    if (digest !== `sha256:${sha256(body)}`) return end(400, '{"errors":[{"code":"DIGEST_INVALID"}]}');
    blobs.set(digest, body);
    return end(201);
  }
  const found = blobs.get(name);
  return found ? end(200, request.method === 'HEAD' ? '' : found) : end(404);
}

const registry = (env: NodeJS.ProcessEnv = { HOME: folder }): Registry =>
  openRegistry(must(repositoryAt(`${host}/ours/tool`)), { signal: new AbortController().signal, env });

function must<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(`${answer.code}: ${answer.says}`);
  return answer;
}

/** A small image of the program's own kind; `mode` of its one program, `type` of what stands beside it. */
async function anImage(mode = 0o755, more: Partial<tar.Header> = {}, labels: Record<string, string> = {}) {
  const out = path.join(folder, 'tool-v1');
  const layout = layoutIn(out);
  const pack = tar.pack();
  pack.entry(
    { name: './usr/bin/tool', mode, mtime: new Date('2030-01-01'), uname: 'somebody', ...more },
    'x',
  );
  pack.entry({ name: './dev/null', type: 'character-device' });
  pack.entry({ name: './var/log/day', mode: 0o644 }, 'today');
  pack.finalize();
  const latest = new Date('2026-11-21T00:00:00Z');
  const system = await systemLayer(pack as unknown as Readable, latest, layout.blobs);
  const own = await ownLayer([{ path: '/workspace', mode: 0o755, content: 'folder' }], latest, layout.blobs);
  const recipe = {
    ...{ suite: 'trixie', roots: [], copies: [], labels: {}, environment: {}, user: '65534:65534' },
    ...{ workDir: '/workspace', entry: ['/usr/bin/tool'], command: [] },
  };
  const sbom = '{"packages":[]}';
  const parts = { recipe, architecture: 'amd64', created: '2026-11-21T00:00:00Z', layers: [system, own] };
  const all = {
    ...Object.fromEntries(
      ['title', 'version', 'created', 'revision'].map((one) => [`org.opencontainers.image.${one}`, 'x']),
    ),
    ...Object.fromEntries(Object.values(OUR_LABELS).map((one) => [one, 'x'])),
    [OUR_LABELS.sbom]: `sha256:${sha256(sbom)}`,
    ...labels,
  };
  const { config, manifest } = manifestOf({ ...parts, labels: all });
  for (const bytes of [config, manifest]) writeBlob(layout, bytes);
  const described = manifestDescriptor(manifest);
  writeIndex(layout, described, 'tool:v1');
  writeFileSync(path.join(out, 'sbom.spdx.json'), sbom);
  writeFileSync(
    path.join(out, 'image.json'),
    JSON.stringify({ name: 'tool', version: 'v1', digest: described.digest }),
  );
  return { out, digest: described.digest, layer: system.digest };
}

describe('an image', () => {
  test('is made without what gives rights or changes from day to day', async () => {
    const once = await anImage(0o6755);
    const states = checked(must(await seenInFolder(once.out)), { digest: once.digest });
    expect(states.filter(({ state }) => state === 'wrong')).toEqual([]);
    const again = await anImage(0o755, { mtime: new Date('2031-01-01'), gname: 'other' });
    expect(again.digest).toBe(once.digest);
  });

  test('is sent once, read back by digest and by tag, and its SBOM with it', async () => {
    const { out, digest } = await anImage();
    const facts = must(factsIn(out));
    const sent = must(await push(out, facts, registry(), () => undefined));
    expect(sent).toMatchObject({ digest, sbom: `${digest.replace(':', '-')}.sbom` });
    const again = must(await push(out, facts, registry(), () => undefined));
    expect(again.sent).toBe(0);
    for (const reference of [digest, 'v1']) {
      const found = checked(must(await seenInRegistry(registry(), reference)), { digest });
      expect(found.filter(({ state }) => state !== 'right')).toEqual([]);
    }
  });

  test('whose manifest or layer was changed is not sent, or found out', async () => {
    const { out, digest } = await anImage();
    const facts = must(factsIn(out));
    writeFileSync(path.join(out, 'blobs/sha256', digest.slice(7)), '{}');
    expect(await push(out, facts, registry(), () => undefined)).toMatchObject({
      code: 'images.not-an-image',
    });
    expect(seen).toEqual([]);
  });

  test('of another digest than is recorded is wrong', async () => {
    const { out } = await anImage();
    const found = checked(must(await seenInFolder(out)), { digest: `sha256:${'0'.repeat(64)}` });
    expect(found[0]).toMatchObject({ what: 'digest', state: 'wrong' });
  });

  test.each([
    ['nothing', {}],
    ['a broken index', { 'index.json': '{' }],
    ['an index of nothing', { 'index.json': '{"manifests":[]}' }],
    ['a digest that climbs', { 'index.json': '{"manifests":[{"digest":"../../etc/passwd"}]}' }],
  ])('is refused where there is %s', async (_case, files) => {
    const place = path.join(folder, 'odd');
    mkdirSync(place);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(place, name), text);
    expect(await seenInFolder(place)).toMatchObject({ code: 'images.not-an-image' });
  });
});

describe('a registry', () => {
  test('gets the sign-in for it when it asks, and nobody else does', async () => {
    const auth = Buffer.from('robot:secret').toString('base64');
    mkdirSync(path.join(folder, '.docker'));
    writeFileSync(path.join(folder, '.docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    let elsewhere: string | undefined = 'not asked';
    const other = createServer((request, response) => {
      elsewhere = request.headers.authorization;
      response.writeHead(200).end('bytes');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    first = (request, response) => {
      if (request.url?.startsWith('/token')) {
        response.writeHead(200).end(JSON.stringify({ token: 'of-this-session' }));
        return true;
      }
      if (request.headers.authorization === 'Bearer of-this-session') {
        if (!request.url?.includes('/blobs/')) return false;
        const { port } = other.address() as AddressInfo;
        response.writeHead(307, { location: `http://127.0.0.1:${port}/there` }).end();
        return true;
      }
      response
        .writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token",service="s",scope="x"` })
        .end();
      return true;
    };
    const stream = must(await registry().blob(`sha256:${'1'.repeat(64)}`));
    for await (const _piece of stream) continue;
    await new Promise((resolve) => other.close(resolve));
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      `Basic ${auth}`,
      'Bearer of-this-session',
    ]);
    expect(seen[1]?.url).toBe('/token?service=s&scope=repository%3Aours%2Ftool%3Apull%2Cpush');
    expect(elsewhere).toBeUndefined();
  });

  test.each([
    [
      'a manifest of another digest',
      (_q: IncomingMessage, r: ServerResponse) => void r.writeHead(200).end('{}'),
      'images.not-an-image',
    ],
    [
      'a refusal',
      (_q: IncomingMessage, r: ServerResponse) =>
        void r.writeHead(403).end('{"errors":[{"code":"DENIED","message":"no"}]}'),
      'images.registry',
    ],
    [
      'a manifest without end',
      (_q: IncomingMessage, r: ServerResponse) => void r.writeHead(200).end(Buffer.alloc(5_000_000)),
      'images.registry-away',
    ],
    [
      'a line that breaks off',
      (_q: IncomingMessage, r: ServerResponse) => void r.destroy(),
      'images.registry-away',
    ],
  ])('that answers with %s is told apart', async (_case, answer, code) => {
    first = (request, response) => {
      answer(request, response);
      return true;
    };
    expect(await registry().manifest(`sha256:${'1'.repeat(64)}`)).toMatchObject({ code });
  });

  test.each([
    ['in circles', () => `http://${host}/v2/ours/tool/blobs/x`, 'images.registry'],
    ['to another host without TLS', () => 'http://192.0.2.1/secret', 'images.registry-away'],
    ['to a file', () => 'file:///etc/passwd', 'images.registry-away'],
  ])('that sends %s is not followed', async (_case, location, code) => {
    first = (_request, response) => {
      response.writeHead(302, { location: location() }).end();
      return true;
    };
    expect(await registry().blob(`sha256:${'1'.repeat(64)}`)).toMatchObject({ code });
  });

  test.each([
    '',
    'python',
    'ours/python',
    '../x/y',
    'registry.example/',
    'registry.example/UPPER',
    'http://registry.example/x',
    'registry.example/x@y',
    'a'.repeat(600),
  ])('is not at a place that is none (%#)', (text) => {
    expect(repositoryAt(text)).toMatchObject({ code: 'images.bad-place' });
  });
});

describe('packages', () => {
  const one = { name: 'tool', version: '1:2', architecture: 'amd64', bytes: 4, sha256: sha256('true') };
  const apt = (content?: string, said: string | Refusal = ''): Apt => ({
    main: 'http://mirror.example/debian',
    async run(_doing, _args, cwd) {
      if (content !== undefined) writeFileSync(path.join(cwd!, 'tool_1%3a2_amd64.deb'), content);
      return said;
    },
  });
  const fetched = (from: Apt) =>
    fetchPackages(from, [one], { cache: path.join(folder, 'cache'), work: path.join(folder, 'work') });
  const lock = { suite: 'trixie', architecture: 'amd64', created: '', packages: [one] };

  test('that are what the lock says are kept, and asked for no more', async () => {
    expect(await fetched(apt('true'))).toBeUndefined();
    expect(await notCached(lock, path.join(folder, 'cache'))).toEqual([]);
  });

  test('that a mirror forged are refused, and never kept', async () => {
    expect(await fetched(apt('lies'))).toMatchObject({ code: 'images.package-forged' });
    expect(await notCached(lock, path.join(folder, 'cache'))).toEqual([one]);
  });

  test('that somebody changed in the cache are fetched anew', async () => {
    await fetched(apt('true'));
    writeFileSync(path.join(folder, 'cache', `${one.sha256}.deb`), 'lies');
    expect(await notCached(lock, path.join(folder, 'cache'))).toEqual([one]);
  });

  test('that a mirror no longer has are named, and a mirror that is away is another answer', async () => {
    const gone = aptFailed('Fetching packages', "E: Version '1:2' for 'tool' was not found");
    expect(await fetched(apt(undefined, gone))).toMatchObject({
      code: 'images.package-gone',
      says: 'http://mirror.example/debian no longer has tool 1:2.',
    });
    const away = aptFailed('Fetching packages', 'E: Failed to fetch: Connection timed out');
    expect(await fetched(apt(undefined, away))).toMatchObject({ code: 'images.apt' });
  });
});
