/**
 * One request, carried to GitHub and back: the answer as a stream, as fast as the slower side, within limits of
 * bytes and time. Whoever gives up ends the other side too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { request as ask, type Dispatcher } from 'undici';
import { seconds } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { isNotPublic } from './addresses.ts';
import { counted } from './counted.ts';
import { headersDown, headersUp } from './headers.ts';
import type { ProxyLimits } from './settings.ts';
import { no } from './words.ts';

export interface Relay {
  /** Built from captures and canonical names; never the raw target. */
  url: string;
  request: IncomingMessage;
  response: ServerResponse;
  /** What is sent, written anew; without it nothing is. */
  body?: string;
  authorization?: string;
  /** Sees the answer pass, which is not compressed then. */
  tap?: Transform;
  limits: ProxyLimits;
  dispatcher: Dispatcher;
  /** Nobody waits for it any more, or it takes too long. */
  stop: AbortController;
}

export interface Carried {
  refused?: Refusal;
  /** GitHub did not take the token. */
  denied: boolean;
  bytesOut: number;
  /** The answer was begun and could not be finished. */
  broken: boolean;
}

export async function relay({
  url,
  request,
  response,
  body,
  authorization,
  tap,
  limits,
  dispatcher,
  stop,
}: Relay): Promise<Carried> {
  const carried: Carried = { denied: false, bytesOut: 0, broken: false };
  const down = counted(limits.response_bytes, (size) => (carried.bytesOut += size));
  try {
    const answer = await ask(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: headersUp(request.headers, authorization),
      body: body ?? null,
      headersTimeout: seconds(limits.headers_seconds),
      bodyTimeout: seconds(limits.idle_seconds),
      signal: stop.signal,
      dispatcher,
    });
    if (answer.statusCode !== 200) {
      answer.body.on('error', () => undefined).destroy();
      carried.denied = answer.statusCode === 401 || answer.statusCode === 403;
      carried.refused = refusalFor(answer.statusCode);
      return carried;
    }
    // What was to be read on the way and came packed nevertheless would pass unread.
    const packed = answer.headers['content-encoding'] !== undefined;
    if (tap && packed) {
      answer.body.on('error', () => undefined).destroy();
      carried.refused = no.github();
      return carried;
    }
    response.writeHead(200, headersDown(answer.headers));
    const { signal } = stop;
    if (tap) await pipeline(answer.body, tap, down, response, { signal });
    else await pipeline(answer.body, down, response, { signal });
  } catch (error) {
    if (response.headersSent) {
      carried.broken = true;
      response.destroy();
    } else carried.refused = isNotPublic(error) ? no.notPublic() : no.github();
  } finally {
    stop.abort();
  }
  return carried;
}

function refusalFor(status: number): Refusal {
  if (status >= 300 && status < 400) return no.redirect();
  if (status === 404) return no.missing();
  return status === 429 ? no.githubLimit() : no.github();
}
