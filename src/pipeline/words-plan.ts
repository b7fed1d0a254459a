/** What this room says about requests, slots and reusable actions. A pair is a sentence and what to do next. */
import { printable, quote, says, type Says } from './quote.ts';

type Pair = [says: string, next: string];

const NAMES_LISTED = 20;

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMES_LISTED).map(printable).join(', ');
  return all.length > NAMES_LISTED
    ? `${shown} and ${(all.length - NAMES_LISTED).toLocaleString('en-GB')} more`
    : shown;
}

// --- plan ---

export const nothingAsked = (): Pair => ['No action was named.', 'Name at least one action, or run_all.'];

export const unknownActions = (
  unknown: readonly string[],
  known: readonly string[],
  guess?: string,
): Pair => {
  const shown = unknown.slice(0, NAMES_LISTED).map(quote).join(', ');
  return [
    unknown.length === 1
      ? `${shown} is not an action of this project.`
      : `${shown} are not actions of this project.`,
    `${guess ? `Did you mean "${guess}"? ` : ''}The actions are ${names([...known, 'run_all'])}.`,
  ];
};

// --- schedule ---

export const weightAboveLimit = (pool: string, weight: number, limit: number): Pair => [
  `The job weighs ${weight}, and the ${pool} pool of this backend holds ${limit}: it could never start.`,
  'Lower the weight of the action or raise the limit of the pool in backends.yml.',
];
export const badWeight = (weight: number): Pair => [
  `${weight} is not a weight: it must be a number above 0.`,
  'Correct the weight of the action in backends.yml.',
];

// --- reusable actions ---

export const actionFile = (found: string): Says =>
  says(
    `An action.yaml must be a mapping with "run", a command; ${found}.`,
    'Write "run:", an image with its version, and a command.',
  );
export const actionReadsDatabase = (): Says =>
  says(
    'A reusable action may not read a database.',
    'Let it work on the outputs of the actions it is given.',
  );
export const UNREADABLE = 'it cannot be read.';
export const reusable = (action: string, image: string, sentence: string): string =>
  `Action "${printable(action)}", image ${quote(image)}: ${sentence}`;

export const NOT_YOURS = 'This is a mistake of the action’s author: tell them, or use another version of it.';
export const noSuchAction = (name: string): Pair => [
  `there is no runtime image and no reusable action called ${quote(name)}.`,
  'Correct the first word of "run".',
];
export const noSuchTag = (name: string, tag: string): Pair => [
  `the reusable action ${quote(name)} has no version ${quote(tag)}.`,
  'Use one of its tags in the first word of "run".',
];
export const notOnMain = (): Pair => [
  'this version of the reusable action was never merged to its main branch.',
  NOT_YOURS,
];
export const noActionFile = (): Pair => [
  'the reusable action has no action.yaml at this version.',
  NOT_YOURS,
];
export const badActionFile = (line: number, message: string): Pair => [
  `the action.yaml of the reusable action has a mistake in line ${line}: ${message}`,
  NOT_YOURS,
];
export const imageNotAllowed = (image: string): Pair => [
  `the reusable action runs in ${quote(image)}, which is not an image of this deployment.`,
  NOT_YOURS,
];
