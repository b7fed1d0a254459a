/**
 * Which images a study's actions run in are on this machine: a note for people, never a finding. The verdict on a
 * study is the same on every machine, so an engine that is missing, slow or strange is as good as none.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';
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
  const tags = await tagsOf(env, patience);
  if (!tags) return undefined;
  const registry = env['SALLYPORT_IMAGES'] ?? DEFAULT_REGISTRY;
  const here: ImagesHere = { present: [], missing: [] };
  for (const { name, tag } of images) {
    const image = `${name}:${tag}`;
    const wanted = [tag, tagOf(tag)].flatMap((each) => [`${registry}/${name}:${each}`, `${name}:${each}`]);
    if (wanted.some((each) => tags.has(each))) here.present.push(image);
    else here.missing.push({ image, pull: `${registry}/${name}:${tagOf(tag)}` });
  }
  return here;
}

async function tagsOf(env: Env, patience: number): Promise<ReadonlySet<string> | undefined> {
  const signal = AbortSignal.timeout(patience);
  for (const place of placesOf(env)) {
    const answer = await askedFor(place, signal);
    const tags = answer === undefined ? undefined : tagsIn(answer);
    if (tags) return tags;
  }
  return undefined;
}

type Place = { socketPath: string } | { host: string; port: string };

/** DOCKER_HOST decides when it is set; else the sockets of Docker and of Podman. One behind TLS is not asked. */
function placesOf(env: Env): Place[] {
  const host = env['DOCKER_HOST'];
  if (host) {
    if (host.startsWith('unix://')) return [{ socketPath: host.slice('unix://'.length) }];
    const tcp = /^tcp:\/\/(127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})\/?$/.exec(host);
    return tcp ? [{ host: tcp[1]!.replace(/[[\]]/g, ''), port: tcp[2]! }] : [];
  }
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    { socketPath: '/var/run/docker.sock' },
    ...(runtime ? [{ socketPath: join(runtime, 'podman', 'podman.sock') }] : []),
  ];
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

function tagsIn(answer: string): ReadonlySet<string> | undefined {
  try {
    const images: unknown = JSON.parse(answer);
    if (!Array.isArray(images)) return undefined;
    const tags = images.flatMap((image: { RepoTags?: unknown } | null) => image?.RepoTags ?? []);
    return new Set(tags.filter((tag) => typeof tag === 'string'));
  } catch {
    return undefined;
  }
}
