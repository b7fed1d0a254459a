/**
 * `/freeze` and `/unfreeze`, on any issue the App hears. Freezing acts at once, whatever GitHub says about the
 * person: governance's own list is enough for the safe direction. Lifting also asks GitHub, and takes two.
 */
import { hasPermission } from '../../governance/governance.ts';
import { freeze, unfreeze } from '../../freezes/freezes.ts';
import { afterFreeze } from '../../jobs/jobs.ts';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { derivedId } from '../derived.ts';
import { mayTakePart } from '../people.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import * as general from '../words.ts';
import { FREEZE_COMMANDS, type FreezeCommand } from './freeze-command.ts';
import * as words from './freeze-words.ts';

/** Whether `/help` names them to this person. */
export function freezesOpenTo(room: Room, person: number): FreezeCommand['type'][] {
  const governance = room.governance.current();
  if (!governance || !hasPermission(governance, 'freeze', { person }, room.clock.now())) return [];
  return [...FREEZE_COMMANDS];
}

export async function carryOutFreeze(
  room: Room,
  say: Saying,
  command: FreezeCommand,
): Promise<string | Refusal> {
  const governance = room.governance.current();
  if (!governance) return general.governanceMissing();
  const deps = { db: room.db, now: room.clock.now(), governance };
  const by = say.actor;
  if (command.type === 'freeze') {
    const { scope, running, why } = command;
    const id = derivedId('freeze', say.key);
    const made = await freeze(deps, { id, scope, running, why, by });
    if (isRefusal(made)) return made;
    await afterFreeze(room.jobs, made);
    return words.isFrozen(made.scope, made.running, made.at);
  }
  const no = await mayTakePart(say.client, by);
  if (no) return no;
  const done = await unfreeze(deps, { scope: command.scope, by, heardAt: say.heardAt });
  if (isRefusal(done)) return done;
  const { scope } = done;
  if (done.outcome === 'asked') return words.liftAsked(scope);
  await afterFreeze(room.jobs, { scope });
  room.publications.wake();
  return words.lifted(scope, done.first);
}
