/**
 * The steward's room: puts on GitHub, with an App of its own, what two checkers and a publisher let out.
 *
 * Nobody can speak to it. It asks the hub what is wished for, verifies that by itself, and acts. Where checkers
 * work it makes and keeps by what governance says alone.
 */
export { StewardGitHub, GitHubTrouble, type GitHubOptions } from './github.ts';
export { handle, type StewardParts } from './handle.ts';
export { HubTrouble, StewardHub } from './hub.ts';
export { pauseAfter, runSteward, stepOnce, type LoopWatch } from './loop.ts';
export { keepForms } from './form-keeper.ts';
export { KeptNote } from './kept-note.ts';
export { BranchGitHub } from './branch-github.ts';
export { Pins } from './pins.ts';
export { keepPublicLog, type LogCommitted, type LogTask, type PublicLogParts } from './public-log.ts';
export { DeedBook, Given } from './memory.ts';
export { keepGlobalTeams, keepProject, lookAtGovernance } from './project-keeper.ts';
export { ProjectRounds, runProjects } from './project-loop.ts';
export { projectPlan } from './project-plan.ts';
export { isElsewhere } from './review-plan.ts';
export { keepReviews, type Kept } from './review-keeper.ts';
export { ReviewRounds, runReviews } from './review-loop.ts';
export { readStewardAppKey, readStewardSettings, type StewardSettings } from './settings.ts';
export { verifyOrder, type Verified, type VerifiedFile } from './verify.ts';
