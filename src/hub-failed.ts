/** What whoever asked the hub hears when the asking failed: 503 while its database is away, else 500, a fault of ours. */
import type { NextFunction, Request, Response } from 'express';
import { isDatabaseAway } from './db/away.ts';
import type { Logger } from './lib/logger.ts';

/** Seconds: a connection that was cut is there again by then, if its server is. */
const RETRY_AFTER = '2';

export function failed(logger: Logger) {
  // Express knows by the number of its parameters that this one is for errors.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const about = { err: error, path: request.path };
    const away = isDatabaseAway(error);
    if (away) logger.warn({ ...about, code: 'web.away' }, 'A request came while the database was away');
    else logger.error({ ...about, code: 'web.failed' }, 'A request failed');
    if (response.headersSent) return;
    if (away) {
      const message = 'The database does not answer. Ask again in a moment';
      response.status(503).set('retry-after', RETRY_AFTER).json({ message });
    } else response.status(500).json({ message: 'Something failed on our side' });
  };
}
