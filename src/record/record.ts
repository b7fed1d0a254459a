/**
 * The face of the public record: what everybody may read of requests, jobs and the ledger.
 *
 * It answers with types that have no field for anything else; who asks does not matter.
 */
export type {
  Before,
  Filter,
  Governed,
  LedgerLine,
  RecordDeps,
  RequestPage,
  ShownJob,
  ShownRequest,
} from './types.ts';
export { KINDS, SHOWN_STATES } from './types.ts';
export { filterQuery, matches, readFilter, type Asked } from './filter.ts';
export { listRequests, oneRequest, PAGE, type ListPage } from './list.ts';
export { jobPage, requestPage, type JobPage } from './one.ts';
export { entriesAbout, ledgerEntry, ledgerLines } from './ledger-lines.ts';
export { BOX, drawingOf, labelOf, type Drawing } from './graph.ts';
export { atomOf, jsonFeedOf, xml, type Feed, type FeedItem } from './feed.ts';
export { copyOf, jsonOf, type CopyForm } from './copies.ts';
export { onlyPlace, search, type Found } from './search.ts';
export { nameOf } from './shown.ts';
export {
  publicationsShown,
  releasesShown,
  type Page,
  type ShownPublication,
  type ShownRelease,
} from './releases.ts';
export { workspacePage, type WorkspacePage } from './workspace.ts';
export { alertsFor, allAlerts, isShown, type About } from './alerts.ts';
export { rightChanges, type RightChange } from './right-changes.ts';
export { logStanding, type LogStanding } from './log-standing.ts';
export { SILENT_MS } from './queue.ts';
export { RIGHTS_COPIED, rightsOn, type DayAsked, type RightOnDay } from './on-day.ts';
export { pausedFor, pausedJson, pausedNow, type Paused } from './paused.ts';
export * as recordWords from './words.ts';
export { HEARTBEAT_MS, Live, type LiveEvent, type Listener } from './live.ts';
export {
  backendChangesShown,
  repositoryNames,
  shownBackends,
  UPTIME_DAYS,
  type BackendState,
  type ShownBackend,
} from './status.ts';
export { grantsOf, organisation, organisations, rightsOf, type Right, type ShownGrant } from './who.ts';
export {
  repositoriesChanged,
  repositoryCounts,
  repositoryList,
  REPOSITORY_STATES,
  type RepositoryPage,
  type RepositoryState,
  type ShownRepository,
} from './repositories.ts';
export { csvOf, WHO_LISTS, whoRows, type WhoList } from './who-copies.ts';
