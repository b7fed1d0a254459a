/** What `sallyport images` and `sallyport pull` do, from their flags to an exit code. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { laptopEngine } from '../../agent/laptop/engine.ts';
import { imageCandidates, namedImage, type NamedImage } from '../../agent/laptop/image-names.ts';
import {
  addressesHere,
  askRegistries,
  fetchImages,
  isHere,
  listImages,
  type Fetched,
  type ListedImage,
} from '../../agent/laptop/images.ts';
import { notHere, nothingToPull } from '../../agent/laptop/words.ts';
import { faultRefusal } from '../../agent/laptop.ts';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';
import type { Engine } from '../../agent/executor/engine.ts';
import { systemClock } from '../lib/clock.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { RUNTIME_IMAGES, type Pipeline } from '../pipeline/pipeline.ts';
import type { ListFlags, PullFlags } from './images.ts';
import { imagesText, pullScreen } from './images-show.ts';
import { print } from './print.ts';
import { readStudy } from './study.ts';
import { EXIT_CODES, stopOnSignals } from './stop.ts';

const PATIENCE_MS = 3000;
/** A registry slows down who asks for more, and one disk writes no faster. */
const AT_A_TIME = 3;

const registry = (): string => process.env['SALLYPORT_IMAGES'] || DEFAULT_REGISTRY;

export async function listHere({ offline, json, projectDir, deployment }: ListFlags): Promise<void> {
  const wanted = studyImages(projectDir, projectDir !== '.');
  await saying(async () => {
    const { engine } = await laptopEngine();
    const here = await listImages(engine, wanted ?? [], registry());
    const asked = offline ? { images: here } : await askRegistries(engine, here, PATIENCE_MS);
    const place = deployment ?? process.env['SALLYPORT_DEPLOYMENT'];
    const images = place ? withEnds(asked.images, await endsAt(place)) : asked.images;
    const text = imagesText(
      { ...asked, images, offline, study: wanted !== undefined, registry: registry() },
      Date.now(),
    );
    print(json ? `${JSON.stringify(images, null, 2)}\n` : text);
  });
}

type Ends = Map<string, Pick<ListedImage, 'retireOn' | 'replacedBy'>>;

/** Of the images that a deployment lets run: those that have a last day, and what takes their place. */
async function endsAt(place: string): Promise<Ends> {
  const { deploymentAt } = await import('./init-deployment.ts');
  const { images } = await deploymentAt(place);
  return new Map(
    images.flatMap(({ name, version, retire_on: retireOn, replaced_by: replacedBy }) =>
      retireOn === undefined
        ? []
        : [
            [
              `${name}:${version}`,
              { retireOn, ...(replacedBy === undefined ? {} : { replacedBy }) },
            ] as const,
          ],
    ),
  );
}

const withEnds = (images: readonly ListedImage[], ends: Ends): ListedImage[] =>
  images.map((image) => ({ ...image, ...ends.get(image.image.replace(/:latest$/, ':v1')) }));

export async function pullHere(names: readonly string[], flags: PullFlags): Promise<number> {
  const all = names.length === 0 || names.includes('all');
  const named = names.filter((name) => name !== 'all').map(parsed);
  const ofProject =
    flags.project === undefined
      ? all && names.length === 0
        ? (studyImages('.', false) ?? [])
        : []
      : studyImages(folderNamed(flags.project), true)!;
  return saying(async () => {
    const { engine } = await laptopEngine();
    const here =
      all && flags.project === undefined ? (await addressesHere(engine, registry())).map(parsed) : [];
    const usual = flags.force && all ? [...RUNTIME_IMAGES, 'rstudio'].map(parsed) : [];
    const images = unique([
      ...named,
      ...ofProject.map(({ name, tag }) => parsed(`${name}:${tag}`)),
      ...here,
      ...usual,
    ]);
    if (images.length === 0) throw new Refused(refusal('images.nothing-to-pull', ...nothingToPull()));
    return fetchAll(engine, images, flags.json);
  });
}

/**
 * Before a run that asks for it: the images of these actions and of what they need, as far as they are not here. Nothing is
 * said when all are; 1 when one could not be fetched, and it has been said why.
 */
