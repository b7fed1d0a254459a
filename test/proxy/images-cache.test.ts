/** What the proxy keeps of the registry's, and what it never does. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { BlobCache } from '../../src/proxy/images/cache.ts';
import type { Digest } from '../../src/proxy/images/target.ts';
import {
  anImage,
  digestOf,
  entry,
  fakeRegistry,
  type FakeImage,
  type FakeRegistry,
} from '../support/registry.ts';
import { IMAGE, imagesWorld, type ImagesWorld } from './images-world.ts';

const SIZE = 3_000_000;
/** So much that the proxy must have passed some of it on. */
const MOST = 2_800_000;
const MIB = 1024 ** 2;

let dir: string;
let registry: FakeRegistry;
let image: FakeImage;
let world: ImagesWorld;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-cache-'));
  registry = await fakeRegistry();
  image = anImage(registry, [3000, SIZE]);
  world = await start();
});
afterEach(async () => {
  await world.close();
  await registry.close();
  rmSync(dir, { recursive: true, force: true });
});

const start = (): Promise<ImagesWorld> =>
  imagesWorld({
    registry,
    images: entry(image.manifest.digest),
    settings: { cache: { dir, bytes: 64 * MIB } },
  });
const layer = (): string => image.layers[1]!.digest;
const nameOf = (digest: string): string => digest.slice('sha256:'.length);
const kept = (): string[] => readdirSync(path.join(dir, 'sha256')).sort();
const entering = (): string[] => readdirSync(path.join(dir, 'entering'));
const blobsAsked = (): number => registry.seen.filter(({ path: asked }) => asked.includes('/blobs/')).length;

test('what came once comes from the store the next time, also for the next process', async () => {
  await world.get(`blobs/${layer()}`);
  expect(kept()).toEqual([nameOf(image.manifest.digest), nameOf(layer())].sort());
  await world.close();
  registry.instead = (_request, response) => Boolean(response.writeHead(503).end());

  world = await start();
  const answer = await world.get(`blobs/${layer()}`);

  expect(digestOf(answer.body)).toBe(layer());
  expect((await world.get(`manifests/${image.manifest.digest}`)).status).toBe(200);
  expect(await world.logged({ rule: 'image-blob' })).toMatchObject({ cached: true, bytesOut: SIZE });
  expect(entering()).toEqual([]);
});

test('the store opens nothing that governance does not list', async () => {
  await world.get(`blobs/${layer()}`);
  world.govern({ 'images.yml': entry(digestOf(Buffer.from('another'))) });

  const answer = await world.get(`blobs/${layer()}`);

  expect(answer.status).toBe(404);
});

test('what the disk has spoilt does not arrive whole, and comes from the registry the next time', async () => {
  await world.get(`blobs/${layer()}`);
  const place = path.join(dir, 'sha256', nameOf(layer()));
  const spoilt = readFileSync(place);
  spoilt[spoilt.length - 1]! ^= 1;
  writeFileSync(place, spoilt);

  expect((await world.get(`blobs/${layer()}`)).broken).toBe(true);

  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).toBe(layer());
  expect(digestOf(readFileSync(place))).toBe(layer());
});

test('a file that was cut by a crash is fetched again, and the client notices nothing', async () => {
  const small = image.layers[0]!.digest;
  await world.get(`blobs/${small}`);
  await world.close();
  writeFileSync(path.join(dir, 'sha256', nameOf(small)), 'half');
  world = await start();

  expect(digestOf((await world.get(`blobs/${small}`)).body)).toBe(small);
});

test('other bytes never enter, nor does a download that was cut', async () => {
  const bytes = registry.content.get(layer())!;
  const other = Buffer.from(bytes);
  other[0]! ^= 1;
  registry.instead = (request, response) =>
    request.url!.includes('/blobs/') ? Boolean(response.end(other)) : false;
  expect((await world.get(`blobs/${layer()}`)).broken).toBe(true);
  registry.instead = (request, response) => {
    if (!request.url!.includes('/blobs/')) return false;
    response.write(bytes.subarray(0, MOST), () => response.destroy());
    return true;
  };
  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).not.toBe(layer());

  expect(kept()).toEqual([nameOf(image.manifest.digest)]);
  expect(entering()).toEqual([]);
});

