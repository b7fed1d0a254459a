/** What this room says. Texts of strangers are shown short, on one line, without characters that act on a screen. */
import { refusal, type Refusal } from '../lib/refusal.ts';

export interface Says {
  message: string;
  hint?: string;
}

const says = (message: string, hint: string): Says => ({ message, hint });
const LONGEST = 80;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

export function quote(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `"${short.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

export const tooLarge = (size: number, most: number): Says =>
  says(`The file has ${mb(size)}; at most ${mb(most)} are read.`, 'Split the list, or take columns out.');
export const notUtf8 = (): Says => says('This line is not UTF-8.', 'Save the file as UTF-8.');
export const bom = (): Says =>
  says(
    'The file begins with a byte order mark, which programs take for a part of the first heading.',
    'Save it as UTF-8 without a byte order mark.',
  );
export const empty = (): Says => says('The file has no heading.', 'Begin with a line such as: code,term');
export const tooManyRows = (most: number): Says =>
  says(`There are more than ${most} rows.`, 'A list of this length is a system of codes.');
export const strayQuote = (): Says =>
  says(
    'There is a quotation mark inside a cell.',
    'Put the whole cell in quotation marks, and write each one inside it twice.',
  );
export const openQuote = (): Says =>
  says('A quotation mark is opened here and never closed.', 'Close it at the end of the cell.');
export const namelessColumn = (): Says => says('A column has no heading.', 'Name it, or take it out.');
export const columnTwice = (name: string): Says =>
  says(`Two columns are called ${quote(name)}.`, 'Rename one of them.');
export const ragged = (has: number, wanted: number): Says =>
  says(
    `This row has ${has} ${has === 1 ? 'cell' : 'cells'}; the heading has ${wanted}.`,
    'Put cells that hold a comma in quotation marks.',
  );
export const control = (): Says => says('A cell holds a control character or a line break.', 'Take it out.');
export const formula = (cell: string): Says =>
  says(`${quote(cell)} would be run as a formula by a spreadsheet.`, 'Write it without the first character.');

export const noCodeColumn = (): Says =>
  says('No column is called "code".', 'Name the column of codes "code".');
export const noCode = (): Says => says('This row has no code.', 'Write one, or take the row out.');
export const spaces = (code: string): Says =>
  says(`The code ${quote(code)} has spaces around it.`, 'Take them out.');
export const twice = (code: string, line: number): Says =>
  says(`The code ${quote(code)} already stands in line ${line}.`, 'Take one of the rows out.');
export const invalid = (code: string, system: string): Says =>
  says(`${quote(code)} is no code of ${quote(system)}.`, 'Correct it, or take the row out.');
export const otherTerm = (code: string, term: string): Says =>
  says(`The system calls ${quote(code)} ${quote(term)}.`, 'Check that the right code is meant.');
export const noRows = (): Says => says('The list holds no code.', 'Add one.');

export const noTermColumn = (): Says =>
  says('No column is called "term".', 'Name the column of terms "term".');
export const longCode = (): Says => says('This code has more than 100 characters.', 'Shorten it.');
export const longTerm = (): Says => says('This term has more than 1,000 characters.', 'Shorten it.');
export const ownParent = (code: string): Says =>
  says(`${quote(code)} is its own parent.`, 'Take the parent out.');
export const unknownParent = (parent: string): Says =>
  says(`The parent ${quote(parent)} is no code of this file.`, 'Correct it, or add the parent.');
export const circle = (code: string): Says =>
  says(`${quote(code)} is its own ancestor.`, 'Take a parent out of the circle.');

export const unknownFile = (): Says =>
  says(
    'This file has no place in a registry of codelists.',
    'Lists stand in owner/slug/version.csv with a meta.yml beside them, systems in systems/name.csv.',
  );
export const badName = (): Says =>
  says(
    'Owner, slug and version are lower-case letters and digits, parted by single ".", "_" or "-", at most 60 characters.',
    'Rename the file.',
  );
export const unknownOwner = (owner: string): Says =>
  says(
    `${quote(owner)} is no organisation or person of this deployment.`,
    'Use an id of orgs.yml, or user/<login>.',
  );
export const publishedChanged = (id: string): Says =>
  says(`${id} is published: its bytes never change.`, 'Leave it as it is, and add a new version.');
export const publishedGone = (id: string): Says =>
  says(`${id} is published, and studies use it.`, 'Leave the file where it is.');
export const noMeta = (list: string): Says =>
  says(`${list} has no meta.yml.`, 'Add one with name, description, coding_system and owner.');
export const badMeta = (what: string): Says => says(`meta.yml: ${what}.`, 'Correct it.');
export const ownerDiffers = (meta: string, folder: string): Says =>
  says(
    `meta.yml names the owner ${quote(meta)}; the folder belongs to ${quote(folder)}.`,
    'Make them the same.',
  );
export const noSystem = (system: string): Says =>
  says(
    `There is no system ${quote(system)} in the registry.`,
    'Add systems/<name>.csv first, or correct coding_system.',
  );
export const badHistory = (what: string): Says =>
  says(`The history of decisions cannot be read: ${what}.`, 'Leave it as the builder wrote it.');
export const sameContent = (id: string): Says =>
  says(
    `The codes and terms are those of ${id}.`,
    'A version that changes nothing makes studies update for nothing.',
  );

export const unknownLine = (id: string): Says =>
  says(`The registry has no published codelist ${quote(id)}.`, 'Correct owner, codelist and version.');
export const notPublished = (id: string): Says =>
  says(`${quote(id)} is not published.`, 'Use a published version, or wait for its two sign-offs.');
export const tampered = (csv: string, id: string): Says =>
  says(
    `The bytes of ${quote(csv)} are not those of ${quote(id)} in the registry.`,
    'Download the codelists again. Keep lists of your own in "local_codelists".',
  );
export const outdated = (id: string, newest: string): Says =>
  says(
    `${quote(id)} is outdated: ${quote(newest)} has been published.`,
    'Update the codelists; until then no action that reads the database can run.',
  );

export const badRequest = (what: string): Refusal =>
  refusal(
    'codelists.bad-request',
    what,
    'Send the form fields codelists and manifest, as codelists.txt and codelists.json hold them.',
  );
export const notAddress = (given: string): Refusal =>
  refusal(
    'codelists.not-a-line',
    `${quote(given)} does not name a version of a codelist.`,
    'Give organisation/codelist/version, or the address of its page.',
  );
