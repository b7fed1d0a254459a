/**
 * Whether a job that was killed had run out of memory.
 *
 * An engine hears of a container's end and of its want of memory by two ways. Where the end comes first, the state that it
 * keeps does not say why (with gVisor on a busy machine: one end in six); the list of its events does, a moment later.
 */
import { setTimeout as later } from 'node:timers/promises';
import { ask, type Engine } from './engine.ts';

/** After the end, by the clock of the host that both are on. Nobody knows of a killed job for longer than this. */
const LATE_MS = 3000;

/** `container`: the engine's id. False where the engine no longer knows: it keeps its last events only. Throws EngineLost. */
export async function ranOutOfMemory(
  engine: Engine,
  container: string,
  { startedAt, finishedAt }: { startedAt: number; finishedAt: number },
): Promise<boolean> {
  const until = finishedAt + LATE_MS;
  const stream = (await ask(
    'asking why a job was killed',
    engine.getEvents({
      since: inSeconds(startedAt),
      until: inSeconds(until),
      filters: { container: [container], event: ['oom'] },
    }),
  )) as NodeJS.ReadableStream & { destroy(): void };
  const enough = new AbortController();
  // An engine ends the list by itself. One that does not is not waited for.
  const given = Math.max(until - Date.now(), 0) + LATE_MS;
  const over = later(given, false, { signal: enough.signal }).catch(() => false);
  try {
    return await Promise.race([told(stream), over]);
  } finally {
    enough.abort();
    stream.destroy();
  }
}

/** The first event is the answer; a list that breaks off has none. */
function told(stream: NodeJS.ReadableStream): Promise<boolean> {
  return new Promise((resolve) => {
    stream.once('data', () => resolve(true));
    for (const end of ['end', 'close', 'error']) stream.on(end, () => resolve(false));
  });
}

const inSeconds = (ms: number): number => ms / 1000;
