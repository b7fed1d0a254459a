/** A refusal as plain text: whoever looks with curl, or reads what git prints, sees the sentence. */
import { refusalText, type Refusal } from '../lib/refusal.ts';
import type { Told } from './door.ts';

/** `own`: headers that belong to this status at this door. */
export function inPlainText(refused: Refusal, status: number, own: Record<string, string> = {}): Told {
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      ...own,
      ...(status === 429 || status === 503 ? { 'retry-after': '5' } : {}),
    },
    body: `${refusalText(refused)}\n`,
  };
}
