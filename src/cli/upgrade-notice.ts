/**
 * After a command of a laptop, on a terminal: that there is a newer version. Nothing is waited for. What is told was found
 * by an earlier look, and the look for the next time is a process of its own.
 */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { Command } from 'commander';
import { hours } from '../lib/clock.ts';
import { installed, type Way } from './installed.ts';
import { LAPTOP } from './laptop-commands.ts';
import { cacheFile, isNewer, keepSeen, readSeen } from './upgrade-cache.ts';
import { releasesOf } from './upgrade-newest.ts';
import { version } from './version.ts';

const EVERY_MS = hours(4);

/** The command itself says it, or what is printed is for a shell. */
const SILENT = new Set(['upgrade', 'look-for-newer', 'completion', 'complete-actions', 'reference']);

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  way: Way;
  now: number;
  file: string;
  say(text: string): void;
  look(): void;
}

const here = (): Surroundings => ({
  env: process.env,
  way: installed().way,
  now: Date.now(),
  file: cacheFile(),
  say: (text) => void process.stderr.write(text),
  look: lookInBackground,
});

/** `command`: the first word. Called when standard error is a terminal. */
export function tellOfNewer(command: string | undefined, at: Surroundings = here()): void {
  const { env, way, now, file } = at;
  if (env['SALLYPORT_NO_NOTICE'] || env['CI'] || !mayBeAsked(way, env) || !isOfLaptop(command)) return;
  const seen = readSeen(file);
  // A clock that was set back makes times of the future: they count as long ago.
  const isDue = (then: number): boolean => then > now || now - then >= EVERY_MS;
  const tells = seen.newest !== undefined && isNewer(seen.newest, version) && isDue(seen.toldAt);
  const asks = isDue(seen.askedAt);
  if (!tells && !asks) return;
  const kept = keepSeen({ ...seen, ...(tells && { toldAt: now }), ...(asks && { askedAt: now }) }, file);
  if (!kept) return;
  if (tells)
    at.say(
      `\nsallyport ${seen.newest!} is there; this is ${version}. To have it: sallyport upgrade\n(SALLYPORT_NO_NOTICE=1 keeps this silent)\n`,
    );
  if (asks) at.look();
}

/** A clone is brought up to date by git; a single file has a source only when the person named one. */
function mayBeAsked(way: Way, env: NodeJS.ProcessEnv): boolean {
  if (way === 'clone') return false;
  return way === 'single' || way === 'gh' ? releasesOf(env) !== undefined : true;
}

/** A host in a secure zone, or a hub, asks nobody. */
function isOfLaptop(command: string | undefined): boolean {
  if (command === undefined || SILENT.has(command)) return false;
  const laptop = new Command();
  for (const register of LAPTOP) register(laptop);
  return laptop.commands.some((each) => each.name() === command);
}

function lookInBackground(): void {
  const program = process.argv[1];
  if (program === undefined) return;
  const looking = spawn(process.execPath, [program, 'look-for-newer'], {
    cwd: homedir(),
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  looking.on('error', () => undefined);
  looking.unref();
}
