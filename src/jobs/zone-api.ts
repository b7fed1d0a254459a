/**
 * The hub's door for the zone: a few paths, each request signed.
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
} from '../protocol/protocol.ts';
import { agentKeys, agentSeen, isPaused, LEASE_MS, SILENT_AFTER_MS, useOnce } from './agents.ts';
import { takeDatabaseWord } from './database-word.ts';
import { takeDeeds } from './deeds.ts';
import { bytesOf, parse, rawBody, refuseTooLarge, send, speakVersions, versionOf } from './http.ts';
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
  const raw = rawBody(BODY_LIMIT);
  router.use('/zone', speakVersions('zone'));
  router.post(ZONE_PATHS.poll, raw, door(deps, pollRequest, poll));
  router.post(ZONE_PATHS.updates, raw, door(deps, updateRequest, updates));
  router.post(ZONE_PATHS.deeds, raw, door(deps, deedsRequest, deeds));
  router.post(ZONE_PATHS.heartbeat, raw, door(deps, heartbeatRequest, heartbeat));
  router.use('/zone', refuseTooLarge(BODY_LIMIT));
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
    if (isRefusal(caller)) return send(response, caller.code === 'zone.not-ready' ? 503 : 401, caller);
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
  const governance = deps.governance();
  if (!governance) return words.hubNotReady();
  return verifyRequest({
    authorization: request.get('authorization'),
    audience,
    method: request.method,
    path: request.originalUrl,
    body,
    clock,
    keysOf: (caller) => agentKeys(governance, caller, clock.now()),
    useOnce: (jti, until) => useOnce(db, jti, until),
  });
}

const poll: Answer<z.infer<typeof pollRequest>> = async (deps, caller, ask, { response, version }) => {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.on('close', leave);
  deps.stop?.addEventListener('abort', leave, { once: true });
  if (deps.stop?.aborted) leave();
  const allowed = (): Refusal | undefined => {
    const governance = deps.governance();
    const keys = governance ? agentKeys(governance, caller, deps.clock.now()) : words.hubNotReady();
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
