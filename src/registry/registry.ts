/**
 * The hub's side of codelists: what the registry's repository holds once two people have signed it off, served to
 * studies and shown to everybody; and what somebody builds on a page before it is proposed there.
 */
export { codelistRoutes } from './api.ts';
export {
  decide,
  decisionsOf,
  draftOf,
  draftsOf,
  mayBuild,
  memberCount,
  membershipOf,
  membersOf,
  MEMBERS_PAGE,
  ownersFor,
  startDraft,
  undo,
  type Draft,
  type NewDraft,
  type ShownDecision,
} from './drafts.ts';
export {
  acceptedOf,
  browse,
  codesOf,
  contentOf,
  edgesIn,
  entriesOf,
  historyOf,
  latestVersions,
  LISTS_PAGE,
  listOf,
  openPulls,
  ownersAndSystems,
  treeOf,
  underReview,
  versionOf,
  versionsOf,
  type ListFilter,
  type Lists,
} from './lists.ts';
export { noteTag, publishVersion, type PublishedBy, type ToPublish } from './publish.ts';
export { builderOf, keepPull, keptPull, openPullNumbers, type KeptPull } from './pulls.ts';
export { endDraftOf, MOST_SAVED, noteSaved, saveDraft } from './save.ts';
export { studyLists, type StudyLists } from './study.ts';
export {
  childrenOf,
  codeOf,
  CODES_PAGE,
  isSystem,
  knownCodes,
  searchCodes,
  systemsOf,
  takeSystem,
  wayUp,
} from './systems.ts';
export * as registryWords from './words.ts';
export {
  registryOf,
  type By,
  type RegistryDeps,
  type ShownCode,
  type ShownList,
  type ShownSystem,
  type ShownVersion,
  type UnderReview,
} from './types.ts';
