/** For how long the work for a client goes on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { seconds } from '../lib/clock.ts';
import { whenOver } from '../lib/when-over.ts';

/** `stop` is aborted when the client has gone, or after so many seconds. Call `over` when there is an answer. */
export function awaited(
  request: IncomingMessage,
  response: ServerResponse,
  totalSeconds: number,
): { stop: AbortController; over(): void } {
  const stop = new AbortController();
  const gone = (): void => stop.abort();
  const total = setTimeout(gone, seconds(totalSeconds));
  const forget = whenOver(request, response, gone);
  if (request.socket.destroyed) gone();
  return {
    stop,
    over() {
      clearTimeout(total);
      forget();
    },
  };
}

/**
 * What the work comes to, or undefined once nobody waits for it any more: what others wait for too goes on, and so does a
 * disk that does not answer, but nobody's place is kept by it. `late` puts away what comes of it then.
 */
export async function within<T>(
  signal: AbortSignal,
  work: Promise<T>,
  late?: (result: T) => unknown,
): Promise<T | undefined> {
  let ended: () => void = () => undefined;
  const end = new Promise<undefined>((resolve) => (ended = () => resolve(undefined)));
  signal.addEventListener('abort', ended, { once: true });
  if (signal.aborted) ended();
  try {
    const done = await Promise.race([end, work.then((result) => ({ result }))]);
    if (done) return done.result;
    if (late) void work.then(late).catch(() => undefined);
    return undefined;
  } finally {
    signal.removeEventListener('abort', ended);
  }
}
