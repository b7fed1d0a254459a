/** The face of the jobs room: requests in, tasks out, what became of them. */
export * from './types.ts';
export { Signals } from './signals.ts';
export { submitRequest, refuseRequest } from './submit.ts';
export { cancelRequest, cancelRequests, type Cancelled, type CancelledBy } from './cancel.ts';
export { failedActions, findRequest, openRequests, requestsFor, requestView } from './views.ts';
export { latestJobs } from './latest.ts';
export { workspaceFor } from './workspaces.ts';
export { pauseBackend } from './pause.ts';
export { dispatch } from './dispatch.ts';
export { sweep, type Swept } from './sweep.ts';
export { agentKeys, agentSeen, type Seen } from './agents.ts';
export { applyUpdates } from './updates.ts';
export { pollTasks, type PollDeps } from './polling.ts';
export { zoneRoutes, type ZoneDeps } from './zone-api.ts';
export { hearOtherHubs } from './transaction.ts';
export { jobId } from './ids.ts';
export { phrase } from './words.ts';
