/**
 * The demo's Westmere as a test world: sandbox, database, hub, proxy and two agents, each a process
 * started by the command an operator types, with its own folder and key. Processes are killed by id.
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ORG, STUDY_REPO } from '../../src/sandbox/demo/governance-files.ts';
import { lookForEngine } from '../../src/sandbox/demo/machine.ts';
import { program } from '../../src/sandbox/demo/places.ts';
import type { Screen } from '../../src/sandbox/demo/screen.ts';
import type { Stage } from '../../src/sandbox/demo/stage.ts';
import { stageIn } from '../../src/sandbox/demo/stage-in.ts';
import { World } from '../../src/sandbox/demo/world.ts';
import type { WorldOptions } from '../../src/sandbox/demo/world-options.ts';
import { AIRLOCK_MIGRATIONS, copyPglite, HUB_MIGRATIONS, ownAddress } from '../support/database.ts';
import { testPostgres } from '../support/postgres.ts';
import { missing } from '../support/require.ts';

/** Where hub and airlock have PGlite, below their folders. */
const EMBEDDED = path.join('state', 'database');

export const STUDY = `${ORG.login}/${STUDY_REPO.name}`;

export type HubDatabase = 'PGlite' | 'PostgreSQL';

export interface TownOptions {
  executor: 'docker' | 'process';
  /** Of the hub: the quicker one, which is PostgreSQL where it is installed, unless told. */
  hubOn?: HubDatabase;
  /** As long as nothing is asked to be released: neither airlock nor steward. */
  runsOnly?: boolean;
  /** So many more agents next to the data: `zone-2` and so on. */
  beside?: number;
  /** Where each role tells how it is. */
  watch?: WorldOptions['watch'];
}

export interface Town {
  world: World;
  stage: Stage;
  /** What the story said, line by line, for the message of a failing test. */
  told: string[];
  /** Ends a role by SIGKILL and waits until the kernel has forgotten it. */
  kill(role: Role): Promise<void>;
  /** Starts it again on its own folder; `of`: the program, where it is not that of this version. */
  start(role: Role, environment?: Record<string, string>, of?: string): Promise<void>;
  /** Resolves when the role's process has ended by itself. */
  gone(role: Role): Promise<void>;
  stop(): Promise<void>;
}

export type Role = 'hub' | 'proxy' | 'steward' | 'airlock' | 'zone' | 'outside' | `zone-${number}`;

const COMMANDS: Record<
  Exclude<Role, `zone-${number}`>,
  { args: (folder: string) => string[]; file: string; ready: RegExp }
> = {
  hub: {
    file: 'hub.yml',
    args: (folder) => ['hub', '--config', path.join(folder, 'hub.yml')],
    ready: /"listening"/,
  },
  proxy: {
    file: 'proxy.yml',
    args: (folder) => ['proxy', '--config', path.join(folder, 'proxy.yml')],
    ready: /proxy listening/,
  },
  steward: {
    file: 'steward-config.yml',
    args: (folder) => ['steward', '--config', path.join(folder, 'steward-config.yml')],
    ready: /steward\.reviews-kept/,
  },
  airlock: {
    file: 'zone.yml',
    args: (folder) => ['airlock', '--zone', path.join(folder, 'zone.yml')],
    ready: /airlock is ready/,
  },
  zone: {
    file: 'zone.yml',
    args: (folder) => ['agent', '--zone', path.join(folder, 'zone.yml')],
    ready: /is ready for backend/,
  },
  outside: {
    file: 'zone.yml',
    args: (folder) => ['agent', '--zone', path.join(folder, 'zone.yml')],
    ready: /is ready for backend/,
  },
};

const commandOf = (role: Role) =>
  COMMANDS[role.startsWith('zone') ? 'zone' : (role as keyof typeof COMMANDS)];

/** Where the images are already, an engine need not pack and send their 105 MB again. */
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');

/** Enough for every table of the study to have counts to round; the demo has ten times as many. */
const PUPILS = 5_000;

