/**
 * What a manifest names. Its bytes have been compared with their digest before it is read here, and the digest stands
 * in governance or in a list that does: what is refused is what an engine could read in two ways, or fetch elsewhere.
 */
import { z } from 'zod';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { isDigest, type Digest } from './target.ts';
import { MANIFEST, no } from './words.ts';

export interface Part {
  digest: Digest;
  /** Bytes. */
  size: number;
}

export type Manifest =
  | { kind: 'image'; mediaType: string; parts: Part[] }
  | { kind: 'index'; mediaType: string; parts: Part[] };

/** Engines take no larger ones either. */
export const MAX_MANIFEST = 4 * 1024 ** 2;

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGES = ['application/vnd.docker.distribution.manifest.v2+json', IMAGE];
const INDEXES = ['application/vnd.docker.distribution.manifest.list.v2+json', INDEX];
/** What is asked for; manifests of the first schema are not. */
export const ACCEPT = [...INDEXES, ...IMAGES].join(', ');

const part = z.object({
  mediaType: z.string().max(255),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value)),
  size: z.int().min(0),
  urls: z.array(z.unknown()).max(0).optional(),
});
const head = { schemaVersion: z.literal(2), mediaType: z.string().max(255).optional() };
const imageSchema = z.object({ ...head, config: part, layers: z.array(part).max(1000) });
const indexSchema = z.object({ ...head, manifests: z.array(part).max(200) });
const FOREIGN = /foreign|nondistributable/;

export function readManifest(bytes: Uint8Array): Manifest | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return no.manifest(MANIFEST.json);
  }
  if (typeof value !== 'object' || value === null) return no.manifest(MANIFEST.shape);
  const has = (key: string): boolean => Object.hasOwn(value, key);
  if ((value as { schemaVersion?: unknown }).schemaVersion === 1 || has('fsLayers'))
    return no.manifest(MANIFEST.old);
  if (has('manifests') && (has('layers') || has('config'))) return no.manifest(MANIFEST.both);
  return has('manifests') ? readIndex(value) : readImage(value);
}

function readImage(value: object): Manifest | Refusal {
  const read = imageSchema.safeParse(value);
  if (!read.success) return faultOf(value);
  const { mediaType = IMAGE, config, layers } = read.data;
  if (!IMAGES.includes(mediaType)) return no.manifest(MANIFEST.shape);
  if (layers.some((layer) => FOREIGN.test(layer.mediaType))) return no.manifest(MANIFEST.foreign);
  return { kind: 'image', mediaType, parts: [config, ...layers].map(sized) };
}

function readIndex(value: object): Manifest | Refusal {
  const read = indexSchema.safeParse(value);
  if (!read.success) return faultOf(value);
  const { mediaType = INDEX, manifests } = read.data;
  if (!INDEXES.includes(mediaType)) return no.manifest(MANIFEST.shape);
  if (manifests.some((one) => INDEXES.includes(one.mediaType))) return no.manifest(MANIFEST.nested);
  // Engines skip what they do not know; so it is never asked for through here either.
  return {
    kind: 'index',
    mediaType,
    parts: manifests.filter((one) => IMAGES.includes(one.mediaType)).map(sized),
  };
}

const sized = ({ digest, size }: Part): Part => ({ digest, size });

function faultOf(value: object): Refusal {
  const named = Object.values(value).flat() as unknown[];
  const elsewhere = named.some(
    (one) => typeof one === 'object' && one !== null && Object.hasOwn(one, 'urls'),
  );
  return no.manifest(elsewhere ? MANIFEST.foreign : MANIFEST.shape);
}

/** Of a list: this image of it, which must be as the list says. */
export function asListed(child: Manifest | Refusal, bytes: number, listed: Part): Manifest | Refusal {
  if (isRefusal(child)) return child;
  if (child.kind === 'index') return no.manifest(MANIFEST.nested);
  return bytes === listed.size ? child : no.manifest(MANIFEST.size);
}
