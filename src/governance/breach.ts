/** The clock of a reported breach: by when it has to be closed, and when people are reminded that it is not. */
import { hours } from '../lib/clock.ts';
import type { Governance } from './types.ts';

/** `incident_hours` of policies.yml, and never more than 72: nobody may take longer to say what happened. */
export const MOST_HOURS = 72;

export function breachDue(g: Governance | undefined, openedAt: number): number {
  return openedAt + hours(Math.min(g?.policies.outputs.incident_hours ?? MOST_HOURS, MOST_HOURS));
}

/** 0: nobody is reminded yet · 1: a third of the time is left · 2: a twelfth · 3: it is late. */
export function breachRound(
  { openedAt, dueAt }: { openedAt: number; dueAt: number },
  now: number,
): 0 | 1 | 2 | 3 {
  const left = dueAt - now;
  if (left <= 0) return 3;
  const whole = dueAt - openedAt;
  if (left <= whole / 12) return 2;
  return left <= whole / 3 ? 1 : 0;
}
