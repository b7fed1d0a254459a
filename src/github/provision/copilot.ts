/** A co-pilot's days: until when they are assigned, and when they are reminded. Pure. */
import type { Day, Project } from '../../governance/governance.ts';
import { days, isoDay } from '../../lib/clock.ts';

type Copilot = NonNullable<Project['copilot']>;

/** Helping ends with support, and with seeing at the latest. */
export function supportEnds({ support_until, access_until }: Copilot): Day {
  return support_until < access_until ? support_until : access_until;
}

/** Numeric ids of whoever is assigned on the project issue. */
export function assignedOn({ copilot }: Project, day: Day): number[] {
  return copilot && day <= supportEnds(copilot) ? [copilot.id] : [];
}

export interface Reminder {
  what: 'support' | 'access';
  /** The last day. */
  until: Day;
  person: number;
}

/** What ends within so many days, and has not ended: said once for each end. */
export function remindersOn({ copilot }: Project, day: Day, remindDays: number): Reminder[] {
  if (!copilot) return [];
  const last = isoDay(Date.parse(day) + days(remindDays));
  const ends: [Reminder['what'], Day][] = [
    ['support', supportEnds(copilot)],
    ['access', copilot.access_until],
  ];
  return ends
    .filter(
      ([what, until]) =>
        until >= day && until <= last && !(what === 'access' && until === supportEnds(copilot)),
    )
    .map(([what, until]) => ({ what, until, person: copilot.id }));
}
