/**
 * What whoever runs the hub may tell it while it works. The hub holds the database, so that commands go
 * through it; whoever can read its private key is its operator, and signs each request with that key.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Refusal } from '../lib/refusal.ts';
import { id, name } from './messages.ts';
import { bearer, boundClaims, faultOf, signBoundRequest, type BoundRequest, type Sent } from './requests.ts';
import { signedByAny, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

/** A type of its own: no task that the hub signs, and no request of an agent, can pass for one. */
const OPERATOR_TYP = 'sallyport-operator+jwt';

export const OPERATOR_PATHS = {
  pause: '/operator/v1/pause',
  unpause: '/operator/v1/unpause',
  kill: '/operator/v1/kill',
  backends: '/operator/v1/backends',
  list: '/operator/v1/list',
  inspect: '/operator/v1/inspect',
  requeue: '/operator/v1/requeue',
  maintenance: '/operator/v1/maintenance',
  reboot: '/operator/v1/reboot',
  rebootState: '/operator/v1/reboot-state',
} as const;

/** The fault of an order that does not say why. */
export const NO_WHY = 'no why';
/** Goes into the public record. */
const why = z
  .string({ error: ({ code }) => (code === 'invalid_type' ? NO_WHY : undefined) })
  .max(300)
  .regex(/^[^\p{Cc}\p{Cf}]*$/u)
  .refine((text) => text.trim() !== '', NO_WHY);
export const pauseOrder = z.strictObject({ backend: name, why });
export const killOrder = z.strictObject({ job: id, why });
export const requeueOrder = z.strictObject({ job: id, why });
export const rebootOrder = z.strictObject({ backend: name, why });
export const rebootQuestion = z.strictObject({ backend: name });
export const maintenanceOrder = z.strictObject({
  backend: name,
  on: z.boolean(),
  from: z.int().min(0).optional(),
  until: z.int().min(0).optional(),
  why,
});
export const LISTED_STATES = ['open', 'waiting', 'running', 'ended', 'all'] as const;
export const listQuestion = z.strictObject({
  state: z.enum(LISTED_STATES).optional(),
  backend: name.optional(),
  workspace: name.optional(),
  limit: z.int().min(1).max(1000).optional(),
});
export type ListQuestion = z.infer<typeof listQuestion>;
/** A request, or one of its jobs. */
export const inspectQuestion = z.strictObject({ id });
export const backendsQuestion = z.strictObject({});

const time = z.int().nullable();
const backendStatus = z.strictObject({
  id: z.string(),
  data: z.enum(['real', 'dummy']),
  active: z.boolean(),
  /** When one of its agents last called. */
  lastSeenAt: time,
  /** For longer than governance's `alert_after`. */
  silent: z.boolean(),
  agents: z.array(
    z.strictObject({
      id: z.string(),
      lastSeenAt: time,
      engine: z.boolean(),
      version: z.string().nullable(),
      governance: z.string().nullable(),
    }),
  ),
  pausedAt: time,
  pausedWhy: z.string().nullable(),
  /** Of its database: on, or planned. */
  maintenance: z.strictObject({ from: z.int(), until: time, why: z.string() }).nullable(),
  running: z.array(
    z.strictObject({
      job: z.string(),
      action: z.string(),
      workspace: z.string(),
      code: z.string(),
      startedAt: time,
      stopping: z.boolean(),
    }),
  ),
  waiting: z.int(),
});
export type BackendStatus = z.infer<typeof backendStatus>;
/** `changed`: false when it was so already. */
export const pauseAnswer = z.strictObject({ changed: z.boolean() });
/** `stopping`: it ends when its container has gone. */
export const killAnswer = z.strictObject({
  request: z.string(),
  action: z.string(),
  outcome: z.enum(['ended', 'stopping']),
});
export const maintenanceAnswer = z.strictObject({ from: z.int(), until: time });
export const rebootAnswer = z.strictObject({
  paused: z.boolean(),
  running: z.array(z.string()),
  safe: z.boolean(),
});
export const requeueAnswer = z.strictObject({
  job: z.string(),
  request: z.string(),
  action: z.string(),
  outcome: z.enum(['stopping', 'waiting', 'new']),
});
const said = z.string().nullable();
const listedJob = z.strictObject({
  job: z.string(),
  request: z.string(),
  action: z.string(),
  workspace: z.string(),
  backend: z.string(),
  state: z.enum(['pending', 'running', 'succeeded', 'failed']),
  code: z.string(),
  words: z.string(),
  pool: z.enum(['general', 'database']),
  weight: z.number(),
  attempts: z.int(),
  login: z.string(),
  createdAt: z.int(),
  startedAt: time,
  completedAt: time,
  agent: said,
  stopping: z.boolean(),
});
export type ListedJob = z.infer<typeof listedJob>;
export const listAnswer = z.strictObject({ at: z.int(), jobs: z.array(listedJob) });
const inspected = z.strictObject({
  request: z.string(),
  /** Set when one job was asked for. */
  job: said,
  state: z.string(),
  outcome: z.string(),
  refusal: said,
  repository: z.string(),
  branch: z.string(),
  commit: z.string(),
  backend: z.string(),
  workspace: said,
  project: said,
  login: z.string(),
  createdAt: z.int(),
  completedAt: time,
  jobs: z.array(
    z.strictObject({
      ...{ job: z.string(), action: z.string(), state: z.string(), code: z.string(), words: z.string() },
      attempts: z.int(),
      pool: z.string(),
      weight: z.number(),
      stopping: z.boolean(),
      /** Jobs that have not succeeded yet. */
      waitsFor: z.array(z.strictObject({ job: z.string(), action: z.string(), code: z.string() })),
      tasks: z.array(
        z.strictObject({
          ...{ id: z.string(), type: z.string(), agent: z.string(), seq: z.int(), state: z.string() },
          ended: said,
          createdAt: z.int(),
          lastAt: time,
          doneAt: time,
        }),
      ),
    }),
  ),
  /** Entries of the log, oldest first; `place` is null until the sequencer has given one. */
  timeline: z.array(
    z.strictObject({
      ...{ at: z.int(), place: time, actor: z.string(), subject: z.string(), event: z.string() },
      ...{ code: said, agent: said, why: said },
    }),
  ),
  /** The last orders to show it on GitHub, newest first. */
  github: z.array(
    z.strictObject({
      ...{ topic: z.string(), state: z.string(), attempts: z.int(), notBefore: z.int(), lastError: said },
      ...{ createdAt: z.int(), doneAt: time },
    }),
  ),
});
export type Inspected = z.infer<typeof inspected>;
export const inspectAnswer = z.strictObject({ at: z.int(), found: inspected });
export const backendsAnswer = z.strictObject({ at: z.int(), backends: z.array(backendStatus) });

const claimsSchema = z.strictObject(boundClaims);

/** `key`: the hub's own. */
export type OperatorRequest = BoundRequest;

export const signOperatorRequest = (request: OperatorRequest): Promise<string> =>
  signBoundRequest(OPERATOR_TYP, request);

/** Undefined when the request is the operator's. */
export async function refuseOperator(
  request: Sent & { hubKey: KeyObject; useOnce(jti: string, until: number): Promise<boolean> },
): Promise<Refusal | undefined> {
  const token = bearer(request.authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, OPERATOR_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  if (!(await signedByAny(token, [request.hubKey]))) return words.notTheOperator();
  const no = faultOf(claims, request);
  if (no) return no;
  const fresh = await request.useOnce(`operator/${claims.jti}`, (claims.exp + 1) * 1000);
  return fresh ? undefined : words.tokenUsed();
}
