/** The languages in which a study can begin, and what differs between them. */

export const LANGUAGES = ['python', 'r', 'node', 'sql'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Facts {
  /** How images of it are called; of those that read a database, and of no others, for SQL. */
  image: RegExp;
  /** The usual image, where no deployment says which may be used. */
  usual: string;
  /** How the usual image comes to a machine, where no registry has it by that name. */
  fetch?: string;
  /** What the command begins with, behind the image: images called `r` and `node` start their language by themselves. */
  start: string;
  ending: string;
  /** Of the editor. */
  extension: string;
  scripts: readonly string[];
  exampleScripts: readonly string[];
  /** The last action, and what comes out of it. */
  last: readonly [action: string, output: string];
}

const SMALL = { scripts: ['generate', 'describe'], exampleScripts: ['draw'] } as const;
const LAST = ['describe', 'output/describe.csv'] as const;

export const LANGUAGE_FACTS: Readonly<Record<Language, Facts>> = {
  python: {
    ...{ image: /python|jupyter/i, usual: 'python:v2', start: 'python', ending: 'py' },
    ...{ extension: 'ms-python.python', last: LAST, ...SMALL },
  },
  r: {
    ...{ image: /^r$|rstudio|r-base|^r[-_]/i, usual: 'r:v2', start: '', ending: 'R' },
    ...{ extension: 'reditorsupport.r', last: LAST, ...SMALL },
  },
  node: {
    ...{ image: /node|javascript/i, usual: 'node:v20', start: '', ending: 'mjs' },
    ...{ extension: 'dbaeumer.vscode-eslint', last: LAST, ...SMALL },
    fetch: 'docker pull node:20 && docker tag node:20 node:v20',
  },
  sql: {
    ...{ image: /^sqlrunner$/, usual: 'sqlrunner:v1', start: '', ending: 'sql' },
    ...{ extension: 'mtxr.sqltools', last: LAST, scripts: ['rows', 'describe'], exampleScripts: [] },
  },
};

/** In what an image is written for; undefined for one that is called like none of them. */
export const languageOf = (image: string): Language | undefined =>
  LANGUAGES.find((each) => LANGUAGE_FACTS[each].image.test(image));
