/**
 * The skeleton of a study, from the files in `src/skeleton/study`: for `sallyport init`, and for the pull request with
 * which the steward begins a repository. What differs between deployments is filled in from their public facts.
 */
import manifest from '../../package.json' with { type: 'json' };
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { projectJsonSchema } from '../pipeline/pipeline.ts';
import { imagesPlace, type DeploymentFacts } from './deployment.ts';
import { LANGUAGE_FACTS, languageOf, type Language } from './languages.ts';
import { TEXTS } from './texts.ts';

export { DeploymentFacts } from './deployment.ts';
export { LANGUAGES, type Language } from './languages.ts';

export interface SkeletonFile {
  path: string;
  text: string;
}

export interface SkeletonWish {
  /** Of the README: one line. */
  title: string;
  /** Left out, it is that of the first image that may be used. */
  language?: Language;
  /** More than one action for each step, and a picture. */
  example?: boolean;
  /** Left out, the usual images and a schema for editors that lies in the study itself. */
  deployment?: DeploymentFacts;
}

export const SCHEMA = '.vscode/project.schema.json';
const FORMS = ['request-a-release.yml', 'request-publication.yml'] as const;

/** Undefined: the deployment has no image for it. SQL has no larger example. */
export function skeleton(wish: SkeletonWish): SkeletonFile[] | undefined {
  const chosen = choice(wish);
  if (!chosen) return undefined;
  const { language, image, registry } = chosen;
  const { start, ending, extension, scripts, exampleScripts, last } = LANGUAGE_FACTS[language];
  const [action, output] = wish.example ? (['draw', 'output/areas.svg'] as const) : last;
  const hub = wish.deployment?.address;
  const words = new Map([
    ['title', asText(wish.title)],
    ['title_json', JSON.stringify(wish.title).slice(1, -1)],
    ['image', image],
    ['run', [image, start].filter(Boolean).join(' ')],
    ['ext', ending],
    ['last', action],
    ['output', output],
    ['extension', extension],
    ['hub', hub ?? ''],
    ['registry', registry ?? ''],
    ['schema', hub === undefined ? `./${SCHEMA}` : `${hub}/schemas/project.json`],
    // Of this program: what runs in a Codespace is what wrote the study.
    ['version', manifest.version],
  ]);
  const filled = (path: string, from: string): SkeletonFile => ({ path, text: fill(from, words) });
  const project = language === 'sql' ? 'sql' : wish.example ? 'example' : 'plain';
  return [
    filled('project.yaml', `project/${project}.yaml`),
    filled('README.md', 'README.md'),
    filled('.gitignore', 'gitignore'),
    filled('.gitattributes', 'gitattributes'),
    ...[...scripts, ...(wish.example ? exampleScripts : [])].map((name) =>
      filled(`analysis/${name}.${ending}`, `analysis/${language}/${name}.${ending}`),
    ),
    ...(language === 'sql' ? scripts : []).map((name) =>
      filled(`dummy-data/${name}.csv`, `dummy-data/${name}.csv`),
    ),
    filled('codelists/codelists.txt', 'codelists/codelists.txt'),
    filled('codelists/README.md', 'codelists/README.md'),
    filled('.vscode/settings.json', 'vscode/settings.json'),
    filled('.vscode/extensions.json', 'vscode/extensions.json'),
    ...(hub === undefined
      ? [{ path: SCHEMA, text: `${JSON.stringify(projectJsonSchema(), null, 2)}\n` }]
      : []),
    ...['devcontainer.json', 'Dockerfile', 'start-docker.sh'].map((name) =>
      filled(`.devcontainer/${name}`, `devcontainer/${name}`),
    ),
    ...FORMS.map((form) => filled(`.github/ISSUE_TEMPLATE/${form}`, `github/${form}`)),
  ];
}

export const digestOf = (files: readonly SkeletonFile[]): string => sha256(canonicalJson(files));

interface Choice {
  language: Language;
  /** `name:version` */
  image: string;
  registry?: string | undefined;
}

/** One that reads no database, unless SQL was asked for. An image that is called like no language is taken for Python's. */
function choice({ language, deployment }: SkeletonWish): Choice | undefined {
  if (!deployment) {
    const wanted = language ?? 'python';
    return { language: wanted, image: LANGUAGE_FACTS[wanted].usual };
  }
  const may = deployment.images.filter(({ database }) => database === (language === 'sql'));
  const image = language
    ? may.find(({ name }) => LANGUAGE_FACTS[language].image.test(name))
    : (may.find(({ name }) => languageOf(name)) ?? may[0]);
  if (!image) return undefined;
  return {
    language: language ?? languageOf(image.name) ?? 'python',
    image: `${image.name}:${image.version}`,
    registry: imagesPlace(deployment, image),
  };
}

/** The languages for which this deployment has an image. */
export const languagesOf = (deployment: DeploymentFacts): Language[] =>
  [
    ...new Set(
      deployment.images.flatMap(({ name, database }) => {
        const language = languageOf(name);
        return language !== undefined && database === (language === 'sql') ? [language] : [];
      }),
    ),
  ].sort();

/** A line about something that is not known is left out. */
function fill(from: string, words: ReadonlyMap<string, string>): string {
  const lines = TEXTS[from];
  if (!lines) throw new Error(`there is no ${from} in src/skeleton/study`);
  return lines
    .filter(
      (line) => ![...line.matchAll(/__([a-z]+(?:_[a-z]+)*)__/g)].some(([, name]) => words.get(name!) === ''),
    )
    .map((line) => line.replace(/__([a-z]+(?:_[a-z]+)*)__/g, (all, name: string) => words.get(name) ?? all))
    .join('');
}

/** In Markdown a title stays the words it is. */
const asText = (title: string): string => title.replace(/[\\`*[\]<>&#|!~$]/g, '\\$&');

/**
 * The same checks as the App's, in GitHub's own runners. Not part of what the steward offers: an App that may write
 * workflows could run anything in a repository's name, and a study with the App needs none. uses: our Action, as
 * `owner/repository@ref`; left out, the package.
 */
export const workflow = (uses = ''): SkeletonFile => ({
  path: '.github/workflows/sallyport.yml',
  text: fill(
    'github/workflow.yml',
    new Map([
      ['uses', uses],
      ['package', uses === '' ? `sallyport@${manifest.version}` : ''],
    ]),
  ),
});
