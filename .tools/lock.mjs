// One at a time in this checkout, whoever else was started in it. The lock is a file that names its
// owner: one whose owner has died is nobody's. Without imports from node_modules, as ready.mjs.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const LOOK_AGAIN_MS = 200;

/** Beside the checkout's own files nothing is left; npm empties node_modules, so it cannot be there. */
export function lockOf(folder) {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return path.join(tmpdir(), `sallyport-ready-${name}.lock`);
}

/** Runs the work when nobody else does; `waiting` is called once when somebody does. */
export async function alone(lock, work, waiting = () => {}) {
  for (let told = false; !take(lock); ) {
    if (!told) waiting();
    told = true;
    await wait(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** True when it is ours. The owner is in it from its first moment: it is written beside and linked in. */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeDead(lock);
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Out of the way first, then looked at: what somebody alive has taken meanwhile is put back. */
function removeDead(lock) {
  if (!isDead(lock)) return;
  const aside = `${lock}.${process.pid}.dead`;
  try {
    renameSync(lock, aside);
    if (!isDead(aside)) linkSync(aside, lock);
  } catch {
    // Another was quicker.
  }
  rmSync(aside, { force: true });
}

function isDead(lock) {
  let owner;
  try {
    owner = Number(readFileSync(lock, 'utf8'));
  } catch {
    return false;
  }
  try {
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
