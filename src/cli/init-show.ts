/** What `sallyport init` wrote, as a small tree, and what to type next. */
import path from 'node:path';
import { printable } from '../pipeline/pipeline.ts';
import type { Placed } from './init-files.ts';

export interface InitDone {
  /** As given. */
  folder: string;
  placed: Placed;
  /** There was a project.yaml. */
  begun: boolean;
  /** For SALLYPORT_IMAGES. */
  images: string | undefined;
  /** How an image comes here that no registry has by its name. */
  fetch: string | undefined;
  /** Top of the repository, when that is above the folder. */
  inside: string | undefined;
  repository: boolean;
  committed: number | undefined;
}

const ABOUT: Readonly<Record<string, string>> = {
  'project.yaml': 'what runs, in which order, and what comes out',
  'README.md': 'what the study is, and the next steps',
  analysis: 'the code',
  'dummy-data': 'what stands in for the database on your machine',
  codelists: 'lists of codes; none yet',
  '.vscode': 'completion and errors in project.yaml while you type',
  '.devcontainer': 'for Codespaces: Sallyport, and Docker inside',
  '.github': 'issue forms, and the same checks in Actions',
  '.gitignore': 'outputs are never committed',
  '.gitattributes': 'the same line ends on every system',
};

export function initLines(done: InitDone): string[] {
  const { placed, committed, inside, begun } = done;
  return [
    ...tree(done),
    ...note(begun, 'The project.yaml that is here was kept, so no first actions were written.'),
    ...note(placed.kept.length > 0, keptLine(placed.kept)),
    ...note(
      inside !== undefined,
      `GitHub looks for .github and .devcontainer at the top of a repository only, which is ${printable(inside ?? '')}.`,
    ),
    ...note(
      committed !== undefined,
      committed === 0 ? 'There was nothing to commit.' : `Committed: ${count(committed ?? 0)}.`,
    ),
    '',
    'Next:',
    ...nextSteps(done).map((line) => `  ${line}`),
  ];
}

const note = (when: boolean, line: string): string[] => (when ? ['', line] : []);
const count = (n: number): string => `${n} ${n === 1 ? 'file' : 'files'}`;
const keptLine = (kept: readonly string[]): string =>
  `Kept as it was: ${kept.join(', ')}. To have one replaced: --force ${kept[0] ?? ''}`;

/** A line for each file or folder at the top; the project first, hidden ones last. */
function tree({ folder, placed: { written } }: InitDone): string[] {
  const shown = printable(folder === '.' ? path.basename(path.resolve('.')) : folder);
  if (written.length === 0) return [`Nothing was written to ${shown}: everything is there.`];
  const tops = [...new Set(written.map((file) => file.split('/')[0]!))].sort((a, b) => rank(a) - rank(b));
  const entries = tops.map((top) => {
    const inside = written.filter((file) => file.startsWith(`${top}/`));
    const holds = top.startsWith('.') ? [] : inside.map((file) => file.slice(top.length + 1));
    const about = [ABOUT[top] ?? '', holds.length > 0 ? `(${holds.join(', ')})` : ''].filter(Boolean);
    return { name: inside.length > 0 ? `${top}/` : top, about: about.join(' ') };
  });
  const width = Math.max(...entries.map(({ name }) => name.length));
  return [
    `${shown.replace(/\/+$/, '')}/`,
    ...entries.map(
      ({ name, about }, at) => `${at === entries.length - 1 ? '└──' : '├──'} ${name.padEnd(width)}  ${about}`,
    ),
  ];
}

function rank(top: string): number {
  const at = Object.keys(ABOUT).indexOf(top);
  return at === -1 ? Infinity : at;
}

function nextSteps({ folder, images, fetch, repository, committed }: InitDone): string[] {
  const commands = [
    ...(path.resolve(folder) === process.cwd() ? [] : [[`cd ${quoted(folder)}`, '']]),
    ...(images === undefined ? [] : [[`export SALLYPORT_IMAGES=${images}`, 'where the images come from']]),
    ...(fetch === undefined ? [] : [[fetch, 'the image']]),
    ['sallyport check', 'is project.yaml right?'],
    ['sallyport dag', 'what runs, drawn'],
    ['sallyport run run_all', 'runs it on invented data, in containers'],
    ...(repository || committed !== undefined
      ? []
      : [['git init && git add . && git commit -m "Begin the study"', '']]),
  ] as [command: string, says: string][];
  const width = Math.max(
    ...commands.filter(([, says]) => says).map(([command]) => (command === fetch ? 0 : command.length)),
  );
  return commands.map(([command, says]) => (says ? `${command.padEnd(width)}   # ${says}` : command));
}

/** For a shell, when it needs that. */
const quoted = (folder: string): string =>
  /^[\w./-]+$/.test(folder) && !folder.startsWith('-')
    ? folder
    : `-- '${printable(folder).replaceAll("'", `'\\''`)}'`;
