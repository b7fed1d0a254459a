/** What this room says to people about a project.yaml: what was expected, what was found, what to do. */
import { quote, says, type Says } from './quote.ts';

export type { Says } from './quote.ts';

const count = (n: number, one: string): string => `${n.toLocaleString('en-GB')} ${one}${n === 1 ? '' : 's'}`;
const megabytes = (n: number): string => `${(n / 1024 / 1024).toFixed(1)} MB`;
const list = (names: readonly string[]): string => names.join(', ');
const meant = (guess: string | undefined, otherwise: string): string =>
  guess ? `Did you mean "${guess}"?` : otherwise;

export const more = (unlisted: number): Says =>
  says(`${count(unlisted, 'more finding')} in this file, not listed.`, 'Mend those above first.');

// --- the text ---

export const tooLarge = (size: number, limit: number): Says =>
  says(
    `This file is ${megabytes(size)} long; a project file may have ${megabytes(limit)}.`,
    'Move data out of it, or split the study into several repositories.',
  );
export const tooComplex = (): Says =>
  says(
    'This file is too large for the YAML it uses: from here on it is more than plain mappings, lists and one-line values.',
    'Above about 1 MB leave out anchors, tags, block scalars (| and >) and comments after values, or make the file smaller. A mistake at this place has the same effect.',
  );
export const tooDeep = (limit: number): Says =>
  says(
    `Values are nested more than ${limit} deep here.`,
    'A project file needs five levels, and "config" a few more.',
  );
export const notText = (): Says =>
  says(
    'This is not a text file: it is not UTF-8, or it holds characters that no YAML file may hold.',
    'Save it as UTF-8 text.',
  );
export const controlCharacter = (code: number): Says =>
  says(
    `The character U+${code.toString(16).toUpperCase().padStart(4, '0')} may not stand in a project file.`,
    'Delete it.',
  );
export const halfCharacter = (): Says =>
  says(
    'This text contains half of a character (a lone surrogate).',
    'Write the character itself, or both halves.',
  );
export const empty = (): Says => says('The file is empty.', 'Begin with "version: 5" and "actions:".');
export const notMapping = (found: string): Says =>
  says(
    `A project file is a mapping with "version" and "actions"; this is ${found}.`,
    'Begin with "version: 5" and "actions:".',
  );

const SYNTAX: Record<string, [code: string, message: string, hint: string]> = {
  TAB_AS_INDENT: ['project.yaml-tab', 'A tab is used as indentation.', 'Indent with spaces.'],
  MULTIPLE_DOCS: [
    'project.yaml-documents',
    'A second YAML document begins here.',
    'Keep one document: remove the "---".',
  ],
  MISSING_CHAR: [
    'project.yaml-syntax',
    'Something is missing here: a closing quote or bracket, or the colon after a key.',
    'Close what was opened, and write "key: value".',
  ],
  BAD_INDENT: [
    'project.yaml-syntax',
    'The indentation does not fit the lines above.',
    'Give all keys of one mapping the same indentation, and indent what is inside brackets more than its key.',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'project.yaml-syntax',
    'A mapping begins in the middle of a value.',
    'Put quotes around a value that contains ": ", or check the indentation.',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'project.yaml-syntax',
    'This key runs over several lines.',
    'Keep a key and its colon on one line, and check the indentation.',
  ],
  BAD_SCALAR_START: [
    'project.yaml-syntax',
    'A value may not begin with this character.',
    'Put quotes around the value.',
  ],
  BAD_DQ_ESCAPE: [
    'project.yaml-syntax',
    'This backslash escape does not exist in double quotes.',
    'Write \\\\ for a backslash, or use single quotes.',
  ],
  BAD_ALIAS: [
    'project.yaml-alias',
    'This alias has no usable name.',
    'Name an anchor after the "*", or put quotes around the value.',
  ],
};

