/**
 * Who may ask for a publication, who may approve it, who may take it back. Pure.
 *
 * Four different people stand behind a public file: its author, two checkers, and a publisher.
 */
import { hasPermission, rolesOf, type Governance } from '../governance/governance.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { ReleaseFacts } from './types.ts';
import { no } from './words.ts';

/** The author of all of them while still of the project, or a lead. */
export function whyNotAsk(
  g: Governance,
  releases: readonly Pick<ReleaseFacts, 'project' | 'author'>[],
  actor: number,
  at: number,
): Refusal | undefined {
  const may = releases.every(({ project, author }) => {
    const theirs = actor === author && hasPermission(g, 'snapshot_create', { person: actor, project }, at);
    return theirs || rolesOf(g, actor, project, at).has('lead');
  });
  return may ? undefined : no.mayNotAsk();
}

/** What an approver needs: the role now, and to have had no part in the releases or in asking. */
export interface Approver {
  actor: number;
  requestedBy: number;
  authors: readonly number[];
  /** Whoever reviewed one of the releases of the set, also those who said no. */
  reviewers: readonly number[];
}

export function whyNotApprove(
  g: Governance,
  project: string,
  { actor, requestedBy, authors, reviewers }: Approver,
  at: number,
): Refusal | undefined {
  if (!hasPermission(g, 'snapshot_publish', { person: actor, project }, at)) return no.notPublisher();
  if (actor === requestedBy || authors.includes(actor)) return no.ownRequest();
  return reviewers.includes(actor) ? no.reviewedThem() : undefined;
}

/** Saying no needs the role only; the requester takes a request back by withdrawing it. */
export function whyNotReject(g: Governance, project: string, actor: number, at: number): Refusal | undefined {
  return hasPermission(g, 'snapshot_publish', { person: actor, project }, at) ? undefined : no.notPublisher();
}

/** Less public is always the safe side: any of them may, alone. Governance speaks for the data's owner. */
export function whyNotWithdraw(
  g: Governance,
  publication: { project: string; requestedBy: number },
  actor: number,
  at: number,
): Refusal | undefined {
  const { project, requestedBy } = publication;
  const roles = rolesOf(g, actor, project, at);
  const entitled = roles.has('lead') || roles.has('output_publisher') || roles.has('governance');
  // Who asked for it and has left since has nothing to say any more.
  const asked = actor === requestedBy && hasPermission(g, 'snapshot_create', { person: actor, project }, at);
  return entitled || asked ? undefined : no.notYoursToEnd();
}
