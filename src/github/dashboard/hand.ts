/** A box on the dashboard was ticked: what it says is done, by whoever ticked it, if they may. */
import { isNull } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { repositories } from '../../db/schema/github.ts';
import { projectOfRepository } from '../../governance/governance.ts';
import { requestView } from '../../jobs/jobs.ts';
import type { CommandLine } from '../commands.ts';
import { hear } from '../conversation.ts';
import type { Delivery } from '../inbox.ts';
import { marker, mention, prose } from '../markdown.ts';
import { DASHBOARD_TOPIC, offerAgain } from '../onboarding/onboarding.ts';
import type { IssuesEvent } from '../payloads.ts';
import { mayActHere, type Actor } from '../people.ts';
import { checkHead } from '../push.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { Show } from '../show.ts';
import * as general from '../words.ts';
import { lookAgain } from './show.ts';
import { tickedIn, type Button } from './words.ts';

/** Whatever was changed is put back; what was ticked is done first. */
export async function onDashboard(
  room: Room,
  client: RepoClient,
  { action, issue, sender, changes }: IssuesEvent,
  delivery: Delivery,
): Promise<void> {
  const before = new Set(tickedIn(changes?.body?.from ?? ''));
  const ticked = action === 'edited' ? tickedIn(issue.body ?? '').filter((each) => !before.has(each)) : [];
  const actor = { id: sender.id, login: sender.login };
  if (sender.type === 'User')
    for (const button of ticked) await press(room, client, { button, actor, delivery, issue: issue.number });
  await lookAgain(room, client.repo.id);
  await room.db.transaction((tx) =>
    queueOutbox(tx, [{ topic: DASHBOARD_TOPIC, subject: String(client.repo.id) }], room.clock.now()),
  );
}

interface Press {
  button: Button;
  actor: Actor;
  delivery: Delivery;
  issue: number;
}

async function press(
  room: Room,
  client: RepoClient,
  { button, actor, delivery, issue }: Press,
): Promise<void> {
  if (button.startsWith('rerun:')) {
    const line = await rerun(room, client.repo.id, button.slice('rerun:'.length));
    // Decided and answered as a command of theirs: its own rules say who may.
    return hear(room, {
      comment: `${client.repo.id}:dashboard:${delivery.guid}`,
      client,
      place: { kind: 'issue', number: issue, pull: false, comment: null },
      actor,
      saidAt: delivery.receivedAt,
      lines: [line],
    });
  }
  const no = await mayActHere(client, actor);
  if (no) {
    const mark = marker('dashboard-said', delivery.guid);
    const body = `${mark}\n${mention(actor.login)}: ${prose(`${no.says} ${no.next} (${no.code})`)}`;
    const show = new Show(room, client, false);
    return show.comment({ key: `dashboard-said:${delivery.guid}`, issue, mark, body, final: true });
  }
  if (button === 'onboard') return void (await offerAgain(room, client.repo.id));
  const branch = (await client.describe())?.defaultBranch;
  const sha = branch === undefined ? undefined : await client.branchHead(branch);
  if (branch === undefined || sha === undefined) return;
  await checkHead(room, client, { branch, sha, by: actor }, undefined, delivery.guid);
}

async function rerun(room: Room, repository: number, id: string): Promise<CommandLine> {
  const request = await requestView(room.jobs, id);
  const own = request?.repository.id === repository ? request : undefined;
  const failed = (own?.jobs ?? []).filter(({ state }) => state === 'failed').map(({ action }) => action);
  const text = 'Run again what failed';
  if (!own || failed.length === 0) return { line: 1, text, command: general.nothingFailed() };
  const { backend, notify, commit: sha } = own;
  return {
    line: 1,
    text,
    command: { type: 'run', actions: failed, backend, forceDeps: false, notify, sha },
  };
}

/** Of every repository of a study that is known: what is pending changes without an event. */
export async function lookAtDashboards(room: Room): Promise<void> {
  const governance = room.governance.current();
  if (!governance) return;
  const known = await room.db
    .select({ id: repositories.id })
    .from(repositories)
    .where(isNull(repositories.removedAt));
  const news = known
    .filter(({ id }) => projectOfRepository(governance, id))
    .map(({ id }) => ({ topic: DASHBOARD_TOPIC, subject: String(id) }));
  await room.db.transaction((tx) => queueOutbox(tx, news, room.clock.now()));
}
