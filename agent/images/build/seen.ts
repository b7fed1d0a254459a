/** An image as it lies somewhere, read whole: a folder, a registry, a container engine. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { sha256 } from '../../../src/lib/hash.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { askUnless, type Engine } from '../../executor/engine.ts';
import { contentsOf, type Contents } from './contents.ts';
import { sbomTag, SPDX, type Descriptor } from './oci.ts';
import type { Registry } from './registry.ts';
import { notAnImage, notInEngine } from './words.ts';

export interface ImageConfig {
  created?: string;
  architecture?: string;
  config?: {
    User?: string;
    WorkingDir?: string;
    Entrypoint?: string[] | null;
    Volumes?: Record<string, unknown> | null;
    Labels?: Record<string, string> | null;
  };
  rootfs?: { diff_ids?: string[] };
}

export interface Seen {
  where: string;
  /** By which governance lists it; an engine does not keep it. */
  digest?: string;
  /** Of its configuration. */
  id: string;
  config: ImageConfig;
  layers: Contents[];
  /** Compressed; what an engine keeps is unpacked. */
  bytes?: number;
  sbom?: Buffer;
  /** Parts that are not what their digest says. */
  forged: string[];
}

interface Manifest {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: (Descriptor & { platform?: { architecture?: string; os?: string } })[];
}

const NOT_FOUND = 404;
const MOST_CONFIG = 8 * 1024 * 1024;
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What both a folder and a registry can give. */
interface Parts {
  where: string;
  manifest(digest: string): Promise<Buffer | Refusal>;
  blob(digest: string): Promise<Readable | Refusal>;
  sbom(digest: string): Promise<Buffer | undefined>;
}

export async function seenInFolder(folder: string): Promise<Seen | Refusal> {
  const index = path.join(folder, 'index.json');
  if (!existsSync(index)) return notAnImage(folder, 'there is no index.json');
  const [first] = (parsed(readFileSync(index)) as Manifest | undefined)?.manifests ?? [];
  if (!first || !/^sha256:[0-9a-f]{64}$/.test(first.digest))
    return notAnImage(folder, 'its index.json names none');
  const file = (digest: string): string => path.join(folder, 'blobs/sha256', digest.replace('sha256:', ''));
  const missing = (digest: string): Refusal => notAnImage(folder, `${digest} is missing`);
  const sbom = path.join(folder, 'sbom.spdx.json');
  return seenOf(first.digest, {
    where: folder,
    manifest: async (digest) => (existsSync(file(digest)) ? readFileSync(file(digest)) : missing(digest)),
    blob: async (digest) => (existsSync(file(digest)) ? createReadStream(file(digest)) : missing(digest)),
    sbom: async () => (existsSync(sbom) ? readFileSync(sbom) : undefined),
  });
}

/** reference: a tag or a digest. */
export async function seenInRegistry(registry: Registry, reference: string): Promise<Seen | Refusal> {
  const { where } = registry;
  const top = await registry.manifest(reference);
  if (isRefusal(top)) return top;
  if (!top) return notAnImage(where, `it has no ${reference}`);
  return seenOf(top.digest, {
    where,
    async manifest(digest) {
      if (digest === top.digest) return top.bytes;
      const found = await registry.manifest(digest);
      if (isRefusal(found)) return found;
      return found?.bytes ?? notAnImage(where, `it has no ${digest}`);
    },
    blob: (digest) => registry.blob(digest),
    async sbom(digest) {
      const companion = await registry.manifest(sbomTag(digest));
      if (!companion || isRefusal(companion)) return undefined;
      const layer = (parsed(companion.bytes) as Manifest | undefined)?.layers?.find(
        ({ mediaType }) => mediaType === SPDX,
      );
      const stream = layer && (await registry.blob(layer.digest));
      return stream && !isRefusal(stream) ? wholeOf(stream) : undefined;
    },
  });
}

