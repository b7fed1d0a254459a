/**
 * The hub's door for the zone: a few paths, each request signed, which is looked at before a body is read.
 *
 * A caller is known by the key that stands in backends.yml; everything it may see or change belongs to
 * its own backend and agent id.
 */
import express, { type Request, type Response, type Router } from 'express';
import type { z } from 'zod';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  deedsRequest,
  heartbeatRequest,
  pollRequest,
  updateRequest,
  verifyRequest,
  WITH_LEASES,
  ZONE_PATHS,
  type Caller,
  type KeysOf,
} from '../protocol/protocol.ts';
import { agentKeys, agentSeen, isPaused, LEASE_MS, SILENT_AFTER_MS, useOnce } from './agents.ts';
import { takeDatabaseWord } from './database-word.ts';
import { takeDeeds } from './deeds.ts';
import { bytesOf, parse, send, signedBody, speakVersions, versionOf } from './http.ts';
import { pollTasks, type PollDeps } from './polling.ts';
import { agentKey } from './transaction.ts';
import { applyUpdates } from './updates.ts';
import * as words from './words.ts';

export interface ZoneDeps extends PollDeps {
  /** The hub's origin, as agents name it. */
  audience: string;
  /** Aborted when the hub stops: open polls are answered then. */
  stop?: AbortSignal;
}

/** 100 updates, each with the end of a log of 20,000 characters in any script. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** Mount it at the root of the hub, before anything that reads bodies. */
export function zoneRoutes(deps: ZoneDeps): Router {
  const router = express.Router();
  const keysOf = (): KeysOf | Refusal => keysNow(deps);
  const body = signedBody({ limit: BODY_LIMIT, clock: deps.clock, keysOf, refuse });
  router.use('/zone', speakVersions('zone'));
  router.post(ZONE_PATHS.poll, body, door(deps, pollRequest, poll));
  router.post(ZONE_PATHS.updates, body, door(deps, updateRequest, updates));
  router.post(ZONE_PATHS.deeds, body, door(deps, deedsRequest, deeds));
  router.post(ZONE_PATHS.heartbeat, body, door(deps, heartbeatRequest, heartbeat));
  return router;
}

interface Exchange {
  response: Response;
  /** The newest of the protocol that the caller speaks, too. */
  version: number;
}

type Answer<T> = (
  deps: ZoneDeps,
  caller: Caller,
  message: T,
  exchange: Exchange,
) => Promise<object | Refusal>;

function door<T>(deps: ZoneDeps, schema: z.ZodType<T>, answer: Answer<T>) {
  return async (request: Request, response: Response): Promise<void> => {
    const body = bytesOf(request);
    const caller = await callerOf(deps, request, body);
    if (isRefusal(caller)) return refuse(response, caller);
    const message = schema.safeParse(parse(body));
    if (!message.success) return send(response, 400, words.messageMalformed(firstFault(message.error)));
    const version = versionOf(request, 'zone');
    if (isRefusal(version)) return send(response, 400, version);
    const result = await answer(deps, caller, message.data, { response, version });
    if (isRefusal(result)) return send(response, 403, result);
    if (!response.writableEnded) response.status(200).json(result);
  };
}

async function callerOf(deps: ZoneDeps, request: Request, body: Buffer): Promise<Caller | Refusal> {
  const { clock, db, audience } = deps;
  const keysOf = keysNow(deps);
  if (isRefusal(keysOf)) return keysOf;
  return verifyRequest({
    authorization: request.get('authorization'),
    audience,
    method: request.method,
    path: request.originalUrl,
    body,
    clock,
    keysOf,
    useOnce: (jti, until) => useOnce(db, jti, until),
  });
}

function keysNow({ governance, clock }: ZoneDeps): KeysOf | Refusal {
  const policy = governance();
  return policy ? (caller) => agentKeys(policy, caller, clock.now()) : words.hubNotReady();
}

/** The codes that say more than that somebody is not known. */
const STATUS: Readonly<Record<string, number>> = {
  'zone.not-ready': 503,
  'zone.too-large': 413,
  'zone.malformed': 400,
};

function refuse(response: Response, no: Refusal): void {
  send(response, STATUS[no.code] ?? 401, no);
}

const poll: Answer<z.infer<typeof pollRequest>> = async (deps, caller, ask, { response, version }) => {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.on('close', leave);
  deps.stop?.addEventListener('abort', leave, { once: true });
  if (deps.stop?.aborted) leave();
  const allowed = (): Refusal | undefined => {
    const keysOf = keysNow(deps);
    const keys = isRefusal(keysOf) ? keysOf : keysOf(caller);
    return isRefusal(keys) ? keys : undefined;
  };
  try {
    return await pollTasks(deps, caller, ask, {
      stop: gone.signal,
      allowed,
      gone: () => response.destroyed || response.closed,
      leaseMs: leaseOf(version),
    });
  } finally {
    deps.stop?.removeEventListener('abort', leave);
  }
};

const updates: Answer<z.infer<typeof updateRequest>> = async (deps, caller, message) => ({
  answers: await applyUpdates(deps, caller, message.updates),
});

const deeds: Answer<z.infer<typeof deedsRequest>> = async (deps, { backend, agent }, message) => ({
  taken: await takeDeeds(
    deps,
    { backend, as: agent, actor: `agent:${agentKey(backend, agent)}` },
    message.deeds,
  ),
});

const heartbeat: Answer<z.infer<typeof heartbeatRequest>> = async (
  deps,
  caller,
  { engine, version, governance, database },
  exchange,
) => {
  const now = deps.clock.now();
  const leaseMs = leaseOf(exchange.version);
  const list = await agentSeen(deps.db, caller, { engine, version, governance, leaseMs }, now);
  // Who cannot say a word does not ask; a word that is left out is not known yet.
  const counts = knowsLeases(exchange.version) && reportsMaintenance(deps, caller);
  const word = counts ? database : 'not-asked';
  if (word) await takeDatabaseWord(deps, caller, word);
  const paused = await isPaused(deps.db, caller.backend);
  return { at: now, paused, ...(knowsLeases(exchange.version) && { leaseMs, list }) };
};

/** Governance may leave maintenance to a backend's operators: what its database says then holds no job. */
const reportsMaintenance = ({ governance }: ZoneDeps, { backend }: Caller): boolean =>
  governance()?.backends.find(({ id }) => id === backend)?.maintenanceReporting ?? true;

const knowsLeases = (version: number): boolean => version >= WITH_LEASES;

/** Who does not know that there are leases speaks up every half minute, and polls. */
const leaseOf = (version: number): number => (knowsLeases(version) ? LEASE_MS : SILENT_AFTER_MS);

/** Where the fault is, never what was written there. */
function firstFault(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.code} at ${issue.path.join('.') || 'the top'}` : 'unknown';
}
