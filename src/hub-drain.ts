/**
 * Draining a hub: a file in its state folder asks the process at work there to end as SIGTERM would, and the
 * command that wrote it can wait for that. It needs neither the door nor the database, so that it works in a
 * container and while either is in trouble.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seconds } from './lib/clock.ts';
import { identity } from './lib/process-identity.ts';
import { refusal, type Refusal } from './lib/refusal.ts';

const LOOK_MS = seconds(0.25);

const placesIn = (dir: string) => ({ drain: join(dir, 'drain'), process: join(dir, 'process.pid') });

/** Says which process works in this folder; `asked` resolves when it is to end, with why. Call `close` when it has. */
export function drainsBy(dir: string): { asked: Promise<string>; close(): void } {
  const places = placesIn(dir);
  mkdirSync(dir, { recursive: true });
  rmSync(places.drain, { force: true });
  writeFileSync(places.process, identity(process.pid));
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
  /** Of a hub that was killed the file stays, and its number may be another process's by now. */
  const at = (): string | undefined => {
    const holder = existsSync(places.process) ? readFileSync(places.process, 'utf8').trim() : '';
    const pid = Number(holder.split(' ')[0]);
    const now = pid > 0 ? identity(pid) : 'gone';
    // A hub of an earlier version wrote its number alone.
    const isIt = holder.includes(' ') ? now === holder : !now.endsWith('gone');
    return isIt ? holder : undefined;
  };
  const asked = at();
  if (asked === undefined) return notRunning(dir);
  // Whole when it is seen.
  writeFileSync(`${places.drain}.new`, why);
  renameSync(`${places.drain}.new`, places.drain);
  return { ended: () => at() !== asked };
}

const notRunning = (dir: string): Refusal =>
  refusal(
    'hub.not-running',
    `No hub is at work in ${dir}.`,
    'Nothing has to be drained. If it runs, say with --config which hub.yml it has, on its own machine.',
  );
