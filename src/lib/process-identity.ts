/** Which process a number means: numbers are given out again. */
import { readFileSync } from 'node:fs';

/** Number and start time, or `<number> gone`. Off Linux the number alone tells: `<number> running`. */
export function identity(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = 'Z', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process that nobody has collected yet holds nothing.
    return 'ZX'.includes(state) ? `${pid} gone` : `${pid} ${fields[18] ?? ''}`;
  } catch {
    return isAlive(pid) ? `${pid} running` : `${pid} gone`;
  }
}

/** Whether any process has this number now. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
