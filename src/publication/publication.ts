/**
 * The publication room: what of the released files may be seen by everybody.
 *
 * A person of the project asks, further people approve, the steward makes the GitHub Release. News for
 * GitHub is queued under the outbox topic `publication`, subject the publication's id.
 */
export type {
  EditionState,
  EditionView,
  FileRef,
  OwnerApproval,
  OwnerSaid,
  PublicationDecision,
  PublicationDeps,
  PublicationRequest,
  PublicationState,
  PublicationView,
  PublicationWithdrawal,
  ReleasedFile,
  ReleaseFacts,
  Releases,
  RepositoryNow,
  WithdrawalCategory,
} from './types.ts';
export { requestPublication } from './request.ts';
export { decidePublication } from './decide.ts';
export { withdrawPublication } from './withdraw.ts';
export { askedFiles, publicationById, publicationsOf, publicFiles, type WhichPublications } from './views.ts';
export { settleAll, settleRelease } from './settle.ts';
export { callSteward, PUBLICATION_TOPIC, STEWARD_CHANNEL } from './change.ts';
export { retryEditions } from './edition-state.ts';
export { asksForOwner, OWNER_REFERENCE } from './owner.ts';
export { whyNotAsk, whyNotWithdraw } from './rules.ts';
export { WITHDRAWAL_WORDS } from './words.ts';
export { STEWARD_SIGNAL, stewardRoutes, type StewardDoor, type TaskDoor } from './steward-api.ts';