export const syntaxCode = (code: string): string => SYNTAX[code]?.[0] ?? 'project.yaml-syntax';
export const syntax = (code: string): Says => {
  const [, message, hint] = SYNTAX[code] ?? [
    '',
    'This is not valid YAML.',
    'Check quotes, brackets, colons and indentation here and in the line above.',
  ];
  return says(message, hint);
};
export const yamlVersion = (): Says => says('Only YAML 1.2 is read.', 'Remove the %YAML line.');
export const tag = (name: string): Says =>
  says(
    `The tag ${quote(name.replace('tag:yaml.org,2002:', '!!'))} has no meaning here.`,
    'Remove it; put quotes around a value that must be text.',
  );
export const duplicateKey = (key: string): Says =>
  says(`The key ${quote(key)} is given twice in this mapping.`, 'Keep one of them, or rename one.');
export const keyNotScalar = (): Says => says('A key must be a single word or text, not a list or mapping.');
export const badMerge = (): Says =>
  says('"<<" merges a mapping or a list of mappings, and this is neither.', 'Write "<<: *anchor".');
export const badAlias = (name: string, open: boolean): Says =>
  open
    ? says(`The alias "*${name}" stands inside its own anchor.`, 'Write the value out.')
    : says(
        `The alias "*${name}" has no anchor "&${name}" before it.`,
        'Define the anchor first, or put quotes around the value.',
      );
export const aliasBomb = (limit: number): Says =>
  says(
    `Written out, the aliases of this file add more than ${limit.toLocaleString('en-GB')} values.`,
    'Use fewer aliases.',
  );

// --- the whole project ---

export const unknownKey = (key: string, where: string, known: readonly string[], guess?: string): Says =>
  says(`${quote(key)} is not a part of ${where}.`, meant(guess, `The parts are ${list(known)}.`));
export const noVersion = (latest: number): Says =>
  says('The project file gives no "version".', `Write "version: ${latest}", the latest, at the top.`);
export const badVersion = (found: string, latest: number): Says =>
  says(
    `The version must be a whole number from 1 to ${latest}; this is ${found}.`,
    `Write "version: ${latest}".`,
  );
export const newVersion = (version: string, latest: number): Says =>
  says(`Version ${version} is newer than the latest, which is ${latest}.`, `Write "version: ${latest}".`);
export const oldVersion = (version: number, latest: number): Says =>
  says(`Version ${version} is an old version of the project file.`, `Consider "version: ${latest}".`);
export const noActions = (found: string | undefined): Says =>
  says(
    `"actions" must be a mapping of action names to actions; ${found ? `this is ${found}` : 'it is missing'}.`,
    'Write "actions:" and the actions below it, indented.',
  );
export const tooManyActions = (found: number, limit: number): Says =>
  says(
    `The project has ${count(found, 'action')}; at most ${limit.toLocaleString('en-GB')} are taken.`,
    'Split the study into several repositories.',
  );
export const expectationsGone = (version: number): Says =>
  says(
    `"expectations" does not exist any more in version ${version}.`,
    'Remove the section; it only ever served cohortextractor actions.',
  );
export const expectationsMissing = (): Says =>
  says(
    'Version 3 wants an "expectations" section with "population_size".',
    'Add it, or move on to version 5, which has none.',
  );
export const populationSize = (found: string): Says =>
  says(
    `"population_size" must be a whole number; this is ${found}.`,
    'Write, for example, "population_size: 1000".',
  );
export const populationMissing = (): Says =>
  says(
    '"expectations" must be a mapping with "population_size".',
    'Write "population_size: 1000" below it, indented.',
  );

// --- one action ---

export const runAllReserved = (): Says =>
  says('"run_all" means every action and cannot name one.', 'Rename the action.');
export const runAllIgnored = (): Says =>
  says(
    '"run_all" means every action: this action is ignored, and refused from version 5.',
    'Rename the action.',
  );
export const actionName = (name: string): Says =>
  says(
    `${quote(name)} cannot be an action name.`,
    'Use letters, digits, "_", "-" and ".", beginning with a letter, digit or "_", at most 100 characters and no "..".',
  );
