/** The rules for one output path (P14–P20 and what Sallyport adds), each fault of it once. */
import { matches } from './glob.ts';
import type { Report, Spot } from './report.ts';
import type { Says } from './quote.ts';
import type { Level } from './types.ts';
import * as words from './words-paths.ts';

/** What a checker can open and read; letter case counts. */
export const VIEWABLE = [
  ...['.csv', '.jpg', '.jpeg', '.png', '.svg', '.svgz'],
  ...['.html', '.txt', '.log', '.json', '.md'],
] as const;

const MAX_PATH = 1000;
/** The longest name that Linux file systems hold. */
const MAX_PART_BYTES = 255;
const RESERVED = 'metadata';

export function checkPath(path: string, level: Level, spot: Spot, report: Report): void {
  const error = (code: string, says: Says): void => report.error(code, spot, says);
  const parts = path.split('/');
  if (path.length > MAX_PATH || parts.some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) {
    return error('project.path-length', words.pathLength(path, MAX_PATH, MAX_PART_BYTES));
  }
  if (path.includes('\\')) error('P14', words.backslash(path));
  const wildcard = /\*\*|\?|\[/.exec(path);
  if (wildcard) error('P15', words.wildcard(path, wildcard[0]));
  const ending = extensionOf(path);
  if (!ending || ending.endsWith('*')) error('P16', words.extension(path));
  else if (level === 'moderately_sensitive' && !(VIEWABLE as readonly string[]).includes(ending)) {
    error('P17', words.fileType(path, VIEWABLE));
  }
  if (/^(?:\/|[A-Za-z]:)/.test(path)) error('P20', words.absolute(path));
  checkParts(path, parts, error);
  checkCharacters(path, parts, error);
  checkReserved(path, parts, spot, report);
}

/** From the last dot of the last part; none when that dot begins or ends the name. */
export function extensionOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || dot === name.length - 1 ? undefined : name.slice(dot);
}

type Fault = (code: string, says: Says) => void;

function checkParts(path: string, parts: readonly string[], error: Fault): void {
  const firstName = parts.findIndex((part) => part !== '..');
  const inner = parts.some(
    (part, index) =>
      part === '.' || (part === '' && index > 0) || (part === '..' && index > firstName && firstName !== -1),
  );
  if (inner) error('P18', words.normalForm(path));
  else if (parts.includes('..')) error('project.path-parent', words.parentFolder(path));
  if (parts.some((part) => part.toLowerCase() === '.git')) error('project.path-git', words.gitFolder(path));
  const start = parts.find((part) => /^[-~]/.test(part));
  if (start) error('project.path-start', words.pathStart(path, start));
}

function checkCharacters(path: string, parts: readonly string[], error: Fault): void {
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(path))
    error('project.path-character', words.pathCharacter(path));
  if (parts.some((part) => part.startsWith(' ') || part.endsWith(' ')))
    error('project.path-space', words.pathSpace(path));
}

function checkReserved(path: string, parts: readonly string[], spot: Spot, report: Report): void {
  const first = parts[0]!;
  if (first === RESERVED) return report.error('P19', spot, words.metadata(path));
  // A file of this name in the top folder cannot be: P16 wants an extension.
  if (parts.length === 1) return;
  if (first === '*') return report.warning('project.any-folder', spot, words.anyFolder(path));
  if (matches(first.toLowerCase(), RESERVED))
    report.error('project.reserved-folder', spot, words.mayBeMetadata(path));
}
