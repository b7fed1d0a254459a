/**
 * Names of one deployment, word by word, as those of another.
 *
 * Tests are written with the names of `schools`. In the deployment that SALLYPORT_TEST_DEPLOYMENT names, the texts
 * of tests are read with its names instead; nothing outside test/ is.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;
export const TEST_ROOT = path.dirname(HERE);
export const WRITTEN_WITH = 'schools';
export const DEPLOYMENT = process.env.SALLYPORT_TEST_DEPLOYMENT || WRITTEN_WITH;

/** `names`; `parts` of them and other spellings; and `settings` as they are written in files of governance. */
export function namesOf(deployment) {
  const { names, parts, settings } = JSON.parse(
    readFileSync(path.join(HERE, deployment, 'names.json'), 'utf8'),
  );
  return { ...names, ...parts, ...settings };
}

/** What speaks of neither deployment, or of both. */
const AS_WRITTEN = [
  'deployments',
  // The demo is a third deployment, and so are the stories on its town.
  'demo',
  'e2e/town.ts',
  'e2e/story.test.ts',
  'e2e/release.test.ts',
  'e2e/faults.test.ts',
  'e2e/hostile-job.test.ts',
  'bench',
  // Tables to be checked; an organisation called acme; what documents say.
  'disclosure',
  'sandbox',
  'docs',
  // Titles of tests as they are written.
  'cli/satre.test.ts',
  // SARIF has a property that is called like a dataset.
  'cli/check-forms.test.ts',
];

export function isRenamed(file) {
  const name = path.relative(TEST_ROOT, file).split(path.sep).join('/');
  return !name.startsWith('../') && !AS_WRITTEN.some((one) => name === one || name.startsWith(`${one}/`));
}

/** What the program itself says, though a word of it is a name here; and the log of published test vectors. */
const SAID = [
  ...['Withdrawn results', 'other results take their place', 'Results of', '{"results":{', 'results.json'],
  // A property of SARIF; the agent's folder of what may be reused.
  ...['{ results: unknown[] }', 'runs[0].results', "world.dir, 'results'"],
  ...['ledger.example/northshire', String.raw`ledger\.example\/northshire`],
];

/** In `ns-20##-###` a # is any digit, which the other name takes over in order. */
function pattern(name) {
  const escaped = name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/#/g, '[0-9]');
  const begins = /^\w/.test(name) ? '(?<![A-Za-z0-9])' : '';
  const ends = /[\w#]$/.test(name) ? '(?![A-Za-z0-9])' : '';
  return `${begins}${escaped}${ends}`;
}

/** A name of small letters is also met at the beginning of a sentence, and as a constant. */
function spellings(name) {
  if (!/^[a-z]+$/.test(name)) return [name];
  return [name, name[0].toUpperCase() + name.slice(1), name.toUpperCase()];
}

function filled(other, name, found) {
  const digits = [...found].filter((_, at) => name[at] === '#');
  return other.replace(/#/g, () => digits.shift());
}

/** From texts with the names of one to texts with those of the other; of two names at one place, the longer. */
export function renaming(from, to) {
  const pairs = Object.entries(from).flatMap(([what, name]) => {
    const theirs = spellings(to[what]);
    return spellings(name).map((one, n) => [one, theirs[n] ?? to[what]]);
  });
  pairs.push(...SAID.map((text) => [text, text]));
  pairs.sort(([a], [b]) => b.length - a.length);
  // Modules keep their files' names.
  const module = /\bfrom '\.[^']*'/.source;
  const any = new RegExp(`${module}|${pairs.map(([name]) => `(${pattern(name)})`).join('|')}`, 'g');
  return (text) =>
    text.replace(any, (found, ...rest) => {
      const groups = rest.slice(0, pairs.length);
      if (groups.every((group) => group === undefined)) return found;
      const [name, other] = pairs[groups.findIndex((group) => group !== undefined)];
      return filled(other, name, found);
    });
}

/** A file of test/ as it is read in this deployment. */
const rename =
  DEPLOYMENT === WRITTEN_WITH ? (text) => text : renaming(namesOf(WRITTEN_WITH), namesOf(DEPLOYMENT));
export const renamed = (file, text) => (isRenamed(file) ? rename(text) : text);

/** The same for programs of test/support that are bundled to be processes of their own. */
export const renamingPlugin = {
  name: 'deployment',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.tsx?$/ }, ({ path: file }) =>
      isRenamed(file)
        ? { contents: rename(readFileSync(file, 'utf8')), loader: file.endsWith('x') ? 'tsx' : 'ts' }
        : undefined,
    ),
};
