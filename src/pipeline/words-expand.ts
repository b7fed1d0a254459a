/** What this room says about `for_each` and `defaults`. */
import { quote, says, type Says } from './quote.ts';

const EXAMPLE = 'Write, for example, "for_each: {region: [north, south]}".';

export const forEachNotMapping = (found: string): Says =>
  says(`"for_each" is a mapping of variables to lists of values; this is ${found}.`, EXAMPLE);
export const tooManyVariables = (found: number, limit: number): Says =>
  says(
    `"for_each" names ${found.toLocaleString('en-GB')} variables; it may name ${limit}.`,
    'Write several actions.',
  );
export const variableName = (name: string): Says =>
  says(
    `${quote(name)} cannot name a variable.`,
    'Use letters, digits and "_", beginning with a letter, at most 40.',
  );
export const notValues = (name: string, found: string): Says =>
  says(`The values of ${quote(name)} must be a list; this is ${found}.`, EXAMPLE);
export const badValue = (found: string): Says =>
  says(
    `${quote(found)} cannot be a value of "for_each": it becomes a part of names and paths.`,
    'Use letters, digits, "_", "-" and ".", at most 100 characters.',
  );
export const valueTwice = (value: string): Says => says(`${quote(value)} is listed twice.`, 'Remove one.');
export const notInName = (action: string, name: string): Says =>
  says(
    `The name ${quote(action)} lacks <${name}>: several actions would have it.`,
    `Write <${name}> into the name of the action, or take "${name}" out of "for_each".`,
  );
export const notInRun = (name: string): Says =>
  says(
    `Neither "run" nor "config" uses <${name}>: several actions would do the same.`,
    `Hand <${name}> to the command.`,
  );
export const notInPath = (path: string, name: string): Says =>
  says(
    `The path ${quote(path)} lacks <${name}>: several actions would write it.`,
    `Write <${name}> into the path.`,
  );
export const unknownVariable = (name: string, known: readonly string[], guess?: string): Says =>
  says(
    `"for_each" gives no values for <${name}>.`,
    guess ? `Did you mean <${guess}>?` : `Its variables are ${known.join(', ')}.`,
  );
export const unknownTemplate = (need: string, guess?: string): Says =>
  says(
    `needs: no action is written ${quote(need)} here.`,
    guess
      ? `Did you mean "${guess}"?`
      : 'Name an action as it is written, with its variables, to need all that are made from it.',
  );
export const nothingMeant = (need: string): Says =>
  says(
    `needs: of the actions made from ${quote(need)} none has these values.`,
    'Give both actions the same values, or name the action that is meant.',
  );
export const tooManyMade = (limit: number): Says =>
  says(
    `Written out, the project has more than ${limit.toLocaleString('en-GB')} actions.`,
    'Use fewer values or variables.',
  );
export const tooLargeMade = (megabytes: number): Says =>
  says(
    `Written out, this project is longer than ${megabytes} MB.`,
    'Use fewer values, or split the study into several repositories.',
  );
export const madeTwice = (name: string, line: number): Says =>
  says(`The action ${quote(name)} made here is also that of line ${line}.`, 'Change a name or a value.');

// --- defaults ---

export const defaultsType = (part: string, wanted: string, found: string): Says =>
  says(`"${part}" must be ${wanted}; this is ${found}.`);
export const defaultImage = (found: string): Says =>
  says(
    `The image of "defaults" is a name and its version; ${quote(found)} is not.`,
    'Write, for example, "image: python:v2".',
  );
