/**
 * The face of the members room: people at the hub's own pages. Who is signed in, what they may see of what was
 * released, the code with which they enter a viewer.
 */
export type { GitHubSignIn, Member, MembersDeps, Outputs, Publications } from './types.ts';
export { CALLBACK } from './oauth.ts';
export { ATTEMPT_MS, beginSignIn, finishSignIn, type CameBack } from './sign-in.ts';
export { endSession, endSessionsOf, forgetEnded, memberOf, sessionsOf, type OwnSession } from './sessions.ts';
export { logDeed, recentOf, type MemberDeed } from './log.ts';
export { browsersOf } from './browsers.ts';
export { mayEnterZone, mayHaveFiles } from './rights.ts';
export {
  factOf,
  fileFor,
  noteListing,
  pauseOf,
  releaseFor,
  releasesFor,
  wordOf,
  type ReleaseFact,
} from './released.ts';
export {
  askToPublish,
  choiceFor,
  publicationPage,
  publicationsOfRelease,
  withdraw,
  type Choice,
  type Place,
  type PublicationPage,
} from './publishing.ts';
export { reviewIssueOf } from './review-issue.ts';
export { codeFor, waitingViewer } from './viewer-code.ts';
export * as memberWords from './words.ts';
