/**
 * What belongs to the listed images of a repository: the pinned digests, what lists among them name, and the
 * configurations and layers of those. Everything is learned from manifests whose bytes were compared with their digest;
 * a proxy that has just been started learns it again when it is asked.
 */
import { createHash } from 'node:crypto';
import { seconds } from '../../lib/clock.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { BlobCache } from './cache.ts';
import type { Listed } from './governed.ts';
import { asListed, MAX_MANIFEST, readManifest, type Manifest, type Part } from './manifest.ts';
import type { Digest } from './target.ts';
import type { Upstream } from './upstream.ts';
import { MANIFEST, no } from './words.ts';

export interface Known {
  manifest: Manifest;
  bytes: Buffer;
}

const MAX_KNOWN_BYTES = 64 * 1024 ** 2;
const PATIENCE = seconds(60);

export class Contents {
  readonly #upstream: Pick<Upstream, 'open'>;
  readonly #cache: BlobCache | undefined;
  /** Least recently used first. */
  readonly #known = new Map<Digest, Known>();
  readonly #loading = new Map<string, Promise<Known | Refusal>>();
  #bytes = 0;

  constructor(upstream: Pick<Upstream, 'open'>, cache: BlobCache | undefined) {
    this.#upstream = upstream;
    this.#cache = cache;
  }

  /** A pinned manifest, or one that a pinned list names. */
  async manifest(listed: Listed, digest: Digest, signal: AbortSignal): Promise<Known | Refusal> {
    if (listed.pins.includes(digest)) return this.#load(listed, digest);
    return this.#search(listed, signal, async (pinned) => {
      const part = pinned.manifest.kind === 'index' ? partOf(pinned, digest) : undefined;
      return part && this.#child(listed, part);
    });
  }

  /** Bytes of a configuration or layer of a listed image. */
  async blob(listed: Listed, digest: Digest, signal: AbortSignal): Promise<Part | Refusal> {
    return this.#search(listed, signal, async (pinned) => {
      if (pinned.manifest.kind === 'image') return partOf(pinned, digest);
      let failed: Refusal | undefined;
      // The engine has just read the one that it wants; the others are fetched only if that was not it.
      for (const part of this.#knownFirst(pinned.manifest.parts, ({ digest: child }) => child)) {
        if (signal.aborted) return no.away();
        const child = await this.#child(listed, part);
        if (isRefusal(child)) failed ??= child;
        else if (partOf(child, digest)) return partOf(child, digest);
      }
      return failed;
    });
  }

  /** One pinned image that cannot be read does not hide what another one has. Once nobody waits, no further one is fetched. */
  async #search<T>(
    listed: Listed,
    signal: AbortSignal,
    find: (pinned: Known) => Promise<T | Refusal | undefined>,
  ): Promise<T | Refusal> {
    let failed: Refusal | undefined;
    for (const pin of this.#knownFirst(listed.pins, (digest) => digest)) {
      if (signal.aborted) return no.away();
      const pinned = await this.#load(listed, pin);
      const found = isRefusal(pinned) ? pinned : await find(pinned);
      if (isRefusal(found)) failed ??= found;
      else if (found !== undefined) return found;
    }
    return failed ?? no.unpinned();
  }

  #knownFirst<T>(all: readonly T[], digestOf: (one: T) => Digest): T[] {
    const isKnown = (one: T): boolean => this.#known.has(digestOf(one));
    return [...all.filter(isKnown), ...all.filter((one) => !isKnown(one))];
  }

  async #child(listed: Listed, part: Part): Promise<Known | Refusal> {
    const child = await this.#load(listed, part.digest);
    if (isRefusal(child)) return child;
    const fits = asListed(child.manifest, child.bytes.length, part);
    return isRefusal(fits) ? fits : child;
  }

  /** Several who want the same one wait for one answer. */
  async #load(listed: Listed, digest: Digest): Promise<Known | Refusal> {
    const known = this.#known.get(digest);
    if (known) {
      this.#known.delete(digest);
      this.#known.set(digest, known);
      return known;
    }
    const key = `${listed.registry}/${listed.repository}@${digest}`;
    const loading = this.#loading.get(key) ?? this.#fetch(listed, digest);
    this.#loading.set(key, loading);
    return loading.finally(() => this.#loading.delete(key));
  }

  async #fetch(listed: Listed, digest: Digest): Promise<Known | Refusal> {
    const kept = await this.#fromCache(digest);
    const bytes = kept ?? (await this.#fromRegistry(listed, digest));
    if (isRefusal(bytes)) return bytes;
    const manifest = readManifest(bytes);
    if (isRefusal(manifest)) return manifest;
    if (!kept) await this.#enter(digest, bytes);
    const known = { manifest, bytes };
    this.#remember(digest, known);
    return known;
  }

  async #fromRegistry(listed: Listed, digest: Digest): Promise<Buffer | Refusal> {
    const answer = await this.#upstream.open(listed, 'manifests', digest, AbortSignal.timeout(PATIENCE));
    if (isRefusal(answer)) return answer;
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer.body) {
        size += chunk.length;
        if (size > MAX_MANIFEST) return no.manifest(MANIFEST.large);
        chunks.push(chunk);
      }
      const bytes = Buffer.concat(chunks);
      return digestOf(bytes) === digest ? bytes : no.mismatch();
    } catch {
      return no.away();
    } finally {
      answer.body.destroy();
    }
  }

  async #fromCache(digest: Digest): Promise<Buffer | undefined> {
    const file = await this.#cache?.find(digest, MAX_MANIFEST);
    if (!file) return undefined;
    try {
      const bytes = await file.readFile();
      if (digestOf(bytes) === digest) return bytes;
      this.#cache?.forget(digest);
      return undefined;
    } finally {
      await file.close();
    }
  }

  async #enter(digest: Digest, bytes: Buffer): Promise<void> {
    const entering = await this.#cache?.begin(digest, bytes.length);
    if (entering && (await entering.write(bytes))) await entering.keep();
  }

  #remember(digest: Digest, known: Known): void {
    if (this.#known.has(digest)) return;
    this.#known.set(digest, known);
    this.#bytes += known.bytes.length;
    for (const [old, { bytes }] of this.#known) {
      if (this.#bytes <= MAX_KNOWN_BYTES || old === digest) break;
      this.#known.delete(old);
      this.#bytes -= bytes.length;
    }
  }
}

export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const partOf = ({ manifest }: Known, digest: Digest): Part | undefined =>
  manifest.parts.find((part) => part.digest === digest);
