/**
 * The skeleton of a study, from the files in `src/steward/study`. What differs between deployments is filled in from
 * governance: an image that may be used, and the address of the hub.
 */
import { live, type Governance, type Image } from '../governance/governance.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { isoDay } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { ownText } from './own-files.ts';

export interface SkeletonFile {
  path: string;
  text: string;
}

/** By what an image is called; an unknown one is taken for the first. */
const SCRIPTS = [
  { image: /python/i, file: 'first.py', start: 'python' },
  { image: /^r$|rstudio|r-base|^r[-_]/i, file: 'first.R', start: 'Rscript' },
  { image: /node|javascript/i, file: 'first.mjs', start: '' },
] as const;

const FORMS = ['request-a-release.yml', 'request-publication.yml'] as const;

/** Undefined: governance lists no image with which anything could be run. */
export function skeletonFor(g: Governance, now: number): SkeletonFile[] | undefined {
  const image = imageOf(g, now);
  if (!image) return undefined;
  const { file, start } = SCRIPTS.find((each) => each.image.test(image.name)) ?? SCRIPTS[0];
  const script = `analysis/${file}`;
  const ref = referenceOf(g, image);
  const words = new Map([
    ['image', `${image.name}:${image.version}`],
    ['script', [start, script].filter(Boolean).join(' ')],
    ['hub', g.deployment.base_url],
    ['image_ref', ref ?? ''],
  ]);
  const filled = (path: string, from = path): SkeletonFile => ({
    path,
    text: fill(ownText(`study/${from}`), words),
  });
  return [
    filled('project.yaml'),
    filled('README.md'),
    filled('.gitignore', 'gitignore'),
    filled('.vscode/settings.json'),
    filled('.vscode/extensions.json'),
    filled(script),
    ...(ref === undefined ? [] : [filled('.devcontainer/devcontainer.json')]),
    ...FORMS.map((form) => filled(`.github/ISSUE_TEMPLATE/${form}`)),
  ];
}

export const digestOf = (files: readonly SkeletonFile[]): string => sha256(canonicalJson(files));

/** One that reads no database, listed and not retired; one that is pinned rather than not. */
function imageOf(g: Governance, now: number): Image | undefined {
  const today = isoDay(now);
  const usable = g.images.filter(
    ({ database, retireOn }) => !database && live({ ...(retireOn !== null && { until: retireOn }) }, today),
  );
  return usable.find(({ digest }) => digest !== undefined) ?? usable[0];
}

function referenceOf(g: Governance, { image, digest }: Image): string | undefined {
  const upstream = g.deployment.proxy?.registry?.upstream;
  return upstream === undefined || digest === undefined ? undefined : `${upstream}/${image}@${digest}`;
}

function fill(text: string, words: ReadonlyMap<string, string>): string {
  return text.replace(/__([a-z]+(?:_[a-z]+)*)__/g, (all, name: string) => words.get(name) ?? all);
}
