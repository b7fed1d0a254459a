/**
 * An image as files: the OCI layout, which registries, engines and scanners read, with what a person wants beside it.
 *
 * digest: of the manifest, by which governance lists an image · id: of its configuration, by which an engine knows it
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../../../src/lib/canonical.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { OUR_LABELS, USUAL_LABELS } from '../labels.ts';
import type { Layer } from './layer.ts';
import type { Recipe } from './recipe.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const EMPTY = 'application/vnd.oci.empty.v1+json';
export const SPDX = 'application/spdx+json';

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** What `images build` keeps beside the layout, for people and for the next command. */
export interface ImageFacts {
  name: string;
  version: string;
  digest: string;
  id: string;
  architecture: string;
  created: string;
  packages: number;
  /** Compressed, as it is fetched; and on a disk. */
  bytes: number;
  unpacked: number;
  lock: string;
  sbom: string;
}

export interface Parts {
  recipe: Recipe;
  architecture: string;
  created: string;
  labels: Record<string, string>;
  layers: readonly Layer[];
}

const bytesOf = (value: unknown): Buffer => Buffer.from(canonicalJson(value));
const described = (mediaType: string, bytes: Uint8Array): Descriptor => ({
  ...{ mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length },
});

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Configuration and manifest; the same parts give the same bytes. */
export function manifestOf({ recipe, architecture, created, labels, layers }: Parts): {
  config: Buffer;
  manifest: Buffer;
} {
  const config = bytesOf({
    ...{ architecture, os: 'linux', created },
    config: {
      User: recipe.user,
      Env: Object.entries({ PATH, ...recipe.environment })
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
      Entrypoint: recipe.entry,
      ...(recipe.command.length > 0 ? { Cmd: recipe.command } : {}),
      WorkingDir: recipe.workDir,
      Labels: labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: 'sallyport images build' })),
  });
  const manifest = bytesOf({
    ...{ schemaVersion: 2, mediaType: MANIFEST },
    config: described(CONFIG, config),
    layers: layers.map(({ digest, bytes }) => ({ mediaType: LAYER, digest, size: bytes })),
    annotations: {
      [USUAL_LABELS.created]: created,
      [OUR_LABELS.sbom]: labels[OUR_LABELS.sbom] ?? '',
    },
  });
  return { config, manifest };
}

/** The SBOM as an image's companion: whoever has the image's digest finds it in the registry. */
export function sbomManifest(sbom: Buffer, of: Descriptor): { config: Buffer; manifest: Buffer } {
  const config = Buffer.from('{}');
  const manifest = bytesOf({
    ...{ schemaVersion: 2, mediaType: MANIFEST, artifactType: SPDX },
    config: described(EMPTY, config),
    layers: [described(SPDX, sbom)],
    subject: of,
  });
  return { config, manifest };
}

export const manifestDescriptor = (manifest: Uint8Array): Descriptor => described(MANIFEST, manifest);

/** As registries without a list of companions are asked for one, and cosign names them. */
export const sbomTag = (digest: string): string => `${digest.replace(':', '-')}.sbom`;

export interface Layout {
  folder: string;
  /** Where layers already lie, by their digest. */
  blobs: string;
}

export function layoutIn(folder: string): Layout {
  const blobs = path.join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  return { folder, blobs };
}

export function writeBlob({ blobs }: Layout, bytes: Uint8Array): void {
  writeFileSync(path.join(blobs, sha256(bytes)), bytes);
}

export function writeIndex({ folder }: Layout, manifest: Descriptor, tag: string): void {
  writeFileSync(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = {
    ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' },
    manifests: [{ ...manifest, annotations }],
  };
  writeFileSync(path.join(folder, 'index.json'), canonicalJson(index));
}