test('a client that goes away leaves nothing behind, and the next one gets it whole', async () => {
  let held: ServerResponse | undefined;
  const bytes = registry.content.get(layer())!;
  registry.instead = (request, response) => {
    if (!request.url!.includes('/blobs/')) return false;
    held = response;
    response.write(bytes.subarray(0, MOST));
    return true;
  };
  const authorization = `Bearer ${await world.pullToken()}`;
  const asking = httpRequest(world.origin, {
    path: `/v2/${IMAGE}/blobs/${layer()}`,
    headers: { authorization },
  });
  asking.on('error', () => undefined);
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  await once(response, 'data');
  expect(entering()).toHaveLength(1);
  const ended = once(held!, 'close');
  asking.destroy();
  await ended;
  await world.logged({ rule: 'image-blob', broken: true });
  registry.instead = undefined;

  expect(entering()).toEqual([]);
  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).toBe(layer());
  expect(kept()).toContain(nameOf(layer()));
});

test('two who pull the same layer at once both get it, and it enters once', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => world.get(`blobs/${layer()}`)));

  expect(answers.map(({ body }) => digestOf(body))).toEqual([layer(), layer(), layer()]);
  expect(digestOf(readFileSync(path.join(dir, 'sha256', nameOf(layer()))))).toBe(layer());
  expect(entering()).toEqual([]);
  const before = blobsAsked();
  await world.get(`blobs/${layer()}`);
  expect(blobsAsked()).toBe(before);
});

test('a folder that can no longer be written to costs the store, not the pull', async () => {
  rmSync(path.join(dir, 'entering'), { recursive: true });
  writeFileSync(path.join(dir, 'entering'), 'no folder');

  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).toBe(layer());
  expect(kept()).not.toContain(nameOf(layer()));
});

test('a store that is deleted while the proxy runs is begun again', async () => {
  await world.get(`blobs/${layer()}`);
  rmSync(dir, { recursive: true });

  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).toBe(layer());
  expect(kept()).toEqual([nameOf(layer())]);
  const before = blobsAsked();
  expect(digestOf((await world.get(`blobs/${layer()}`)).body)).toBe(layer());
  expect(blobsAsked()).toBe(before);
});

test('what a dead process was bringing in is cleared away at the start', () => {
  writeFileSync(path.join(dir, 'entering', '7'), 'half');

  const cache = new BlobCache({ dir, bytes: 1000, clock: systemClock });

  expect(cache.used).toBe(0);
  expect(entering()).toEqual([]);
});

async function put(cache: BlobCache, text: string): Promise<Digest | undefined> {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes) as Digest;
  const own = await cache.begin(digest, bytes.length);
  if (!own) return undefined;
  await own.write(bytes);
  await own.keep();
  return digest;
}

test('the folder never grows above its bound; what was not used for longest goes', async () => {
  const cache = new BlobCache({ dir: path.join(dir, 'small'), bytes: 30, clock: systemClock });
  const [a, b] = [await put(cache, 'a'.repeat(10)), await put(cache, 'b'.repeat(10))];
  await (await cache.find(a!, 10))?.close();

  const c = await put(cache, 'c'.repeat(15));

  expect(cache.used).toBe(25);
  expect(await cache.find(b!, 10)).toBeUndefined();
  for (const digest of [a!, c!]) {
    const file = await cache.find(digest, 15);
    expect(file).toBeDefined();
    await file?.close();
  }
  expect(await put(cache, 'd'.repeat(31))).toBeUndefined();
});

test('what is on its way in counts before its bytes are there, and is dropped without a trace', async () => {
  const cache = new BlobCache({ dir: path.join(dir, 'small'), bytes: 30, clock: systemClock });
  const digest = digestOf(Buffer.from('x'.repeat(20))) as Digest;
  const first = await cache.begin(digest, 20);

  expect(await cache.begin(digest, 20)).toBeUndefined();
  expect(await put(cache, 'y'.repeat(11))).toBeUndefined();
  await first?.drop();
  await first?.keep();

  expect(cache.used).toBe(0);
  expect(existsSync(path.join(dir, 'small', 'sha256', nameOf(digest)))).toBe(false);
  expect(await put(cache, 'x'.repeat(20))).toBe(digest);
});

test('a store that was made smaller fits its new bound at once', async () => {
  const place = path.join(dir, 'small');
  const before = new BlobCache({ dir: place, bytes: 100, clock: systemClock });
  for (const letter of ['a', 'b', 'c']) await put(before, letter.repeat(10));

  expect(new BlobCache({ dir: place, bytes: 25, clock: systemClock }).used).toBe(20);
});
