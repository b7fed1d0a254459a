/**
 * Draining a hub: a file in its state folder asks the process at work there to end as SIGTERM would, and the
 * command that wrote it can wait for that. It needs neither the door nor the database, so that it works in a
 * container and while either is in trouble.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seconds } from './lib/clock.ts';
import { refusal, type Refusal } from './lib/refusal.ts';

const LOOK_MS = seconds(0.25);

const placesIn = (dir: string) => ({ drain: join(dir, 'drain'), process: join(dir, 'process.pid') });

/** Says which process works in this folder; `asked` resolves when it is to end, with why. Call `close` when it has. */
export function drainsBy(dir: string): { asked: Promise<string>; close(): void } {
  const places = placesIn(dir);
  mkdirSync(dir, { recursive: true });
  rmSync(places.drain, { force: true });
  writeFileSync(places.process, `${process.pid}\n`);
  let timer: NodeJS.Timeout | undefined;
  const asked = new Promise<string>((resolve) => {
    const look = (): void => void (existsSync(places.drain) && resolve(readFileSync(places.drain, 'utf8')));
    timer = setInterval(look, LOOK_MS);
    timer.unref();
  });
  return {
    asked,
    close() {
      clearInterval(timer);
      for (const file of Object.values(places)) rmSync(file, { force: true });
    },
  };
}

/** Asks the hub of this folder to end; the answer tells whether it has. */
export function askHubToEnd(dir: string, why: string): { ended(): boolean } | Refusal {
  const places = placesIn(dir);
  const at = (): number | undefined => {
    const pid = existsSync(places.process) ? Number(readFileSync(places.process, 'utf8')) : 0;
    return pid > 0 && isAlive(pid) ? pid : undefined;
  };
  const asked = at();
  if (asked === undefined) return notRunning(dir);
  // Whole when it is seen.
  writeFileSync(`${places.drain}.new`, why);
  renameSync(`${places.drain}.new`, places.drain);
  return { ended: () => at() !== asked };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const notRunning = (dir: string): Refusal =>
  refusal(
    'hub.not-running',
    `No hub is at work in ${dir}.`,
    'Nothing has to be drained. If it runs, say with --config which hub.yml it has, on its own machine.',
  );
