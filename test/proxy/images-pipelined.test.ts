/** Requests for layers that were sent ahead on one connection, and a client that reads none of the answers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { selfSigned } from '../support/certificate.ts';
import { anImage, entry, fakeRegistry, type FakeRegistry } from '../support/registry.ts';
import { imagesWorld } from './images-world.ts';

/** More than waits in the proxy for a client, and than the kernel holds. */
const LARGE = 24 * 1024 ** 2;
const IMAGES = ['one', 'two', 'three'].map((name) => `northshire-images/${name}`);

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await fakeRegistry(selfSigned());
});
afterAll(() => registry.close());

test('a client that goes away ends the downloads that waited for their turn, and has its places back', async () => {
  const image = anImage(registry, [LARGE, 3000]);
  const { digest } = image.layers[0]!;
  const world = await imagesWorld({
    registry,
    images: IMAGES.map((name) => entry(image.manifest.digest, name)).join(''),
    limits: { requests_per_agent: IMAGES.length },
  });
  const bearer = await Promise.all(IMAGES.map(async (name) => `Bearer ${await world.pullToken(name)}`));
  const closed: Promise<unknown>[] = [];
  let allBegan: () => void = () => undefined;
  const all = new Promise<void>((done) => (allBegan = done));
  registry.instead = ({ url }, response) => {
    if (!url?.endsWith(digest)) return false;
    // The whole but its end: as fast as it is read.
    response.writeHead(200, { 'content-length': LARGE }).write(registry.content.get(digest)!);
    if (closed.push(once(response, 'close')) === IMAGES.length) allBegan();
    return true;
  };
  const { hostname, port, host } = new URL(world.origin);
  const socket = connect(Number(port), hostname);
  socket.pause();
  for (const [at, name] of IMAGES.entries())
    socket.write(
      `GET /v2/${name}/blobs/${digest} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${bearer[at]}\r\n\r\n`,
    );
  await all;

  socket.destroy();

  expect(await Promise.all(closed)).toHaveLength(IMAGES.length);
  for (const name of IMAGES) await world.logged({ rule: 'image-blob', image: name });
  const again = await Promise.all(
    IMAGES.map((name, at) =>
      world.ask(`/v2/${name}/blobs/${image.layers[1]!.digest}`, {
        headers: { authorization: bearer[at]! },
      }),
    ),
  );
  expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
  await world.close();
});