/**
 * Builds and starts everything: about five seconds, since the embedded databases are copies of prepared ones and
 * the zone's is in a server that runs already, where there is one.
 */
export async function westmere(options: TownOptions): Promise<Town> {
  const root = mkdtempSync(path.join(realpathSync(tmpdir()), 'sallyport-e2e-'));
  const told: string[] = [];
  const engine = await lookForEngine(options.executor);
  const hubDatabase = await addressFor(options.hubOn);
  const world = new World({
    root,
    engine,
    at: Date.now(),
    screen: quiet(told),
    server: missing('postgres') ? undefined : (await testPostgres()).adminUrl,
    hubDatabase: hubDatabase?.url,
    registryDir: REGISTRY,
    pupils: PUPILS,
    runsOnly: options.runsOnly,
    beside: options.beside,
    watch: options.watch,
  });
  if (!hubDatabase) await copyPglite(HUB_MIGRATIONS, path.join(world.folder('hub'), EMBEDDED));
  if (!options.runsOnly) await copyPglite(AIRLOCK_MIGRATIONS, path.join(world.folder('airlock'), EMBEDDED));
  const ended = new AbortController();
  const stop = async () => {
    ended.abort();
    await world.stop();
    await hubDatabase?.remove();
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await world.start();
    const stage = await stageIn(world, quiet(told), ended.signal);
    return { world, stage, told, stop, kill, start, gone };
  } catch (error) {
    told.push(...world.children.names.map((name) => `--- ${name}\n${world.children.tail(name)}`));
    await stop();
    throw new Error(told.join('\n'), { cause: error });
  }

  async function kill(role: Role): Promise<void> {
    for (const pid of processesOf(path.join(world.folder(role), commandOf(role).file)))
      process.kill(pid, 'SIGKILL');
    await gone(role);
  }

  async function start(
    role: Role,
    environment: Record<string, string> = {},
    of: string = program,
  ): Promise<void> {
    const { args, ready } = commandOf(role);
    const folder = world.folder(role);
    const database: Record<string, string> =
      role === 'hub' && hubDatabase ? { DATABASE_URL: hubDatabase.url } : {};
    await world.children.start({
      name: role,
      file: process.execPath,
      args: [of, ...args(folder)],
      cwd: folder,
      environment: { ...database, ...environment },
      ready,
    });
  }

  async function gone(role: Role): Promise<void> {
    const file = path.join(world.folder(role), commandOf(role).file);
    await until(`${role} has ended`, () => processesOf(file).length === 0 || undefined);
  }
}

async function addressFor(on: HubDatabase | undefined): ReturnType<typeof ownAddress> {
  if (on === 'PGlite') return undefined;
  return on === 'PostgreSQL' ? (await testPostgres()).createDatabase() : ownAddress(HUB_MIGRATIONS);
}

/** Looks often, because what is looked at (a process, a file) tells nobody. Fails after some time. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  withinMs = 100_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not seen within ${withinMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Ids of the processes whose command line names this file. */
function processesOf(file: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function quiet(lines: string[]): Screen {
  const say = (text: string) => void lines.push(text);
  return {
    chapter: say,
    step: (doing, work) => {
      say(doing);
      return work();
    },
    seen: say,
    quote: say,
    look: (label, where) => say(`${label} ${where}`),
    warn: say,
    say,
  };
}

/** Text as people see it, without what differs from run to run: ids, commits, times, durations, addresses. */
export function steady(text: string): string {
  return text
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://github.example')
    .replace(/\b[0-9a-f]{40}\b/g, '<commit>')
    .replace(/(?<=[`(\[/ @])[0-9a-f]{7,10}(?=[`)\]:. ,])/g, '<short>')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?/g, '<time>')
    .replace(/(?<=equest `|sallyport\/run |sallyport:\w+:)[a-z0-9]{16}\b/g, '<id>')
    .replace(/\b\d+(\.\d+)? ?(ms|s|min|h)\b/g, '<duration>')
    .replace(/#issuecomment-\d+/g, '#issuecomment');
}
