/**
 * The hub's door for whoever runs it: hold a backend, stop a job or run it again, see how things are.
 *
 * Each request is signed with the hub's own key. Every call is a line of the log; what it changes stands in
 * the public record.
 */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { randomIds, type Ids } from '../lib/ids.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  backendsQuestion,
  inspectQuestion,
  killOrder,
  listQuestion,
  maintenanceOrder,
  NO_WHY,
  OPERATOR_PATHS,
  pauseOrder,
  rebootOrder,
  rebootQuestion,
  refuseOperator,
  requeueOrder,
} from '../protocol/protocol.ts';
import { useOnce } from './agents.ts';
import { backendStatuses } from './backends.ts';
import { killJob } from './cancel.ts';
import { bytesOf, parse, rawBody, refuseTooLarge, send, speakVersions } from './http.ts';
import { inspect, listJobs } from './listing.ts';
import { setMaintenance } from './maintenance.ts';
import { pauseBackend } from './pause.ts';
import { prepareForReboot, rebootState } from './reboot.ts';
import { requeueJob } from './requeue.ts';
import type { JobsDeps } from './types.ts';
import * as words from './words.ts';

export interface OperatorDeps extends JobsDeps {
  /** The public half of the hub's key. */
  hubKey: KeyObject;
  /** The hub's origin. */
  audience: string;
  /** For new requests. */
  ids?: Ids;
  /** When this hub began to listen. */
  since: number;
}

const BODY_LIMIT = 16 * 1024;

/** Mount it at the root of the hub, before anything that reads bodies. */
export function operatorRoutes(deps: OperatorDeps): Router {
  const router = express.Router();
  const raw = rawBody(BODY_LIMIT);
  router.use('/operator', speakVersions('operator'));
  const now = (): number => deps.clock.now();
  const paths: [string, RequestHandler][] = [
    [OPERATOR_PATHS.pause, door(deps, pauseOrder, pause(true))],
    [OPERATOR_PATHS.unpause, door(deps, pauseOrder, pause(false))],
    [OPERATOR_PATHS.kill, door(deps, killOrder, killJob)],
    [
      OPERATOR_PATHS.requeue,
      door(deps, requeueOrder, (to, order) => requeueJob(to, { ...order, ids: deps.ids ?? randomIds })),
    ],
    [OPERATOR_PATHS.maintenance, door(deps, maintenanceOrder, onKnown(setMaintenance))],
    [OPERATOR_PATHS.reboot, door(deps, rebootOrder, onKnown(prepareForReboot))],
    [
      OPERATOR_PATHS.rebootState,
      door(
        deps,
        rebootQuestion,
        onKnown((to, { backend }) => rebootState(to, backend)),
      ),
    ],
    [
      OPERATOR_PATHS.list,
      door(deps, listQuestion, async (to, ask) => ({ at: now(), jobs: await listJobs(to, ask) })),
    ],
    [
      OPERATOR_PATHS.inspect,
      door(deps, inspectQuestion, async (to, ask) => {
        const found = await inspect(to, ask.id);
        return isRefusal(found) ? found : { at: now(), found };
      }),
    ],
    [
      OPERATOR_PATHS.backends,
      door(deps, backendsQuestion, async () => ({
        at: now(),
        backends: await backendStatuses(deps, deps.since),
      })),
    ],
  ];
  for (const [path, answer] of paths) router.post(path, raw, answer);
  router.use('/operator', refuseTooLarge(BODY_LIMIT));
  return router;
}

function pause(paused: boolean) {
  return onKnown(async (deps: JobsDeps, { backend, why }: z.infer<typeof pauseOrder>) => ({
    changed: await pauseBackend(deps, { backend, paused, why }),
  }));
}

/** Of a backend that governance names. */
function onKnown<T extends { backend: string }>(
  answer: (deps: JobsDeps, order: T) => Promise<object | Refusal>,
): (deps: JobsDeps, order: T) => Promise<object | Refusal> {
  return (deps, order) =>
    deps.governance()?.backends.some(({ id }) => id === order.backend)
      ? answer(deps, order)
      : Promise.resolve(words.unknownBackend(order.backend));
}

function faultOf(issues: readonly { message: string; path: PropertyKey[] }[]): Refusal {
  return issues.every(({ message }) => message === NO_WHY)
    ? words.orderWithoutWhy()
    : words.orderMalformed(issues[0]?.path.join('.'));
}

function door<T>(
  deps: OperatorDeps,
  schema: z.ZodType<T>,
  answer: (deps: JobsDeps, order: T) => Promise<object | Refusal>,
) {
  return async (request: Request, response: Response): Promise<void> => {
    const { path } = request;
    const body = bytesOf(request);
    const no = await refuseOperator({
      authorization: request.get('authorization'),
      audience: deps.audience,
      method: request.method,
      path: request.originalUrl,
      body,
      clock: deps.clock,
      hubKey: deps.hubKey,
      useOnce: (jti, until) => useOnce(deps.db, jti, until),
    });
    if (no) {
      deps.logger.warn({ code: 'operator.refused', path, reason: no.code }, 'Somebody is not the operator');
      return send(response, 401, no);
    }
    const order = schema.safeParse(parse(body));
    if (!order.success) return send(response, 400, faultOf(order.error.issues));
    const result = await answer(deps, order.data);
    const refused = isRefusal(result) ? result.code : undefined;
    deps.logger.info(
      { code: 'operator.call', path, order: order.data, refused },
      'The operator asked for something',
    );
    if (isRefusal(result)) return send(response, 409, result);
    response.status(200).json(result);
  };
}
