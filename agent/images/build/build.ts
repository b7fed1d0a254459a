/**
 * Makes an image out of a recipe and its lock: the same bytes on every machine, with no registry and no container engine.
 *
 * fetch what the lock names → mmdebstrap unpacks and configures it → a tidied layer → manifest, SBOM, facts. Everything lies in a
 * folder of its own until it is whole; stopping leaves nothing but cached packages behind.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../src/lib/clock.ts';
import { replaceFile } from '../../../src/lib/replace-file.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { OUR_LABELS, USUAL_LABELS } from '../labels.ts';
import { asRepository, closureOf, fetchPackages, notCached, openApt, type Mirrors } from './debian.ts';
import { ownLayer, systemLayer, type Layer, type LayerFile } from './layer.ts';
import { writeLock, type Lock } from './lock.ts';
import { layoutIn, manifestDescriptor, manifestOf, writeBlob, writeIndex, type ImageFacts } from './oci.ts';
import type { Written } from './recipes.ts';
import { run } from './run.ts';
import { differenceOf, installedIn, sbomOf } from './sbom.ts';
import {
  bootstrapFailed,
  copyMissing,
  noKeyring,
  otherArchitecture,
  rootsDiffer,
  unpacked,
} from './words.ts';

export interface BuildOptions extends Mirrors {
  /** Where the image's folder is put: `<out>/<name>-<version>`. */
  out: string;
  /** Packages that were fetched, by their SHA-256. */
  cache: string;
  signal: AbortSignal;
  /** What is being done, for people. */
  step(text: string): void;
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
const OCI_ARCHITECTURES: Record<string, string> = { amd64: 'amd64', arm64: 'arm64' };
const FRAME = 'sallyport-image-';

const here = (): string => ARCHITECTURES[process.arch] ?? process.arch;

