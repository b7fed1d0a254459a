/** What the container engine of a laptop says of itself, and of images: for `info` and `doctor`. */
import { isRefusal, Refused, type Refusal } from '../../src/lib/refusal.ts';
import { tagOf, type ImageName } from '../../src/pipeline/pipeline.ts';
import { DEFAULT_REGISTRY } from '../runner/compat.ts';
import { ask, askUnless, type Engine } from './engine.ts';

export interface EngineFacts {
  kind: 'docker' | 'podman';
  /** The socket or address it answered at, as it is called to people. */
  where: string;
  version: string;
  /** `linux/amd64` */
  platform: string;
  cpus: number;
  memoryBytes: number;
  /** It runs as the person, not as root. */
  rootless: boolean;
  /** Whether it can hold a job to its memory, and to a number of processes. */
  limits: { memory: boolean; pids: boolean };
  /** Its own time in milliseconds: on a laptop it may be a virtual machine that slept. */
  now: number | undefined;
  /** Where it keeps images and containers, on its machine. */
  root: string;
}

/** `life`: who answered, and where. */
export async function engineFacts(
  engine: Engine,
  life: { where: string; podman: boolean },
): Promise<EngineFacts> {
  const [info, version] = await Promise.all([
    ask('asking the engine about itself', engine.info() as Promise<Record<string, unknown>>),
    ask('asking the engine for its version', engine.version()),
  ]);
  const options = Array.isArray(info['SecurityOptions']) ? info['SecurityOptions'] : [];
  const now = Date.parse(String(info['SystemTime']));
  return {
    kind: life.podman ? 'podman' : 'docker',
    where: life.where,
    version: version.Version,
    platform: `${version.Os}/${version.Arch}`,
    cpus: Number(info['NCPU']) || 0,
    memoryBytes: Number(info['MemTotal']) || 0,
    rootless: options.some((each) => /(?:^|,|=)rootless\b/.test(String(each))),
    limits: { memory: info['MemoryLimit'] !== false, pids: info['PidsLimit'] !== false },
    now: Number.isNaN(now) ? undefined : now,
    root: String(info['DockerRootDir'] ?? ''),
  };
}

export interface ImageFacts {
  /** As project.yaml says it. */
  image: string;
  /** What to pull when it is missing. */
  pull: string;
  /** Absent: it is not on this machine. */
  here?: { id: string; digest?: string; created: number };
}

/** In the order and by the names that `run` looks for them. */
export async function imageFacts(
  engine: Engine,
  images: readonly ImageName[],
  registry = DEFAULT_REGISTRY,
): Promise<ImageFacts[]> {
  const facts: ImageFacts[] = [];
  for (const { name, tag } of images) {
    const pull = `${registry}/${name}:${tagOf(tag)}`;
    const candidates = [tag, tagOf(tag)].map((one) => `${registry}/${name}:${one}`);
    const bare = [tag, tagOf(tag)].map((one) => `${name}:${one}`);
    let here: ImageFacts['here'];
    for (const candidate of new Set([...candidates, ...bare])) {
      here = await imageOf(engine, candidate);
      if (here) break;
    }
    facts.push({ image: `${name}:${tag}`, pull, ...(here ? { here } : {}) });
  }
  return facts;
}

async function imageOf(engine: Engine, name: string): Promise<ImageFacts['here']> {
  const found = await askUnless([404], 'looking for an image', engine.getImage(name).inspect());
  if (!found) return undefined;
  // The engine leaves the field out, or null, when there are none.
  const [digest] = (found.RepoDigests as string[] | null) ?? [];
  const created = Date.parse(found.Created);
  return { id: found.Id, created, ...(digest === undefined ? {} : { digest }) };
}

/** A refusal in place of whatever throws one. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && isRefusal(error.refusal)) return error.refusal;
    throw error;
  }
}
