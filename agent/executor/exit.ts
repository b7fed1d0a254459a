/** How a job ended, out of what the engine and our marks remember. */
import { uptime } from 'node:os';
import type { ContainerInspectInfo } from 'dockerode';
import { ask, statusOf, type Engine } from './engine.ts';
import type { JobExit } from './executor.ts';
import { imageLabels } from './image-labels.ts';
import type { Why } from './marks.ts';

/** An engine that goes down kills its containers first; what it finds dead when it comes back has 255. */
const KILLED = 137;
const TERMINATED = 143;
const LOST = 255;
/** The engine's kernel limit for one file (`fsize`) ends a program with SIGXFSZ. */
const FILE_TOO_LARGE = 153;
/** The engine may note an end a little before or after it says that it is up. */
const SLACK_MS = 60_000;
const GONE = 404;

/** What is asked only where the state does not say enough. */
export interface Asked {
  engineBeginnings(): Promise<number[]>;
  ranOutOfMemory(lived: { startedAt: number; finishedAt: number }): Promise<boolean>;
}

/**
 * A program may choose any exit code, and kill itself: a code alone never means that it was interrupted, or a
 * job could have itself run again at will. Only an engine that began anew at the right moment does.
 */
export async function exitFrom(
  found: ContainerInspectInfo,
  mark: Why | undefined,
  { engineBeginnings, ranOutOfMemory }: Asked,
): Promise<JobExit> {
  const { State } = found;
  const code = State.ExitCode;
  const startedAt = Date.parse(State.StartedAt);
  const finishedAt = Date.parse(State.FinishedAt);
  const ours = (code === KILLED || code === TERMINATED) && mark !== undefined;
  const unexplained = code === KILLED && !ours;
  const outOfMemory =
    State.OOMKilled && code !== 0 ? !ours : unexplained && (await ranOutOfMemory({ startedAt, finishedAt }));
  const mayBeEngine = [KILLED, TERMINATED, LOST].includes(code) && !ours && !outOfMemory;
  return {
    code,
    outOfMemory,
    timedOut: ours && mark === 'time',
    diskFull: (ours && mark === 'disk') || code === FILE_TOO_LARGE,
    stopped: ours && mark === 'stopped',
    interrupted:
      mayBeEngine &&
      (await engineBeginnings()).some((moment) => tookItDown(moment, code, startedAt, finishedAt)),
    startedAt,
    finishedAt,
    imageId: found.Image,
    ...labelsOf(found),
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
    ...(seen && labelsOf(seen)),
  };
}

function labelsOf({ Config }: ContainerInspectInfo): Pick<JobExit, 'imageLabels'> {
  const labels = imageLabels(Config.Labels);
  return labels ? { imageLabels: labels } : {};
}

/** A job may outlive its engine (live-restore): one that ended long after the engine began was not taken down by it. */
function tookItDown(began: number, code: number, startedAt: number, finishedAt: number): boolean {
  if (began < startedAt || finishedAt > began + SLACK_MS) return false;
  // Killed when the engine went, however long it stayed away; but found dead only as it came back.
  return code !== LOST || began <= finishedAt + SLACK_MS;
}

/**
 * When the engine began anew, as far as anybody knows: it keeps no start time, but makes its default bridge at
 * each start. Without a bridge: when the machine started, and when the agent saw the engine go.
 */
export async function engineBeginnings(engine: Engine, lostAt: number | undefined): Promise<number[]> {
  const own = await bridgeMade(engine);
  if (own !== undefined) return [own];
  return [machineBegan(), ...(lostAt === undefined ? [] : [lostAt])];
}

/** All that takes Podman's containers down unasked: they do not run beneath the process that answers. */
export const machineBegan = (): number => Date.now() - uptime() * 1000;

async function bridgeMade(engine: Engine): Promise<number | undefined> {
  try {
    const bridge = await ask('asking when the engine started', engine.getNetwork('bridge').inspect());
    return Date.parse(String((bridge as { Created?: unknown }).Created)) || undefined;
  } catch (error) {
    // Not "unknown" but away, perhaps because it is going down: asked again when it is back.
    if (statusOf(error) !== GONE) throw error;
    return undefined;
  }
}
