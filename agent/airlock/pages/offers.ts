/** What a page offers this person to do, and why a button would not work: the same rules as the command's. */
import { obstacles, releasedFiles, type Command, type ReleaseRequest } from '../../../src/release/release.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { Actor, Role } from '../../../src/release/types.ts';
import type { Offer } from '../face.ts';
import type { RequestData } from './request-data.ts';

type Plain = Command extends infer C ? (C extends { by: Actor } ? Omit<C, 'by'> : never) : never;

/** Undefined: closing it is nothing to this person. */
export function againstClosing(
  { request, facts, rules }: RequestData,
  person: number,
  incident: number,
): Refusal[] | undefined {
  const by = onPage(person, facts.at);
  const wish = { type: 'close-incident', incident, outcome: 'contained', reason: 'reason', by } as const;
  const against = obstacles(request, wish, facts, rules.release);
  return against.some(({ code }) => code === 'release.not-incident') ? undefined : against;
}

/** A sign-in of the strongest kind, made just now: what the session lacks is said when the button is used. */
export function offersFor(data: RequestData, person: number): Offer[] {
  const { request, facts, rules, viewer } = data;
  const by = onPage(person, facts.at);
  const roles = facts.people[person]?.roles ?? [];
  return wishes(request, viewer.as, roles, rules.release.policyText).map((wish) => ({
    type: wish.type,
    against: obstacles(request, { ...wish, by } as Command, facts, rules.release),
  }));
}

function onPage(person: number, at: number): Actor {
  return {
    kind: 'person',
    id: person,
    session: { id: 'page', person, strength: 'passkey', signedInAt: at },
  };
}

function wishes(request: ReleaseRequest, as: string, roles: readonly Role[], policyText: string): Plain[] {
  const mine: Plain[] = [];
  if (as === 'author') mine.push(...AUTHOR(policyText));
  if (as === 'member' && roles.includes('lead')) mine.push({ type: 'withdraw' }, { type: 'take-over' });
  if (as === 'author' && roles.includes('member')) mine.push({ type: 'take-over' });
  if (as === 'checker') mine.push(...CHECKER, ...ofBatches(request), ...ofPart(request));
  if (roles.includes('checker') || roles.includes('data-owner')) mine.push(...recalls(request));
  if (roles.includes('operator')) {
    mine.push({ type: 'close-by-operators', to: 'withdrawn', reason: 'reason' });
  }
  const group = request.groups[0]?.name;
  if (group !== undefined) {
    mine.push({ type: 'comment', id: 'page', group, text: 'text', visibility: 'public' });
  }
  return mine;
}

const AUTHOR = (version: string): Plain[] => [
  { type: 'accept-policy', version },
  { type: 'submit' },
  { type: 'withdraw' },
];

const CHECKER: readonly Plain[] = [
  { type: 'claim' },
  { type: 'unclaim' },
  { type: 'sign', verdict: 'submit' },
  { type: 'return', category: 'author-asked' },
  { type: 'close-request', category: 'unsafe', reason: 'reason' },
  { type: 'arbitrate', reason: 'reason' },
  { type: 'queue-release' },
];

function ofBatches({ batches }: ReleaseRequest): Plain[] {
  return batches
    .filter(({ state }) => state === 'queued')
    .map(({ number }) => ({ type: 'halt', batch: number }));
}

function ofPart({ proposedPart }: ReleaseRequest): Plain[] {
  return proposedPart ? [{ type: 'confirm-part' }] : [];
}

function recalls(request: ReleaseRequest): Plain[] {
  const first = releasedFiles(request)[0];
  return first ? [{ type: 'revoke', file: first.number, category: 'disclosure', reason: 'reason' }] : [];
}
