/** What this room says about codelists. */
import { quote, says, type Says } from './quote.ts';

const DOWNLOAD =
  'Download the codelists again, and commit codelists.txt, codelists.json and the CSV files together.';

export const badLine = (line: string): Says =>
  /^https?:/.test(line)
    ? says(
        `${quote(line)} is an address, not a codelist.`,
        'Write only its last parts: organisation/codelist/version.',
      )
    : says(
        `${quote(line)} does not name a codelist.`,
        'Write organisation/codelist/version, or user/name/codelist/version.',
      );
export const duplicate = (id: string, line: number): Says =>
  says(`${quote(id)} is already listed in line ${line}.`, 'Remove one of the lines.');
export const twoVersions = (list: string, line: number): Says =>
  says(`Line ${line} lists another version of ${quote(list)}.`, 'Keep one version.');
export const sameFile = (csv: string, id: string, line: number): Says =>
  says(
    `This codelist and ${quote(id)} (line ${line}) would both be the file ${quote(csv)}.`,
    'Keep one of them.',
  );
export const noManifest = (): Says =>
  says('There are codelists but no codelists.json, which records what was downloaded.', DOWNLOAD);
export const badManifest = (): Says =>
  says('codelists.json must be JSON of the form {"files": {…}}; this is something else.', DOWNLOAD);
export const badEntry = (csv: string): Says => says(`The entry ${quote(csv)} lacks "id" or "sha".`, DOWNLOAD);
export const wrongName = (csv: string, id: string): Says =>
  says(`The entry ${quote(csv)} is recorded as ${quote(id)}, which has another file name.`, DOWNLOAD);
export const notDownloaded = (id: string): Says =>
  says(`${quote(id)} is listed but was not downloaded: codelists.json does not name it.`, DOWNLOAD);
export const notListed = (id: string): Says =>
  says(
    `${quote(id)} was downloaded but is not listed in codelists.txt.`,
    'List it, or download the codelists again to be rid of it.',
  );
export const missingFile = (csv: string): Says => says(`The file ${quote(csv)} is missing.`, DOWNLOAD);
export const changed = (csv: string): Says =>
  says(
    `The file ${quote(csv)} is not what was downloaded: its content was changed.`,
    `${DOWNLOAD} Keep codelists of your own in "local_codelists".`,
  );
export const extraFile = (csv: string): Says =>
  says(
    `The file ${quote(csv)} belongs to no downloaded codelist.`,
    'Move it to "local_codelists", or delete it.',
  );
