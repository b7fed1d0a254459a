/**
 * Small files that must be whole or absent: written beside their place, synced, renamed over it.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { randomIds } from '../../src/lib/ids.ts';

export interface DurableOptions {
  /** Default 0o600. */
  mode?: number;
  /** False on the laptop, where a power cut only costs a rerun. */
  sync?: boolean;
}

/** Replaces the file in one step; its folder is made when missing. */
export function writeWhole(file: string, text: string | Uint8Array, options: DurableOptions = {}): void {
  const dir = path.dirname(file);
  const made = mkdirSync(dir, { recursive: true });
  const beside = `${file}.${randomIds.id()}.new`;
  const fd = openSync(beside, 'wx', options.mode ?? 0o600);
  try {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    if (options.sync !== false) fsyncSync(fd);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  renameSync(beside, file);
  if (options.sync === false) return;
  syncFolder(dir);
  // Folders that were made for it have names, too: each stands in the one above.
  if (made === undefined) return;
  for (let at = dir; at !== path.dirname(made); at = path.dirname(at)) syncFolder(path.dirname(at));
}

/** The same, synced, while other work goes on. */
export async function writeWholeLater(file: string, text: string, mode: number): Promise<void> {
  const beside = `${file}.${randomIds.id()}.new`;
  const opened = await open(beside, 'wx', mode);
  try {
    await opened.writeFile(text);
    await opened.sync();
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  } finally {
    await opened.close();
  }
  await rename(beside, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes names in a folder survive a power cut. */
export function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Puts a hard link at a path, replacing what is there in one step. */
export function linkOver(existing: string, file: string): void {
  const beside = `${file}.${randomIds.id()}.new`;
  linkSync(existing, beside);
  renameSync(beside, file);
  // rename() does nothing when both names are already the same file: the second name must go.
  rmSync(beside, { force: true });
}

/** The file's JSON, or undefined when it is absent. A broken file is a bug or a broken disk: it throws. */
export function readJson(file: string): unknown {
  const text = readIfThere(file);
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** Of a file that is written without sync: after a power cut it may be empty or torn, which is as good as absent. */
export function readJsonIfWhole(file: string): unknown {
  try {
    return readJson(file);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
