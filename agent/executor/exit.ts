/** How a job ended, out of what the engine and our marks remember. */
import type { ContainerInspectInfo } from 'dockerode';
import { ask, type Engine } from './engine.ts';
import type { JobExit } from './executor.ts';
import type { Why } from './marks.ts';

const KILLED = 137;
const TERMINATED = 143;
/** What the engine writes for a container it finds dead when it comes back. */
const LOST = 255;
/** The engine's kernel limit for one file (`fsize`) ends a program with SIGXFSZ. */
const FILE_TOO_LARGE = 153;

/**
 * 137 alone says little: the mark says whether it was us, the engine whether memory ran out; what is left
 * was done from outside. A program may also kill itself: it then looks interrupted and gains nothing.
 */
export async function exitFrom(
  found: ContainerInspectInfo,
  mark: Why | undefined,
  engineStartedAt: () => Promise<number | undefined>,
): Promise<JobExit> {
  const { State } = found;
  const code = State.ExitCode;
  const startedAt = Date.parse(State.StartedAt);
  const finishedAt = Date.parse(State.FinishedAt);
  const killed = code === KILLED || code === TERMINATED;
  const ours = killed && mark !== undefined;
  const outOfMemory = State.OOMKilled && code !== 0 && !ours;
  return {
    code,
    outOfMemory,
    timedOut: ours && mark === 'time',
    diskFull: (ours && mark === 'disk') || code === FILE_TOO_LARGE,
    stopped: ours && mark === 'stopped',
    interrupted:
      !ours &&
      !outOfMemory &&
      (killed || (code === LOST && within(await engineStartedAt(), startedAt, finishedAt))),
    startedAt,
    finishedAt,
    imageId: found.Image,
  };
}

/** Somebody removed the container while it ran: as good as killed. */
export function exitOfTheGone(
  seen: ContainerInspectInfo | undefined,
  mark: Why | undefined,
  now: number,
): JobExit {
  return {
    code: KILLED,
    outOfMemory: false,
    timedOut: mark === 'time',
    diskFull: mark === 'disk',
    stopped: mark === 'stopped',
    interrupted: mark === undefined,
    startedAt: seen ? Date.parse(seen.State.StartedAt) : now,
    finishedAt: now,
    imageId: seen?.Image ?? '',
  };
}

function within(moment: number | undefined, from: number, to: number): boolean {
  // The engine may note the end of a dead container a little before it says that it is up.
  const SLACK_MS = 60_000;
  return moment !== undefined && moment >= from && moment <= to + SLACK_MS;
}

/** The engine keeps no start time, but makes its default bridge anew at each start. */
export async function engineStart(engine: Engine): Promise<number | undefined> {
  try {
    const bridge = await ask('asking when the engine started', engine.getNetwork('bridge').inspect());
    return Date.parse(String((bridge as { Created?: unknown }).Created));
  } catch {
    return undefined;
  }
}
