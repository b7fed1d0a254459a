/**
 * What becomes of the commands in a comment, or of a button that was clicked.
 *
 * First every line is written down and shown as seen; then each is decided in order and settled in one
 * transaction with its ledger leaf and its answer. A line that is settled is never decided again, so a
 * delivery that comes twice, or a hub that died in between, does nothing twice.
 */
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { commands } from '../db/schema/commands.ts';
import { queueOutbox } from '../db/outbox.ts';
import { record } from '../db/record.ts';
import { rowsOf } from '../db/database.ts';
import { hours, isoTime } from '../lib/clock.ts';
import { sha256 } from '../lib/hash.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { cancel, help, plan, status } from './answers.ts';
import type { Command, CommandLine } from './commands.ts';
import { derivedId } from './derived.ts';
import type { Actor } from './people.ts';
import type { Answer, Place } from './places.ts';
import type { RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import { requestIdOf, run, type Saying } from './run-command.ts';

export interface Heard {
  /** `<repository>:issue:<comment id>`, `…:commit:<comment id>` or `…:button:<delivery>`. */
  comment: string;
  client: RepoClient;
  place: Place;
  actor: Actor;
  /** By GitHub's clock. */
  saidAt: number;
  lines: readonly CommandLine[];
  /** Why no command is done here at all (closed, locked). */
  barred?: Refusal;
}

const keyOf = (comment: string, line: number): string => `${comment}:${line}`;

export async function hear(room: Room, heard: Heard): Promise<void> {
  if (heard.lines.length === 0) return;
  await writeDown(room, heard);
  const open = await room.db
    .select({ line: commands.line, heardAt: commands.createdAt })
    .from(commands)
    .where(and(eq(commands.comment, heard.comment), eq(commands.state, 'seen')))
    .orderBy(asc(commands.line));
  for (const { line, heardAt } of open) {
    const said = heard.lines.find((each) => each.line === line);
    if (said) await settle(room, heard, said, await decide(room, heard, said, heardAt));
  }
}

async function writeDown(room: Room, { comment, client, place, actor, lines }: Heard): Promise<void> {
  const now = room.clock.now();
  await room.db.transaction(async (tx) => {
    const made = await tx
      .insert(commands)
      .values(
        lines.map((each) => ({
          key: keyOf(comment, each.line),
          comment,
          line: each.line,
          repositoryId: client.repo.id,
          place,
          actorId: actor.id,
          actorLogin: actor.login,
          text: each.text.slice(0, 1000),
          createdAt: now,
        })),
      )
      .onConflictDoNothing()
      .returning({ key: commands.key });
    if (made.length > 0) await queueOutbox(tx, [{ topic: 'comment', subject: comment }], now);
  });
}

type Decision =
  | { kind: 'refused'; refusal: Refusal; recorded?: true }
  | { kind: 'text'; text: string }
  | { kind: 'request'; request: string };

async function decide(
  room: Room,
  heard: Heard,
  { line, command }: CommandLine,
  heardAt: number,
): Promise<Decision> {
  const no = isRefusal(command) ? command : heard.barred;
  if (no) return { kind: 'refused', refusal: no };
  const key = keyOf(heard.comment, line);
  const say: Saying = {
    client: heard.client,
    key,
    place: heard.place,
    actor: heard.actor,
    saidAt: heard.saidAt,
    heardAt,
  };
  return carryOut(room, say, command as Command);
}

async function carryOut(room: Room, say: Saying, command: Command): Promise<Decision> {
  if (command.type === 'run') {
    const made = await run(room, say, command, say.place.kind === 'check' ? 'button' : 'comment');
    if (!isRefusal(made) && made.jobs === 0 && say.place.kind !== 'issue') {
      // No check follows a request without jobs, and a commit has no status comment.
      return { kind: 'text', text: 'nothing to do: every action has succeeded or is already on its way.' };
    }
    if (!isRefusal(made)) return { kind: 'request', request: made.request };
    return { kind: 'refused', refusal: made, ...((await wasRecorded(room, say.key)) && { recorded: true }) };
  }
  const answers = { cancel, status, plan, help };
  const answer =
    command.type === 'cancel'
      ? await answers.cancel(room, say, command.targets)
      : command.type === 'plan'
        ? await answers.plan(room, say, command.actions)
        : await answers[command.type](room, say);
  return isRefusal(answer) ? { kind: 'refused', refusal: answer } : { kind: 'text', text: answer };
}

/** A request that the jobs room refused has its leaf already. */
async function wasRecorded(room: Room, key: string): Promise<boolean> {
  const rows = await rowsOf(room.db, sql`select 1 from job_requests where id = ${requestIdOf(key)} limit 1`);
  return rows.length > 0;
}

/** A reply per attempt would drain GitHub's budget for everybody. */
const REPLIES_PER_HOUR = 10;

async function settle(room: Room, heard: Heard, said: CommandLine, decision: Decision): Promise<void> {
  const now = room.clock.now();
  const key = keyOf(heard.comment, said.line);
  const silent =
    decision.kind === 'refused' && (await refusedLately(room, heard.actor.id, now)) >= REPLIES_PER_HOUR;
  const answer = answerOf(decision, silent);
  await room.db.transaction(async (tx) => {
    const settled = await tx
      .update(commands)
      .set({ state: decision.kind === 'refused' ? 'refused' : 'done', answer, decidedAt: now })
      .where(and(eq(commands.key, key), eq(commands.state, 'seen')))
      .returning({ key: commands.key });
    if (settled.length === 0) return;
    const hasLeaf = decision.kind === 'request' || (decision.kind === 'refused' && decision.recorded);
    if (!hasLeaf) {
      await record(tx, {
        time: isoTime(now),
        type: decision.kind === 'refused' ? 'refused' : 'request',
        actor: `person:${heard.actor.id}`,
        subject: `command:${derivedId('command', key)}`,
        policy_commit: room.governance.current()?.commit ?? null,
        body: {
          event: 'command',
          repository: { id: heard.client.repo.id },
          comment: heard.comment,
          line: said.line,
          // The words may be anything; their digest says which they were.
          text_sha256: sha256(said.text),
          command: isRefusal(said.command) ? null : said.command.type,
          refusal: decision.kind === 'refused' ? decision.refusal.code : null,
        },
      });
    }
    await queueOutbox(tx, [{ topic: 'comment', subject: heard.comment }], now);
  });
}

function answerOf(decision: Decision, silent: boolean): Answer {
  if (decision.kind !== 'refused') return decision;
  const { code, says, next } = decision.refusal;
  return { kind: 'refused', code, says, next, silent };
}

async function refusedLately(room: Room, actor: number, now: number): Promise<number> {
  const rows = await room.db
    .select({ key: commands.key })
    .from(commands)
    .where(
      and(eq(commands.actorId, actor), eq(commands.state, 'refused'), gt(commands.decidedAt, now - hours(1))),
    )
    .limit(REPLIES_PER_HOUR);
  return rows.length;
}
