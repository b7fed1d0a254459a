/**
 * The hub's door for airlocks: each request signed with a key of `keys.viewer`.
 *
 * Everything a caller may see or change belongs to its own backend and id.
 */
import express, { type Request, type Response, type Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { z } from 'zod';
import { bytesOf, parse, send, signedBody, speakVersions, takeDeeds, useOnce } from '../jobs/jobs.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  AIRLOCK_DOORS,
  AIRLOCK_PATHS,
  airlockDeedsRequest,
  airlockPoll,
  airlockReport,
  releaseDeclaration,
  releaseName,
  signInRedeem,
  signInStart,
  uploadQuery,
  verifyRequest,
  type KeysOf,
} from '../protocol/protocol.ts';
import { airlockKeys, type Airlock } from './airlocks.ts';
import { airlockKey } from './change.ts';
import { MAX_FILE } from './declaration.ts';
import { isOutdated } from './epochs.ts';
import { pollOrders, type PollDeps } from './polling.ts';
import { declareRelease, receiveFile } from './receiving.ts';
import { takeReport } from './report.ts';
import { redeemCode, startSignIn } from './sign-ins.ts';
import * as words from './words.ts';

export interface AirlockDeps extends PollDeps {
  /** The hub's origin, as airlocks name it. */
  audience: string;
  /** Aborted when the hub stops: open polls are answered then. */
  stop?: AbortSignal;
}

interface Limits {
  /** Bytes of a body. */
  body: number;
  /** Requests of one airlock per minute. */
  perMinute: number;
}

const SMALL = 16 * 1024;
const LIMITS = {
  poll: { body: SMALL, perMinute: 600 },
  report: { body: 16 * 1024 * 1024, perMinute: 600 },
  signIn: { body: SMALL, perMinute: 120 },
  redeem: { body: SMALL, perMinute: 120 },
  // 5,000 files with their approvals and two statements each.
  deeds: { body: SMALL, perMinute: 120 },
  declare: { body: 48 * 1024 * 1024, perMinute: 120 },
  upload: { body: MAX_FILE, perMinute: 6000 },
} as const satisfies Record<keyof typeof AIRLOCK_PATHS, Limits>;

type Answer = (
  caller: Airlock,
  body: Buffer,
  exchange: { request: Request; response: Response },
) => Promise<object | Refusal>;

/** Mount it at the root of the hub, before anything that reads bodies. */
export function airlockRoutes(deps: AirlockDeps): Router {
  const router = express.Router();
  router.use(AIRLOCK_DOORS, speakVersions('zone'));
  const message: Reading = (schema, answer) => readAs(deps, schema, answer);
  const at = (name: keyof typeof AIRLOCK_PATHS, rest: string, answer: Answer): void => {
    const { body, perMinute } = LIMITS[name];
    const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
    router.post(
      `${AIRLOCK_PATHS[name]}${rest}`,
      signedBody({ limit: body, clock: deps.clock, keysOf: () => keysBy(deps), refuse }),
      (request: Request, response: Response) => answered(deps, limiter, answer, request, response),
    );
  };
  at(
    'poll',
    '',
    message(airlockPoll, (caller, ask, { response }) => poll(deps, caller, ask, response)),
  );
  at(
    'report',
    '',
    message(airlockReport, (caller, report) => takeReport(deps, caller, report)),
  );
  at(
    'signIn',
    '',
    message(signInStart, async (caller, start) => {
      const begun = await startSignIn(deps, caller, start);
      return isRefusal(begun) ? begun : { address: `${deps.audience}/airlock-login`, ...begun };
    }),
  );
  at(
    'redeem',
    '',
    message(signInRedeem, (caller, redeem) => redeemCode(deps, caller, redeem)),
  );
  at(
    'declare',
    '',
    message(releaseDeclaration, (caller, declared) => declareRelease(deps, caller, declared)),
  );
  at(
    'deeds',
    '',
    message(airlockDeedsRequest, async ({ backend, airlock }, { deeds }) => {
      const actor = airlockKey(backend, airlock);
      // No agent's id has a colon.
      const as = `airlock:${airlock}`;
      const told = deeds.map((deed) => ({ ...deed, workspace: null }));
      return { taken: await takeDeeds(deps, { backend, as, actor }, told) };
    }),
  );
  at('upload', '/:release/:number', async (caller, bytes, { request }) => {
    const { release, number } = request.params as { release: string; number: string };
    const known = releaseName.safeParse(release).success && /^[1-9][0-9]{0,5}$/.test(number);
    if (!known) return words.notDeclared();
    const query = uploadQuery.safeParse(request.query);
    if (!query.success) return words.messageMalformed(firstFault(query.error));
    return receiveFile(deps, caller, { release, number: Number(number), bytes, epoch: query.data.epoch });
  });
  return router;
}

