/**
 * How sure the zone is of who acted. `review.trust: zone` counts only what was done in sessions opened
 * with a passkey, whenever it was done: what was given before the zone said so waits to be given again.
 */
import { STRENGTHS, type Actor, type ReleasePolicy, type Strength } from './types.ts';

/** Without a session somebody acted on GitHub, by label or command. */
export function strengthOf(by: Actor): Strength {
  return by.kind === 'person' && by.session ? by.session.strength : 'github';
}

export function weakest(all: readonly Strength[]): Strength {
  return STRENGTHS.find((each) => all.includes(each))!;
}

/** Whether it counts under the policy of now. */
export function isStrong(strength: Strength, policy: ReleasePolicy): boolean {
  return policy.trust === 'hub' || strength === 'passkey';
}
