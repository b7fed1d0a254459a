/** Tasks as the hub signs them: for one agent of one backend, in order, for a limited time. */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { taskClaims, type TaskClaims } from './messages.ts';
import { CLOCK_SKEW_SECONDS, type Caller } from './requests.ts';
import { signedByAny, signStatement, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

const TASK_TYP = 'sallyport-task+jwt';

/** Throws a ZodError for a task that no agent would take. */
export async function signTask(claims: TaskClaims, key: KeyObject): Promise<string> {
  return signStatement(TASK_TYP, taskClaims.parse(claims), key);
}

export interface TaskToVerify extends Caller {
  jws: string;
  /** Several while the hub's key rotates. */
  hubKeys: readonly KeyObject[];
  clock: Clock;
}

export async function verifyTask(given: TaskToVerify): Promise<TaskClaims | Refusal> {
  const claims = unverifiedClaims(given.jws, TASK_TYP, taskClaims);
  if (!claims) return words.taskMalformed();
  if (!(await signedByAny(given.jws, given.hubKeys))) return words.taskSignature();
  const now = given.clock.now() / 1000;
  if (claims.iat > now + CLOCK_SKEW_SECONDS || claims.exp <= now) return words.taskExpired();
  return claims.agent === given.agent && claims.backend === given.backend ? claims : words.taskForeign();
}
