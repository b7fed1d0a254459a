/**
 * The governance room: what the governance repository says, and what follows from it.
 *
 * Reading and deciding are pure; `openGovernanceMirror` brings the repository here as git objects,
 * fast-forwards only, and keeps the last valid version in force.
 */
export type {
  AgentKey,
  Alert,
  Backend,
  Becomes,
  Condition,
  DatasetPermission,
  Day,
  Deployment,
  DriftKind,
  DriftPolicy,
  Field,
  FieldKind,
  Form,
  GlobalRole,
  Governance,
  GovernanceFinding,
  Image,
  NamedPermission,
  Organisation,
  Page,
  Paper,
  Person,
  Policies,
  Project,
  ProjectStatus,
  ProjectRole,
  Repository,
  ReviewRules,
  Schedule,
  Team,
} from './types.ts';
export { GLOBAL_ROLES, PROJECT_ROLES, PROJECT_STATUSES } from './types.ts';
export { DRIFT_KINDS } from './files/drift.ts';

export { accountFindings, MOST_ACCOUNTS, peopleToCompare, type SeenAccount } from './accounts.ts';
export { isGovernancePath, readGovernance, type GovernanceReading, type Memory } from './read.ts';
export { governanceSchemas, type EditorSchema } from './schemas.ts';

export { mayCancel, mayDummyRun, mayRun, projectRefusals, runRefusals, type RunQuestion } from './access.ts';
export { endedEverywhere, endedLook, lookRefusals, type LookQuestion } from './looking.ts';
export { dueAt, nextAfter } from './schedules.ts';
export { matchesWhole } from './values.ts';
export {
  closesOn,
  completionItems,
  isCompleted,
  tickedIn,
  type CompletionFacts,
  type Item,
  type ItemId,
} from './completing.ts';
export { hasPermission, PERMISSIONS, ROLE_NAMES, rolesOf, type PermissionId } from './permissions.ts';
export {
  agentKeys,
  backendById,
  datasetsGranted,
  defaultBackends,
  dummyBackend,
  isArchived,
  live,
  permissionsGranted,
  personById,
  projectById,
  projectOfRepository,
  reviewRepository,
  viewerKeys,
} from './lookup.ts';
export { breachDue, breachRound } from './breach.ts';
export { offDuty, type Calendar } from './duty.ts';
export { imageEnd, imageFor, retiringSoon, trustsExitCode, type ImageEnd, type Retiring } from './images.ts';
export { accessFindings, type AccessFinding, type ActionUse, type Lacking } from './findings.ts';
export { describeChange, type GovernanceChange } from './change.ts';
export { endsWithin, type End } from './ends.ts';
export { allTold, toldChanges, type AllTold, type Told, type ToldChange } from './told.ts';
export { allGiven, givenChanges, type AllGiven, type Given, type GivenChange } from './given.ts';
export { AREAS, planChange, type Area, type Plan, type PlannedChange } from './plan.ts';
export { loosens, restrict } from './restrict.ts';
export {
  addsOnlyTheNumber,
  provisionedRefusal,
  type MadeRepository,
  type Provisioned,
} from './provisioned.ts';
export {
  freezeOver,
  heard,
  inForce,
  LIFT_WAITS_MS,
  mayFreeze,
  mayLift,
  NOTHING_HELD,
  ownScope,
  scopeRefusal,
  scopeText,
  settled,
  unfreezing,
  type Freeze,
  type FreezeAct,
  type FreezeScope,
  type Held,
  type HeldFreeze,
  type WhenFrozen,
} from './freeze.ts';

export {
  applyEdit,
  applyEditWhole,
  editSchema,
  type Edit,
  type EditKind,
  type EditOf,
} from './edits/edits.ts';
export type { EditedFile } from './edits/edit.ts';
export { whyNotPropose } from './edits/may.ts';
export { approving, type Approving, type SeenPull, type SeenReview, type WhyNot } from './approving.ts';

export {
  openGovernanceMirror,
  type GovernanceMirror,
  type Proposal,
  type MirrorOptions,
  type MirrorRefresh,
} from './mirror.ts';
export { type Signers } from './root-of-trust.ts';
