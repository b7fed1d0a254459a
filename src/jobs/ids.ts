/** Ids that follow from what they name, so that doing a thing twice names it once. */
import { createHash } from 'node:crypto';

const LENGTH = 16;
const ROOM = 36n ** BigInt(LENGTH);

/** One action of one request. */
export const jobId = (request: string, action: string): string => derived('job', request, action);

/** The run task of one attempt at a job. */
export const runTaskId = (job: string, attempt: number): string => derived('run', job, String(attempt));

/** The cancel task of one attempt at a job. */
export const cancelTaskId = (job: string, attempt: number): string => derived('cancel', job, String(attempt));

/** 16 characters of `[a-z0-9]` from the first 128 bits of a hash over the words, which hold no line break. */
function derived(...words: string[]): string {
  const hash = createHash('sha256').update(words.join('\n')).digest('hex');
  return (BigInt(`0x${hash.slice(0, 32)}`) % ROOM).toString(36).padStart(LENGTH, '0');
}
