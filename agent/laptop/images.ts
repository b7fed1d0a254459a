/** The images of a deployment on this machine: what is here, what the registry has that is newer, fetching it. */
import { homedir } from 'node:os';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { tagOf } from '../../src/pipeline/pipeline.ts';
import { ask, askUnless, statusOf, type Engine } from '../executor/engine.ts';
import { hostOf, imageCandidates, listedAs, repositoryOf, type NamedImage } from './image-names.ts';
import { loginFor } from './login.ts';
import { pull, type PullProgress } from './pull.ts';

/** missing: not on this machine · local: made here, no registry knows it · unknown: the registry was not asked, or silent */
export type ImageState = 'missing' | 'current' | 'outdated' | 'local' | 'unknown';

export interface ListedImage {
  /** As a study writes it, `python:v2`; else as it is called on this machine. */
  image: string;
  /** A study in the folder names it. */
  used: boolean;
  /** As it is called on this machine, or would be after fetching it. */
  address: string;
  state: ImageState;
  id?: string;
  /** The registry's. */
  digest?: string;
  bytes?: number;
  /** When it was built, RFC 3339. */
  madeAt?: string;
  /** What a deployment says: the first day on which it no longer runs there, and what takes its place. */
  retireOn?: string;
  replacedBy?: string;
}

const NOT_FOUND = 404;
const IN_USE = 409;

interface Here {
  id: string;
  digests: string[];
  bytes: number;
  madeAt: string;
}

async function imagesByTag(engine: Engine): Promise<Map<string, Here>> {
  const byTag = new Map<string, Here>();
  for (const found of await ask('listing the images', engine.listImages())) {
    const here = {
      id: found.Id,
      // Podman and Docker write null for none.
      digests: (found.RepoDigests as string[] | null) ?? [],
      bytes: found.Size,
      madeAt: new Date(found.Created * 1000).toISOString(),
    };
    for (const tag of (found.RepoTags as string[] | null) ?? [])
      if (tag !== '<none>:<none>') byTag.set(tag, here);
  }
  return byTag;
}

/** Those of the study, in its order, then others of the registry by name. Nobody outside this machine is asked. */
export async function listImages(
  engine: Engine,
  wanted: readonly { name: string; tag: string }[],
  registry: string,
): Promise<ListedImage[]> {
  const byTag = await imagesByTag(engine);
  const listed: ListedImage[] = [];
  const seen = new Set<string>();
  for (const image of wanted) {
    const candidates = imageCandidates(image, registry);
    const found = listedAs(candidates, byTag);
    if (found) seen.add(found.tag);
    listed.push({
      image: `${image.name}:${image.tag}`,
      used: true,
      ...(found
        ? shown(found.tag, found.value)
        : { address: `${registry}/${image.name}:${tagOf(image.tag)}`, state: 'missing' }),
    });
  }
  for (const [tag, here] of [...byTag].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!tag.startsWith(`${registry}/`) || seen.has(tag)) continue;
    listed.push({ image: tag.slice(registry.length + 1), used: false, ...shown(tag, here) });
  }
  return listed;
}

function shown(address: string, here: Here): Pick<ListedImage, 'address' | 'state'> & Partial<ListedImage> {
  // So Podman calls what no registry gave it, and gives it digests all the same.
  const digest = address.startsWith('localhost/') ? undefined : digestOf(address, here.digests);
  return {
    address,
    state: digest === undefined ? 'local' : 'unknown',
    id: here.id,
    ...(digest === undefined ? {} : { digest }),
    bytes: here.bytes,
    madeAt: here.madeAt,
  };
}

function digestOf(address: string, digests: readonly string[]): string | undefined {
  const before = `${repositoryOf(address)}@`;
  return digests.find((one) => one.startsWith(before))?.slice(before.length);
}

export interface Newer {
  images: ListedImage[];
  /** An image of which nothing could be learned, and why. */
  silent?: { image: string; why: string };
}

/** Asks the registries, through the engine, whether their tags point to something else by now. */
export async function askRegistries(
  engine: Engine,
  images: readonly ListedImage[],
  patience: number,
): Promise<Newer> {
  let silent: Newer['silent'];
  const asked = images.map(async (image): Promise<ListedImage> => {
    if (image.state !== 'unknown') return image;
    const there = await digestThere(engine, image.address, patience);
    if (typeof there === 'string')
      return { ...image, state: there === image.digest ? 'current' : 'outdated' };
    silent ??= { image: image.address, why: there.why };
    return image;
  });
  return { images: await Promise.all(asked), ...(silent === undefined ? {} : { silent }) };
}

