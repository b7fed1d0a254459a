/** The loop that empties the outbox. */
import { seconds } from '../lib/clock.ts';
import { spanOf, traceOf } from '../lib/traces.ts';
import { LeaseLost, underLease } from '../lib/lease.ts';
import { pauseWrites } from './budget.ts';
import { CLAIM_MS } from './inbox.ts';
import { logAway, whenOpen } from './line.ts';
import { Loop } from './loop.ts';
import { claimNews, finishNews, Later, nextNewsAt, renewNews, type News, type Sent } from './outbox.ts';
import { isTopic, project } from './projections.ts';
import { OutOfReach } from './reach.ts';
import { knownRepository, type Room } from './room.ts';
import { repositoryOfNews } from './subjects.ts';
import { troubleOf } from './trouble.ts';

/** How many subjects are written at a time; GitHub advises few. */
const WIDTH = 2;

export function senderLoop(room: Room): Loop {
  return new Loop({
    name: 'outbox',
    clock: room.clock,
    logger: room.logger,
    width: WIDTH,
    step: () => sendOne(room),
    dueAt: () => whenOpen(room.line, nextNewsAt(room.db)),
  });
}

/** Sends the next news; false when there is none. Tests call it step by step. */
export async function sendOne(room: Room): Promise<boolean> {
  const from = performance.now();
  if (!room.line.isOpen) return false;
  const news = await claimNews(room.db, room.clock);
  if (!news) return false;
  const renew = (): Promise<boolean> => renewNews(room.db, news, room.clock.now());
  await underLease({ ms: CLAIM_MS, from, renew }, async () => {
    const sent = await send(room, news);
    const state = await finishNews(room.db, news, sent, room.clock.now());
    if (sent.kind === 'done') tellShown(room, news);
    const what = { topic: news.topic, subject: news.subject };
    const reason = 'reason' in sent ? sent.reason : undefined;
    if (state === 'lost') {
      room.logger.warn({ code: 'outbox.lost', ...what }, 'News went to another sender meanwhile');
    } else if (state === 'parked') {
      room.logger.error({ code: 'outbox.parked', ...what, reason }, 'Something cannot be shown on GitHub');
    } else if (sent.kind === 'retry') {
      room.logger.warn(
        { code: 'outbox.retry', ...what, reason, attempt: news.attempts },
        'GitHub did not take it; it is tried again',
      );
    }
  });
  return true;
}

/** From when it could be told until GitHub showed it. */
function tellShown({ traces, clock }: Room, { id, topic, subject, createdAt }: News): void {
  if (topic !== 'request') return;
  traces?.tell({
    name: 'status',
    trace: traceOf(subject),
    span: spanOf('status', `${subject} ${id}`),
    parent: spanOf('request', subject),
    start: createdAt,
    end: clock.now(),
    attributes: { request: subject },
  });
}

async function send(room: Room, news: News): Promise<Sent> {
  if (!isTopic(news.topic)) return { kind: 'park', reason: 'unknown topic' };
  const force = (news.payload as { force?: boolean } | null)?.force === true;
  try {
    await project(room, news.topic, news.subject, force);
    room.line.answered();
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof Later) return { kind: 'later', ms: error.ms };
    if (error instanceof OutOfReach) return { kind: 'park', reason: error.message };
    if (error instanceof LeaseLost) return { kind: 'retry', reason: error.message };
    const trouble = troubleOf(error, room.clock.now());
    if (trouble.kind === 'away') {
      logAway(room, error);
      return { kind: 'retry', reason: trouble.reason, afterMs: room.line.lost() };
    }
    if (trouble.kind !== 'unknown') room.line.answered();
    if (trouble.kind === 'wait') {
      await pauseAll(room, news, trouble.ms);
      return { kind: 'later', ms: trouble.ms };
    }
    // A bug of ours shows here first.
    if (trouble.kind === 'unknown')
      room.logger.warn({ err: error, code: 'outbox.error' }, 'Writing to GitHub failed before it was asked');
    return {
      kind: trouble.kind === 'retry' || trouble.kind === 'unknown' ? 'retry' : 'park',
      reason: trouble.reason,
    };
  }
}

/** GitHub's pause counts for everything that is written for the installation, not only for this subject. */
async function pauseAll(room: Room, news: News, ms: number): Promise<void> {
  room.logger.warn(
    { code: 'outbox.rate-limited', topic: news.topic, waitSeconds: Math.round(ms / seconds(1)) },
    'GitHub asked us to wait',
  );
  const repository = await repositoryOf(room, news);
  if (!repository) return;
  const now = room.clock.now();
  await pauseWrites(room.db, repository.installation, room.limits, now + ms, now);
}

async function repositoryOf(room: Room, news: News) {
  const id = await repositoryOfNews(room.db, news.topic, news.subject);
  return id === undefined ? undefined : knownRepository(room.db, id);
}
