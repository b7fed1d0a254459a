/** A request's body, handed on piece by piece and unpacked on the way, within limits of bytes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { Refusal } from '../../lib/refusal.ts';
import { no } from '../words.ts';

export interface BodyOptions {
  request: IncomingMessage;
  response: ServerResponse;
  limits: { request_bytes: number; inflated_bytes: number };
  /** A refusal ends the reading. */
  take(chunk: Buffer): Refusal | undefined;
}

/**
 * Resolves when the body has ended, or with why it is not read on: the connection is whole then, so that the
 * refusal still arrives. `bytes`: as they came.
 */
export function readBody(options: BodyOptions): Promise<{ bytes: number; refused?: Refusal }> {
  const { request, response, limits, take } = options;
  if (Number(request.headers['content-length'] ?? 0) > limits.request_bytes)
    return Promise.resolve({ bytes: 0, refused: no.tooLarge() });
  // Gone while GitHub was asked: nothing would tell it any more.
  if (request.socket.destroyed) return Promise.resolve({ bytes: 0, refused: no.gitRequest() });
  if (request.headers.expect) response.writeContinue();
  const unpack =
    (request.headers['content-encoding'] ?? 'identity') === 'identity' ? undefined : createGunzip();
  return new Promise((resolve) => {
    let bytes = 0;
    let inflated = 0;
    const end = (refused?: Refusal): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).pause();
      unpack
        ?.removeAllListeners()
        .on('error', () => undefined)
        .destroy();
      resolve({ bytes, ...(refused ? { refused } : {}) });
    };
    const onPlain = (chunk: Buffer): void => {
      inflated += chunk.length;
      const refused = inflated > limits.inflated_bytes ? no.tooLarge() : take(chunk);
      if (refused) end(refused);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.request_bytes) end(no.tooLarge());
      else if (!unpack) onPlain(chunk);
      else if (!unpack.write(chunk)) {
        request.pause();
        unpack.once('drain', () => request.resume());
      }
    };
    const onEnd = (): void => void (unpack ? unpack.end() : end());
    // It also closes when all has come, and what was packed may still be being unpacked then.
    const onClose = (): void => void (request.readableEnded || end(no.gitRequest()));
    unpack
      ?.on('data', onPlain)
      .on('end', () => end())
      .on('error', () => end(no.gitRequest()));
    request.on('data', onData).on('end', onEnd).on('close', onClose);
    request.on('error', () => undefined);
  });
}
