/** `/extend --reason "…"`, read. */
import type { Refusal } from '../../lib/refusal.ts';
import { refusal } from '../../lib/refusal.ts';
import { readOptions } from './options.ts';

export interface ExtendCommand {
  type: 'extend';
  reason: string;
}

export const EXTEND_USAGE = '/extend --reason "why"';
export const EXTEND_PURPOSE = 'ask for more time before this repository becomes public';
const MOST = 500;

export function readExtend(args: string[]): ExtendCommand | Refusal {
  const read = readOptions(args, ['reason']);
  const reason = read?.values['reason'];
  if (!read || read.words.length > 0 || reason === undefined || reason.length > MOST)
    return refusal(
      'extend.malformed',
      `An extension is asked for with a reason of at most ${MOST} characters, in quotes.`,
      `Write: ${EXTEND_USAGE}`,
    );
  return { type: 'extend', reason };
}
