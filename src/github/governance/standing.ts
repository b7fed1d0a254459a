/** Governance, the project of the repository, and a person who belongs to the organisation: for what governance decides alone. */
import { projectOfRepository } from '../../governance/governance.ts';
import type { Refusal } from '../../lib/refusal.ts';
import { mayTakePart } from '../people.ts';
import { consentMissing, type Room } from '../room.ts';
import type { Saying, Standing } from '../run-command.ts';
import * as words from '../words.ts';

export async function standingOfMember(room: Room, say: Saying): Promise<Standing | Refusal> {
  const governance = room.governance.current();
  if (!governance) return words.governanceMissing();
  const lacking = await consentMissing(room.db, say.client.repo.installation);
  if (lacking.length > 0) return words.consentMissing(lacking);
  const project = projectOfRepository(governance, say.client.repo.id);
  if (!project) return words.noProject();
  return (await mayTakePart(say.client, say.actor)) ?? { governance, project };
}
