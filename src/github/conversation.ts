/**
 * What becomes of the commands in a comment, or of a button that was clicked.
 *
 * First every line is written down and shown as seen; then each is decided in order and settled in one
 * transaction with its ledger leaf and its answer. A line that is settled is never decided again, so a
 * delivery that comes twice, or a hub that died in between, does nothing twice.
 */
import { and, asc, eq, sql } from 'drizzle-orm';
import { commands } from '../db/schema/commands.ts';
import { queueOutbox } from '../db/outbox.ts';
import { rowsOf } from '../db/database.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { cancel, help, plan, status } from './answers.ts';
import type { Command, CommandLine } from './commands.ts';
import type { Actor } from './people.ts';
import type { Place } from './places.ts';
import { askForAlert } from './governance/alert.ts';
import { carryOutFreeze } from './governance/freeze.ts';
import { extend } from './governance/extend.ts';
import { archive } from './governance/archive.ts';
import { makeWorkspace } from './governance/workspace.ts';
import { isFreezeCommand } from './governance/freeze-command.ts';
import { carryOutRelease } from './release/carry-out.ts';
import { AFTERWARDS, isReleaseCommand } from './release/commands.ts';
import { askForMember } from './governance/member.ts';
import { askForStatus } from './governance/project-status.ts';
import type { RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import { requestIdOf, run, type Saying } from './run-command.ts';
import { keyOf, settle, type Decision } from './settle.ts';

export interface Heard {
  /** `<repository>:issue:<comment id>`, `…:commit:<comment id>`, `…:form:<issue id>` or `…:button:<delivery>`. */
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
    if (!said) continue;
    const decision = await decide(room, heard, said, heardAt);
    // What was handed to an airlock is settled when it has answered.
    if (decision.kind === 'ordered') continue;
    const command = isRefusal(said.command) ? null : said.command.type;
    await settle(room, keyOf(heard.comment, line), decision, { text: said.text, command });
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

async function decide(
  room: Room,
  heard: Heard,
  { line, command }: CommandLine,
  heardAt: number,
): Promise<Decision | { kind: 'ordered' }> {
  const no = isRefusal(command) ? command : mayStill(command) ? undefined : heard.barred;
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

  /** Issues of requests that have ended are closed, and some things are said only then. */
  function mayStill({ type }: Command): boolean {
    // What has leaked must be stopped wherever somebody stands.
    if (type === 'freeze') return true;
    return heard.barred?.code === 'command.closed' && AFTERWARDS.includes(type);
  }
}

async function carryOut(room: Room, say: Saying, command: Command): Promise<Decision | { kind: 'ordered' }> {
  if (isReleaseCommand(command)) return carryOutRelease(room, say, command);
  if (command.type === 'archive') {
    const answer = await archive(room, say, command);
    return isRefusal(answer) ? { kind: 'refused', refusal: answer } : { kind: 'text', text: answer };
  }
  if (command.type === 'extend' || command.type === 'workspace') {
    const done =
      command.type === 'extend' ? await extend(room, say, command) : await makeWorkspace(room, say, command);
    return isRefusal(done) ? { kind: 'refused', refusal: done } : { kind: 'text', text: done };
  }
  if (command.type === 'member' || command.type === 'project-status') {
    const done =
      command.type === 'member'
        ? await askForMember(room, say, command)
        : await askForStatus(room, say, command);
    return isRefusal(done) ? { kind: 'refused', refusal: done } : { kind: 'text', text: done };
  }
  if (command.type === 'alert') {
    const done = await askForAlert(room, say, command);
    return isRefusal(done) ? { kind: 'refused', refusal: done } : { kind: 'text', text: done };
  }
  if (isFreezeCommand(command)) {
    const done = await carryOutFreeze(room, say, command);
    return isRefusal(done) ? { kind: 'refused', refusal: done } : { kind: 'text', text: done };
  }
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
