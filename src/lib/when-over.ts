/** When an exchange is over: answered, or its client has gone. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Calls `over` once; what is returned takes that back. Of an answer that waits for its turn behind another on its
 * connection the response itself hears nothing, so the connection is listened to as well.
 */
export function whenOver(request: IncomingMessage, response: ServerResponse, over: () => void): () => void {
  const ends = [request.socket, response];
  const forget = (): void => {
    for (const end of ends) end.off('close', once);
  };
  const once = (): void => {
    forget();
    over();
  };
  for (const end of ends) end.once('close', once);
  return forget;
}
