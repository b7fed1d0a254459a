/**
 * A registry in this process, over TLS: honest with what it is given, and hostile on request. Beside it an image of
 * random bytes, as small as images get.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { selfSigned, type Certificate } from './certificate.ts';

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const TYPES = {
  image: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociImage: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

export interface Described {
  digest: string;
  size: number;
  mediaType: string;
}

export interface Asked {
  path: string;
  authorization: string | undefined;
  headers: IncomingMessage['headers'];
}

export interface FakeRegistry {
  /** `127.0.0.1:41234`, as governance writes it. */
  host: string;
  /** File with its certificate. */
  caFile: string;
  /** Manifests and blobs by digest. */
  content: Map<string, Buffer>;
  seen: Asked[];
  /** Tokens are asked for: of this user, or of anybody. */
  challenge?: 'anybody' | { user: string; password: string };
  /** Where it says that tokens are made; standard: here. */
  realm?: string;
  /** Answers in place of it: true when it did. */
  instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  put(bytes: Buffer | string | object, mediaType?: string): Described;
  close(): Promise<void>;
}

const TOKEN = 'a-token-of-the-registry';

export async function fakeRegistry(certificate: Certificate = selfSigned()): Promise<FakeRegistry> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-registry-'));
  const caFile = path.join(dir, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const server = createServer(certificate, (request, response) => answer(registry, request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const registry: FakeRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    content: new Map(),
    seen: [],
    put(what, mediaType = TYPES.layer) {
      const bytes = Buffer.isBuffer(what)
        ? what
        : Buffer.from(typeof what === 'string' ? what : JSON.stringify(what));
      const digest = digestOf(bytes);
      this.content.set(digest, bytes);
      return { digest, size: bytes.length, mediaType };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return registry;
}

function answer(registry: FakeRegistry, request: IncomingMessage, response: ServerResponse): void {
  const { url = '', headers } = request;
  registry.seen.push({ path: url, authorization: headers.authorization, headers });
  response.on('error', () => undefined);
  if (registry.instead?.(request, response)) return;
  const { challenge } = registry;
  if (url.startsWith('/token?')) {
    const wanted =
      challenge === 'anybody' || challenge === undefined
        ? undefined
        : `Basic ${Buffer.from(`${challenge.user}:${challenge.password}`).toString('base64')}`;
    if (headers.authorization !== wanted) return void response.writeHead(401).end();
    return void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ token: TOKEN }));
  }
  if (challenge !== undefined && headers.authorization !== `Bearer ${TOKEN}`) {
    const realm = registry.realm ?? `https://${registry.host}/token`;
    const asks = `Bearer realm="${realm}",service="a registry",scope="repository:*:push,pull"`;
    return void response.writeHead(401, { 'www-authenticate': asks }).end();
  }
  const bytes = registry.content.get(/\/(?:manifests|blobs)\/(sha256:[0-9a-f]{64})$/.exec(url)?.[1] ?? '');
  if (!bytes) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
}

export interface FakeImage {
  manifest: Described;
  config: Described;
  layers: Described[];
}

/** Layers of these sizes in bytes. */
export function anImage(registry: FakeRegistry, sizes: readonly number[] = [3000, 70_000]): FakeImage {
  const config = registry.put({ made: randomBytes(8).toString('hex') }, TYPES.config);
  const layers = sizes.map((size) => registry.put(randomBytes(size)));
  const manifest = registry.put({ schemaVersion: 2, mediaType: TYPES.image, config, layers }, TYPES.image);
  return { manifest, config, layers };
}

export function anIndex(
  registry: FakeRegistry,
  manifests: readonly Described[],
  more: object = {},
): Described {
  return registry.put({ schemaVersion: 2, mediaType: TYPES.list, manifests, ...more }, TYPES.list);
}

/** An entry of images.yml. */
export function entry(
  digest: string,
  image = 'northshire-images/python',
  version = 'v2',
  name = image.split('/').at(-1) ?? '',
): string {
  return `- {name: ${name}, version: ${version}, image: ${image}, digest: '${digest}'}\n`;
}
