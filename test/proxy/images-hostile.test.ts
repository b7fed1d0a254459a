/** A registry that lies or never ends, and an agent that is taken out. */
import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { newKeyPair } from '../../src/lib/keys.ts';
import { governanceFiles, KEYS } from '../support/governance.ts';
import { anIndex, digestOf, entry, TYPES } from '../support/registry.ts';
import { IMAGE } from './images-world.ts';
import { big, endRegistry, image, on, registry, start } from './lying-registry.ts';

describe('bytes that are not what their digest says', () => {
  test('a layer of other bytes never arrives whole', async () => {
    const { digest, bytes } = big();
    const other = Buffer.from(bytes);
    other[other.length - 1]! ^= 1;
    on(digest, (response) => response.end(other));
    const w = await start();

    const answer = await w.get(`blobs/${digest}`);

    expect(answer.broken).toBe(true);
    expect(answer.body.length).toBeLessThan(bytes.length);
    expect(await w.logged({ code: 'proxy.image-mismatch' })).toMatchObject({ broken: true });
  });

  test('of a small one not one byte arrives', async () => {
    const { digest } = image.layers[0]!;
    on(digest, (response) => response.end(randomBytes(3000)));

    const answer = await (await start()).get(`blobs/${digest}`);

    expect([answer.status, answer.code]).toEqual([502, 'DIGEST_INVALID proxy.image-mismatch']);
  });

  test.each([
    [
      'longer, and says so',
      (bytes: Buffer, response: ServerResponse) => {
        response
          .writeHead(200, { 'content-length': bytes.length + 5 })
          .end(Buffer.concat([bytes, Buffer.alloc(5)]));
      },
    ],
    [
      'shorter, and says so',
      (bytes: Buffer, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': bytes.length - 5 }).end(bytes.subarray(5));
      },
    ],
  ])('a layer that is %s is refused before it begins', async (_how, send) => {
    const { digest, bytes } = big();
    on(digest, (response) => send(bytes, response));

    const answer = await (await start()).get(`blobs/${digest}`);

    expect([answer.status, answer.code]).toEqual([502, 'DIGEST_INVALID proxy.image-mismatch']);
  });

  test('a layer that goes on for ever is broken off where it should have ended', async () => {
    const { digest, bytes } = big();
    let sent = 0;
    on(digest, (response) => {
      response.write(bytes);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });

    const answer = await (await start()).get(`blobs/${digest}`);

    expect(answer.broken).toBe(true);
    expect(answer.body.length).toBeLessThan(bytes.length);
    expect(sent).toBeLessThan(50_000_000);
  });

  test('a layer that stops half-way ends when its time is up', async () => {
    const { digest, bytes } = big();
    on(digest, (response) => void response.write(bytes.subarray(0, 600_000)));

    const answer = await (await start({ limits: { idle_seconds: 4 } })).get(`blobs/${digest}`);

    expect(answer.broken).toBe(true);
  });

  test('a registry that never begins is given up', async () => {
    on(big().digest, () => undefined);

    const answer = await (await start({ limits: { headers_seconds: 1 } })).get(`blobs/${big().digest}`);

    expect([answer.status, answer.code]).toEqual([502, 'UNAVAILABLE proxy.registry-away']);
  });

  test('a layer that trickles ends with the time for the whole', async () => {
    const { digest, bytes } = big();
    on(digest, (response) => {
      let at = 0;
      const timer = setInterval(() => {
        if (response.destroyed) clearInterval(timer);
        else response.write(bytes.subarray(at, (at += 10)));
      }, 50);
    });

    const answer = await (await start({ limits: { total_seconds: 1 } })).get(`blobs/${digest}`);

    expect([answer.status, answer.code]).toEqual([502, 'UNAVAILABLE proxy.registry-away']);
  });

  test('bytes that came compressed are not passed on', async () => {
    const { digest, bytes } = big();
    on(digest, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes);
    });

    expect((await (await start()).get(`blobs/${digest}`)).code).toBe('UNAVAILABLE proxy.registry-away');
  });

  test('a layer that is larger than the limit is not begun', async () => {
    const w = await start({ limits: { response_bytes: 800_000 } });

    expect((await w.get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.image-too-large');
    expect(registry.seen.some(({ path }) => path.includes('/blobs/'))).toBe(false);
  });

  test('a registry that is not there is said to be away', async () => {
    const w = await start();
    await endRegistry();

    expect((await w.get(`manifests/${image.manifest.digest}`)).code).toBe('UNAVAILABLE proxy.registry-away');
  });

  test.each([
    [403, 'DENIED proxy.registry-denied'],
    [404, 'MANIFEST_UNKNOWN proxy.image-missing'],
    [429, 'TOOMANYREQUESTS proxy.registry-limit'],
    [500, 'UNAVAILABLE proxy.registry-away'],
    [206, 'UNAVAILABLE proxy.registry-away'],
  ])("the registry's %s is told in our words", async (status, code) => {
    on(big().digest, (response) => response.writeHead(status).end('<html>a page of theirs</html>'));

    const answer = await (await start()).get(`blobs/${big().digest}`);

    expect(answer.code).toBe(code);
    expect(answer.body.toString()).not.toContain('theirs');
  });
});

