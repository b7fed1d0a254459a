/**
 * A layer of an image whose bytes depend on nothing but what is in it: entries in order, times no later than the lock's, no
 * owners by name, no file that gives rights, nothing that a mirror, a clock or this host left behind.
 */
import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';

export interface Layer {
  /** Of the compressed file, by which registries know it. */
  digest: string;
  /** Of what it unpacks to, by which engines do. */
  diffId: string;
  bytes: number;
  unpacked: number;
}

export interface LayerFile {
  path: string;
  mode: number;
  content: Uint8Array | 'folder';
}

const STATUS = 'var/lib/dpkg/status';
const MOST_STATUS = 64 * 1024 * 1024;

/** Of the host, of the day, or of no use to a program that runs once and may not write. */
const LEFT_OUT: readonly RegExp[] = [
  /^etc\/(?:hostname|resolv\.conf|machine-id|mtab|\.pwd\.lock)$/,
  // What mmdebstrap itself put there, with the folder it was made in.
  /^etc\/(?:apt\/.|dpkg\/dpkg\.cfg\.d\/99mmdebstrap$)/,
  /^etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$/,
  /^(?:dev|proc|sys|run|tmp|var\/tmp|var\/log|var\/lib\/apt|boot|home|root|media|mnt|srv)\/./,
  /^var\/cache\/./,
  /^var\/lib\/dpkg\/(?:.*-old|lock|lock-frontend|triggers\/Lock)$/,
  /^var\/lib\/(?:dbus|systemd)\/./,
  /^usr\/share\/(?:man|info|lintian|locale|bug|menu|help|gtk-doc)\/./,
  // Licences stay: they are what the packages are given under.
  /^usr\/share\/doc\/(?:[^/]+\/)(?!copyright$)./,
  /^usr\/share\/doc-base\/./,
];

export const isLeftOut = (name: string): boolean => LEFT_OUT.some((pattern) => pattern.test(name));

export const plainName = (name: string): string => name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');

/** The file system as mmdebstrap streams it, sorted already; and dpkg's own list of what is in it. */
export async function systemLayer(
  source: Readable,
  latest: Date,
  folder: string,
): Promise<Layer & { status: string }> {
  let status = '';
  const layer = await writeLayer(folder, async (pack) => {
    const entries = tar.extract();
    const reading = pipeline(source, entries);
    for await (const entry of entries) {
      const name = plainName(entry.header.name);
      const { type } = entry.header;
      const kept = name !== '' && !isLeftOut(name) && type !== 'character-device' && type !== 'block-device';
      if (!kept || type === 'fifo') {
        entry.resume();
        continue;
      }
      const header = tidied(entry.header, name, latest);
      if (type !== 'file') {
        entry.resume();
        await put(pack, header);
        continue;
      }
      if (name !== STATUS || (entry.header.size ?? 0) > MOST_STATUS) {
        await pipeline(entry, pack.entry(header));
        continue;
      }
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      status = Buffer.concat(pieces).toString();
      await put(pack, header, Buffer.concat(pieces));
    }
    await reading;
  });
  return { ...layer, status };
}

/** Files of the recipe, and the folder that every job works in. */
export function ownLayer(files: readonly LayerFile[], latest: Date, folder: string): Promise<Layer> {
  const all = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  return writeLayer(folder, async (pack) => {
    for (const { path: name, mode, content } of all) {
      const base = { name: plainName(name), mode, mtime: latest, uid: 0, gid: 0, uname: '', gname: '' };
      if (content === 'folder') await put(pack, { ...base, name: `${base.name}/`, type: 'directory' });
      else await put(pack, { ...base, type: 'file' }, Buffer.from(content));
    }
  });
}

type Made = Partial<tar.Header> & { name: string };

/** Made anew, so that nothing comes along that is not named here: file capabilities stand in what is not copied. */
function tidied(header: tar.Header, name: string, latest: Date): Made {
  const isFolder = header.type === 'directory';
  const mode = header.mode ?? 0;
  return {
    name: isFolder ? `${name}/` : name,
    type: header.type ?? 'file',
    mode: mode & (isFolder ? 0o1777 : 0o777),
    ...{ uid: header.uid ?? 0, gid: header.gid ?? 0, uname: '', gname: '' },
    mtime: header.mtime && header.mtime < latest ? header.mtime : latest,
    ...(header.type === 'file' ? { size: header.size ?? 0 } : {}),
    ...(header.linkname
      ? { linkname: header.type === 'link' ? plainName(header.linkname) : header.linkname }
      : {}),
  };
}

async function put(pack: tar.Pack, header: Made, content?: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (content) pack.entry(header, content, done);
    else pack.entry(header, done);
  });
}

/**
 * Compressed by GNU gzip: its bytes have been the same for decades, which those of zlib are not from one processor to the next.
 */
async function writeLayer(folder: string, fill: (pack: tar.Pack) => Promise<void>): Promise<Layer> {
  const pack = tar.pack();
  const gzip = spawn('gzip', ['-n', '-6', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [plain, packed] = [counted(), counted()];
  const beside = path.join(folder, `layer.${process.pid}`);
  const filled = fill(pack).then(
    () => pack.finalize(),
    (error: unknown) => {
      pack.destroy(error as Error);
      throw error;
    },
  );
  const ended = once(gzip, 'close');
  const faults = await Promise.allSettled([
    pipeline(pack as unknown as Readable, plain.through, gzip.stdin),
    pipeline(gzip.stdout, packed.through, createWriteStream(beside)),
    filled,
    ended.then(([code]) => {
      if (code !== 0) throw new Error(`gzip ended with ${String(code)}`);
    }),
  ]);
  // What filled it knows why; the others only saw it break off.
  const fault = [faults[2], ...faults].find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
  const digest = packed.hash.digest('hex');
  await rename(beside, path.join(folder, digest));
  return {
    digest: `sha256:${digest}`,
    diffId: `sha256:${plain.hash.digest('hex')}`,
    ...{ bytes: packed.bytes(), unpacked: plain.bytes() },
  };
}

function counted(): { through: Transform; hash: Hash; bytes(): number } {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform(piece: Buffer, _encoding, next) {
      hash.update(piece);
      bytes += piece.length;
      next(null, piece);
    },
  });
  return { through, hash, bytes: () => bytes };
}
