/**
 * The face of the outputs room: the hub's side of releases. Orders to airlocks, the shown copy of their
 * requests, files that were released, sign-ins to the viewer.
 *
 * Outbox topics it queues: `review` (a request's id: its issues and labels changed), `order` (an order's
 * id: it was answered), `browser` (an announcement's id).
 */
export * from './types.ts';
export { airlockRoutes, type AirlockDeps } from './airlock-api.ts';
export { hearOrders, RECALLS_CHANNEL } from './change.ts';
export { sweepOutputs } from './sweep.ts';
export { answersOf, orderReview, whyNot } from './orders.ts';
export {
  decisionFigures,
  openRequests,
  shownOfProject,
  shownOfRepository,
  shownRequest,
  stepsOf,
} from './shown-views.ts';
export {
  downloadersOf,
  noteDownload,
  recalledFiles,
  releaseById,
  releasedFile,
  releasesOfProject,
  releasesOfRepository,
  releasesOfRequest,
  reviewersOf,
} from './release-views.ts';
export { giveCode, newBrowser, signInPending } from './sign-in-page.ts';
