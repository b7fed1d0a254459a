/** How often, and for how long. Counted in the database, so that a restart forgives nobody. */
import { hours, minutes } from '../../../src/lib/clock.ts';
import type { SignInLimits, SignInParts } from './types.ts';

const DEFAULTS: SignInLimits = {
  attempts: 5,
  starts: 60,
  failures: 60,
  idleMs: minutes(60),
  absoluteMs: hours(12),
  challengeMs: minutes(5),
};

/** The window in which starts and failures are counted. */
export const WINDOW_MS = minutes(10);

export function limitsOf(parts: Pick<SignInParts, 'limits'>): SignInLimits {
  return { ...DEFAULTS, ...parts.limits };
}
