/** Which stops are no ends: the job waits for another turn. */
import { RESET_CODES } from '../db/schema/jobs.ts';
import type { ResetCode, StopCode } from './types.ts';

export const isReset = (code: StopCode | null): code is ResetCode =>
  (RESET_CODES as readonly (string | null)[]).includes(code);

/** Written into a query: `'a', 'b'`. */
export const RESETS = RESET_CODES.map((code) => `'${code}'`).join(', ');
