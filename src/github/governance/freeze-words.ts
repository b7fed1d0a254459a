/** What is said about freezing: by whom and since when; why is for governance alone, and is not repeated. */
import { scopeText, type FreezeScope, type WhenFrozen } from '../../governance/governance.ts';
import { isoTime } from '../../lib/clock.ts';
import { refusal, type Refusal } from '../../lib/refusal.ts';

export const FREEZE_USAGE = {
  freeze: '/freeze project|backend|all [id] [--running stop|finish] --reason "…"',
  unfreeze: '/unfreeze project|backend|all [id]',
} as const;

export const FREEZE_PURPOSES: Record<keyof typeof FREEZE_USAGE, string> = {
  freeze: 'stop all work of a project, on a backend, or everywhere, at once',
  unfreeze: 'let it go on; a second person has to say the same within a day',
};

export const freezeMalformed = (name: keyof typeof FREEZE_USAGE): Refusal =>
  refusal(
    'freeze.malformed',
    `/${name} names what it is about: project and its id, backend and its id, or all.`,
    `Write ${FREEZE_USAGE[name]}.`,
  );
export const reasonMissing = (): Refusal =>
  refusal(
    'freeze.no-reason',
    'A freeze needs a reason, for those who have to decide about lifting it.',
    `Write ${FREEZE_USAGE.freeze}. It is kept by the hub and shown to nobody else; do not name what leaked.`,
  );

export function isFrozen(scope: FreezeScope, running: WhenFrozen, at: number): string {
  const jobs = running === 'stop' ? 'Jobs that run are being stopped' : 'Jobs that run finish';
  return [
    `${scopeText(scope)} is paused since ${minute(at)}.`,
    `${jobs}; nothing new starts, and nothing is looked at, reviewed, released, published or downloaded.`,
    `Two of the governance team lift it: each writes \`${unfreezeText(scope)}\`.`,
  ].join(' ');
}

export function liftAsked(scope: FreezeScope): string {
  return [
    `lifting the freeze of ${scopeText(scope)} was asked for. It holds until a second person with the role`,
    `"governance" writes \`${unfreezeText(scope)}\` within a day, here or on any other issue.`,
  ].join(' ');
}

export const lifted = (scope: FreezeScope, first: string): string =>
  `the freeze of ${scopeText(scope)} is lifted, as asked for by @${first}. What waited goes on. A zone that was frozen by its own operator stays so until they lift it there.`;

export const freezeText = (scope: FreezeScope): string => `/freeze ${named(scope)} --reason "…"`;
const unfreezeText = (scope: FreezeScope): string => `/unfreeze ${named(scope)}`;

const named = (scope: FreezeScope): string => (scope.kind === 'all' ? 'all' : `${scope.kind} ${scope.id}`);
const minute = (at: number): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`;