/** Writes the lock of a recipe anew, and the versions in its Dockerfile: what the mirror has today of the packages it names. */
export async function relock(
  { recipe, folder, dockerfile }: Written,
  { signal, step, ...mirrors }: Omit<BuildOptions, 'out' | 'cache'>,
  clock: Clock,
): Promise<Lock | Refusal> {
  const work = mkdtempSync(path.join(tmpdir(), FRAME));
  try {
    step('asking the mirror');
    const facts = { suite: recipe.suite, architecture: here() };
    const apt = await openApt(work, { ...facts, ...mirrors }, signal);
    if (isRefusal(apt)) return apt;
    const names = recipe.roots.map(({ name }) => name);
    const packages = await closureOf(apt, names);
    if (isRefusal(packages)) return packages;
    const created = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const lock = { ...facts, created, packages };
    const versions = new Map(packages.map(({ name, version }) => [name, version]));
    const text = dockerfile.replace(/^(?!\s*#).*$/gm, (line) =>
      line.replace(PIN, (whole, name: string) =>
        names.includes(name) ? `${name}=${versions.get(name) ?? ''}` : whole,
      ),
    );
    await replaceFile(path.join(folder, 'Dockerfile'), text);
    await replaceFile(path.join(folder, 'packages.lock'), writeLock(lock));
    return lock;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const PIN = /(?<=\s)([a-z0-9][a-z0-9+.-]+)=[0-9A-Za-z][0-9A-Za-z.+:~-]*(?=\s|$)/g;

/** Refuses what the recipe, the lock, the mirror or the host lacks. */
export async function build(
  written: Written & { lock: Lock; lockText: string },
  options: BuildOptions,
): Promise<(ImageFacts & { folder: string }) | Refusal> {
  const no = unfit(written);
  if (no) return no;
  mkdirSync(options.out, { recursive: true });
  mkdirSync(options.cache, { recursive: true });
  const work = mkdtempSync(path.join(tmpdir(), FRAME));
  const making = mkdtempSync(path.join(options.out, `.${written.name}-`));
  // Others may look at an image; mkdtemp lets nobody.
  chmodSync(making, 0o755);
  try {
    const made = await make(written, { ...options, work, making });
    if (isRefusal(made)) return made;
    const folder = path.join(options.out, `${written.name}-${written.version}`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
    return { ...made, folder };
  } finally {
    for (const each of [work, making]) rmSync(each, { recursive: true, force: true });
  }
}

function unfit({ recipe, lock, name }: Written & { lock: Lock }): Refusal | undefined {
  const file = `${name}/packages.lock`;
  if (lock.architecture !== here()) return otherArchitecture(lock.architecture, here());
  if (lock.suite !== recipe.suite) return rootsDiffer(file, 'the release', recipe.suite, lock.suite);
  const versions = new Map(lock.packages.map((one) => [one.name, one.version]));
  const stray = recipe.roots.find((root) => versions.get(root.name) !== root.version);
  return stray && rootsDiffer(file, stray.name, stray.version, versions.get(stray.name));
}

type Making = BuildOptions & { work: string; making: string };

async function make(
  written: Written & { lock: Lock; lockText: string },
  options: Making,
): Promise<ImageFacts | Refusal> {
  const { recipe, lock, lockText, name, version } = written;
  const files = filesOf(written);
  if (isRefusal(files)) return files;
  const fetched = await fetchMissing(lock, options);
  if (fetched) return fetched;
  const layout = layoutIn(options.making);
  const latest = new Date(lock.created);
  options.step('unpacking and configuring');
  const system = await bootstrap(
    lock,
    recipe.roots.map((root) => root.name),
    { ...options, latest, blobs: layout.blobs },
  );
  if (isRefusal(system)) return system;
  const difference = differenceOf(installedIn(system.status), lock);
  if (difference !== undefined) return unpacked(difference);

  options.step('writing the image');
  const own = await ownLayer(files, latest, layout.blobs);
  const added = files.flatMap(({ path: at, content }) =>
    content === 'folder' ? [] : [{ path: at, sha256: sha256(content) }],
  );
  const sbom = sbomOf({ name, version, lock, files: added });
  const layers: Layer[] = [system, own];
  const labels = labelsOf(written, sbom, layers);
  const architecture = OCI_ARCHITECTURES[lock.architecture]!;
  const { config, manifest } = manifestOf({ recipe, architecture, created: lock.created, labels, layers });
  for (const bytes of [config, manifest]) writeBlob(layout, bytes);
  const described = manifestDescriptor(manifest);
  writeIndex(layout, described, `${name}:${version}`);
  const facts: ImageFacts = {
    ...{ name, version, digest: described.digest, id: `sha256:${sha256(config)}` },
    ...{ architecture, created: lock.created, packages: lock.packages.length },
    bytes: layers.reduce((sum, layer) => sum + layer.bytes, 0),
    unpacked: layers.reduce((sum, layer) => sum + layer.unpacked, 0),
    ...{ lock: labels[OUR_LABELS.lock]!, sbom: labels[OUR_LABELS.sbom]! },
  };
  writeFileSync(path.join(options.making, 'sbom.spdx.json'), sbom);
  writeFileSync(path.join(options.making, 'packages.lock'), lockText);
  writeFileSync(path.join(options.making, 'image.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return facts;
}

async function fetchMissing(lock: Lock, options: Making): Promise<Refusal | undefined> {
  const absent = await notCached(lock, options.cache);
  if (absent.length === 0) return undefined;
  options.step(`fetching ${absent.length} of ${lock.packages.length} packages`);
  const folder = path.join(options.work, 'apt');
  mkdirSync(folder);
  const apt = await openApt(folder, { ...options, ...lock }, options.signal);
  return isRefusal(apt) ? apt : fetchPackages(apt, absent, { cache: options.cache, work: options.work });
}

/** mmdebstrap with the lock's packages as its only mirror, straight into a layer. */
async function bootstrap(
  lock: Lock,
  roots: readonly string[],
  { work, cache, signal, latest, blobs, keyring }: Making & { latest: Date; blobs: string },
): Promise<(Layer & { status: string }) | Refusal> {
  if (keyring !== undefined && !existsSync(keyring)) return noKeyring(keyring);
  const packages = await asRepository(lock, { cache, work }, signal);
  if (isRefusal(packages)) return packages;
  let system: (Layer & { status: string }) | undefined;
  const done = await run(
    'mmdebstrap',
    [
      ...['--variant=essential', '--format=tar', `--architectures=${lock.architecture}`],
      `--include=${roots.join(',')}`,
      // It is thrown away when the machine loses power anyway.
      '--dpkgopt=force-unsafe-io',
      '--aptopt=APT::Install-Recommends "false"',
      ...[lock.suite, '-', `deb [trusted=yes] copy://${packages} ./`],
    ],
    {
      env: {
        ...process.env,
        ...{ LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: String(latest.getTime() / 1000), TMPDIR: work },
      },
      signal,
      async output(out) {
        system = await systemLayer(out, latest, blobs);
      },
    },
  );
  if (isRefusal(done)) return done;
  if (done.code !== 0 || !system) return bootstrapFailed(whyFailed(done.err));
  return system;
}

const whyFailed = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.startsWith('E:'))
    .slice(0, 3)
    .join(' ') || text.trim().split('\n').slice(-2).join(' ');

function filesOf({ recipe, context }: Written): LayerFile[] | Refusal {
  const files: LayerFile[] = [{ path: recipe.workDir, mode: 0o755, content: 'folder' }];
  for (const { from, to } of recipe.copies) {
    const source = path.join(context, from);
    if (!existsSync(source)) return copyMissing(from);
    files.push({ path: to, mode: 0o644, content: readFileSync(source) });
    for (let at = path.posix.dirname(to); at !== '/'; at = path.posix.dirname(at))
      if (!files.some((one) => one.path === at) && !SYSTEM.test(at))
        files.push({ path: at, mode: 0o755, content: 'folder' });
  }
  return files;
}

/** Folders that the packages bring, and whose modes are theirs. */
const SYSTEM = /^\/(?:usr|opt|etc|srv|usr\/local|usr\/local\/(?:bin|lib|share))$/;

function labelsOf(
  { recipe, name, version, dockerfile, lock, lockText }: Written & { lock: Lock; lockText: string },
  sbom: string,
  layers: readonly Layer[],
): Record<string, string> {
  const revision = sha256([dockerfile, lockText, ...layers.slice(1).map(({ diffId }) => diffId)].join('\0'));
  return {
    ...recipe.labels,
    'org.opencontainers.image.title': name,
    [USUAL_LABELS.version]: version,
    [USUAL_LABELS.created]: lock.created,
    [USUAL_LABELS.revision]: revision,
    'org.opencontainers.image.base.name': `debian:${lock.suite}`,
    [OUR_LABELS.name]: name,
    [OUR_LABELS.version]: version,
    [OUR_LABELS.lock]: `sha256:${sha256(lockText)}`,
    [OUR_LABELS.sbom]: `sha256:${sha256(sbom)}`,
    [OUR_LABELS.baseCreated]: lock.created,
    [OUR_LABELS.baseRevision]: layers[0]!.diffId,
  };
}
