/** Files of a state folder, as an operator's commands read them. No link is ever followed. */
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync, type Stats } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { randomIds } from '../../src/lib/ids.ts';
import { syncFolder } from '../store/durable.ts';

export interface Found {
  /** Beneath the folder that was asked for, with `/`. */
  path: string;
  stat: Stats;
}

/** Plain files, in the order of their names; what vanishes meanwhile is left out. `skip` is asked for folders and files. */
export function* filesBelow(
  root: string,
  skip: (relative: string) => boolean = () => false,
  at = '',
): Generator<Found> {
  for (const name of namesIn(path.join(root, at)).sort()) {
    const relative = at === '' ? name : `${at}/${name}`;
    if (skip(relative)) continue;
    const stat = statOf(path.join(root, relative));
    if (stat?.isDirectory()) yield* filesBelow(root, skip, relative);
    else if (stat?.isFile()) yield { path: relative, stat };
  }
}

/** Empty for what is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

export function statOf(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

/** SHA-256 and size while it is copied; into its place only when `expected` is what came out, or nothing was expected. */
export async function copyWhole(
  from: string,
  to: (hash: string) => string,
  options: { mode: number; expected?: string; range?: { start: number; end: number } },
): Promise<{ hash: string; size: number } | undefined> {
  const digest = createHash('sha256');
  const staging = `${to(options.expected ?? 'x'.repeat(64))}.${randomIds.id()}.new`;
  await mkdir(path.dirname(staging), { recursive: true, mode: 0o700 });
  const out = await open(staging, 'wx', options.mode);
  let size = 0;
  try {
    // An empty range cannot be named to a stream.
    if (!options.range || options.range.end >= options.range.start)
      for await (const chunk of createReadStream(from, options.range)) {
        digest.update(chunk as Buffer);
        size += (chunk as Buffer).length;
        await out.writeFile(chunk as Buffer);
      }
    await out.chmod(options.mode);
    await out.sync();
  } catch (error) {
    await rm(staging, { force: true });
    throw error;
  } finally {
    await out.close();
  }
  const hash = digest.digest('hex');
  if (options.expected !== undefined && hash !== options.expected) {
    await rm(staging, { force: true });
    return undefined;
  }
  await mkdir(path.dirname(to(hash)), { recursive: true, mode: 0o700 });
  await rename(staging, to(hash));
  syncFolder(path.dirname(to(hash)));
  return { hash, size };
}

/** A list from a file names places beneath a folder, and nothing above or beside it. */
export const isPlace = (relative: string): boolean =>
  relative !== '' &&
  !relative.includes('\0') &&
  !path.isAbsolute(relative) &&
  relative.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
