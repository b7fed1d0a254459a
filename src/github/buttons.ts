/** A click on *Run all* or *Re-run failed*: the same command as in a comment, by whoever clicked. */
import { requestView } from '../jobs/jobs.ts';
import type { CommandLine } from './commands.ts';
import { hear } from './conversation.ts';
import type { Delivery } from './inbox.ts';
import type { Actor } from './people.ts';
import type { RepoClient } from './repo.ts';
import type { Room } from './room.ts';
import * as words from './words.ts';

export interface Press {
  identifier: string;
  delivery: Delivery;
  actor: Actor;
  run: { id: number; name: string; head_sha: string };
}

export async function pressButton(room: Room, client: RepoClient, press: Press): Promise<void> {
  const line = await commandOf(room, client.repo.id, press);
  if (!line) return;
  await hear(room, {
    comment: `${client.repo.id}:button:${press.delivery.guid}`,
    client,
    place: { kind: 'check', sha: press.run.head_sha, run: press.run.id },
    actor: press.actor,
    saidAt: press.delivery.receivedAt,
    lines: [line],
  });
}

async function commandOf(
  room: Room,
  repository: number,
  { identifier, run }: Press,
): Promise<CommandLine | undefined> {
  if (identifier === 'run_all') {
    return {
      line: 1,
      text: 'Run all',
      command: { type: 'run', actions: ['run_all'], forceDeps: false, notify: 'end', sha: run.head_sha },
    };
  }
  if (identifier !== 'rerun_failed') return undefined;
  const id = /^sallyport\/run ([a-z0-9]{16})$/.exec(run.name)?.[1];
  const request = id === undefined ? undefined : await requestView(room.jobs, id);
  // The name of a check is no proof: a request of another repository is none here.
  if (request?.repository.id !== repository) return undefined;
  const failed = request.jobs.filter((job) => job.state === 'failed').map((job) => job.action);
  const text = 'Re-run failed';
  if (failed.length === 0) return { line: 1, text, command: words.nothingFailed() };
  return {
    line: 1,
    text,
    command: {
      type: 'run',
      actions: failed,
      backend: request.backend,
      forceDeps: false,
      notify: request.notify,
      sha: request.commit,
    },
  };
}
