/** What a layer holds that matters to whoever lets an image in: what would give rights, and dpkg's own list. */
import { createHash } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { plainName } from './layer.ts';

export interface Contents {
  /** Of the tar. */
  diffId: string;
  /** Of the file as it came. */
  digest: string;
  /** Files that would run with the rights of another, and devices: the first of each, and how many. */
  privileged: { count: number; first: string[] };
  /** `/var/lib/dpkg/status`, when the layer has it. */
  status?: string;
}

const STATUS = 'var/lib/dpkg/status';
const MOST_STATUS = 64 * 1024 * 1024;
const SHOWN = 5;
const GZIP = [0x1f, 0x8b];

export async function contentsOf(source: Readable): Promise<Contents> {
  const [outer, inner] = [createHash('sha256'), createHash('sha256')];
  const tee = (hash: typeof outer): Transform =>
    new Transform({
      transform(piece: Buffer, _encoding, next) {
        hash.update(piece);
        next(null, piece);
      },
    });
  const found: Contents = { diffId: '', digest: '', privileged: { count: 0, first: [] } };
  const entries = tar.extract();
  const plain = tee(inner);
  const first = tee(outer);
  const reading = begun(pipeline(source, first), async () => {
    const gzipped = await startsWith(first, GZIP);
    const stages = gzipped ? pipeline(first, createGunzip(), plain) : pipeline(first, plain);
    await Promise.all([stages, pipeline(plain, entries)]);
  });
  for await (const entry of entries) {
    const { type, mode = 0, pax } = entry.header;
    const name = plainName(entry.header.name);
    const gives =
      (type === 'file' && (mode & 0o6000) !== 0) ||
      type === 'character-device' ||
      type === 'block-device' ||
      Object.keys(pax ?? {}).some((key) => key.endsWith('security.capability'));
    if (gives && ++found.privileged.count <= SHOWN) found.privileged.first.push(`/${name}`);
    if (name === STATUS && (entry.header.size ?? 0) <= MOST_STATUS) {
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      found.status = Buffer.concat(pieces).toString();
    } else entry.resume();
  }
  await reading;
  found.digest = `sha256:${outer.digest('hex')}`;
  found.diffId = `sha256:${inner.digest('hex')}`;
  return found;
}

/** Both at once; a fault of either is thrown when it is waited for, not before. */
async function begun(a: Promise<unknown>, b: () => Promise<unknown>): Promise<void> {
  const settled = await Promise.allSettled([a, b()]);
  const fault = settled.find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
}

/** Looks without taking. */
async function startsWith(stream: Transform, bytes: readonly number[]): Promise<boolean> {
  const piece = await new Promise<Buffer | null>((resolve) => {
    const look = (): void => {
      const taken = stream.read() as Buffer | null;
      if (taken !== null) stream.unshift(taken);
      resolve(taken);
    };
    stream.once('readable', look);
    stream.once('error', () => resolve(null));
  });
  return bytes.every((byte, at) => piece?.[at] === byte);
}
