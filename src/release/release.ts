/**
 * The release room: requests to let files out of the zone. Pure; state is the fold of its entries.
 *
 * `decide` says what a command does or why not, `apply` what an entry changes, `visibility` who sees it.
 */
export * from './types.ts';
export type { Command, CommandOf, CommandType } from './commands.ts';
export {
  LOG_TYPES,
  type LogType,
  type Decisions,
  type Entry,
  type EntryOf,
  type EntryType,
} from './entries.ts';

export { decide, obstacles, type Decided } from './decide.ts';
export { apply, fold } from './apply.ts';
export { refusalOutside } from './outside.ts';
export { ACTIVE, FINAL, NEXT, OWNER, PHASE } from './states.ts';
export { ALLOWED, CHECKERS, DEFAULT_POLICY, withinFloors } from './policy.ts';
export { FROM_GITHUB, mayComment, WHO } from './permission.ts';

export { BARS, bars, seatBars, validReviews, whyNotChecker, whyNotSeated, type Bar } from './independence.ts';
export { coAuthorsIn, committersOf, type CommitFact, type KnownPeople } from './committers.ts';
export { peopleFacts } from './people.ts';
export {
  disclosurePolicy,
  knownPeople,
  reviewPolicy,
  type DisclosureFloors,
  type ReviewFloors,
} from './governed.ts';
export { chooseCheckers, idleSeats, type Choice, type Rota } from './choosing.ts';
export { barredSeats, freePlaces } from './seats.ts';

export { keyDigest, keyOf, sameKey } from './grade-key.ts';
export { decisions, storedDecision } from './decisions.ts';
export { unread, viewCounts } from './views.ts';
export { isToGiveAgain, ungraded } from './reviewing.ts';
export { isStrong, strengthOf, weakest } from './strength.ts';
export { incidentDue } from './incidents.ts';
export { hintsAtStake, openHints } from './submitting.ts';
export { filesAtStake, liveFiles, lockedPaths, openBatch, outputsAtStake } from './lookup.ts';
export { fileStatus, FILE_STATUSES, type FileStatus } from './status.ts';
export { CONTENT, CONTENT_OF, isJobLog, isSafePath, suffixOf, type Content } from './file-types.ts';

export {
  activity,
  decisionShown,
  maySee,
  viewerOf,
  visibleComments,
  visibleGrades,
  visibleResolutions,
  WATCHERS,
  type Activity,
  type Item,
  type Moment,
  type Viewer,
  type Watcher,
} from './visibility.ts';

export { declaration, releaseId, whyNotSent, type Declaration } from './releasing.ts';
export { releasedFiles } from './recall.ts';
export { restored, type Restored } from './restoring.ts';
export { reviewRecord } from './review-record.ts';
export { brokenAt, CHAIN_START, chained, type Chained } from './chain.ts';
export {
  decisionDays,
  decisionsIn,
  figuresOfSteps,
  FIGURES,
  isOverdue,
  WESTERN,
  workingDaysBetween,
  type Calendar,
  type DecisionDays,
  type DecisionStep,
} from './queue.ts';
export * as words from './words.ts';
