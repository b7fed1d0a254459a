/** What the public record says. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { RequestState } from '../jobs/jobs.ts';

export const STATE_WORDS = {
  pending: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  nothing_to_do: 'nothing to do',
  refused: 'refused',
} as const satisfies Record<RequestState, string>;

export const badFilter = (field: string): Refusal =>
  refusal('record.bad-filter', `The filter "${field}" cannot be read.`, 'Choose it again, or leave it out.');

export const unknownPerson = (): Refusal =>
  refusal(
    'record.unknown-person',
    'Governance names nobody like that.',
    'Give the login or the numeric GitHub id of a person of this deployment.',
  );

export const unknownOrganisation = (): Refusal =>
  refusal(
    'record.unknown-organisation',
    'Governance names no such organisation.',
    'Give its id, as the page of organisations has it.',
  );

export const tooManyExports = (): Refusal =>
  refusal('record.busy', 'Others are taking copies at this moment.', 'Try again in a minute.');

export const tooManyLive = (): Refusal =>
  refusal(
    'record.too-many-live',
    'Too many pages are being kept up to date.',
    'Load the page again to see what is new.',
  );

/** "Lead asked for a run of model on attainment". */
export function titleOf(of: { id: string; state: RequestState }): string {
  return `Request ${of.id}: ${STATE_WORDS[of.state]}`;
}

export function aboutRequest(of: {
  person: { name: string };
  actions: readonly string[];
  backend: string | null;
  project: string | null;
}): string {
  const what = of.actions.length > 0 ? of.actions.slice(0, 10).join(', ') : 'a run';
  const where = [of.backend && `on ${of.backend}`, of.project && `for ${of.project}`].filter(Boolean);
  return [`${of.person.name} asked for ${what}`, ...where].join(' ');
}