async function seenOf(digest: string, parts: Parts): Promise<Seen | Refusal> {
  let bytes = await parts.manifest(digest);
  if (isRefusal(bytes)) return bytes;
  const forged: string[] = [];
  if (`sha256:${sha256(bytes)}` !== digest) forged.push(`manifest ${digest}`);
  let manifest = parsed(bytes) as Manifest | undefined;
  if (manifest?.manifests) {
    // One of several, for several kinds of machine: that of this one.
    const wanted = ARCHITECTURES[process.arch];
    const own = manifest.manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === wanted,
    );
    if (!own) return notAnImage(parts.where, `it has none for ${wanted ?? process.arch}`);
    bytes = await parts.manifest(own.digest);
    if (isRefusal(bytes)) return bytes;
    if (`sha256:${sha256(bytes)}` !== own.digest) forged.push(`manifest ${own.digest}`);
    manifest = parsed(bytes) as Manifest | undefined;
  }
  if (!manifest?.config || !Array.isArray(manifest.layers))
    return notAnImage(parts.where, 'its manifest is not one');
  const configuration = await parts.blob(manifest.config.digest);
  if (isRefusal(configuration)) return configuration;
  const text = await wholeOf(configuration);
  if (`sha256:${sha256(text)}` !== manifest.config.digest) forged.push('configuration');
  const layers: Contents[] = [];
  for (const layer of manifest.layers) {
    const stream = await parts.blob(layer.digest);
    if (isRefusal(stream)) return stream;
    const contents = await contentsOf(stream);
    if (contents.digest !== layer.digest) forged.push(`layer ${layer.digest}`);
    layers.push(contents);
  }
  const sbom = await parts.sbom(digest);
  return {
    ...{ where: parts.where, digest, id: manifest.config.digest, layers, forged },
    config: (parsed(text) ?? {}) as ImageConfig,
    bytes: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    ...(sbom ? { sbom } : {}),
  };
}

/** As the engine exports it: it keeps no digest of a manifest that was never in a registry. */
export async function seenInEngine(engine: Engine, name: string): Promise<Seen | Refusal> {
  const found = await askUnless([NOT_FOUND], 'looking for an image', engine.getImage(name).inspect());
  if (!found) return notInEngine(name);
  const exported = (await engine.getImage(name).get()) as unknown as Readable;
  const entries = tar.extract();
  const reading = pipeline(exported, entries);
  const layers: Contents[] = [];
  let text: Buffer | undefined;
  for await (const entry of entries) {
    const file = entry.header.name;
    if (
      entry.header.type === 'file' &&
      /(?:^|\/)layer\.tar$|^blobs\/sha256\//.test(file) &&
      (entry.header.size ?? 0) > MOST_CONFIG
    ) {
      layers.push(await contentsOf(entry as unknown as Readable));
      continue;
    }
    if (entry.header.type !== 'file') {
      entry.resume();
      continue;
    }
    const bytes = await wholeOf(entry as unknown as Readable);
    if (`sha256:${sha256(bytes)}` === found.Id) text = bytes;
    else if (/layer\.tar$|^blobs\//.test(file)) layers.push(await contentsOfBytes(bytes));
  }
  await reading;
  if (!text) return notAnImage(name, 'the engine exports no configuration of that id');
  const config = (parsed(text) ?? {}) as ImageConfig;
  const wanted = config.rootfs?.diff_ids ?? [];
  // In the order of the configuration, which a tar need not keep.
  const byId = new Map(layers.map((layer) => [layer.diffId, layer]));
  const inOrder = wanted.map((id) => byId.get(id)).filter((layer) => layer !== undefined);
  const forged = wanted.filter((id) => !byId.has(id)).map((id) => `layer ${id}`);
  return { where: name, id: found.Id, config, layers: inOrder, forged };
}

async function contentsOfBytes(bytes: Buffer): Promise<Contents> {
  return contentsOf(Readable.from([bytes])).catch(() => ({
    ...{ diffId: '', digest: '', privileged: { count: 0, first: [] } },
  }));
}

async function wholeOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += (piece as Buffer).length;
    if (bytes > MOST_CONFIG) throw new Error('what should be small is not');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
