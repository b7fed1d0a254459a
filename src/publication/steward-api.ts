/**
 * The hub's door for the steward: what should be on GitHub, the bytes of it, and what became of it.
 *
 * The steward's key is pinned in hub.yml. A poll is answered the moment something is due; recalls are
 * looked for first, so that no news of one can be missed.
 */
import express, { type Request, type Response, type Router } from 'express';
import type { KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { seconds } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import type { Logger } from '../lib/logger.ts';
import { useOnce } from '../jobs/agents.ts';
import { bytesOf, heldBody, parse, send, speakVersions } from '../jobs/http.ts';
import type { Signals } from '../jobs/signals.ts';
import {
  fileQuestion,
  refuseSigner,
  refuseSteward,
  STEWARD_PATHS,
  stewardPoll,
  stewardReport,
  stillQuestion,
} from '../protocol/steward.ts';
import { STEWARD_ROUND_PATH, stewardRound, type StewardRound } from '../protocol/steward-rounds.ts';
import { taskReport, type StewardTask, type TaskReport } from '../protocol/steward-tasks.ts';
import { dueOrders, editionOf, isFrozen, nextDue, takeReport } from './edition-state.ts';
import { settleAll } from './settle.ts';
import type { PublicationDeps } from './types.ts';
import { no } from './words.ts';

export interface StewardDoor extends PublicationDeps {
  logger: Logger;
  signals: Signals;
  /** Pinned in hub.yml; the next one beside it while it is being rotated. */
  keys: readonly KeyObject[];
  /** The hub's origin. */
  audience: string;
  /** Aborted when the hub stops: open polls are answered. */
  stop?: AbortSignal;
  /** Whatever else the steward does. */
  tasks?: TaskDoor;
  /** What it found and did by itself. */
  rounds?: (round: StewardRound) => Promise<void>;
}

export interface TaskDoor {
  due(): Promise<StewardTask[]>;
  /** When the next one is due; undefined when none waits. */
  nextAt(): Promise<number | undefined>;
  /** False when there is no such task. */
  take(report: TaskReport): Promise<boolean>;
}

/** Five hundred deeds and as many findings, or two hundred files in a history. */
const BODY_LIMIT = 512 * 1024;
const SAFETY_POLL_MS = seconds(30);
const SHORTEST_PAUSE_MS = seconds(1);
export const STEWARD_SIGNAL = 'steward';

/** Mount it at the root of the hub, before anything that reads bodies. */
export function stewardRoutes(door: StewardDoor): Router {
  const router = express.Router();
  const raw = bodies(door);
  router.use('/steward', speakVersions('steward'));
  router.post(STEWARD_PATHS.poll, raw, enter(door, stewardPoll, poll));
  router.post(STEWARD_PATHS.still, raw, enter(door, stillQuestion, still));
  router.post(STEWARD_PATHS.file, raw, enter(door, fileQuestion, file));
  router.post(STEWARD_PATHS.report, raw, enter(door, stewardReport, report));
  router.post(STEWARD_PATHS.done, raw, enter(door, taskReport, done));
  router.post(STEWARD_ROUND_PATH, raw, enter(door, stewardRound, round));
  return router;
}

/** Of one steward: a few large bodies at once, at whichever of the paths, and none of anybody else. */
function bodies(door: StewardDoor) {
  return heldBody({
    limit: BODY_LIMIT,
    refuse: (response, refusal) => send(response, refusal.code === 'zone.too-large' ? 413 : 400, refusal),
    async callerOf(request, response) {
      const against = await refuseSigner({
        authorization: request.get('authorization'),
        keys: door.keys,
        clock: door.clock,
      });
      if (!against) return 'steward';
      return void refused(door, response, against);
    },
  });
}

function refused(door: StewardDoor, response: Response, against: Refusal): void {
  door.logger.warn({ code: 'steward.refused', reason: against.code }, 'Somebody is not the steward');
  send(response, 401, against);
}

type Answer<T> = (door: StewardDoor, message: T, response: Response) => Promise<object | Refusal>;

function enter<T>(door: StewardDoor, schema: z.ZodType<T>, answer: Answer<T>) {
  return async (request: Request, response: Response): Promise<void> => {
    const body = bytesOf(request);
    const against = await refuseSteward({
      authorization: request.get('authorization'),
      audience: door.audience,
      method: request.method,
      path: request.originalUrl,
      body,
      clock: door.clock,
      keys: door.keys,
      useOnce: (jti, until) => useOnce(door.db, jti, until),
    });
    if (against) return refused(door, response, against);
    const message = schema.safeParse(parse(body));
    if (!message.success) return send(response, 400, no.malformed());
    const result = await answer(door, message.data, response);
    if (isRefusal(result)) return send(response, 409, result);
    if (Buffer.isBuffer(result))
      return void response.status(200).type('application/octet-stream').send(result);
    if (!response.writableEnded) response.status(200).json(result);
  };
}

const poll: Answer<z.infer<typeof stewardPoll>> = async (door, { waitMs }, response) => {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.on('close', leave);
  door.stop?.addEventListener('abort', leave, { once: true });
  if (door.stop?.aborted) leave();
  const until = performance.now() + waitMs;
  try {
    for (;;) {
      const left = Math.max(until - performance.now(), 0);
      // Registered before looking: news between the look and the wait is not lost.
      const news = door.signals.waitFor(STEWARD_SIGNAL, Math.min(left, await pause(door)), gone.signal);
      try {
        await settleAll(door);
        const orders = await dueOrders(door);
        const tasks = (await door.tasks?.due()) ?? [];
        if (orders.length > 0 || tasks.length > 0 || left <= 0 || gone.signal.aborted)
          return { orders, tasks };
        await news.woken;
      } finally {
        news.forget();
      }
    }
  } finally {
    door.stop?.removeEventListener('abort', leave);
  }
};

/** Until something put off is due, and not longer than news may be lost. */
async function pause(door: StewardDoor): Promise<number> {
  const dues = [await nextDue(door.db), await door.tasks?.nextAt()].filter((due) => due !== undefined);
  const at = dues.length > 0 ? Math.min(...dues) : undefined;
  // What is due but cannot be put into words must not be asked for without a rest.
  const rest = at === undefined ? SAFETY_POLL_MS : Math.max(at - door.clock.now(), SHORTEST_PAUSE_MS);
  return Math.min(rest, SAFETY_POLL_MS);
}

/** Recalled a moment ago counts: it is looked for afresh. */
const still: Answer<z.infer<typeof stillQuestion>> = async (door, { publication, edition }) => {
  await settleAll(door);
  const held = await editionOf(door.db, publication, edition);
  return { wanted: held?.state === 'wanted' && !(await isFrozen(door.db, publication)) };
};

/** Bytes of an edition that is to be published, and of nothing else. */
const file: Answer<z.infer<typeof fileQuestion>> = async (
  door,
  { publication, edition, release, file: number },
) => {
  const held = await editionOf(door.db, publication, edition);
  const listed = held?.files.some((each) => each.release === release && each.number === number);
  if (held?.state !== 'wanted' || !listed || (await isFrozen(door.db, publication))) return no.notWanted();
  const bytes = await door.releases.bytes(door.db, release, number);
  return bytes ? Buffer.from(bytes) : no.notWanted();
};

const round: Answer<StewardRound> = async (door, told) => {
  if (!door.rounds) return no.unknown();
  await door.rounds(told);
  return { taken: true };
};

const report: Answer<z.infer<typeof stewardReport>> = async (
  door,
  { publication, edition, want, result },
) => {
  const taken = await takeReport(door, { publication, edition, want, result });
  door.logger.info({ publication, edition, outcome: result.outcome }, 'The steward reported');
  return taken ? { taken: true } : no.unknown();
};

const done: Answer<TaskReport> = async (door, told) => {
  const taken = await door.tasks?.take(told);
  door.logger.info({ task: told.id, outcome: told.outcome.outcome }, 'The steward reported on a task');
  return taken ? { taken: true } : no.unknown();
};