export const actionNameNotText = (name: string): Says =>
  says(`YAML reads the action name ${quote(name)} as something other than text.`, `Put it in quotes.`);
export const actionNameCase = (name: string, other: string, line: number): Says =>
  says(
    `The action "${name}" differs from "${other}" (line ${line}) only in upper and lower case.`,
    'Rename one of them.',
  );
export const actionNotMapping = (name: string, found: string): Says =>
  says(
    `The action ${quote(name)} must be a mapping with "run" and "outputs"; this is ${found}.`,
    'Indent its parts below the name.',
  );
export const missingPart = (name: string, part: 'run' | 'outputs'): Says =>
  says(
    `The action ${quote(name)} has no "${part}".`,
    part === 'run'
      ? 'Add the command, for example "run: python:v2 python analysis/model.py".'
      : 'Say which files it makes, and how sensitive they are.',
  );
export const wrongType = (name: string, part: string, wanted: string, found: string): Says =>
  says(`"${part}" of the action ${quote(name)} must be ${wanted}; this is ${found}.`);
export const permissionName = (found: string): Says =>
  says(
    `${quote(found)} is no name of a permission.`,
    'Name a population or component as the governance repository does, in lower case.',
  );
export const noLevel = (name: string, levels: readonly string[]): Says =>
  says(
    `The outputs of the action ${quote(name)} have no privacy level.`,
    `Give at least one of ${list(levels)}.`,
  );
export const emptyLevel = (level: string): Says =>
  says(`"${level}" names no output.`, 'Name at least one, or remove the level.');
export const outputName = (): Says => says('An output has no name.', 'Write "name: path".');
export const outputNotText = (name: string, found: string): Says =>
  says(`The output ${quote(name)} must be a path; this is ${found}.`, 'Write "name: output/file.csv".');
export const minimallySensitive = (): Says =>
  says(
    '"minimally_sensitive" outputs are kept like highly sensitive ones: nobody is shown them.',
    'Use moderately_sensitive for what is to be looked at and released.',
  );
export const runEmpty = (name: string): Says =>
  says(
    `"run" of the action ${quote(name)} is empty.`,
    'Write an image with its version and a command, for example "python:v2 python analysis/model.py".',
  );
export const runLength = (found: number, limit: number): Says =>
  says(
    `The command has ${count(found, 'character')}; it may have ${limit.toLocaleString('en-GB')}.`,
    'Put long lists into "config" or into a file.',
  );
export const runCharacter = (): Says => says('The command contains the character NUL.', 'Remove it.');
export const runQuoting = (why: 'quote' | 'backslash'): Says =>
  why === 'quote'
    ? says(
        'This quote is opened and never closed.',
        'Close it, or write \\ before it when it is meant as a character.',
      )
    : says('The command ends in a backslash, which has nothing to escape.', 'Remove it, or write \\\\.');
export const imageVersion = (word: string): Says =>
  says(
    `A command begins with an image and its version; ${quote(word)} does not.`,
    'Write, for example, "python:v2": a lower-case name, a colon, then v and a number.',
  );
export const needsEntry = (found: string): Says =>
  says(`"needs" lists action names; this is ${found}.`, 'Write each name as text.');
export const needsSpace = (entry: string): Says =>
  says(`${quote(entry)} in "needs" contains a space.`, 'Separate action names with commas: [first, second].');
export const needsTwice = (entry: string): Says =>
  says(`${quote(entry)} is listed twice in "needs".`, 'Remove one.');
export const configKey = (key: string): Says =>
  says(`The key ${quote(key)} in "config" is not text.`, 'Put it in quotes.');
export const configNumber = (source: string): Says =>
  says(
    `The number ${quote(source)} in "config" cannot be written in JSON exactly.`,
    'Put it in quotes if it is meant as text.',
  );
export const dummyDataFile = (path: string): Says =>
  says(
    `"dummy_data_file" must be a path inside the repository; ${quote(path)} is not.`,
    'Write it relative to the top of the repository, without "..".',
  );
