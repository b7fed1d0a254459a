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
