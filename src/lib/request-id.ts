/**
 * Each HTTP request has an id: the one a trusted proxy gave it, or a new one. It stands in the answer and in every
 * line of the log that is about it.
 */
import { randomIds } from './ids.ts';

export const REQUEST_ID = 'x-request-id';
const GIVEN = /^[A-Za-z0-9._-]{8,64}$/;

/** Anybody can send the header: only who is trusted is believed, or lines could be made to look like another's. */
export function requestIdFor(given?: string | string[], isTrusted = false): string {
  return isTrusted && typeof given === 'string' && GIVEN.test(given) ? given : randomIds.id();
}
