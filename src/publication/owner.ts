/**
 * The data owner's approval: whether it is asked for, and the form in which it is told. Pure.
 *
 * The approval itself is given where the owner gives it (minutes, a letter); here stands where it is written
 * down, of which day, and who said so. Data has an owner when governance grants some of it to the project.
 */
import type { Governance } from '../governance/governance.ts';
import { isoDay, isoTime } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { OwnerApproval, OwnerSaid } from './types.ts';
import { no } from './words.ts';

/** Goes into the public record and on GitHub: nothing in it is Markdown, and nothing is hidden. */
export const OWNER_REFERENCE = /^[A-Za-z0-9][A-Za-z0-9 ._:/#()-]{0,98}[A-Za-z0-9.)]$/;

/** Datasets that this project was ever granted, by name. */
export function ownedData(g: Governance, project: string): string[] {
  return g.datasets
    .filter(({ grants }) => grants.some((grant) => grant.project === project))
    .map(({ dataset }) => dataset)
    .sort();
}

export function asksForOwner(g: Governance, project: string): boolean {
  return g.policies.publish.dataOwnerReference === 'required' && ownedData(g, project).length > 0;
}

/** Undefined when nothing was said. The day is the present one unless another, past one is told. */
export function ownerSaid(
  said: OwnerSaid | undefined,
  by: number,
  at: number,
): OwnerApproval | Refusal | undefined {
  if (!said) return undefined;
  const { reference, on = isoDay(at) } = said;
  if (!OWNER_REFERENCE.test(reference)) return no.badReference();
  return isDay(on) && on <= isoDay(at) ? { reference, on, by, at } : no.badDay();
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && isoTime(at).startsWith(text);
}
