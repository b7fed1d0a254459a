/** The commands of docs/install/README.md, as a person reads them: section by section, line by line. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../../src/sandbox/demo/places.ts';

export const PAGE = path.join(packageRoot, 'docs/install/README.md');

export interface Line {
  command: string;
  /** What is said about it, behind a number sign that is set apart. */
  note: string;
}

export interface Block {
  /** Its heading, without the mark. */
  section: string;
  lines: Line[];
}

/** Every block of commands, in the page's order. */
export function blocksOfThePage(): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: Block | undefined;
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    if (open && line === '```') open = undefined;
    else if (open) open.lines.push(...commandIn(line));
    else if (line === '```sh') blocks.push((open = { section, lines: [] }));
    else if (line.startsWith('#')) section = line.replace(/^#+ /, '');
  }
  return blocks;
}

function commandIn(line: string): Line[] {
  const [, command = '', note = ''] = /^(.*?)(?:\s{2,}# (.*))?$/.exec(line) ?? [];
  return command.trim() === '' ? [] : [{ command: command.trim(), note }];
}
