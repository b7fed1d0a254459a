// Where tests put what they make: in memory where there is enough of it. Thousands of small files are made
// and removed, and a disk's file system takes thirty times as long over each.
import { accessSync, constants, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const MEMORY = '/dev/shm';
const PREFIX = 'sallyport-';
/** A run leaves less than 1 GB lying at any moment; Chromium and the databases want theirs as well. */
const NEEDED = 6 * 2 ** 30;

/** The folder, or undefined for the system's own: where TMPDIR was chosen by hand, or memory is short. */
export function scratchFolder({ memory = MEMORY, needed = NEEDED, chosen = process.env.TMPDIR } = {}) {
  if (chosen || !hasRoom(memory, needed)) return undefined;
  removeAbandoned(memory);
  const folder = path.join(memory, `${PREFIX}${process.pid}`);
  mkdirSync(folder, { mode: 0o755 });
  return folder;
}

/**
 * Afterwards. The database server ends a second after the tests and then removes its own folder
 * (test/support/postgres.ts): that is waited for, but not for ever.
 */
export async function removeScratch(folder, patienceMs = 5_000) {
  for (const name of readdirSync(folder))
    if (!name.startsWith('sallyport-test-pg-'))
      rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  for (const until = Date.now() + patienceMs; readdirSync(folder).length > 0; await wait(100))
    if (Date.now() > until) return;
  rmdirSync(folder);
}

function hasRoom(memory, needed) {
  try {
    accessSync(memory, constants.W_OK);
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= needed && freemem() >= needed;
  } catch {
    return false;
  }
}

/** Of a run that was killed. */
function removeAbandoned(memory) {
  for (const name of readdirSync(memory)) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)$`).exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(path.join(memory, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
