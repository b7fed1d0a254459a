/** What a program without a terminal writes comes from the engine in frames: one byte of stream, four of length. */
import type { Writable } from 'node:stream';

const HEADER = 8;
const STDERR = 2;

/** Copies both streams, no faster than they are read. Resolves at the end. */
export async function copyFrames(
  from: NodeJS.ReadableStream,
  to: { stdout: Writable; stderr: Writable },
): Promise<void> {
  for await (const { kind, bytes } of kindFrames(from as AsyncIterable<Buffer>)) {
    const out = kind === STDERR ? to.stderr : to.stdout;
    if (!out.writable) continue;
    if (!out.write(bytes)) await drained(out);
  }
}

/** A terminal's: one stream without frames. */
export async function copyAll(from: NodeJS.ReadableStream, to: Writable): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (to.writable && !to.write(chunk)) await drained(to);
  }
}

/** Parts of frames as they come: a large frame is not kept until it is whole. */
export async function* kindFrames(
  from: AsyncIterable<Buffer>,
): AsyncIterable<{ kind: number; bytes: Buffer }> {
  let head = Buffer.alloc(0);
  let kind = 0;
  let left = 0;
  for await (const chunk of from) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const wanted = HEADER - head.length;
        head = Buffer.concat([head, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (head.length < HEADER) continue;
        kind = head[0] ?? 0;
        left = head.readUInt32BE(4);
        head = Buffer.alloc(0);
        continue;
      }
      const bytes = rest.subarray(0, left);
      rest = rest.subarray(bytes.length);
      left -= bytes.length;
      yield { kind, bytes };
    }
  }
}

/** Resolves also when it is closed: then nothing is to wait for. */
export function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done);
      out.off('close', done);
      out.off('error', done);
      resolve();
    };
    out.once('drain', done);
    out.once('close', done);
    out.once('error', done);
  });
}
