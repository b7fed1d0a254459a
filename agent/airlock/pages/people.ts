/** People as pages name them, and what they are here. */
import { endedEverywhere, personById, rolesOf } from '../../../src/governance/governance.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { Role } from '../../../src/release/release.ts';
import type { Core, Rules } from '../core.ts';
import type { Person } from '../face.ts';
import { rolesHeld } from '../where.ts';
import { no } from '../words.ts';

export function personOf({ governance }: Rules, id: number): Person {
  const found = personById(governance, id);
  return { id, login: found?.login ?? `id ${id}`, name: found?.name ?? '' };
}

export function loginOf(rules: Rules, id: number): string {
  return personOf(rules, id).login;
}

/** Every role, in any project, that has not ended: what decides whether somebody has any business here. */
export function rolesAnywhere(core: Core, rules: Rules, person: number, at: number): Role[] {
  const found = new Set<Role>();
  for (const { id } of rules.governance.projects) {
    for (const role of rolesHeld(core, rules, id, person, at)) found.add(role);
  }
  if (rolesOf(rules.governance, person, undefined, at).has('deployment_operator')) {
    found.add('operator').add('viewer');
  }
  return [...found];
}

export function standing(core: Core, person: number): { person: Person; roles: readonly Role[] } | Refusal {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return no.governance();
  const roles = rolesAnywhere(core, rules, person, at);
  if (roles.length > 0) return { person: personOf(rules, person), roles };
  const { backend, data } = core.zone;
  return endedEverywhere(rules.governance, { person, backend, data, at }) ?? no.person();
}
