/** The face of the jobs room: requests in, tasks out, what became of them. */
export * from './types.ts';
export { Signals } from './signals.ts';
export { submitRequest, refuseRequest } from './submit.ts';
export { cancelRequest, cancelRequests, killJob, type Cancelled, type CancelledBy } from './cancel.ts';
export { failedActions, findRequest, openRequests, requestsFor, requestView } from './views.ts';
export { latestJobs } from './latest.ts';
export { workspaceFor } from './workspaces.ts';
export { createWorkspace, notifyOf, type NewWorkspace, type WorkspaceAnswer } from './workspace-made.ts';
export { pauseBackend } from './pause.ts';
export { setMaintenance, stopForMaintenance, type MaintenanceOrder } from './maintenance.ts';
export { maintenances, type Maintenance } from './maintained.ts';
export { databaseStates, followDatabases, takeDatabaseWord, type DatabaseState } from './database-word.ts';
export { prepareForReboot, rebootState, type RebootState } from './reboot.ts';
export { requeueJob, type Requeued } from './requeue.ts';
export { afterFreeze, stopFrozen } from './frozen.ts';
export { backendStatuses, behindAgents, driftWatch, silenceWatch, silentBackends } from './backends.ts';
export {
  backendChanges,
  backendsNow,
  type BackendChange,
  type BackendNow,
  type BackendWord,
} from './backend-changes.ts';
export { noteSilences, silencesSince, type Silence } from './silences.ts';
export { inspect, listJobs } from './listing.ts';
export { takeDeeds } from './deeds.ts';
export { operatorRoutes, type OperatorDeps } from './operator-api.ts';
export { dispatch } from './dispatch.ts';
export { sweep, type Swept } from './sweep.ts';
export { takeOver } from './take-over.ts';
export { agentKeys, agentSeen, useOnce, type Seen } from './agents.ts';
export { applyUpdates } from './updates.ts';
export { pollTasks, type PollDeps } from './polling.ts';
export { bytesOf, parse, send, signedBody, speakVersions } from './http.ts';
export { zoneRoutes, type ZoneDeps } from './zone-api.ts';
export { hearOtherHubs, REQUESTS_CHANNEL } from './transaction.ts';
export { jobId } from './ids.ts';
export { phrase } from './words.ts';
