/** For how long the work for a client goes on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { seconds } from '../lib/clock.ts';

/** `stop` is aborted when the client has gone, or after so many seconds. Call `over` when there is an answer. */
export function awaited(
  request: IncomingMessage,
  response: ServerResponse,
  totalSeconds: number,
): { stop: AbortController; over(): void } {
  const stop = new AbortController();
  const gone = (): void => stop.abort();
  const total = setTimeout(gone, seconds(totalSeconds));
  // Of an answer that waits for its turn behind another on this connection, the response itself hears nothing.
  const ends = [request.socket, response];
  for (const end of ends) end.once('close', gone);
  if (request.socket.destroyed) gone();
  return {
    stop,
    over() {
      clearTimeout(total);
      for (const end of ends) end.off('close', gone);
    },
  };
}
