/** One process per folder: two agents on one would run every job twice. */
import { writeFileSync, rmSync, linkSync } from 'node:fs';
import path from 'node:path';
import { identity } from '../src/lib/process-identity.ts';
import { refusal, type Refusal } from '../src/lib/refusal.ts';
import { readIfThere } from './store/durable.ts';

/** Takes the folder, or says who has it. The lock of a process that is gone counts for nothing. */
export function lockFolder(
  dir: string,
  held: (pid: number) => Refusal,
  pid = process.pid,
): { release(): void } | Refusal {
  const file = path.join(dir, '.lock');
  const mine = `${file}.${pid}`;
  // Made anew: a link that lies there in the folder of somebody's study is not followed.
  rmSync(mine, { force: true });
  writeFileSync(mine, identity(pid), { flag: 'wx' });
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if (tryLink(mine, file)) return { release: () => rmSync(file, { force: true }) };
      const holder = readIfThere(file) ?? '';
      const by = Number(holder.split(' ')[0]);
      if (by > 0 && identity(by) === holder) return held(by);
      rmSync(file, { force: true });
    }
    return refusal('folder.locked', `${file} cannot be taken.`, 'Try again.');
  } finally {
    rmSync(mine, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
