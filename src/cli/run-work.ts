/** What `sallyport run` does, from its flags to its exit code. */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  faultRefusal,
  laptopExecutor,
  rowsInProcess,
  runOnLaptop,
  WORDS,
  type LaptopEvent,
  type LaptopOptions,
} from '../../agent/laptop.ts';
import { stataLicence } from '../../agent/laptop/licence.ts';
import { randomIds } from '../lib/ids.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { builtFile } from './installed.ts';
import type { RunFlags } from './run.ts';
import { githubScreen, plainScreen, type Screen } from './run-show.ts';
import { EXIT_CODES, stopOnSignals } from './stop.ts';

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;
const LIVE_LINES = 2;

export async function runHere(actions: string[], flags: RunFlags): Promise<number> {
  const dir = folderOf(flags.projectDir);
  if (flags.executor === 'process') process.stderr.write(`${WORDS.processWarning}\n`);
  if (flags.pull && flags.executor === 'docker') {
    const { fetchMissing } = await import('./images-work.ts');
    const code = await fetchMissing(actions, dir);
    if (code !== 0) return code;
  }
  const live = isLive(flags);
  const screen = await screenFor(flags, live);
  const viewable: string[] = [];
  const show = (event: LaptopEvent): void => {
    if (event.type === 'ended') viewable.push(...toCheck(event));
    screen.show(event);
  };
  const stopping = stopOnSignals(screen);
  try {
    const options = { ...optionsOf(dir, flags), actions, show, tail: live ? LIVE_LINES : 0 };
    const ok = await runOnLaptop({ ...options, signal: stopping.signal });
    screen.close();
    await sayHints(dir, viewable, screen, live);
    return ok ? 0 : 1;
  } catch (error) {
    screen.close();
    const by = stopping.by();
    if (by) {
      screen.say(WORDS.stopped);
      return EXIT_CODES[by];
    }
    const no = faultRefusal(error, dir);
    throw no ? new Refused(no, { cause: error }) : error;
  } finally {
    stopping.leave();
  }
}

export function folderOf(given: string): string {
  try {
    return realpathSync(given);
  } catch {
    throw new Refused(
      refusal('run.no-folder', `There is no folder ${given}.`, 'Name your study with --project-dir.'),
    );
  }
}

export function optionsOf(
  dir: string,
  flags: Omit<RunFlags, 'timestamps' | 'formatOutputForGithub'>,
): Omit<LaptopOptions, 'actions' | 'show' | 'signal' | 'tail'> {
  return {
    dir,
    force: flags.forceRunDependencies,
    refresh: flags.refresh,
    continueOnError: flags.continueOnError,
    concurrency: flags.concurrency,
    limits: {
      cpus: flags.cpus,
      memoryBytes: flags.memory,
      pids: 4096,
      diskBytes: 100 * GIB,
      timeMs: 24 * HOUR_MS,
      logBytes: GIB / 8,
    },
    engine: () => laptopExecutor(flags.executor, dir),
    ids: randomIds,
    registry: process.env['SALLYPORT_IMAGES'],
    debug: flags.debug,
    dummy: {
      rows: flags.dummyRows,
      seed: flags.dummySeed,
      make: rowsInProcess(builtFile('images/dummy-rows.mjs')),
    },
    licence: () => licenceOf(flags.stataLicence),
  };
}

/** Throws Refused for one that is there and cannot be used. */
function licenceOf(file: string | undefined): string | undefined {
  const licence = stataLicence({ file, env: process.env, home: homedir() });
  if (isRefusal(licence)) throw new Refused(licence);
  return licence;
}

/** A picture that moves is for a person at a terminal who has not said otherwise. */
function isLive(flags: RunFlags): boolean {
  const { NO_COLOR, CI, TERM } = process.env;
  return Boolean(process.stdout.isTTY) && !flags.formatOutputForGithub && !NO_COLOR && !CI && TERM !== 'dumb';
}

async function screenFor(flags: RunFlags, live: boolean): Promise<Screen> {
  const options = { out: process.stdout, timestamps: flags.timestamps };
  if (flags.formatOutputForGithub) {
    const top = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
    const project = path.relative(top, path.resolve(flags.projectDir, 'project.yaml'));
    return githubScreen({ ...options, project, token: randomIds.id() });
  }
  if (!live) return plainScreen(options);
  const { liveScreen } = await import('./run-live.ts');
  return liveScreen({
    ...options,
    size: () => ({ rows: process.stdout.rows }),
  });
}

function toCheck({ result }: Extract<LaptopEvent, { type: 'ended' }>): string[] {
  if (result.outcome.state !== 'succeeded') return [];
  const moderate = result.outputs.filter(
    ({ level, excluded }) => level === 'moderately_sensitive' && !excluded,
  );
  return moderate.map((output) => output.path);
}

/** What output checkers will be shown of these files, as `sallyport disclose` says it. */
async function sayHints(
  dir: string,
  files: readonly string[],
  screen: Screen,
  color: boolean,
): Promise<void> {
  if (files.length === 0) return;
  const { hintLines } = await import('./run-hints.ts');
  screen.section(
    'disclosure checks, as output checkers will see them',
    await hintLines(dir, [...files].sort(), color),
  );
}
