/** What both origins check before anything else: that they are called by their own name. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { refusal, Refused } from '../../../src/lib/refusal.ts';

export interface Site {
  /** Without a slash at the end. */
  origin: string;
  host: string;
  secure: boolean;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export function siteOf(origin: string): Site {
  const url = new URL(origin);
  const secure = url.protocol === 'https:';
  if (!secure && !LOOPBACK.includes(url.hostname)) {
    throw new Refused(
      refusal(
        'viewer.plain-http',
        `The viewer would be reached without encryption at ${url.origin}.`,
        'Give it an https origin; plain http is for this machine only.',
      ),
    );
  }
  return { origin: url.origin, host: url.host, secure };
}

/** Two host names, or a cookie of one would be sent to the other: ports do not part cookies. */
export function refuseSameHost(app: Site, content: Site): void {
  if (new URL(app.origin).hostname !== new URL(content.origin).hostname) return;
  throw new Refused(
    refusal(
      'viewer.same-host',
      'The content origin has the host name of the viewer.',
      'Give it a host name of its own.',
    ),
  );
}

/** Nothing is made of the host header but this comparison. */
export function onlyHost(site: Site): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.headers.host === site.host) return next();
    response.status(421).type('text').send('Misdirected request');
  };
}

export function onlyMethods(...methods: string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) return next();
    response.status(405).set('allow', methods.join(', ')).type('text').send('Method not allowed');
  };
}
