/** Reads what a path names and checks it. Whatever is wrong with the path itself is a finding too. */
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import {
  checkCodelists,
  codelistFolder,
  codelistHash,
  MAX_SIZE,
  readingTooLarge,
  readProjectBytes,
  type Action,
  type Diagnostic,
  type ImageName,
} from '../pipeline/pipeline.ts';

export interface Finding extends Diagnostic {
  /** Below the path that was given, when that is a folder: `codelists/codelists.txt`. */
  file?: string;
}

export interface Checked {
  /** As given. */
  path: string;
  /** What the findings without `file` are about. */
  project: string;
  ok: boolean;
  findings: Finding[];
  /** Texts of the files with findings, for showing the lines; by `file`, the project file under ''. */
  texts: Map<string, string>;
  /** How many actions a project without errors has. */
  actions?: number;
  /** What they run in on a laptop: a database action's dummy data needs no image. */
  images?: ImageName[];
  /** What each action runs in, and where it stands. */
  uses?: { image: ImageName; line: number; column: number }[];
}

/** The file that a finding is about, beginning as the path was given. */
export function fileOf({ path, project }: Pick<Checked, 'path' | 'project'>, { file }: Finding): string {
  return file === undefined ? project : `${path.replace(/\/$/, '')}/${file}`;
}

/** A codelist larger than this is none. */
const MAX_CODELIST = 64 * 1024 * 1024;

export function checkPath(path: string): Checked {
  const stats = statOf(path);
  if (typeof stats === 'string') return answer(path, path, [unreadable(stats)]);
  if (!stats.isDirectory()) return checkFile(path, path, stats);
  const project = join(path, 'project.yaml');
  const inside = statOf(project);
  const checked =
    typeof inside === 'string'
      ? answer(path, project, [noProject(inside)])
      : checkFile(path, project, inside);
  checkFolder(join(path, 'codelists'), checked);
  return checked;
}

function checkFile(path: string, file: string, stats: Stats): Checked {
  if (!stats.isFile()) {
    return answer(path, file, [finding('check.not-a-file', 'This is not a file.', 'Name a project.yaml.')]);
  }
  if (stats.size > MAX_SIZE) return answer(path, file, readingTooLarge(stats.size).diagnostics);
  const bytes = attempt(() => readFileSync(file));
  if (typeof bytes === 'string') return answer(path, file, [unreadable(bytes)]);
  const { pipeline, diagnostics } = readProjectBytes(bytes);
  const checked = answer(path, file, diagnostics);
  checked.texts.set('', new TextDecoder().decode(bytes));
  return pipeline
    ? {
        ...checked,
        actions: pipeline.actions.length,
        images: imagesRun(pipeline.actions),
        uses: pipeline.actions.map(({ image, at: { line, column } }) => ({ image, line, column })),
      }
    : checked;
}

function imagesRun(actions: readonly Action[]): ImageName[] {
  const run = actions.filter(({ isDatabase }) => !isDatabase).map(({ image }) => image);
  return [...new Map(run.map((image) => [`${image.name}:${image.tag}`, image])).values()];
}

function checkFolder(folder: string, checked: Checked): void {
  const names = attempt(() => readdirSync(folder));
  if (names === 'ENOENT') return;
  if (typeof names === 'string') {
    add(checked, [{ ...unreadable(names), file: 'codelists' }]);
    return;
  }
  const files = new Map<string, Uint8Array | string>();
  for (const name of names.filter((each) => /\.csv$|^codelists\.(?:txt|json)$/.test(each)).sort()) {
    const bytes = attempt(() => readSmall(join(folder, name)));
    if (typeof bytes === 'string') add(checked, [{ ...unreadable(bytes), file: `codelists/${name}` }]);
    // Hashing at once keeps one list in memory, not all.
    else if (name.endsWith('.csv')) files.set(name, codelistHash(bytes));
    else {
      files.set(name, bytes);
      checked.texts.set(`codelists/${name}`, new TextDecoder().decode(bytes));
    }
  }
  add(
    checked,
    checkCodelists(codelistFolder(files)).map(({ path, ...found }) => ({ ...found, file: path })),
  );
}

function readSmall(file: string): Uint8Array {
  const stats = statSync(file);
  if (!stats.isFile() || stats.size > MAX_CODELIST) {
    throw Object.assign(new Error('not a file of that size'), { code: stats.isFile() ? 'EFBIG' : 'EISDIR' });
  }
  return readFileSync(file);
}

function answer(path: string, project: string, findings: readonly Finding[]): Checked {
  const checked: Checked = { path, project, ok: true, findings: [], texts: new Map() };
  add(checked, findings);
  return checked;
}

function add(checked: Checked, findings: readonly Finding[]): void {
  for (const each of findings) checked.findings.push(each);
  checked.ok = !checked.findings.some(({ severity }) => severity === 'error');
}

function statOf(path: string): Stats | string {
  return attempt(() => statSync(path));
}

/** The result, or the system's code for why there is none (`ENOENT`). */
function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}

function finding(code: string, message: string, hint: string): Finding {
  return { code, severity: 'error', line: 1, column: 1, message, hint };
}

function unreadable(why: string): Finding {
  return why === 'ENOENT'
    ? finding('check.missing', 'There is no such file or folder.', 'Check the path.')
    : finding('check.unreadable', `This cannot be read (${why}).`, 'Check what it is and who may read it.');
}

function noProject(why: string): Finding {
  return why === 'ENOENT'
    ? finding(
        'check.no-project',
        'This folder has no project.yaml.',
        'Name the folder of a study, or a project file.',
      )
    : unreadable(why);
}
