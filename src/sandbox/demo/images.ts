/**
 * The demo's two images, made from this machine's own Node and pushed to the registry on loopback.
 *
 * `node` runs the study's scripts, `sqlrunner` extracts from the database. No network is used.
 */
import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';
import { buildNodeImage } from '../../../agent/images/node-image.ts';
import { sha256 } from '../../lib/hash.ts';
import type { Engine } from './machine.ts';
import { sqlrunnerBundle } from './places.ts';

export interface DemoImage {
  /** As `project.yaml` names it. */
  name: 'node' | 'sqlrunner';
  /** What governance lists; each zone says in which registry. */
  image: string;
  digest: string;
  /** What it runs, where there are no containers. */
  words: string[];
  /** Its name on this machine; empty without containers. */
  local: string;
}

export const NAMESPACE = 'westmere-images';
const LOCAL = 'sallyport/demo-';
const nameOf = (name: DemoImage['name']): string => `${NAMESPACE}/${name}`;

/** Images in the registry; without one the programs themselves, whose digest is that of their bytes. */
export async function demoImages(engine: Engine, registry: string | undefined): Promise<DemoImage[]> {
  if (engine.kind === 'docker' && registry) return makeImages(engine.docker, registry);
  const program = (name: DemoImage['name'], words: string[]): DemoImage => ({
    name,
    image: nameOf(name),
    digest: `sha256:${sha256(readFileSync(words.at(-1) ?? ''))}`,
    words,
    local: '',
  });
  return [program('node', [process.execPath]), program('sqlrunner', [process.execPath, sqlrunnerBundle])];
}

async function makeImages(docker: Docker, registry: string): Promise<DemoImage[]> {
  // Both hold the same files, so they share their one layer and the second is pushed in no time.
  const files = [{ path: '/app/sqlrunner.mjs', source: sqlrunnerBundle }];
  const entries = { node: ['node'], sqlrunner: ['node', '/app/sqlrunner.mjs'] };
  const made: DemoImage[] = [];
  for (const name of ['node', 'sqlrunner'] as const) {
    const local = await buildNodeImage({ docker, name: `demo-${name}`, files, entry: entries[name] });
    const { digest } = await pushImage(docker, local.image, `${registry}/${nameOf(name)}`);
    made.push({ name, image: nameOf(name), digest, words: [], local: local.image });
  }
  return made;
}

/**
 * Takes the registry's names away again. The images themselves stay as a cache for the next demo; those that an
 * older program made go, 105 MB each.
 */
export async function forgetImages(
  docker: Docker,
  registry: string,
  images: readonly DemoImage[],
): Promise<void> {
  const names = images.flatMap(({ image, digest }) => [
    `${registry}/${image}:v1`,
    `${registry}/${image}@${digest}`,
  ]);
  const kept = images.map(({ local }) => local);
  const ours = await docker.listImages({ filters: { reference: [`${LOCAL}*`] } });
  const older = ours.flatMap((one) => one.RepoTags ?? []).filter((tag) => !kept.includes(tag));
  for (const name of [...names, ...(kept.length > 0 ? older : [])]) {
    // Refused while a container of another demo uses it.
    await docker
      .getImage(name)
      .remove({ noprune: true })
      .catch(() => undefined);
  }
}

/** Gives a local image a second name in the registry, and so a digest. */
export async function pushImage(
  docker: Docker,
  local: string,
  image: string,
): Promise<{ image: string; digest: string }> {
  await docker.getImage(local).tag({ repo: image, tag: 'v1' });
  const tagged = docker.getImage(`${image}:v1`);
  // The engine wants the header even where nobody asks for a password.
  const progress = await tagged.push({ tag: 'v1', authconfig: { username: '', password: '' } });
  let text = '';
  for await (const chunk of progress) text += String(chunk);
  const failure = text.split('\n').find((line) => line.includes('"error"'));
  if (failure) throw new Error(`pushing ${image} failed: ${failure}`);
  const digests = (await tagged.inspect()).RepoDigests ?? [];
  const digest = digests.find((entry) => entry.startsWith(`${image}@`))?.slice(image.length + 1);
  if (!digest) throw new Error(`the engine pushed ${image} and knows no digest for it`);
  return { image, digest };
}