export async function fetchMissing(actions: readonly string[], projectDir: string): Promise<number> {
  const images = imagesOf(actions, readStudy(projectDir).actions);
  if (images.length === 0) return 0;
  return saying(async () => {
    const { engine } = await laptopEngine();
    const missing: NamedImage[] = [];
    for (const image of images) {
      const here = await Promise.all(
        imageCandidates(image, registry()).map((address) => isHere(engine, { address })),
      );
      if (!here.includes(true)) missing.push(parsed(`${image.name}:${image.tag}`));
    }
    return missing.length === 0 ? 0 : fetchAll(engine, unique(missing), false);
  });
}

/** A name that is no action is the run's to refuse. */
function imagesOf(
  names: readonly string[],
  actions: Pipeline['actions'],
): Pipeline['actions'][number]['image'][] {
  const byName = new Map(actions.map((action) => [action.name, action]));
  const wanted = new Set(names.includes('run_all') ? byName.keys() : names);
  // A set grows while it is walked through.
  for (const name of wanted) for (const need of byName.get(name)?.needs ?? []) wanted.add(need);
  return actions.filter(({ name, isDatabase }) => wanted.has(name) && !isDatabase).map(({ image }) => image);
}

export async function updateHere(names: readonly string[], { json }: { json: boolean }): Promise<number> {
  const named = names.map(parsed);
  return saying(async () => {
    const { engine } = await laptopEngine();
    for (const image of named) {
      if (!(await isHere(engine, image)))
        throw new Refused(refusal('images.not-here', ...notHere(image.name)));
    }
    const images = named.length > 0 ? unique(named) : (await addressesHere(engine, registry())).map(parsed);
    if (images.length === 0) throw new Refused(refusal('images.nothing-to-pull', ...nothingToPull()));
    return fetchAll(engine, images, json);
  });
}

/** Short where the registry is the usual one. */
function parsed(text: string): NamedImage {
  const named = namedImage(text, registry());
  if (isRefusal(named)) throw new Refused(named);
  const folder = `${registry()}/`;
  return named.name.startsWith(folder) ? { ...named, name: named.name.slice(folder.length) } : named;
}

function unique(images: readonly NamedImage[]): NamedImage[] {
  return [...new Map(images.map((image) => [image.address, image])).values()];
}

/** Undefined without a project.yaml, unless one has to be there. */
function studyImages(folder: string, must: boolean): Pipeline['actions'][number]['image'][] | undefined {
  if (!must && !existsSync(path.join(folder, 'project.yaml'))) return undefined;
  const run = readStudy(folder).actions.filter(({ isDatabase }) => !isDatabase);
  return [...new Map(run.map(({ image }) => [`${image.name}:${image.tag}`, image])).values()];
}

function folderNamed(project: string | true): string {
  if (project === true) return '.';
  const isFile = statSync(project, { throwIfNoEntry: false })?.isFile() ?? false;
  return isFile ? path.dirname(project) : project;
}

async function fetchAll(engine: Engine, images: readonly NamedImage[], json: boolean): Promise<number> {
  const out = json ? process.stderr : process.stdout;
  const screen = pullScreen(out, systemClock);
  const stopping = stopOnSignals({ close: () => screen.close(), say: (text) => screen.say(text) });
  try {
    const results = await fetchImages(engine, images, {
      ...screen,
      atATime: AT_A_TIME,
      signal: stopping.signal,
      now: () => systemClock.now(),
    });
    screen.close();
    if (json) print(`${JSON.stringify(results.map(plain), null, 2)}\n`);
    return results.every(({ result }) => result !== 'refused') ? 0 : 1;
  } catch (error) {
    screen.close();
    const by = stopping.by();
    if (by) return EXIT_CODES[by];
    throw error;
  } finally {
    stopping.leave();
  }
}

function plain({ refusal: no, ...fetched }: Fetched): object {
  return no ? { ...fetched, code: no.code, says: no.says, next: no.next } : fetched;
}

async function saying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) throw error;
    const no = faultRefusal(error, process.cwd());
    throw no ? new Refused(no, { cause: error }) : error;
  }
}
