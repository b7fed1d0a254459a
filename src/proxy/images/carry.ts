/**
 * A blob on its way to a client: hashed as it passes, and its last bytes kept back until the hash has been compared.
 * So whoever receives all of it received what the digest says; of anything else they get a broken connection.
 */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { seconds } from '../../lib/clock.ts';
import { within } from '../awaited.ts';
import type { Entering } from './cache.ts';
import type { Part } from './manifest.ts';

export interface Carried {
  bytesOut: number;
  /** mismatch: these are other bytes · cut: the source ended or was ended before · gone: the client went away */
  end: 'whole' | 'mismatch' | 'cut' | 'gone';
}

/** A disk that does not answer keeps nobody's place for longer. */
const PATIENCE = seconds(5);
/** Small pieces cost a record and a turn each; this many bytes go at once. */
const PIECE = 256 * 1024;
/** So much may wait for the client before the registry is made to wait: stopping it after each piece costs more than all else. */
const QUEUED = 4 * 1024 ** 2;

interface Taker {
  response: ServerResponse;
  headers: Record<string, string>;
  /** Nobody waits for it any more, or it takes too long. */
  signal: AbortSignal;
  entering?: Entering | undefined;
}

/**
 * Begins the answer only with the first bytes that it may send: if it returns before (`headersSent` is false),
 * the client can still be told why.
 */
export async function carry(
  source: AsyncIterable<Buffer>,
  { digest, size }: Part,
  taker: Taker,
): Promise<Carried> {
  const { response, headers, signal, entering } = taker;
  const hash = createHash('sha256');
  const carried: Carried = { bytesOut: 0, end: 'cut' };
  let into = entering;
  let seen = 0;
  let held: Buffer | undefined;
  try {
    for await (const piece of pieces(source)) {
      seen += piece.length;
      if (seen > size) return { ...carried, end: 'mismatch' };
      hash.update(piece);
      if (into && !(await within(signal, into.write(piece)))) into = undefined;
      if (held && !(await send(taker, held, size, carried))) return { ...carried, end: 'gone' };
      held = piece;
    }
    if (seen !== size) return carried;
    if (`sha256:${hash.digest('hex')}` !== digest) return { ...carried, end: 'mismatch' };
    if (into) await within(signal, into.keep());
    if (response.destroyed) return { ...carried, end: 'gone' };
    begin(response, size, headers);
    response.end(held);
    carried.bytesOut += held?.length ?? 0;
    return { ...carried, end: 'whole' };
  } catch {
    return { ...carried, end: response.destroyed ? 'gone' : 'cut' };
  } finally {
    if (entering) await within(AbortSignal.timeout(PATIENCE), entering.drop());
  }
}

function begin(response: ServerResponse, size: number, headers: Record<string, string>): void {
  if (!response.headersSent) response.writeHead(200, { ...headers, 'content-length': String(size) });
}

/** False when nobody listens any more. */
async function send(
  { response, headers, signal }: Taker,
  piece: Buffer,
  size: number,
  carried: Carried,
): Promise<boolean> {
  if (response.destroyed || signal.aborted) return false;
  begin(response, size, headers);
  carried.bytesOut += piece.length;
  if (response.write(piece) || response.writableLength < QUEUED) return true;
  try {
    await once(response, 'drain', { signal });
    return true;
  } catch {
    return false;
  }
}

/** The same bytes in pieces of about that size, whether they come in smaller or in larger ones. */
async function* pieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const part = chunk.subarray(at, at + PIECE);
      waiting.push(part);
      length += part.length;
      if (length < PIECE) continue;
      yield waiting.length === 1 ? part : Buffer.concat(waiting, length);
      waiting = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}
