/**
 * One request, carried to GitHub and back: as a stream both ways, each side as fast as the slower one,
 * within limits of bytes and time. Whoever gives up ends the other side too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { request as ask, type Dispatcher } from 'undici';
import { seconds } from '../lib/clock.ts';
import type { Refusal } from '../lib/refusal.ts';
import { headersDown, headersUp } from './headers.ts';
import type { ProxyLimits } from './settings.ts';
import { no } from './words.ts';

export interface Relay {
  /** Built from captures and canonical names; never the raw target. */
  url: string;
  request: IncomingMessage;
  response: ServerResponse;
  authorization?: string;
  limits: ProxyLimits;
  dispatcher: Dispatcher;
}

export interface Carried {
  refused?: Refusal;
  /** GitHub did not take the token. */
  denied: boolean;
  bytesIn: number;
  bytesOut: number;
  /** The answer was begun and could not be finished. */
  broken: boolean;
}

/** A side sent more than it may. */
class TooMuch extends Error {}

export async function relay({
  url,
  request,
  response,
  authorization,
  limits,
  dispatcher,
}: Relay): Promise<Carried> {
  const carried: Carried = { denied: false, bytesIn: 0, bytesOut: 0, broken: false };
  const stop = new AbortController();
  const total = setTimeout(() => stop.abort(), seconds(limits.total_seconds));
  response.once('close', () => stop.abort());
  const up = counted(limits.request_bytes, (size) => (carried.bytesIn += size));
  const down = counted(limits.response_bytes, (size) => (carried.bytesOut += size));
  const hasBody = request.method === 'POST';
  // Its failure is seen where it is read; alone it must not end the process.
  up.on('error', () => undefined);
  try {
    if (Number(request.headers['content-length'] ?? 0) > limits.request_bytes) throw new TooMuch();
    if (request.headers.expect) response.writeContinue();
    // Not a pipeline: giving up must leave the connection whole, so that the refusal still arrives.
    if (hasBody) request.pipe(up);
    const sent = hasBody ? finished(up, { readable: false }) : undefined;
    sent?.catch(() => undefined);
    const answer = await ask(url, {
      method: hasBody ? 'POST' : 'GET',
      headers: headersUp(request.headers, authorization),
      body: hasBody ? up : undefined,
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
    // Git says all before it listens. An answer that comes earlier waits, or a body that turns out too
    // large could no longer be refused in words.
    await sent;
    response.writeHead(200, headersDown(answer.headers));
    await pipeline(answer.body, down, response, { signal: stop.signal });
  } catch {
    if (response.headersSent) {
      carried.broken = true;
      response.destroy();
    } else
      carried.refused =
        carried.bytesIn > limits.request_bytes || tooLong(request, limits) ? no.tooLarge() : no.github();
  } finally {
    clearTimeout(total);
    request.unpipe(up);
    up.destroy();
    stop.abort();
  }
  return carried;
}

function tooLong(request: IncomingMessage, limits: ProxyLimits): boolean {
  return Number(request.headers['content-length'] ?? 0) > limits.request_bytes;
}

function refusalFor(status: number): Refusal {
  if (status >= 300 && status < 400) return no.redirect();
  if (status === 404) return no.missing();
  return status === 429 ? no.githubLimit() : no.github();
}

/** Counts what passes and breaks off above the limit. */
function counted(limit: number, count: (size: number) => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (count(chunk.length) > limit) done(new TooMuch());
      else done(null, chunk);
    },
  });
}
