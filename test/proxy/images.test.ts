/** What passes, and what is asked of whom on the way. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/lib/hash.ts';
import { KEYS } from '../support/governance.ts';
import {
  anImage,
  anIndex,
  digestOf,
  entry,
  fakeRegistry,
  type FakeImage,
  type FakeRegistry,
} from '../support/registry.ts';
import { basic, IMAGE, imagesWorld, type ImagesWorld } from './images-world.ts';

let registry: FakeRegistry;
let world: ImagesWorld;
let image: FakeImage;
let other: FakeImage;
let unlisted: FakeImage;
let index: string;
let twice: FakeImage;

beforeAll(async () => {
  registry = await fakeRegistry();
  image = anImage(registry);
  other = anImage(registry);
  unlisted = anImage(registry);
  twice = anImage(registry);
  index = anIndex(registry, [image.manifest, other.manifest]).digest;
  world = await imagesWorld({
    registry,
    images:
      entry(index) +
      entry(twice.manifest.digest, 'northshire-images/r', 'v1') +
      entry(image.manifest.digest, 'northshire-images/r', 'v1', 'r-too') +
      entry(twice.manifest.digest, `${registry.host}/northshire-images/node`, 'v1') +
      entry(twice.manifest.digest, 'elsewhere.example.org/northshire-images/foreign', 'v1') +
      entry(twice.manifest.digest, 'another-namespace/python', 'v9'),
  });
});
afterAll(async () => {
  await world.close();
  await registry.close();
});
afterEach(() => {
  registry.challenge = undefined;
  registry.realm = undefined;
  registry.instead = undefined;
  registry.seen.length = 0;
  world.log.length = 0;
});

const manifest = (digest: string): string => `manifests/${digest}`;
const blob = (digest: string): string => `blobs/${digest}`;

describe('tokens', () => {
  test('an engine is sent to the proxy for a token, never to the registry', async () => {
    const host = new URL(world.origin).host;
    const ping = await world.ask('/v2/');

    expect(ping.status).toBe(401);
    expect(ping.code).toBe('UNAUTHORIZED proxy.image-token');
    expect(ping.headers['www-authenticate']).toBe(`Bearer realm="${world.origin}/token",service="${host}"`);
    const asked = await world.ask(`/v2/${IMAGE}/${manifest(index)}`);
    expect(asked.headers['www-authenticate']).toBe(
      `Bearer realm="${world.origin}/token",service="${host}",scope="repository:${IMAGE}:pull"`,
    );
    expect(registry.seen).toEqual([]);
  });

  test('an agent is given a token for one repository, by its signature', async () => {
    const answer = await world.ask(world.tokenPath(), {
      headers: { authorization: basic(await world.token()) },
    });

    expect(answer.status).toBe(200);
    const body = JSON.parse(answer.body.toString()) as Record<string, unknown>;
    expect(body).toEqual({
      token: expect.any(String),
      access_token: body['token'],
      expires_in: 1800,
      issued_at: expect.any(String),
    });
    expect(await world.logged({ rule: 'image-token' })).toMatchObject({
      agent: 'attainment',
      backend: 'attainment',
      signer: sha256(KEYS.agent.publicText).slice(0, 12),
      image: IMAGE,
      status: 200,
    });
    expect(JSON.stringify(world.log)).not.toContain(body['token']);
  });

  test.each([
    ['without a password', {}],
    ['with a word for a password', { authorization: basic('secret') }],
    ['with a token as a bearer', { authorization: 'Bearer x.y.z' }],
  ])('nobody is given one %s', async (_how, headers: Record<string, string>) => {
    const answer = await world.ask(world.tokenPath(), { headers });

    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(`realm="${world.origin}/token"`);
  });

  test("an airlock's key pulls nothing", async () => {
    const password = await world.token({ key: KEYS.viewer, agent: 'attainment-viewer' });

    expect(await world.ask(world.tokenPath(), { headers: { authorization: basic(password) } })).toMatchObject(
      {
        status: 401,
      },
    );
  });

  test.each([
    ['a push', (host: string) => `/token?scope=repository:${IMAGE}:push&service=${host}`],
    ['pull and push', (host: string) => `/token?scope=repository:${IMAGE}:pull,push&service=${host}`],
    [
      'two scopes',
      (host: string) =>
        `/token?scope=repository:${IMAGE}:pull&scope=repository:${IMAGE}:pull&service=${host}`,
    ],
    [
      'two repositories',
      (host: string) => `/token?scope=repository:${IMAGE}:pull%20repository:a/b:pull&service=${host}`,
    ],
    ['the catalogue', (host: string) => `/token?scope=registry:catalog:*&service=${host}`],
    ['another service', () => `/token?scope=repository:${IMAGE}:pull&service=registry.example.org`],
    ['no service', () => `/token?scope=repository:${IMAGE}:pull`],
    ['no scope', (host: string) => `/token?service=${host}`],
    ['another key', (host: string) => `/token?scope=repository:${IMAGE}:pull&service=${host}&redirect=x`],
    ['other escapes', (host: string) => `/token?scope=repository:${IMAGE}:p%75ll&service=${host}`],
    ['no query', () => '/token'],
  ])('a token for %s is refused', async (_what, path) => {
    const answer = await world.ask(path(new URL(world.origin).host), {
      headers: { authorization: basic(await world.token()) },
    });

    expect([answer.status, answer.code]).toEqual([400, 'DENIED proxy.image-scope']);
  });

  test("one repository's token opens no other", async () => {
    const authorization = `Bearer ${await world.pullToken('northshire-images/r')}`;

    const answer = await world.ask(`/v2/${IMAGE}/${manifest(index)}`, { headers: { authorization } });

    expect([answer.status, answer.code]).toEqual([401, 'UNAUTHORIZED proxy.image-token']);
  });

  test("the agent's signature itself opens no repository, nor does a token of another signer", async () => {
    for (const token of [await world.token(), 'eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJub25lIn0.e30.e30'])
      expect(
        await world.ask(`/v2/${IMAGE}/${manifest(index)}`, { headers: { authorization: `Bearer ${token}` } }),
      ).toMatchObject({ status: 401 });
  });
});

describe('what belongs to a listed digest', () => {
  test('list, images of it, configurations and layers pass with the bytes of their digests', async () => {
    const list = await world.get(manifest(index));
    expect(list.headers).toMatchObject({
      'content-type': 'application/vnd.docker.distribution.manifest.list.v2+json',
      'docker-content-digest': index,
    });
    for (const { manifest: own, config, layers } of [image, other]) {
      expect((await world.get(manifest(own.digest))).body).toEqual(registry.content.get(own.digest));
      for (const part of [config, ...layers])
        expect(digestOf((await world.get(blob(part.digest))).body)).toBe(part.digest);
    }
    const line = await world.logged({ rule: 'image-blob', bytesOut: 70_000 });
    expect(line).toMatchObject({
      agent: 'attainment',
      backend: 'attainment',
      signer: sha256(KEYS.agent.publicText).slice(0, 12),
      image: IMAGE,
      status: 200,
    });
    expect(line).not.toHaveProperty('key');
  });

  test('a layer is found without its manifest having been asked for', async () => {
    const fresh = await imagesWorld({ registry, images: entry(index) });
    try {
      const { digest } = other.layers[1]!;
      expect(digestOf((await fresh.get(blob(digest))).body)).toBe(digest);
    } finally {
      await fresh.close();
    }
  });

  test("a tag is governance's, and means the digest that it gives", async () => {
    const answer = await world.get('manifests/v2');

    expect(answer.headers['docker-content-digest']).toBe(index);
    expect(registry.seen.every(({ path }) => !path.endsWith('/v2'))).toBe(true);
  });

  test('heads say what the bodies would be', async () => {
    const head = await world.get(manifest(index), { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(registry.content.get(index)!.length),
      0,
    ]);
    registry.seen.length = 0;
    const layer = await world.get(blob(image.layers[0]!.digest), { method: 'HEAD' });
    expect([layer.status, layer.headers['content-length'], layer.body.length]).toEqual([200, '3000', 0]);
    expect(registry.seen).toEqual([]);
  });

  test('a range is answered with the whole, on purpose', async () => {
    const { digest } = image.layers[0]!;

    const answer = await world.get(blob(digest), { headers: { range: 'bytes=100-' } });

    expect([answer.status, answer.headers['accept-ranges'], answer.headers['content-range']]).toEqual([
      200,
      'none',
      undefined,
    ]);
    expect(answer.body).toEqual(registry.content.get(digest));
    expect(registry.seen.at(-1)?.headers.range).toBeUndefined();
  });

  test("an image whose name carries the registry's host is the same", async () => {
    const { digest } = twice.manifest;

    const answer = await world.get(manifest(digest), { repository: 'northshire-images/node' });

    expect(answer.status).toBe(200);
  });

  test.each([
    ['a manifest', () => manifest(unlisted.manifest.digest)],
    ['a layer', () => blob(unlisted.layers[0]!.digest)],
    ['a manifest asked for as a blob', () => blob(index)],
    ['a layer asked for as a manifest', () => manifest(image.layers[0]!.digest)],
    ["another repository's manifest", () => manifest(twice.manifest.digest)],
    ["another repository's layer", () => blob(twice.layers[0]!.digest)],
  ])('%s that no listed digest names stays out, though the registry has it', async (_what, rest) => {
    const answer = await world.get(rest());

    expect([answer.status, answer.code]).toEqual([404, 'MANIFEST_UNKNOWN proxy.image-unpinned']);
  });

  test('a tag that governance does not give, or gives twice, means nothing', async () => {
    expect((await world.get('manifests/latest')).code).toBe('MANIFEST_UNKNOWN proxy.image-tag');
    expect((await world.get('manifests/v1', { repository: 'northshire-images/r' })).code).toBe(
      'MANIFEST_UNKNOWN proxy.image-tag',
    );
  });

  test.each([
    ['a namespace that is not listed', 'another-namespace/python'],
    ["another registry's image", 'northshire-images/foreign'],
    ['an image that is not listed', 'northshire-images/unheard-of'],
    ['an image of another namespace that begins alike', 'northshire-images-2/python'],
  ])('%s has no token', async (_what, repository) => {
    const answer = await world.ask(world.tokenPath(repository), {
      headers: { authorization: basic(await world.token()) },
    });

    expect([answer.status, answer.code]).toEqual([404, 'NAME_UNKNOWN proxy.image-unlisted']);
  });
});

describe('the rest of the API', () => {
  test.each([
    ['GET', '/v2/_catalog', 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${IMAGE}/tags/list`, 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${IMAGE}/referrers/sha256:${'1'.repeat(64)}`, 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${IMAGE}/manifests/v2?ns=docker.io`, 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${IMAGE}/manifests/v%32`, 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${IMAGE}/blobs/sha512:${'1'.repeat(128)}`, 400, 'DIGEST_INVALID proxy.image-digest'],
    ['GET', `/v2/${IMAGE}/blobs/v2`, 400, 'DIGEST_INVALID proxy.image-digest'],
    ['GET', '/v2/python/manifests/v2', 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', '/v2/Northshire-Images/python/manifests/v2', 404, 'NAME_UNKNOWN proxy.image-path'],
    ['GET', `/v2/${'a/'.repeat(200)}python/manifests/v2`, 404, 'NAME_UNKNOWN proxy.image-path'],
    ['POST', `/v2/${IMAGE}/blobs/uploads/`, 405, 'UNSUPPORTED proxy.image-read-only'],
    ['PUT', `/v2/${IMAGE}/manifests/v2`, 405, 'UNSUPPORTED proxy.image-read-only'],
    ['DELETE', `/v2/${IMAGE}/manifests/v2`, 405, 'UNSUPPORTED proxy.image-read-only'],
    ['POST', '/token', 405, 'UNSUPPORTED proxy.image-read-only'],
  ])('%s %s is refused as registries refuse', async (method, path, status, code) => {
    const answer = await world.ask(path, { method });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(registry.seen).toEqual([]);
  });

  test.each(['/v2/../token', `/v2/${IMAGE}/../other/manifests/v2`, `/v2//${IMAGE}/manifests/v2`])(
    '%s does not get past the door',
    async (path) => {
      expect((await world.ask(path)).status).toBe(403);
    },
  );

  test('a pull with a body is refused', async () => {
    expect(await world.ask('/v2/', { headers: { 'content-length': '1' }, body: 'x' })).toMatchObject({
      status: 400,
      code: 'UNSUPPORTED proxy.image-body',
    });
  });
});

describe('what the registry is told', () => {
  test('nothing of the client goes to it, and its token stays with the proxy', async () => {
    registry.challenge = 'anybody';
    const { digest } = image.layers[1]!;

    const answer = await world.get(blob(digest), {
      headers: { cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', accept: 'text/evil' },
    });

    expect(answer.status).toBe(200);
    const [first, token, again] = registry.seen;
    expect(first).toMatchObject({ path: `/v2/${IMAGE}/blobs/${digest}`, authorization: undefined });
    expect(token?.path).toBe(
      `/token?service=a+registry&scope=repository%3A${IMAGE.replace('/', '%2F')}%3Apull`,
    );
    expect(again).toMatchObject({ path: first?.path, authorization: 'Bearer a-token-of-the-registry' });
    for (const { headers } of registry.seen)
      expect(Object.keys(headers).sort()).toEqual(
        [
          'accept',
          'accept-encoding',
          'connection',
          'host',
          'user-agent',
          ...(headers.authorization ? ['authorization'] : []),
        ].sort(),
      );
    expect(JSON.stringify(answer.headers)).not.toContain('a-token-of-the-registry');
  });

  test('its token is used again, for as long as it holds', async () => {
    registry.challenge = 'anybody';
    await world.get(blob(image.layers[0]!.digest));
    registry.seen.length = 0;

    await world.get(blob(image.layers[1]!.digest));

    expect(registry.seen.map(({ path }) => path)).toEqual([`/v2/${IMAGE}/blobs/${image.layers[1]!.digest}`]);
  });
});
