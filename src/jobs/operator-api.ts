/**
 * The hub's door for whoever runs it: hold a backend, kill a job, see how things are.
 *
 * Each request is signed with the hub's own key. Every call is a line of the log; what it changes stands in
 * the public record.
 */
import express, { type Request, type Response, type Router } from 'express';
import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  backendsQuestion,
  killOrder,
  OPERATOR_PATHS,
  pauseOrder,
  refuseOperator,
} from '../protocol/protocol.ts';
import { useOnce } from './agents.ts';
import { backendStatuses } from './backends.ts';
import { killJob } from './cancel.ts';
import { bytesOf, parse, rawBody, refuseTooLarge, send } from './http.ts';
import { pauseBackend } from './pause.ts';
import type { JobsDeps } from './types.ts';
import * as words from './words.ts';

export interface OperatorDeps extends JobsDeps {
  /** The public half of the hub's key. */
  hubKey: KeyObject;
  /** The hub's origin. */
  audience: string;
  /** When this hub began to listen. */
  since: number;
}

const BODY_LIMIT = 16 * 1024;

/** Mount it at the root of the hub, before anything that reads bodies. */
export function operatorRoutes(deps: OperatorDeps): Router {
  const router = express.Router();
  const raw = rawBody(BODY_LIMIT);
  router.post(OPERATOR_PATHS.pause, raw, door(deps, pauseOrder, pause(true)));
  router.post(OPERATOR_PATHS.unpause, raw, door(deps, pauseOrder, pause(false)));
  router.post(OPERATOR_PATHS.kill, raw, door(deps, killOrder, killJob));
  router.post(
    OPERATOR_PATHS.backends,
    raw,
    door(deps, backendsQuestion, async () => ({
      at: deps.clock.now(),
      backends: await backendStatuses(deps, deps.since),
    })),
  );
  router.use('/operator', refuseTooLarge(BODY_LIMIT));
  return router;
}

function pause(paused: boolean) {
  return async (deps: JobsDeps, { backend, why }: z.infer<typeof pauseOrder>) => {
    const known = deps.governance()?.backends.some(({ id }) => id === backend);
    return known
      ? { changed: await pauseBackend(deps, { backend, paused, why }) }
      : words.unknownBackend(backend);
  };
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
    if (!order.success)
      return send(response, 400, words.orderMalformed(order.error.issues[0]?.path.join('.')));
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