async function digestThere(
  engine: Engine,
  address: string,
  patience: number,
): Promise<string | { why: string }> {
  const login = loginFor(hostOf(address), { env: process.env, home: homedir() });
  try {
    const answer = await ask(
      'asking a registry',
      engine.getImage(address).distribution(login ? { authconfig: login } : {}),
      patience,
    );
    const digest = (answer as { Descriptor?: { digest?: unknown } }).Descriptor?.digest;
    return typeof digest === 'string' ? digest : { why: 'its answer was not understood' };
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) return { why: 'no answer in time' };
    return { why: status === NOT_FOUND ? 'this engine cannot ask, or the tag is gone' : 'it did not say' };
  }
}

export interface Fetched {
  image: string;
  address: string;
  /** fetched: it was not here · newer: it replaced another · current: nothing changed */
  result: 'fetched' | 'newer' | 'current' | 'refused';
  digest?: string;
  bytes?: number;
  tookMs: number;
  refusal?: Refusal;
  /** What it replaced was removed; false: something still uses that. */
  removedOld?: boolean;
}

export interface FetchOptions {
  atATime: number;
  signal: AbortSignal;
  now(): number;
  started(image: string): void;
  progress(image: string, progress: PullProgress): void;
  ended(fetched: Fetched): void;
}

/** Every image, several at a time; one that fails does not keep the others. Throws when the signal fires. */
export async function fetchImages(
  engine: Engine,
  images: readonly NamedImage[],
  options: FetchOptions,
): Promise<Fetched[]> {
  const results: Fetched[] = [];
  const waiting = [...images.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      options.signal.throwIfAborted();
      const [at, named] = next;
      options.started(named.name);
      const fetched = await fetchOne(engine, named, options);
      results[at] = fetched;
      options.ended(fetched);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.atATime, images.length) }, worker));
  return results;
}

async function fetchOne(engine: Engine, named: NamedImage, options: FetchOptions): Promise<Fetched> {
  const began = options.now();
  const login = loginFor(hostOf(named.address), { env: process.env, home: homedir() });
  const before = await look(engine, named.address);
  const fault = await pull(
    engine,
    named.address,
    login,
    (progress) => options.progress(named.name, progress),
    options.signal,
  );
  const base = { image: named.name, address: named.address };
  if (isRefusal(fault)) return { ...base, result: 'refused', refusal: fault, tookMs: options.now() - began };
  const after = await look(engine, named.address);
  const digest = named.address.includes('@')
    ? named.address.replace(/^.*@/, '')
    : digestOf(named.address, after?.digests ?? []);
  const removedOld =
    before && before.id !== after?.id ? await removeSuperseded(engine, before.id) : undefined;
  return {
    ...base,
    result: !before ? 'fetched' : before.id === after?.id ? 'current' : 'newer',
    ...(digest === undefined ? {} : { digest }),
    ...(after ? { bytes: after.bytes } : {}),
    tookMs: options.now() - began,
    ...(removedOld === undefined ? {} : { removedOld }),
  };
}

async function look(
  engine: Engine,
  address: string,
): Promise<{ id: string; digests: string[]; bytes: number } | undefined> {
  const found = await askUnless([NOT_FOUND], 'looking for an image', engine.getImage(address).inspect());
  return found && { id: found.Id, digests: (found.RepoDigests as string[] | null) ?? [], bytes: found.Size };
}

/** Only what no name points to any more, and no container of anybody's was made from. */
async function removeSuperseded(engine: Engine, id: string): Promise<boolean> {
  const found = await askUnless([NOT_FOUND], 'looking at the old image', engine.getImage(id).inspect());
  if (!found) return true;
  if (((found.RepoTags as string[] | null) ?? []).length > 0) return false;
  // The engine itself refuses while a container uses it, running or not.
  const removed = await askUnless(
    [NOT_FOUND, IN_USE],
    'removing the old image',
    engine.getImage(id).remove({ force: false }),
  );
  return removed !== undefined;
}

/** Addresses of the registry that are on this machine. */
export async function addressesHere(engine: Engine, registry: string): Promise<string[]> {
  const tags = [...(await imagesByTag(engine)).keys()];
  return tags.filter((tag) => tag.startsWith(`${registry}/`)).sort();
}

export async function isHere(engine: Engine, named: Pick<NamedImage, 'address'>): Promise<boolean> {
  return (await look(engine, named.address)) !== undefined;
}
