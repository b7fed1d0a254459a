/** `sqlrunner --output output/pupils.csv analysis/extract.sql`: the words after the image in `run`. */
import { Ended, EXITS } from './exits.ts';

export interface Extraction {
  /** File with the query. */
  input: string;
  /** `.csv` or `.csv.gz`. */
  output: string;
}

export const USAGE = 'Write: sqlrunner --output <file.csv|file.csv.gz> <file.sql>';

export function parseArguments(words: readonly string[]): Extraction {
  let output: string | undefined;
  const inputs: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--output') {
      if (output !== undefined) throw wrong('--output stands twice.');
      output = words[(at += 1)];
      if (output === undefined) throw wrong('--output needs a file.');
    } else if (word.startsWith('--output=')) {
      if (output !== undefined) throw wrong('--output stands twice.');
      output = word.slice('--output='.length);
    } else if (word.startsWith('-')) {
      throw wrong(`"${word}" is not an option.`);
    } else {
      inputs.push(word);
    }
  }
  const [input, ...more] = inputs;
  if (!output) throw wrong('--output is missing.');
  if (!input) throw wrong('The SQL file is missing.');
  if (more.length > 0) throw wrong('Only one SQL file can be run.');
  if (!/\.csv(\.gz)?$/.test(output)) throw wrong(`"${output}" does not end in .csv or .csv.gz.`);
  return { input, output };
}

function wrong(says: string): Ended {
  return new Ended(EXITS.arguments, `${says} ${USAGE}`);
}
