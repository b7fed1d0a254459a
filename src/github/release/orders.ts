/**
 * Orders to the airlock, and what becomes of them on GitHub.
 *
 * An order's id follows from the comment line or the delivery it came from, so that a delivery handled twice
 * orders once. Its origin is kept beside it; when the airlock has answered, the command is settled, or a
 * label that was refused is answered under the issue. That a label was taken is said by the state alone.
 */
import { and, eq, gt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { githubObjects } from '../../db/schema/github.ts';
import { hours, seconds } from '../../lib/clock.ts';
import type { Refusal } from '../../lib/refusal.ts';
import type { ReviewDeed } from '../../protocol/protocol.ts';
import {
  answersOf,
  orderReview,
  shownRequest,
  stepsOf,
  whyNot,
  type OrderView,
} from '../../outputs/outputs.ts';
import { backendById } from '../../governance/governance.ts';
import { derivedId } from '../derived.ts';
import { marker, mention, prose } from '../markdown.ts';
import type { Actor } from '../people.ts';
import { showFor } from '../reach.ts';
import type { Room } from '../room.ts';
import { draftStarted } from './words.ts';

const KIND = 'order';
const SECOND = seconds(1);
const Origin = z.object({
  actor: z.number(),
  login: z.string(),
  /** Key of the command; null for a label. */
  command: z.string().nullable(),
  issue: z.number().nullable(),
});
type Origin = z.infer<typeof Origin>;

export const orderIdOf = (cause: string): string => derivedId('order', cause);

export interface Given {
  /** Key of the command, or GUID of the delivery. */
  cause: string;
  origin: { kind: 'command' } | { kind: 'label'; issue: number };
  repository: number;
  actor: Actor;
  backend: string;
  deed: ReviewDeed;
  /** By GitHub's clock, in whole seconds. */
  saidAt: number;
}

export async function giveOrder(room: Room, given: Given): Promise<OrderView | Refusal> {
  const id = orderIdOf(given.cause);
  const { origin, actor } = given;
  const data: Origin = {
    actor: actor.id,
    login: actor.login,
    command: origin.kind === 'command' ? given.cause : null,
    issue: origin.kind === 'label' ? origin.issue : null,
  };
  // Before the order: its answer may be there the moment it is given.
  await room.db
    .insert(githubObjects)
    .values({
      key: `order:${id}`,
      kind: KIND,
      repositoryId: given.repository,
      data,
      updatedAt: room.clock.now(),
    })
    .onConflictDoNothing();
  const deed = await ofItsTurn(room, given);
  return orderReview(room.jobs, { id, backend: given.backend, actor: actor.id, deed });
}

/**
 * What is said of a request is said of it as it was then. GitHub may deliver late, and so may we: meanwhile the
 * request may have come back and been explained anew.
 */
async function ofItsTurn(room: Room, { deed, saidAt }: Given): Promise<ReviewDeed> {
  if (deed.type !== 'sign' && deed.type !== 'return' && deed.type !== 'close-request') return deed;
  const request = await shownRequest(room.db, deed.request);
  const steps = await stepsOf(room.db, deed.request);
  const submitted = steps.findLast(({ what }) => what === 'submitted' || what === 'resubmitted');
  if (!request || !submitted) return deed;
  const wasBefore = saidAt < Math.floor(submitted.at / SECOND) * SECOND;
  return { ...deed, turn: wasBefore ? Math.max(0, request.turn - 1) : request.turn };
}

export type Outcome =
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'done' }
  | { kind: 'text'; text: string };

/** Undefined while nobody has answered. */
export function outcomeOf(room: Room, order: OrderView): Outcome | undefined {
  if (order.state === 'waiting') return undefined;
  const no = whyNot(order);
  if (no) return { kind: 'refused', refusal: no };
  if (order.deed.type !== 'release') return { kind: 'done' };
  const governance = room.governance.current();
  const viewer = governance && backendById(governance, order.backend)?.viewer;
  return { kind: 'text', text: draftStarted(order.deed.request, viewer) };
}

export interface Answered {
  /** Key of the command. */
  command: string;
  outcome: Outcome;
}

/** The topic `order`: the command it came from and how that ends. Labels are answered here. */
export async function answerOrder(room: Room, id: string, force: boolean): Promise<Answered | undefined> {
  const [order] = await answersOf(room.db, [id]);
  const outcome = order && outcomeOf(room, order);
  if (!order || !outcome) return undefined;
  const [row] = await room.db
    .select()
    .from(githubObjects)
    .where(eq(githubObjects.key, `order:${id}`));
  const origin = Origin.safeParse(row?.data).data;
  if (!row || !origin) return undefined;
  if (origin.command !== null) return { command: origin.command, outcome };
  if (origin.issue === null) return undefined;
  const said = { id, repository: row.repositoryId, issue: origin.issue, origin };
  if (outcome.kind === 'refused') await answerLabel(room, said, outcome.refusal, force);
  else if (await isSignedAgain(room, order)) await answerLabel(room, said, SIGNED_AGAIN, force);
  return undefined;
}

/** While checkers discuss, a signature given anew is no step that is shown: only its owner is told. */
async function isSignedAgain(room: Room, order: OrderView): Promise<boolean> {
  const steps = await stepsOf(room.db, order.deed.request);
  const reviewed = steps.findLast((step) => step.what === 'reviewed');
  return reviewed !== undefined && reviewed.at < order.createdAt;
}

const SIGNED_AGAIN = 'your signature is recorded.';

/** To the person, about the signature, without the verdict: others read it too. */
export async function answerLabel(
  room: Room,
  said: { id: string; repository: number; issue: number; origin: Pick<Origin, 'actor' | 'login'> },
  answer: Refusal | string,
  force = false,
): Promise<void> {
  const show = await showFor(room, said.repository, force);
  const key = `answer:${said.origin.actor}:${said.id}`;
  // What was passed over once is not said when everything is written again.
  const known = await show.kept(key, 'comment');
  if (!known && (force || (await answeredTooOften(room, said.origin.actor)))) return;
  const mark = marker('answer', said.id);
  const says =
    typeof answer === 'string'
      ? answer
      : `${prose(answer.says)} ${prose(answer.next)} (${answer.code})`.replace(/ {2,}/g, ' ');
  await show.comment({
    key,
    issue: said.issue,
    mark,
    body: `${mark}\n${mention(said.origin.login)}: ${says}`,
    final: true,
  });
}

/** A reply per label would drain GitHub's budget for everybody. */
const ANSWERS_PER_HOUR = 10;

async function answeredTooOften(room: Room, actor: number): Promise<boolean> {
  const rows = await room.db
    .select({ key: githubObjects.key })
    .from(githubObjects)
    .where(
      and(
        sql`starts_with(${githubObjects.key}, ${`answer:${actor}:`})`,
        gt(githubObjects.updatedAt, room.clock.now() - hours(1)),
      ),
    )
    .limit(ANSWERS_PER_HOUR);
  return rows.length >= ANSWERS_PER_HOUR;
}
