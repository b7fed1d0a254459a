/** What `sallyport init` does, from its flags to its exit code. */
import { readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isRefusal, refusalText, Refused } from '../lib/refusal.ts';
import { LANGUAGE_FACTS } from '../skeleton/languages.ts';
import {
  languagesOf,
  skeleton,
  workflow,
  type DeploymentFacts,
  type SkeletonFile,
} from '../skeleton/skeleton.ts';
import { place } from './init-files.ts';
import { commit, repositoryAbove } from './init-git.ts';
import { initLines } from './init-show.ts';
import { no } from './init-words.ts';
import type { InitFlags } from './init.ts';

const LONGEST = 100;
/** What a study with a project.yaml has of its own. */
const OWN = /^(?:analysis|dummy-data)\//;

export async function initHere(
  folder: string,
  flags: InitFlags,
  out: { write(text: string): unknown },
): Promise<number> {
  if (isTooWide(folder)) throw new Refused(no.tooWide());
  const { files, deployment } = await filesFor(folder, flags);
  const force = forced(flags.force, files);
  const begun = hasOther(folder, files) && !force.has('project.yaml');
  const wanted = files.filter(({ path: file }) => !begun || !OWN.test(file) || force.has(file));
  const placed = place(folder, wanted, force);
  const committed = flags.git ? commit(folder, placed.written) : undefined;
  const above = repositoryAbove(folder);
  const lines = initLines({
    ...{ folder, placed, begun },
    images: deployment && imagesOf(files),
    fetch: deployment || !flags.language ? undefined : LANGUAGE_FACTS[flags.language].fetch,
    inside: above !== undefined && above !== path.resolve(folder) ? above : undefined,
    repository: above !== undefined,
    committed: isRefusal(committed) ? undefined : committed,
  });
  out.write(`${lines.join('\n')}\n`);
  if (!isRefusal(committed)) return 0;
  process.stderr.write(`sallyport: ${refusalText(committed)}\n`);
  return 1;
}

/** Every run copies the whole folder. */
function isTooWide(folder: string): boolean {
  const at = realOr(path.resolve(folder));
  return at === realOr(homedir()) || at === path.parse(at).root;
}

function realOr(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

async function filesFor(
  folder: string,
  flags: InitFlags,
): Promise<{ files: SkeletonFile[]; deployment: DeploymentFacts | undefined }> {
  if (flags.example && flags.language === 'sql') throw new Refused(no.noExample());
  const title = titleOf(folder, flags.name);
  const deployment =
    flags.deployment === undefined
      ? undefined
      : await (await import('./init-deployment.ts')).deploymentAt(flags.deployment);
  const { language, example } = flags;
  const files = skeleton({
    ...{ title, example },
    ...(language && { language }),
    ...(deployment && { deployment }),
  });
  if (!files) throw new Refused(no.noImage(language, deployment ? languagesOf(deployment) : []));
  return { files: flags.workflow ? [...files, workflow(flags.uses)] : files, deployment };
}

/** A project.yaml that is not the one that would be written. */
function hasOther(folder: string, files: readonly SkeletonFile[]): boolean {
  try {
    const text = readFileSync(path.join(folder, 'project.yaml'), 'utf8');
    return text !== files.find((file) => file.path === 'project.yaml')?.text;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function titleOf(folder: string, given: string | undefined): string {
  if (given === undefined) {
    const name = path.basename(path.resolve(folder));
    return isTitle(name) ? name : 'Study';
  }
  const title = given.trim();
  if (!isTitle(title)) throw new Refused(no.title());
  return title;
}

const isTitle = (text: string): boolean =>
  text !== '' && text.length <= LONGEST && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);

function forced(given: readonly string[], files: readonly SkeletonFile[]): ReadonlySet<string> {
  const known = files.map((file) => file.path);
  const names = given.map((file) => path.posix.normalize(file.replaceAll(path.sep, '/')));
  for (const [at, name] of names.entries())
    if (!known.includes(name)) throw new Refused(no.unknownFile(given[at]!, known));
  return new Set(names);
}

/** Where `sallyport run` finds them, as the container for development is told. */
function imagesOf(files: readonly SkeletonFile[]): string | undefined {
  const text = files.find((file) => file.path === '.devcontainer/devcontainer.json')?.text;
  const read = JSON.parse(text ?? '{}') as { remoteEnv?: { SALLYPORT_IMAGES?: string } };
  return read.remoteEnv?.SALLYPORT_IMAGES;
}
