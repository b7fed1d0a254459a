/** What governance says of everybody, for one project and one moment. */
import { isoDay } from '../lib/clock.ts';
import {
  projectById,
  rolesOf,
  type GlobalRole,
  type Governance,
  type ProjectRole,
} from '../governance/governance.ts';
import type { PersonFacts, Role } from './types.ts';

/** Roles of governance in this room's words. The governance team speaks for the data controller. */
const MEANS: Partial<Record<GlobalRole | ProjectRole, readonly Role[]>> = {
  lead: ['lead', 'member'],
  developer: ['member'],
  collaborator: ['collaborator'],
  copilot: ['copilot'],
  output_checker: ['checker'],
  output_publisher: ['publisher'],
  deployment_operator: ['operator', 'viewer'],
  governance: ['data-owner', 'auditor'],
};

/**
 * By numeric id; people without any role too, since only who is not listed is unknown. A checker is one
 * only while their training is in date, unless governance asks for none, and of a project that there is
 * and that names no conflict of theirs.
 */
export function peopleFacts(
  g: Governance,
  project: string,
  at: number,
  { untrained }: { untrained: boolean } = { untrained: g.policies.review.training === 'not_required' },
): Record<number, PersonFacts> {
  const day = isoDay(at);
  const subject = projectById(g, project);
  return Object.fromEntries(
    g.people.map((person): [number, PersonFacts] => {
      const roles = [...rolesOf(g, person.id, project, at)].flatMap((role) => MEANS[role] ?? []);
      const trained = untrained || (person.training !== undefined && day <= person.training.expires);
      const mayCheck = trained && subject !== undefined && !subject.conflicts.includes(person.id);
      return [
        person.id,
        {
          id: person.id,
          roles: [...new Set(roles)].filter((role) => role !== 'checker' || mayCheck),
          orgs: person.orgs,
        },
      ];
    }),
  );
}
