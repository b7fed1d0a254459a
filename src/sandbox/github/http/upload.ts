/** A body too large for memory: to a file, hashed on its way. */
import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Received } from '../state/release-assets.ts';

let count = 0;

/** Undefined when the sender broke off. */
export async function receiveFile(request: IncomingMessage, folder: string): Promise<Received | undefined> {
  const file = join(folder, `incoming-${process.pid}-${(count += 1)}`);
  const hash = createHash('sha256');
  let size = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(undefined, chunk);
    },
  });
  try {
    await pipeline(request, measured, createWriteStream(file, { mode: 0o600 }));
    return { file, size, sha256: hash.digest('hex') };
  } catch {
    rmSync(file, { force: true });
    return undefined;
  }
}

/** The length a sender announces; undefined when it streams. */
export function announcedLength(request: IncomingMessage): number | undefined {
  const value = request.headers['content-length'];
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
