/** What of the machine ends a run, as a sentence: a full disk, a file that may not be read, an engine that went away. */
import path from 'node:path';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import { statusOf, wordsOf } from '../executor/answers.ts';
import { EngineLost } from '../executor/executor.ts';
import {
  diskFull,
  engineLost,
  engineRefused,
  inTheWay,
  noInit,
  notPermitted,
  readOnly,
} from './laptop-words.ts';

/** Podman without the small program that is the first in every container. */
const NO_INIT = /container-init binary not found/;

/** Undefined for what is a mistake of this program. */
export function faultRefusal(error: unknown, dir: string): Refusal | undefined {
  if (error instanceof EngineLost) return refusal('run.engine-lost', ...engineLost());
  if (NO_INIT.test(wordsOf(error))) return refusal('run.no-init', ...noInit());
  if (statusOf(error) !== undefined) return refusal('run.engine-refused', ...engineRefused(wordsOf(error)));
  const { code, path: file } = error as NodeJS.ErrnoException;
  const place = placeOf(file, dir);
  if (code === 'ENOSPC' || code === 'EDQUOT') return refusal('run.disk-full', ...diskFull());
  if (code === 'EACCES' || code === 'EPERM') return refusal('run.not-permitted', ...notPermitted(place));
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR')
    return refusal('run.in-the-way', ...inTheWay(place));
  if (code === 'EROFS') return refusal('run.read-only', ...readOnly(place));
  return undefined;
}

/** As the person knows it: from the study's folder, when it lies there. */
function placeOf(file: string | undefined, dir: string): string {
  if (file === undefined) return '';
  const relative = path.relative(dir, file);
  return relative === '' || relative.startsWith('..') ? file : relative;
}
