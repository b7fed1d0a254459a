/** A registry that lies, points elsewhere or never ends, and an agent that is taken out. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { newKeyPair } from '../../src/lib/keys.ts';
import { governanceFiles, KEYS } from '../support/governance.ts';
import { selfSigned } from '../support/certificate.ts';
import {
  anImage,
  anIndex,
  digestOf,
  entry,
  fakeRegistry,
  TYPES,
  type FakeImage,
  type FakeRegistry,
} from '../support/registry.ts';
import { IMAGE, imagesWorld, type ImagesWorld, type ImagesWorldOptions } from './images-world.ts';

let registry: FakeRegistry;
let elsewhere: FakeRegistry;
let image: FakeImage;
let world: ImagesWorld | undefined;

const certificate = selfSigned();

beforeAll(async () => {
  registry = await fakeRegistry(certificate);
  elsewhere = await fakeRegistry(certificate);
});
beforeEach(() => {
  image = anImage(registry, [3000, 900_000]);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const one of [registry, elsewhere]) {
    one.instead = one.challenge = one.realm = undefined;
    one.content.clear();
    one.seen.length = 0;
  }
});
afterAll(async () => {
  await registry.close();
  await elsewhere.close();
});

async function start(options: Partial<ImagesWorldOptions> = {}): Promise<ImagesWorld> {
  world = await imagesWorld({ registry, images: entry(image.manifest.digest), ...options });
  return world;
}

/** Answers in place of the registry where the path ends so. */
function on(ending: string, answer: (response: ServerResponse, request: IncomingMessage) => void): void {
  registry.instead = (request, response) => {
    if (!request.url?.endsWith(ending)) return false;
    answer(response, request);
    return true;
  };
}

const big = (): { digest: string; bytes: Buffer } => {
  const { digest } = image.layers[1]!;
  return { digest, bytes: registry.content.get(digest)! };
};

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
    await registry.close();

    expect((await w.get(`manifests/${image.manifest.digest}`)).code).toBe('UNAVAILABLE proxy.registry-away');
    registry = await fakeRegistry(certificate);
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

