/** What this room says about output paths, database actions and the actions taken together. */
import { quote, says, type Says } from './quote.ts';

const meant = (guess: string | undefined, otherwise: string): string =>
  guess ? `Did you mean "${guess}"?` : otherwise;

// --- output paths ---

export const backslash = (path: string): Says =>
  says(`The path ${quote(path)} contains a backslash.`, 'Separate folders with "/".');
export const wildcard = (path: string, found: string): Says =>
  says(
    `The path ${quote(path)} contains "${found}"; "*" is the only wildcard.`,
    'A single "*" stands for any characters but "/".',
  );
export const extension = (path: string): Says =>
  says(
    `The path ${quote(path)} does not end in a file extension.`,
    'End it in the kind of file, for example ".csv".',
  );
export const fileType = (path: string, allowed: readonly string[]): Says =>
  says(
    `${quote(path)} is not a kind of file that may be moderately_sensitive.`,
    `Those are ${allowed.join(' ')} (in lower case).`,
  );
export const normalForm = (path: string): Says =>
  says(
    `The path ${quote(path)} is not in its shortest form.`,
    'Leave out "./", "//", ".." and a "/" at the end.',
  );
export const parentFolder = (path: string): Says =>
  says(`The path ${quote(path)} leads out of the workspace.`, 'Leave out "..".');
export const metadata = (path: string): Says =>
  says(
    `The path ${quote(path)} lies in "metadata", which is kept for Sallyport.`,
    'Use another folder, for example "output".',
  );
export const mayBeMetadata = (path: string): Says =>
  says(
    `The first part of ${quote(path)} can match "metadata" in some letter case, which is kept for Sallyport.`,
    'Name the folder, for example "output".',
  );
export const anyFolder = (path: string): Says =>
  says(
    `The first part of ${quote(path)} matches every folder.`,
    'Name the folder; files in "metadata" and ".git" are never collected.',
  );
export const absolute = (path: string): Says =>
  says(
    `The path ${quote(path)} is absolute.`,
    'Write it relative to the workspace, for example "output/file.csv".',
  );
export const pathCharacter = (path: string): Says =>
  says(`The path ${quote(path)} contains a character that cannot be seen.`, 'Remove it.');
export const pathSpace = (path: string): Says =>
  says(`A part of the path ${quote(path)} begins or ends with a space.`, 'Remove the space.');
export const pathStart = (path: string, part: string): Says =>
  says(
    `The part ${quote(part)} of the path ${quote(path)} begins with a character that commands take as something else.`,
    'Do not begin a name with "-" or "~".',
  );
export const gitFolder = (path: string): Says =>
  says(
    `The path ${quote(path)} lies in ".git", which is never collected.`,
    'Use another folder, for example "output".',
  );
export const pathLength = (path: string, all: number, part: number): Says =>
  says(
    `The path ${quote(path)} is too long.`,
    `A path may have ${all} characters, and each part ${part} bytes.`,
  );

// --- database actions ---

export const oneLevel = (found: number): Says =>
  says(`A generate_cohort action has exactly one privacy level; this has ${found}.`, 'Keep one level.');
export const oneFolder = (folders: readonly string[]): Says =>
  says(
    `A generate_cohort action writes to one folder; this writes to ${folders.slice(0, 5).map(quote).join(', ')}.`,
    'Put all its outputs in one folder, or give --output-dir.',
  );
export const onlyHigh = (command: string, level: string): Says =>
  says(
    `"${command}" writes records of single people, so its outputs must be highly_sensitive; this is ${level}.`,
    'Move them to highly_sensitive.',
  );
export const noOutputOption = (command: string): Says =>
  says(
    `"${command}" needs to be told its file with --output.`,
    'Add "--output" and the path that stands in "outputs".',
  );
export const outputOptionFolder = (option: string, wanted: string, path: string): Says =>
  says(
    `--output is ${quote(option)}, so every output must match ${quote(wanted)}; ${quote(path)} does not.`,
    'Make them agree.',
  );
export const outputOptionFile = (option: string): Says =>
  says(
    `--output is ${quote(option)}, which is none of the action's outputs.`,
    'Give the same path in both places.',
  );

// --- actions taken together ---

export const cohortextractor = (): Says =>
  says('cohortextractor images exist up to version 3 only.', 'Write the dataset definition in ehrQL.');
export const latestTag = (image: string): Says =>
  says(`"${image}:latest" is not taken from version 5 on.`, `Give a version, for example "${image}:v2".`);
export const imageName = (name: string, runtime: string): Says =>
  says(
    `"${name}" is no runtime image; it is looked up as a reusable action of that name.`,
    `Did you mean "${runtime}"?`,
  );
export const sameRun = (other: string, line: number): Says =>
  says(
    `The action "${other}" (line ${line}) has the same command and the same config.`,
    'Change one of them, or let other actions need only one.',
  );
export const samePath = (path: string, line: number): Says =>
  says(`The path ${quote(path)} is also an output in line ${line}.`, 'Give every output its own path.');
export const unknownNeed = (name: string, guess?: string): Says =>
  says(
    `needs: ${quote(name)} is not an action here.`,
    meant(guess, 'Name an action of this file, or remove it.'),
  );
export const needsRunAll = (): Says =>
  says('needs: "run_all" means every action and cannot be needed.', 'Name the actions themselves.');
export const needsItself = (name: string): Says =>
  says(`The action "${name}" needs itself.`, 'Remove it from its own "needs".');
export const cycle = (names: readonly string[], length: number): Says => {
  const shown =
    length > names.length ? [...names, `… (${length} actions in all)`, names[0]!] : [...names, names[0]!];
  return says(
    `These actions need each other in a circle: ${shown.join(' → ')}.`,
    'Remove one of these needs.',
  );
};
export interface Overlap {
  path: string;
  other: string;
  otherLevel: string;
  line: number;
  /** How many further patterns overlap in the same way. */
  further: number;
}
const further = (n: number): string => (n === 0 ? '' : ` (and with ${n} more)`);
export const levelsOverlap = (level: string, overlap: Overlap): Says =>
  says(
    `A file can match both ${quote(overlap.path)} (${level}) and ${quote(overlap.other)} (${overlap.otherLevel}, line ${overlap.line})${further(overlap.further)}: its level would be in doubt.`,
    'Use names or folders that cannot match the same file.',
  );
export const actionsOverlap = (overlap: Overlap): Says =>
  says(
    `A file can match both ${quote(overlap.path)} and ${quote(overlap.other)} of another action (line ${overlap.line})${further(overlap.further)}.`,
    'Use names or folders that cannot match the same file.',
  );
export const tooManyWildcards = (): Says =>
  says(
    'This project has too many wildcard paths that begin or end alike to tell which of them overlap.',
    'Give them different folders, or use fewer wildcards.',
  );
