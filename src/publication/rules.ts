/**
 * Who may ask for a publication, who may approve it, who may take it back. Pure.
 *
 * Four different people stand behind a public file: its author, two checkers, and a publisher.
 */
import { hasPermission, rolesOf, type Governance } from '../governance/governance.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { ReleaseFacts } from './types.ts';
import { no } from './words.ts';

/** The author while still of the project, or a lead. */
export function whyNotAsk(
  g: Governance,
  release: ReleaseFacts,
  actor: number,
  at: number,
): Refusal | undefined {
  const who = { person: actor, project: release.project };
  const roles = rolesOf(g, actor, release.project, at);
  const theirs = actor === release.author && hasPermission(g, 'snapshot_create', who, at);
  return theirs || roles.has('lead') ? undefined : no.mayNotAsk();
}

/** What an approver needs: the role now, and to have had no part in the release or in asking. */
export interface Approver {
  actor: number;
  requestedBy: number;
  author: number;
  /** Whoever approved one of the files of the set for its release. */
  checkers: readonly number[];
}

export function whyNotApprove(
  g: Governance,
  project: string,
  { actor, requestedBy, author, checkers }: Approver,
  at: number,
): Refusal | undefined {
  if (!hasPermission(g, 'snapshot_publish', { person: actor, project }, at)) return no.notPublisher();
  if (actor === requestedBy || actor === author) return no.ownRequest();
  return checkers.includes(actor) ? no.reviewedThem() : undefined;
}

/** Saying no needs the role only; the requester takes a request back by withdrawing it. */
export function whyNotReject(g: Governance, project: string, actor: number, at: number): Refusal | undefined {
  return hasPermission(g, 'snapshot_publish', { person: actor, project }, at) ? undefined : no.notPublisher();
}

/** Less public is always the safe side: any of them may, alone. */
export function whyNotWithdraw(
  g: Governance,
  publication: { project: string; requestedBy: number },
  actor: number,
  at: number,
): Refusal | undefined {
  const { project, requestedBy } = publication;
  const roles = rolesOf(g, actor, project, at);
  const may = actor === requestedBy || roles.has('lead') || roles.has('output_publisher');
  return may ? undefined : no.notYoursToEnd();
}

/** The reason of a withdrawal is one line without control or invisible characters. */
export function isReason(why: string): boolean {
  return /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,300}$/u.test(why) && why.trim() !== '';
}