type Reading = <T extends { epoch?: number | undefined }>(
  schema: z.ZodType<T>,
  answer: (caller: Airlock, message: T, exchange: { response: Response }) => Promise<object | Refusal>,
) => Answer;

/** What the zone was before it was restored is not listened to, whatever it says. */
function readAs<T extends { epoch?: number | undefined }>(
  { db }: AirlockDeps,
  schema: z.ZodType<T>,
  answer: (caller: Airlock, message: T, exchange: { response: Response }) => Promise<object | Refusal>,
): Answer {
  return async (caller, body, exchange) => {
    const parsed = schema.safeParse(parse(body));
    if (!parsed.success) return words.messageMalformed(firstFault(parsed.error));
    if (await isOutdated(db, caller, parsed.data.epoch)) return words.olderEpoch();
    return answer(caller, parsed.data, exchange);
  };
}

async function answered(
  deps: AirlockDeps,
  limiter: RateLimiterMemory,
  answer: Answer,
  request: Request,
  response: Response,
): Promise<void> {
  const keysOf = keysBy(deps);
  if (isRefusal(keysOf)) return refuse(response, keysOf);
  const body = bytesOf(request);
  const signer = await verifyRequest({
    authorization: request.get('authorization'),
    audience: deps.audience,
    method: request.method,
    path: request.originalUrl,
    body,
    clock: deps.clock,
    keysOf,
    useOnce: (jti, until) => useOnce(deps.db, jti, until),
  });
  if (isRefusal(signer)) return send(response, 401, signer);
  const caller = { backend: signer.backend, airlock: signer.agent };
  if (!(await within(limiter, caller))) return refuse(response, words.tooOften());
  const result = await answer(caller, body, { request, response });
  if (isRefusal(result)) return refuse(response, result);
  if (!response.writableEnded) response.status(200).set('cache-control', 'no-store').json(result);
}

function keysBy({ governance, clock }: AirlockDeps): KeysOf | Refusal {
  const policy = governance();
  if (!policy) return words.notReady();
  return (caller) => airlockKeys(policy, caller, clock.now());
}

async function within(limiter: RateLimiterMemory, { backend, airlock }: Airlock): Promise<boolean> {
  return limiter.consume(`${backend}/${airlock}`).then(
    () => true,
    () => false,
  );
}

/** The codes whose number says more than 403. */
const STATUS: Readonly<Record<string, number>> = {
  'zone.not-ready': 503,
  'zone.malformed': 400,
  'zone.too-large': 413,
  'zone.too-often': 429,
  'sign-in.number-taken': 409,
  'release.other-content': 409,
  'release.out-already': 409,
  'release.not-declared': 404,
  'release.wrong-bytes': 422,
};

function refuse(response: Response, no: Refusal): void {
  send(response, STATUS[no.code] ?? 403, no);
}

async function poll(
  deps: AirlockDeps,
  caller: Airlock,
  ask: z.infer<typeof airlockPoll>,
  response: Response,
): Promise<object | Refusal> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.on('close', leave);
  deps.stop?.addEventListener('abort', leave, { once: true });
  if (deps.stop?.aborted) leave();
  const allowed = (): Refusal | undefined => {
    const keysOf = keysBy(deps);
    if (isRefusal(keysOf)) return keysOf;
    const keys = keysOf({ backend: caller.backend, agent: caller.airlock });
    return isRefusal(keys) ? keys : undefined;
  };
  try {
    return await pollOrders(deps, caller, ask, { stop: gone.signal, allowed });
  } finally {
    deps.stop?.removeEventListener('abort', leave);
  }
}

/** Where the fault is, never what was written there. */
function firstFault(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.code} at ${issue.path.join('.') || 'the top'}` : 'unknown';
}
