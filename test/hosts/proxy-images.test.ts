/**
 * Images on their real way: a real registry, the proxy over TLS, the real engine, and the agent that asks for them.
 *
 * The engine takes everything on 127.0.0.0/8 for trustworthy, so the proxy stands at another address of this machine, which
 * is there for the time of the test.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectEngine } from '../../agent/executor/engine.ts';
import { ImagePuller } from '../../agent/runner/pull-images.ts';
import { dockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { entry, fakeRegistry } from '../support/registry.ts';
import { requires } from '../support/require.ts';
import { IMAGE, imagesWorld, type ImagesWorld } from '../proxy/images-world.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';
import { newAuthority } from './support/authority.ts';

const { describe, test } = requires('docker', 'registry', 'root');
const run = promisify(execFile);
const docker = async (...words: string[]): Promise<string> => (await run('docker', words)).stdout.trim();

const never = new AbortController().signal;
const MIB = 1024 ** 2;

describe('the engine pulls through the proxy', () => {
  const authority = newAuthority();
  let dir: string;
  let trusted: string;
  let door: { address: string; port: number; cert: string; key: string; clientCa?: string };
  let registry: DockerRegistry;
  let world: ImagesWorld | undefined;
  /** Digests of images that were pushed: one that governance lists, and one that it does not. */
  let listed: string;
  let unlisted: string;
  let said: Record<string, unknown>[];

  beforeAll(async () => {
    registry = await dockerRegistry();
    const address = `198.18.${process.pid & 255}.${(process.pid >> 8) & 255}`;
    await run('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo']);
    door = { address, port: await freePort(), ...authority.issue(address) };
    trusted = `/etc/docker/certs.d/${address}:${door.port}`;
    listed = await pushed('listed');
    unlisted = await pushed('unlisted');
  });
  afterAll(async () => {
    await registry.close();
    rmSync(trusted, { recursive: true, force: true });
    await run('ip', ['addr', 'del', `${door.address}/32`, 'dev', 'lo']);
  });
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'sallyport-pull-'));
    mkdirSync(trusted, { recursive: true });
    writeFileSync(path.join(trusted, 'ca.crt'), authority.cert);
    said = [];
  });
  afterEach(async () => {
    await world?.close();
    world = undefined;
    delete door.clientCa;
    rmSync(trusted, { recursive: true, force: true });
    for (const digest of [listed, unlisted]) await forget(nameOf(digest));
    rmSync(dir, { recursive: true, force: true });
  });

  /** An image of one file of random bytes, in the registry and nowhere else. */
  async function pushed(tag: string): Promise<string> {
    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-push-'));
    const name = `${registry.host}/${IMAGE}:${tag}`;
    try {
      writeFileSync(path.join(folder, 'bytes'), randomBytes(8 * MIB));
      await run('tar', ['-C', folder, '-cf', path.join(folder, 'a.tar'), 'bytes']);
      await docker('import', path.join(folder, 'a.tar'), name);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker('push', name))?.[1];
      await docker('rmi', name);
      if (digest === undefined) throw new Error('the push gave no digest');
      return digest;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  const forget = (name: string): Promise<unknown> => docker('rmi', name).catch(() => undefined);
  const nameOf = (digest: string, repository = IMAGE): string =>
    `${door.address}:${door.port}/${repository}@${digest}`;
  const digestsHere = (name: string): Promise<string> =>
    docker('image', 'inspect', '-f', '{{json .RepoDigests}}', name).catch(() => 'nothing');

  async function start(images = entry(listed), from: Pick<DockerRegistry, 'host' | 'caFile'> = registry) {
    world = await imagesWorld({
      registry: from,
      images,
      door,
      settings: { cache: { dir: path.join(dir, 'cache'), bytes: 64 * MIB } },
    });
    return world;
  }

  const puller = (pause: () => Promise<void> = () => Promise.resolve()): ImagePuller =>
    new ImagePuller({
      engine: connectEngine(),
      registry: `${door.address}:${door.port}`,
      login: async () => ({ username: 'attainment', password: await world!.token() }),
      minutes: 2,
      logger: {
        info: (line: object) => said.push({ ...line }),
        warn: (line: object) => said.push({ ...line }),
      } as never,
      pause,
    });

  test('by digest, over TLS, from a registry that it cannot reach itself; then from the store', async () => {
    const w = await start();

    expect(await puller().fetch(nameOf(listed), never)).toBe(true);

    expect(JSON.parse(await digestsHere(nameOf(listed)))).toEqual([nameOf(listed)]);
    expect(await w.logged({ rule: 'image-blob' })).toMatchObject({ agent: 'attainment', image: IMAGE });
    await forget(nameOf(listed));
    w.log.length = 0;
    expect(await puller().fetch(nameOf(listed), never)).toBe(true);
    const blobs = w.log.filter(({ rule }) => rule === 'image-blob');
    expect(blobs.map(({ cached }) => cached)).toEqual([true, true]);
  });

  test('not without trust in its certificate', async () => {
    await start();
    rmSync(trusted, { recursive: true });

    expect(await puller().fetch(nameOf(listed), never)).toBe(false);
    expect(said.map(({ why }) => String(why))).toEqual(Array(3).fill(expect.stringContaining('x509')));
  });

  test('through a door that wants certificates: with its own beside the authority, and not without', async () => {
    door.clientCa = authority.cert;
    const w = await start();

    expect(await puller().fetch(nameOf(listed), never)).toBe(false);
    expect(said.map(({ why }) => String(why))).toEqual(
      Array(3).fill(expect.stringMatching(/certificate required|bad certificate|handshake failure/)),
    );
    expect(w.log.map(({ code }) => code)).not.toContain(undefined);

    const stranger = newAuthority().issue('zone-1.zone.example');
    shown(stranger);
    expect(await puller().fetch(nameOf(listed), never)).toBe(false);
    expect(w.log.map(({ code }) => code)).not.toContain(undefined);

    shown(authority.issue('zone-1.zone.example'));
    expect(await puller().fetch(nameOf(listed), never)).toBe(true);
    expect(JSON.parse(await digestsHere(nameOf(listed)))).toEqual([nameOf(listed)]);
  });

  /** The engine shows it to this registry. */
  function shown({ cert, key }: { cert: string; key: string }): void {
    writeFileSync(path.join(trusted, 'client.cert'), cert);
    writeFileSync(path.join(trusted, 'client.key'), key, { mode: 0o600 });
  }

  test('not what governance does not list, neither by digest nor by tag', async () => {
    await start();

    expect(await puller().fetch(nameOf(unlisted), never)).toBe(false);
    expect(said[0]?.['why']).toContain('Governance does not list this digest');
    expect(await puller().fetch(nameOf(listed).replace(/@.*/, ':listed'), never)).toBe(false);
  });

  test('not with the signature of another agent', async () => {
    const w = await start();
    const own = puller();
    w.token = () => Promise.resolve('eyJhbGciOiJFZERTQSJ9.e30.AAAA');

    expect(await own.fetch(nameOf(listed), never)).toBe(false);
    expect(w.log.some(({ rule }) => rule === 'image-manifest' || rule === 'image-blob')).toBe(false);
  });

  test('not bytes that somebody has changed in the registry', async () => {
    const manifest = JSON.parse(readFileSync(registry.fileOf(listed), 'utf8')) as {
      layers: { digest: string }[];
    };
    const file = registry.fileOf(manifest.layers[0]!.digest);
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    bad[bad.length >> 1]! ^= 1;
    writeFileSync(file, bad);
    try {
      const w = await start();
      // The engine tries a layer for minutes; once is enough to see what it is given.
      const leaving = new AbortController();
      const waiting = puller().fetch(nameOf(listed), leaving.signal);
      await w.logged({ rule: 'image-blob', code: 'proxy.image-mismatch', broken: true });
      leaving.abort(new Error('seen enough'));
      await expect(waiting).rejects.toThrow('seen enough');

      expect(await digestsHere(nameOf(listed))).toBe('nothing');
    } finally {
      writeFileSync(file, good);
    }
  });

  test('a proxy that dies in the middle of a layer: the pull ends well when it is back, and nothing half remains', async () => {
    const slow = await fakeRegistry();
    const manifest = readFileSync(registry.fileOf(unlisted));
    const { config, layers } = JSON.parse(manifest.toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const layer = layers[0]!.digest;
    for (const digest of [unlisted, config.digest, layer])
      slow.content.set(digest, readFileSync(registry.fileOf(digest)));
    const stalled = new Promise<void>((done) => {
      slow.instead = (request, response) => {
        if (!request.url?.endsWith(layer)) return false;
        response.write(slow.content.get(layer)!.subarray(0, 4 * MIB), () => done());
        return true;
      };
    });
    try {
      await start(entry(unlisted) + entry(listed, IMAGE, 'v3'), slow);
      const waiting = puller().fetch(nameOf(unlisted), never);
      await stalled;
      await world!.close();
      slow.instead = undefined;
      await start(entry(unlisted) + entry(listed, IMAGE, 'v3'));

      // Somebody else's image does not wait for it.
      expect(await puller().fetch(nameOf(listed), never)).toBe(true);
      expect(await waiting).toBe(true);

      expect(JSON.parse(await digestsHere(nameOf(unlisted)))).toEqual([nameOf(unlisted)]);
      expect(readdirSync(path.join(dir, 'cache', 'entering'))).toEqual([]);
    } finally {
      await slow.close();
    }
  }, 120_000);

  test('a registry that is away with a cold store: three tries and an end, while a kept image arrives', async () => {
    const gone = await fakeRegistry();
    await start();
    await puller().fetch(nameOf(listed), never);
    await forget(nameOf(listed));
    await world!.close();
    await gone.close();
    writeFileSync(path.join(dir, 'ca.pem'), readFileSync(registry.caFile));
    const away = { host: gone.host, caFile: path.join(dir, 'ca.pem') };
    await start(entry(listed) + entry(unlisted, IMAGE, 'v3'), away);
    const own = puller();

    const [cold, kept] = await Promise.all([
      own.fetch(nameOf(unlisted), never),
      own.fetch(nameOf(listed), never),
    ]);

    expect([cold, kept]).toEqual([false, true]);
    expect(said.filter(({ image }) => image === nameOf(unlisted)).map(({ tried }) => tried)).toEqual([
      1, 2, 3,
    ]);
  });
});
