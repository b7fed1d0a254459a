/** Bytes on their way: counted, and broken off above a limit. */
import { Transform } from 'node:stream';

/** A side sent more than it may. */
class TooMuch extends Error {}

/** `count` takes the size of a piece and says how much there has been. */
export function counted(limit: number, count: (size: number) => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (count(chunk.length) > limit) done(new TooMuch());
      else done(null, chunk);
    },
  });
}
