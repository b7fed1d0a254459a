/**
 * The GitHub room: what comes in from GitHub, and what is shown there.
 *
 * In: signed deliveries are stored, answered 202 and handled once each. Out: the outbox says what
 * changed, and the sender writes it from state, within the budget. Nothing here knows which GitHub it
 * speaks to.
 */
export { lookAtApplications } from './applications/hand.ts';
export { lookAtCompletions } from './completion/completion.ts';
export { lookAtBreaches } from './breaches/breaches.ts';
export { lookAtDashboards } from './dashboard/hand.ts';
export { lookAtOnboarding } from './onboarding/onboarding.ts';
export { lookAtRegistry } from './codelists/pulls.ts';
export { registryDeps } from './codelists/study.ts';
export { createApp, type App, type AppSettings } from './app.ts';
export { GITHUB_LIMITS, type WriteLimits } from './budget.ts';
export { sweepDeliveries } from './deliveries.ts';
export { refreshGovernance } from './governance-events.ts';
export { recordGovernance } from './record-governance.ts';
export { recordLogKeys } from './record-told.ts';
export { forgetOldDeliveries, INBOX_CHANNEL, releaseClaims } from './inbox.ts';
export { Line } from './line.ts';
export { readInstallations } from './installations.ts';
export { Loop } from './loop.ts';
export { outboxLag } from './outbox.ts';
export { checkMissedHeads, queueEverything } from './reconcile.ts';
export { allMissingConsent, type Room } from './room.ts';
export { driftHealth, openDrift } from './provision/drift-issue.ts';
export { whyNotProvisioned } from './provision/facts.ts';
export { lookAtProjects } from './provision/look.ts';
export { takeRound } from './provision/take-round.ts';
export { propose, withdrawProposal, type Wanted } from './proposals/propose.ts';
export { auditMerges, unapprovedVersions } from './approvals/audit.ts';
export { followProposals } from './proposals/follow.ts';
export { lookAtBackends } from './backends/status-issue.ts';
export { askForCommit, lookForReleases, publicLogHealth } from './public-log.ts';
export { studyNow } from './release/publish.ts';
export { lookAtClocks } from './visibility/clocks.ts';
export { warnOfEnds } from './visibility/ends.ts';
export { lookAtReviewRepositories, remindCheckers, reviewAccess } from './release/remind.ts';
export { sendOne, senderLoop } from './sender.ts';
export { taskAnswers } from './steward-results/results.ts';
export { receiveWebhook } from './webhook-route.ts';
export { workerLoop, workOne } from './worker.ts';