describe('manifests', () => {
  const pinned = async (value: unknown): Promise<string> => {
    const { digest } = registry.put(Buffer.isBuffer(value) ? value : (value as object), TYPES.image);
    const w = await start({ images: entry(digest) });
    const { code, body } = await w.get(`manifests/${digest}`);
    expect(code).toBe('MANIFEST_INVALID proxy.image-manifest');
    return body.toString();
  };
  const named = (): { config: object; layers: object[] } => ({ config: image.config, layers: image.layers });

  test('of other bytes: nothing of it is passed on', async () => {
    on(image.manifest.digest, (response) =>
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: TYPES.image, ...named(), extra: 1 })),
    );

    const answer = await (await start()).get(`manifests/${image.manifest.digest}`);

    expect([answer.status, answer.code]).toEqual([502, 'DIGEST_INVALID proxy.image-mismatch']);
  });

  test('that name layers kept elsewhere', async () => {
    const foreign = { ...image.layers[0], urls: ['https://evil.example/layer'] };

    expect(
      await pinned({ schemaVersion: 2, mediaType: TYPES.image, config: image.config, layers: [foreign] }),
    ).toContain('kept elsewhere');
  });

  test('that name layers of a kind that engines fetch elsewhere', async () => {
    const foreign = {
      ...image.layers[0],
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    };

    expect(
      await pinned({ schemaVersion: 2, mediaType: TYPES.image, config: image.config, layers: [foreign] }),
    ).toContain('kept elsewhere');
  });

  test.each([
    ['of the first schema', () => ({ schemaVersion: 1, fsLayers: [], history: [] }), 'first schema'],
    ['that are list and image at once', () => ({ schemaVersion: 2, ...named(), manifests: [] }), 'at once'],
    [
      'that say another type than they are',
      () => ({ schemaVersion: 2, mediaType: TYPES.list, ...named() }),
      'neither',
    ],
    [
      'with a negative size',
      () => ({ schemaVersion: 2, ...named(), config: { ...image.config, size: -1 } }),
      'neither',
    ],
    [
      'with a digest that is a path',
      () => ({ schemaVersion: 2, ...named(), config: { ...image.config, digest: 'sha256:../../x' } }),
      'neither',
    ],
    ['that are no JSON', () => Buffer.from('<html>'), 'no JSON'],
    ['that are nothing', () => Buffer.from('null'), 'neither'],
    [
      'with ten thousand layers',
      () => ({
        schemaVersion: 2,
        config: image.config,
        layers: Array.from({ length: 10_000 }, () => image.layers[0]),
      }),
      'neither',
    ],
    ['that are huge', () => ({ schemaVersion: 2, ...named(), padding: 'x'.repeat(5_000_000) }), '4 MiB'],
  ])('%s do not pass, pinned or not', async (_what, value, words) => {
    expect(await pinned(value())).toContain(words);
  });

  test('a list within a list does not pass, whether the list says so or not', async () => {
    const inner = anIndex(registry, [image.manifest]);
    const honest = anIndex(registry, [inner]).digest;
    const lying = anIndex(registry, [{ ...inner, mediaType: TYPES.image }]).digest;
    const w = await start({ images: entry(honest) + entry(lying, 'northshire-images/r', 'v1') });

    expect((await w.get(`manifests/${honest}`)).body.toString()).toContain('another list');
    const answer = await w.get(`manifests/${inner.digest}`, { repository: 'northshire-images/r' });
    expect(answer.body.toString()).toContain('another list');
  });

  test('an image that has another size than its list says does not pass', async () => {
    const list = anIndex(registry, [{ ...image.manifest, size: image.manifest.size + 1 }]).digest;
    const w = await start({ images: entry(list) });

    expect((await w.get(`manifests/${image.manifest.digest}`)).body.toString()).toContain('another size');
  });

  test('what is no image in a list is not fetched: engines skip it too', async () => {
    const strange = registry.put('a chart', 'application/vnd.example.chart.v1+tar');
    const list = anIndex(registry, [image.manifest, strange]).digest;
    const w = await start({ images: entry(list) });

    expect((await w.get(`manifests/${list}`)).status).toBe(200);
    expect((await w.get(`manifests/${strange.digest}`)).code).toBe('MANIFEST_UNKNOWN proxy.image-unpinned');
  });

  test('one listed image that the registry has lost does not hide another', async () => {
    const w = await start({
      images: entry(digestOf(Buffer.from('lost'))) + entry(image.manifest.digest, IMAGE, 'v3'),
    });

    expect((await w.get(`blobs/${big().digest}`)).status).toBe(200);
  });
});

test('an agent that governance has taken out holds a token for nothing', async () => {
  const w = await start();
  const authorization = `Bearer ${await w.pullToken()}`;
  const path = `/v2/${IMAGE}/manifests/${image.manifest.digest}`;
  expect((await w.ask(path, { headers: { authorization } })).status).toBe(200);
  const backends = governanceFiles().get('backends.yml') ?? '';
  w.govern({ 'backends.yml': backends.replace(KEYS.agent.publicText, newKeyPair().publicText) });

  const answer = await w.ask(path, { headers: { authorization } });

  expect([answer.status, answer.code]).toEqual([403, 'DENIED proxy.image-agent']);
});

test('a client that goes away in the middle ends the download', async () => {
  const { digest, bytes } = big();
  const gone = new Promise<void>((done) =>
    on(digest, (response) => {
      response.write(bytes.subarray(0, 800_000));
      response.once('close', () => done());
    }),
  );
  const w = await start();
  const authorization = `Bearer ${await w.pullToken()}`;
  const asking = httpRequest(w.origin, { path: `/v2/${IMAGE}/blobs/${digest}`, headers: { authorization } });
  asking.on('error', () => undefined);
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  await once(response, 'data');

  asking.destroy();

  await gone;
  expect(await w.logged({ rule: 'image-blob' })).toMatchObject({ broken: true });
});
