/** Each request gets an id: the one a trusted proxy gave it, or a new one. It stands in the answer and in every line of the log. */
import type { NextFunction, Request, Response } from 'express';
import { randomIds } from './lib/ids.ts';
import { withLogFields } from './lib/log-fields.ts';

const GIVEN = /^[A-Za-z0-9._-]{8,64}$/;
const NAME = 'x-request-id';

/** Anybody can send the header: only what `trusted_proxies` names is believed, or lines could be made to look like another's. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const trusts = request.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const given = request.headers[NAME];
  const isTrusted = trusts(request.socket.remoteAddress ?? '', 0);
  const id = isTrusted && typeof given === 'string' && GIVEN.test(given) ? given : randomIds.id();
  response.setHeader(NAME, id);
  withLogFields({ request_id: id }, next);
}
