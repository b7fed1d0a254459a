/**
 * A Dockerfile as `sallyport images build` understands it: the part of the language in which an image can be the same bytes
 * wherever it is made. `docker build` takes the same file; whatever it could do beyond this is refused with its line.
 *
 * roots: the packages that the file names, each with its version · closure: these and all that they need, in packages.lock
 */
import type { Refusal } from '../../../src/lib/refusal.ts';
import { recipeFault } from './words.ts';

export interface Recipe {
  /** Of Debian: `trixie`. */
  suite: string;
  roots: { name: string; version: string }[];
  copies: { from: string; to: string }[];
  labels: Record<string, string>;
  environment: Record<string, string>;
  user: string;
  workDir: string;
  entry: string[];
  command: string[];
}

interface Instruction {
  line: number;
  word: string;
  rest: string;
}

const PACKAGE = /^([a-z0-9][a-z0-9+.-]+)=([0-9A-Za-z][0-9A-Za-z.+:~-]*)$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PLACE = /^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9._+/-]+$/;
const SOURCE = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9._+/-]+$/;

/** What RUN may do besides installing: `build` does each of these to every image anyway. */
const TIDYING = [
  'apt-get update',
  'rm -rf /var/lib/apt/lists/*',
  'find / -xdev -perm /6000 -type f -exec chmod a-s {} +',
];
const INSTALL = /^apt-get install -y --no-install-recommends ((?:\S+ ?)+)$/;

/** Refuses 'images.recipe' with the line. */
export function readRecipe(text: string, file = 'Dockerfile'): Recipe | Refusal {
  const recipe: Recipe = {
    ...{ suite: '', roots: [], copies: [], labels: {}, environment: {}, user: '' },
    ...{ workDir: '/workspace', entry: [], command: [] },
  };
  for (const { line, word, rest } of instructions(text)) {
    const take = TAKE[word];
    const fault = take ? take(recipe, rest) : `${word || 'an empty instruction'} is not known here`;
    if (fault !== undefined) return recipeFault(file, line, fault);
  }
  const last = text.split('\n').length;
  const missing = whatIsMissing(recipe);
  return missing === undefined ? recipe : recipeFault(file, last, missing);
}

function whatIsMissing({ suite, roots, user, entry }: Recipe): string | undefined {
  if (suite === '') return 'there is no FROM debian:<suite>-slim';
  if (roots.length === 0) return 'no package is installed';
  if (user === '') return 'there is no USER, so it would run as root';
  return entry.length === 0 ? 'there is no ENTRYPOINT for the words of an action' : undefined;
}

const TAKE: Readonly<Record<string, (recipe: Recipe, rest: string) => string | undefined>> = {
  FROM(recipe, rest) {
    const [, suite] = /^debian:([a-z]+)(?:-slim)?$/.exec(rest) ?? [];
    if (suite === undefined) return 'FROM names a release of Debian, like debian:trixie-slim';
    if (recipe.suite !== '') return 'there is one FROM';
    recipe.suite = suite;
    return undefined;
  },
  RUN(recipe, rest) {
    for (const command of rest.split('&&').map((one) => one.trim().replace(/\s+/g, ' '))) {
      if (TIDYING.includes(command)) continue;
      const [, list] = INSTALL.exec(command) ?? [];
      if (list === undefined)
        return `RUN only installs packages, and "${command.slice(0, 60)}" does something else`;
      for (const word of list.trim().split(' ')) {
        const [, name, version] = PACKAGE.exec(word) ?? [];
        if (name === undefined || version === undefined)
          return `"${word.slice(0, 60)}" is no package with its version, like python3=3.13.5-1`;
        recipe.roots.push({ name, version });
      }
    }
    return undefined;
  },
  COPY(recipe, rest) {
    const [from = '', to = '', ...more] = rest.split(/\s+/);
    if (more.length > 0 || !SOURCE.test(from) || !PLACE.test(to) || to.endsWith('/'))
      return 'COPY takes one file beside the recipe to one whole path, like COPY tool.mjs /app/tool.mjs';
    recipe.copies.push({ from, to });
    return undefined;
  },
  LABEL: (recipe, rest) => assign(rest, recipe.labels, /^[a-z][a-z0-9._-]*$/, 'LABEL'),
  ENV: (recipe, rest) => assign(rest, recipe.environment, NAME, 'ENV'),
  USER(recipe, rest) {
    const [, uid, gid] = /^(\d{1,9}):(\d{1,9})$/.exec(rest) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) recipe.user = rest;
    return recipe.user === rest ? undefined : 'USER is two numbers above 0, like 65534:65534';
  },
  WORKDIR: (_recipe, rest) =>
    rest === '/workspace' ? undefined : 'WORKDIR is /workspace, where the code and the outputs of a job are',
  ENTRYPOINT(recipe, rest) {
    const words = wordsOf(rest);
    if (!words || words.length === 0) return 'ENTRYPOINT is a list, like ["/usr/bin/Rscript"]';
    recipe.entry = words;
    return undefined;
  },
  CMD(recipe, rest) {
    const words = wordsOf(rest);
    if (!words) return 'CMD is a list, like ["python"]';
    recipe.command = words;
    return undefined;
  },
  VOLUME: () => 'VOLUME would be a writable folder that no limit holds for',
};

/** Comments away, continued lines joined; each with the line that it begins on. */
function instructions(text: string): Instruction[] {
  const found: Instruction[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(raw)) continue;
    const goesOn = raw.endsWith('\\');
    const part = goesOn ? raw.slice(0, -1) : raw;
    open = open ? { ...open, text: `${open.text} ${part}` } : { line: at + 1, text: part };
    if (goesOn) continue;
    found.push(instruction(open));
    open = undefined;
  }
  if (open) found.push(instruction(open));
  return found;
}

function instruction({ line, text }: { line: number; text: string }): Instruction {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([^]*?)\s*$/.exec(text) ?? [];
  return { line, word: word.toUpperCase(), rest };
}

/** `name=value name="a value"`; nothing is filled in. */
function assign(
  rest: string,
  into: Record<string, string>,
  wanted: RegExp,
  word: string,
): string | undefined {
  const PAIR = /([^\s=]+)=(?:"((?:[^"\\$]|\\["\\])*)"|([^\s"'\\$]*))(?:\s+|$)/y;
  while (PAIR.lastIndex < rest.length) {
    const pair = PAIR.exec(rest);
    if (!pair || !wanted.test(pair[1]!)) return `${word} is a name and its value, like name="a value"`;
    into[pair[1]!] = (pair[2] ?? pair[3]!).replace(/\\(["\\])/g, '$1');
  }
  return undefined;
}

function wordsOf(rest: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(rest);
    const plain = Array.isArray(words) && words.every((word) => typeof word === 'string');
    return plain ? words : undefined;
  } catch {
    return undefined;
  }
}
