/** Each request to the hub gets an id; `trusted_proxies` may give it. */
import type { NextFunction, Request, Response } from 'express';
import { withLogFields } from './lib/log-fields.ts';
import { REQUEST_ID, requestIdFor } from './lib/request-id.ts';

export function requestId(request: Request, response: Response, next: NextFunction): void {
  const trusts = request.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const isTrusted = trusts(request.socket.remoteAddress ?? '', 0);
  const id = requestIdFor(request.headers[REQUEST_ID], isTrusted);
  response.setHeader(REQUEST_ID, id);
  withLogFields({ request_id: id }, next);
}
