/**
 * The commands of a release, read. By the author: `/release`, `/submit`, `/withdraw`, `/publish`; by checkers:
 * the others. Files are named by the numbers that the viewer shows, never by their names.
 */
import { words as released } from '../../release/release.ts';
import type { OwnerSaid } from '../../publication/publication.ts';
import type { RejectCategory, ReturnCategory, RevokeCategory } from '../../release/types.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { nothingBehind, readArguments, type Names } from '../arguments.ts';
import * as words from './words.ts';
import type { RELEASE_USAGE } from './usage.ts';

export type ReleaseCommandName = keyof typeof RELEASE_USAGE;

type BareName = 'submit' | 'withdraw' | 'claim' | 'unclaim' | 'halt';

export type ReleaseCommand =
  | { type: 'release'; patterns: string[] }
  | { type: BareName }
  /** A comment names neither: the issue it stands on does. A form names both. */
  | { type: 'publish'; release?: string; owner?: OwnerSaid }
  | { type: 'submit-review'; code?: string }
  /** `owner` on the issue of a publication only. */
  | { type: 'approve'; files: number[]; owner?: OwnerSaid }
  | { type: 'changes'; files: number[] }
  | { type: 'reject'; files: number[] }
  | { type: 'return'; category: ReturnCategory }
  | { type: 'close-request'; category: RejectCategory }
  | { type: 'revoke'; release: string; file: number; category: RevokeCategory };

export const AUTHOR_COMMANDS = ['release', 'submit', 'withdraw', 'publish'] as const;
export const CHECKER_COMMANDS = [
  'claim',
  'unclaim',
  'submit-review',
  'approve',
  'changes',
  'reject',
  'return',
  'close-request',
  'halt',
  'revoke',
] as const;
export const RELEASE_COMMANDS = [...AUTHOR_COMMANDS, ...CHECKER_COMMANDS] as const;
/** What may be said on an issue that is closed: it is closed because the request ended. */
export const AFTERWARDS: readonly string[] = ['publish', 'revoke', 'help'];

export const isReleaseCommand = (command: { type: string }): command is ReleaseCommand =>
  (RELEASE_COMMANDS as readonly string[]).includes(command.type);

export const MOST_PATTERNS = 50;
const MOST_FILES = 500;

/** A path with wildcards, as in project.yaml: it stays beneath the workspace. */
const PATTERN: Names = {
  form: /^(?![/~])(?!.*\.\.)[\p{L}\p{N}_.,*?/[\]{}!@+=()-]{1,300}$/u,
  bad: (_command, written) => words.badPattern(written),
};
const NUMBER: Names = {
  form: /^[1-9][0-9]{0,4}(?:,[1-9][0-9]{0,4})*,?$/,
  bad: () => words.numbersOnly(),
};
const CODE: Names = { form: /^[a-z0-9]{8,32}$/, bad: () => words.badCode() };
const WORD: Names = { form: /^\S{1,100}$/, bad: (command) => words.usageOf(command as 'return') };

type Reader = (args: string[]) => ReleaseCommand | Refusal;

const bare =
  (type: BareName): Reader =>
  (args) =>
    nothingBehind(type, args) ?? { type };

/** As governance writes references: `REF-12`, `REF-2026-12`. Nothing that is a number or the name of a file. */
const REFERENCE = /^[A-Z][A-Z0-9]{0,19}(?:-[A-Za-z0-9]{1,20}){1,6}$/;

const graded =
  (type: 'approve' | 'changes' | 'reject'): Reader =>
  (args) => {
    const files = numbersIn(type, args);
    return isRefusal(files) ? files : { type, files };
  };

function numbersIn(type: 'approve' | 'changes' | 'reject', args: readonly string[]): number[] | Refusal {
  const read = readArguments(type, args, NUMBER);
  if (isRefusal(read)) return read;
  const files = read.names.flatMap((each) => each.split(',').filter(Boolean).map(Number));
  if (files.length > MOST_FILES) return words.tooManyFiles(MOST_FILES);
  return [...new Set(files)].sort((a, b) => a - b);
}

/**
 * `/approve REF-12 2026-11-03`: what a publisher says of the data owner's approval; the day may be left out.
 * What is wrong with it is said where it may be said: a word about /approve here would repeat a verdict.
 */
function approve(args: string[]): ReleaseCommand | Refusal {
  const [reference = '', ...day] = args;
  if (!REFERENCE.test(reference)) return graded('approve')(args);
  const on = day.join(' ');
  return { type: 'approve', files: [], owner: { reference, ...(on && { on }) } };
}

export const RELEASE_READERS: Record<ReleaseCommandName, Reader> = {
  release(args) {
    const read = readArguments('release', args, PATTERN);
    return isRefusal(read) ? read : patternsOf(read.names);
  },
  submit: bare('submit'),
  withdraw: bare('withdraw'),
  publish: (args) => nothingBehind('publish', args) ?? { type: 'publish' },
  claim: bare('claim'),
  unclaim: bare('unclaim'),
  halt: bare('halt'),
  'submit-review'(args) {
    const read = readArguments('submit-review', args, CODE);
    if (isRefusal(read)) return read;
    if (read.names.length > 1) return words.badCode();
    const [code] = read.names;
    return { type: 'submit-review', ...(code && { code }) };
  },
  approve,
  changes: graded('changes'),
  reject: graded('reject'),
  return: (args) => categorised('return', args, released.RETURN_WORDS),
  'close-request': (args) => categorised('close-request', args, released.REJECT_WORDS),
  revoke(args) {
    const read = readArguments('revoke', args, WORD);
    if (isRefusal(read)) return read;
    // `1` may stand for file and category alike: names are kept once, so the words as written count.
    const [release = '', file = '', category = '', more] = args;
    if (!/^[a-z0-9]{16}-[1-9][0-9]{0,7}$/.test(release) || !/^[1-9][0-9]{0,4}$/.test(file) || more)
      return words.usageOf('revoke');
    if (!isKey(released.REVOKE_WORDS, category)) return words.whichCategory('revoke', released.REVOKE_WORDS);
    return { type: 'revoke', release, file: Number(file), category };
  },
};

/** Patterns of a command or of a form. */
export function patternsOf(patterns: readonly string[]): ReleaseCommand | Refusal {
  if (patterns.length === 0) return words.noPattern();
  const bad = patterns.find((each) => !PATTERN.form.test(each));
  if (bad !== undefined) return words.badPattern(bad);
  if (patterns.length > MOST_PATTERNS) return words.tooManyPatterns(MOST_PATTERNS);
  return { type: 'release', patterns: [...patterns] };
}

function categorised(
  type: 'return',
  args: readonly string[],
  known: Readonly<Record<ReturnCategory, string>>,
): ReleaseCommand | Refusal;
function categorised(
  type: 'close-request',
  args: readonly string[],
  known: Readonly<Record<RejectCategory, string>>,
): ReleaseCommand | Refusal;
function categorised(
  type: 'return' | 'close-request',
  args: readonly string[],
  known: Readonly<Record<string, string>>,
): ReleaseCommand | Refusal {
  const read = readArguments(type, args, WORD);
  if (isRefusal(read)) return read;
  const [category = ''] = read.names;
  if (read.names.length !== 1 || !isKey(known, category)) return words.whichCategory(type, known);
  return { type, category } as ReleaseCommand;
}

function isKey<Key extends string>(known: Readonly<Record<Key, string>>, given: string): given is Key {
  return Object.hasOwn(known, given);
}
