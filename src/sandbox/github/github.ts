/** The face of the laptop's stand-in for GitHub. */
export { startSandbox, type Sandbox, type SandboxOptions } from './server.ts';
export { readSeed, SandboxSeed, type Planted } from './seed.ts';
export { runSandboxProcess, type SandboxArguments } from './process.ts';
export { GITHUB_LIMITS, type LimitNumbers } from './http/limits.ts';
export type { CallFault, DeliveryFault, Fault } from './state/faults.ts';
export { SandboxState } from './state/state.ts';
export { fail, isFailure, type Failure } from './state/failure.ts';
export type * from './state/model.ts';
export type { AuthorizeRequest, UserTokens } from './state/oauth.ts';
export { isOAuthFailure, type OAuthFailure } from './state/oauth-failures.ts';
export type { Deed } from './state/permission.ts';
export type { Pull } from './state/pulls.ts';
export type { Reactable } from './state/talk.ts';
export type { Delivery } from './state/deliveries.ts';
export type { Json } from './present/present.ts';
