/**
 * Reading a folder that a job could write to, one entry at a time: the names of ten million files fill the
 * agent's memory when they are read at once. The reader stops when it has had enough.
 */
import { opendirSync, type Dirent } from 'node:fs';

export interface Entry {
  /** As bytes: a name that is not UTF-8 would otherwise turn into another file's name, or into none. */
  name: Buffer;
  is: Pick<Dirent, 'isDirectory' | 'isFile' | 'isSymbolicLink'>;
}

// The types of Node know no encoding "buffer" here; Node does.
const AS_BYTES: object = { encoding: 'buffer', bufferSize: 128 };

/** In no order. What is removed meanwhile may still come, and what is added may not. Throws the system's error. */
export function* entriesOf(folder: string | Buffer): Generator<Entry> {
  const open = opendirSync(folder, AS_BYTES);
  try {
    for (let entry = open.readSync(); entry; entry = open.readSync()) {
      yield { name: Buffer.from(entry.name), is: entry };
    }
  } finally {
    open.closeSync();
  }
}

/** A place below a folder, as bytes. */
export const beneath = (folder: string | Buffer, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
