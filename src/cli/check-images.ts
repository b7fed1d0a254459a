/**
 * Which images a study's actions run in are on this machine: a note for people, never a finding. The verdict on a
 * study is the same on every machine, so an engine that is missing, slow or strange is as good as none.
 */
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { enginePlaces } from '../../agent/executor/engines.ts';
import { imageCandidates, listedAs } from '../../agent/laptop/image-names.ts';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';
import type { FindImage } from '../../agent/runner/laptop-images.ts';
import { readIfThere } from '../../agent/store/durable.ts';
import { isRefusal } from '../lib/refusal.ts';
import { tagOf, type ImageName } from '../pipeline/pipeline.ts';

/** A local engine answers this in 5 to 20 ms; nobody waits for one that does not. */
const PATIENCE_MS = 300;
const MAX_ANSWER = 16 * 1024 * 1024;

export interface ImagesHere {
  present: string[];
  /** What to pull for each that is missing. */
  missing: { image: string; pull: string }[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined when no engine answered in time. */
export async function imagesHere(
  images: readonly ImageName[],
  env: Env,
  patience = PATIENCE_MS,
): Promise<ImagesHere | undefined> {
  const tags = await listedTags(env, patience);
  if (!tags) return undefined;
  const registry = registryOf(env);
  const here: ImagesHere = { present: [], missing: [] };
  for (const { name, tag } of images) {
    const image = `${name}:${tag}`;
    if (listedAs(imageCandidates({ name, tag }, registry), tags)) here.present.push(image);
    else here.missing.push({ image, pull: `${registry}/${name}:${tagOf(tag)}` });
  }
  return here;
}

/** Id of every name that the first engine to answer gives an image. */
async function listedTags(env: Env, patience: number): Promise<ReadonlyMap<string, string> | undefined> {
  const signal = AbortSignal.timeout(patience);
  for (const place of placesOf(env)) {
    const answer = await askedFor(place, signal);
    const tags = answer === undefined ? undefined : tagsIn(answer);
    if (tags) return tags;
  }
  return undefined;
}

/**
 * For whoever compares results with the images that are here now. The engine is asked once, when the first image is
 * wanted; without one nothing is known of any.
 */
export function imagesFinder(env: Env, patience = PATIENCE_MS): FindImage {
  let asked: Promise<ReadonlyMap<string, string> | undefined> | undefined;
  return async ({ image }) => {
    asked ??= listedTags(env, patience);
    const candidates = imageCandidates(image, registryOf(env));
    const found = listedAs(candidates, (await asked) ?? new Map<string, string>());
    return found ? { name: found.tag, id: found.value } : { name: candidates[0]! };
  };
}

const registryOf = (env: Env): string => env['SALLYPORT_IMAGES'] || DEFAULT_REGISTRY;

type Place = { socketPath: string } | { host: string; port: number };

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[?::1\]?)$/;

/** Where `run` would look, but for engines of other machines and those behind TLS: nobody waits for them. */
function placesOf(env: Env): Place[] {
  const places = enginePlaces({
    env,
    home: env['HOME'] || homedir(),
    uid: process.getuid?.() ?? 0,
    exists: existsSync,
    read: readIfThere,
  });
  if (isRefusal(places)) return [];
  return places.flatMap(({ name, socketPath, tcp = tcpOf(name) }): Place[] => {
    if (socketPath !== undefined) return [{ socketPath }];
    if (!tcp || !LOOPBACK.test(tcp.host) || env['DOCKER_TLS_VERIFY'] === '1') return [];
    return [{ host: tcp.host.replace(/[[\]]/g, ''), port: tcp.port }];
  });
}

/** Of DOCKER_HOST, which `run` hands on as it is. */
function tcpOf(name: string): { host: string; port: number } | undefined {
  const [, host, port] = /^tcp:\/\/([^/:]+|\[[^\]]+\]):(\d{1,5})\/?$/.exec(name) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}

function askedFor(place: Place, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asking = request({ ...place, path: '/images/json', signal, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (more: string) => {
        text += more;
        if (text.length > MAX_ANSWER) asking.destroy();
      });
      answer.on('end', () => resolve(answer.statusCode === 200 ? text : undefined));
      answer.on('error', () => resolve(undefined));
    });
    asking.on('error', () => resolve(undefined));
    asking.end();
  });
}

function tagsIn(answer: string): ReadonlyMap<string, string> | undefined {
  try {
    const images: unknown = JSON.parse(answer);
    if (!Array.isArray(images)) return undefined;
    const tags = new Map<string, string>();
    for (const image of images as ({ Id?: unknown; RepoTags?: unknown } | null)[]) {
      const id = typeof image?.Id === 'string' ? image.Id : '';
      const names: unknown[] = Array.isArray(image?.RepoTags) ? image.RepoTags : [];
      for (const tag of names) if (typeof tag === 'string') tags.set(tag, id);
    }
    return tags;
  } catch {
    return undefined;
  }
}
