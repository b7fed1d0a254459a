/** Where to ask for what governance could grant: the form in the intake repository, with its first answers filled in. */
import { PERMISSION_FORM } from '../../applications/applications.ts';
import type { Governance, Lacking } from '../../governance/governance.ts';
import { knownRepository, type Room } from '../room.ts';
import { intakeRepository } from './intake.ts';

const PERMISSION_TEMPLATE = `${PERMISSION_FORM.id}.yml`;

export type AskAt = (lacking: Lacking) => string;

/** Undefined where a deployment has no intake repository, or the App is not installed on it. */
export async function whereToAsk(
  room: Room,
  governance: Governance,
  project: string,
): Promise<AskAt | undefined> {
  const intake = intakeRepository(governance);
  const known = intake === undefined ? undefined : await knownRepository(room.db, intake);
  if (!known || known.removedAt) return undefined;
  return ({ kind, name }) => {
    // A field of a form is filled in by its id.
    const query = new URLSearchParams({
      template: PERMISSION_TEMPLATE,
      title: `${name} for ${project}`,
      project,
      permission: kind,
      name,
    });
    return `${room.app.places.web}/${known.owner}/${known.name}/issues/new?${query.toString()}`;
  };
}

/** The next step with the address of the request, when there is something to ask for. */
export function withLinks(
  hint: string,
  lacks: readonly Lacking[] | undefined,
  ask: AskAt | undefined,
): string {
  if (!ask || !lacks || lacks.length === 0) return hint;
  return `${hint} Request it: ${lacks.slice(0, MOST_LINKS).map(ask).join(' ')}`;
}

const MOST_LINKS = 5;