describe('redirects', () => {
  const to = (location: string, status = 307): void =>
    on(big().digest, (response) => response.writeHead(status, { location }).end());
  const asked = async (options: Partial<ImagesWorldOptions> = {}): Promise<string> => {
    const answer = await (await start(options)).get(`blobs/${big().digest}`);
    expect(answer.headers.location).toBeUndefined();
    return answer.code || String(answer.status);
  };

  test.each([301, 302, 303, 307, 308])(
    'a %s to a listed host is followed inside, without credentials',
    async (status) => {
      registry.challenge = 'anybody';
      elsewhere.content.set(big().digest, big().bytes);
      registry.instead = (request, response) => {
        if (!request.headers.authorization || !request.url?.includes('/blobs/')) return false;
        const location = `https://${elsewhere.host}/store/blobs/${big().digest}?signature=secret`;
        response.writeHead(status, { location }).end();
        return true;
      };
      elsewhere.instead = (_request, response) => {
        response.end(big().bytes);
        return true;
      };
      const w = await start({ redirectHosts: [elsewhere.host] });

      const answer = await w.get(`blobs/${big().digest}`);

      expect(digestOf(answer.body)).toBe(big().digest);
      expect(elsewhere.seen).toHaveLength(1);
      expect(elsewhere.seen[0]).toMatchObject({
        path: `/store/blobs/${big().digest}?signature=secret`,
        authorization: undefined,
      });
      expect(JSON.stringify([answer.headers, w.log])).not.toContain('secret');
    },
  );

  test('to a host that is not listed', async () => {
    to(`https://${elsewhere.host}/x`);

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
    expect(elsewhere.seen).toEqual([]);
  });

  test.each([
    ['plain http', (host: string) => `http://${host}/x`],
    ['credentials', (host: string) => `https://user:secret@${host}/x`],
    ['a file', () => 'file:///etc/passwd'],
    ['nothing', () => ''],
    ['no address', () => 'https://'],
  ])('to a listed host by %s', async (_how, location) => {
    to(location(elsewhere.host));

    expect(await asked({ redirectHosts: [elsewhere.host] })).toMatch(/^(DENIED proxy.registry-redirect)$/);
    expect(elsewhere.seen).toEqual([]);
  });

  test('without an address', async () => {
    on(big().digest, (response) => response.writeHead(302).end());

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
  });

  test.each(['localhost:9', '127.0.0.2:9', '[::1]:9', '169.254.169.254'])(
    'to %s, an address inside, even when governance lists it',
    async (host) => {
      to(`https://${host}/latest/meta-data`);

      expect(await asked({ redirectHosts: [host] })).toBe(
        // An address in brackets is no host that can be listed.
        host.startsWith('[') ? 'DENIED proxy.registry-redirect' : 'DENIED proxy.registry-address',
      );
    },
  );

  test('in a circle, or too often', async () => {
    registry.instead = (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      response.writeHead(307, { location: `https://${registry.host}${request.url}x` }).end();
      return true;
    };

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
    expect(registry.seen.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(4);
  });

  test('of a manifest', async () => {
    on(image.manifest.digest, (response) => {
      response.writeHead(307, { location: `https://${elsewhere.host}/x` }).end();
    });
    const w = await start({ redirectHosts: [elsewhere.host] });

    expect((await w.get(`manifests/${image.manifest.digest}`)).code).toBe('DENIED proxy.registry-redirect');
  });

  test('to wrong bytes', async () => {
    to(`https://${elsewhere.host}/x`);
    elsewhere.instead = (_request, response) => Boolean(response.end(randomBytes(900_000)));

    const w = await start({ redirectHosts: [elsewhere.host] });
    expect((await w.get(`blobs/${big().digest}`)).broken).toBe(true);
  });
});

describe('where the registry has its tokens made', () => {
  const credentials = async (): Promise<Record<string, unknown>> => {
    const { writeFileSync } = await import('node:fs');
    const file = registry.caFile.replace('ca.pem', 'password');
    writeFileSync(file, 'a-password\n', { mode: 0o600 });
    return { credentials: { host: registry.host, user: 'reader', password_file: file } };
  };

  test('a realm at a host that is not listed is not asked, and sees no password', async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    registry.realm = `https://${elsewhere.host}/token`;
    const w = await start({ settings: await credentials(), redirectHosts: [elsewhere.host] });

    expect((await w.get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-realm');
    expect(elsewhere.seen).toEqual([]);
  });

  test.each(['http://127.0.0.1/token', 'https://x:y@127.0.0.1/token', '/token', ''])(
    'the realm "%s" is not asked',
    async (realm) => {
      registry.challenge = 'anybody';
      registry.realm = realm;

      expect((await (await start()).get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-realm');
    },
  );

  test("a private registry is asked with the operator's password, for this one repository", async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    const w = await start({ settings: await credentials() });

    const answer = await w.get(`blobs/${big().digest}`);

    expect(digestOf(answer.body)).toBe(big().digest);
    const token = registry.seen.find(({ path }) => path.startsWith('/token'));
    expect(token?.path).toContain(`scope=${encodeURIComponent('repository:northshire-images/python:pull')}`);
    expect(JSON.stringify([w.log, answer.headers])).not.toContain('a-password');
  });

  test('a listed other host makes tokens, too', async () => {
    registry.challenge = 'anybody';
    registry.realm = `https://${elsewhere.host}/token`;
    const w = await start({ settings: { token_hosts: [elsewhere.host] } });

    expect((await w.get(`blobs/${big().digest}`)).status).toBe(200);
  });

  test('the password is for its host alone', async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    const { credentials: given } = (await credentials()) as { credentials: object };
    const w = await start({ settings: { credentials: { ...given, host: 'registry.example.org' } } });

    expect((await w.get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-denied');
    expect(registry.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test.each(['{}', 'no JSON', '{"token": "two\\r\\nlines"}', `{"token": "${'x'.repeat(70_000)}"}`])(
    'an answer that is no token is no token',
    async (body) => {
      registry.challenge = 'anybody';
      on('%3Apull', (response) => response.end(body));

      expect((await (await start()).get(`blobs/${big().digest}`)).code).toBe(
        'UNAVAILABLE proxy.registry-away',
      );
    },
  );
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
