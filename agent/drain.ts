/**
 * Draining an agent: a file in its state folder says so. The agent listens on nothing, and the file holds
 * also while a command that set it is interrupted; an agent that starts is at work again.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { seconds } from '../src/lib/clock.ts';
import { refusal, type Refusal } from '../src/lib/refusal.ts';
import { identity } from '../src/lib/process-identity.ts';
import { readIfThere, writeWhole } from './store/durable.ts';

const LOOK_MS = seconds(0.5);

const fileIn = (stateDir: string): string => path.join(stateDir, 'drain');

/** Calls when the agent of this folder is to be drained, and when no longer. What was asked of an earlier process is over. */
export function drainsBy(stateDir: string, changed: (on: boolean) => void): { close(): void } {
  const file = fileIn(stateDir);
  rmSync(file, { force: true });
  let was = false;
  const timer = setInterval(() => {
    const is = existsSync(file);
    if (is === was) return;
    was = is;
    changed(is);
  }, LOOK_MS);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      rmSync(file, { force: true });
    },
  };
}

/** The process at work in this folder, as its lock names it. */
function holder(stateDir: string): string | undefined {
  const held = readIfThere(path.join(stateDir, '.lock'));
  const pid = Number(held?.split(' ')[0]);
  return held !== undefined && pid > 0 && identity(pid) === held ? held : undefined;
}

export interface Draining {
  /** Runs that have not come to their end. */
  left(): number;
  /** The process that was asked has ended. */
  ended(): boolean;
}

/** Asks the agent at work in this folder to finish what it has and end; it answers by doing so. */
export function askToDrain(stateDir: string): Draining | Refusal {
  const asked = holder(stateDir);
  if (asked === undefined) return notRunning(stateDir);
  writeWhole(fileIn(stateDir), '', { sync: false });
  return {
    left: () => readdirSync(path.join(stateDir, 'active')).length,
    ended: () => holder(stateDir) !== asked,
  };
}

/** Takes it back; the agent goes on as before, if it has not ended. False when it was not being drained. */
export function askToGoOn(stateDir: string): boolean | Refusal {
  const asked = existsSync(fileIn(stateDir));
  rmSync(fileIn(stateDir), { force: true });
  return holder(stateDir) === undefined ? notRunning(stateDir) : asked;
}

const notRunning = (dir: string): Refusal =>
  refusal(
    'agent.not-running',
    `No agent is at work in ${dir}.`,
    'Nothing has to be drained; start it when you want it. If it runs, say with --zone which zone.yml it has.',
  );
