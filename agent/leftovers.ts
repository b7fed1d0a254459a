/**
 * What `run`, `exec` and `launch` left behind of one study: in the engine, in its folder, among the processes. Outputs,
 * what is remembered of them, and the logs of actions that there are, are no leftovers.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isRefusal, refusal, Refused } from '../src/lib/refusal.ts';
import { engineLeftovers, type EngineLeftovers, type InEngine } from './executor/leftovers.ts';
import { removeTree } from './executor/remove-tree.ts';
import { answeringEngine, laptopExecutor, laptopOwner } from './laptop.ts';
import { lockFolder } from './lock.ts';
import { DEFAULT_REGISTRY } from './runner/compat.ts';
import { refuseLink } from './runner/laptop-tree.ts';
import { beneath, entriesOf } from './store/entries.ts';

export interface Leftover extends Omit<InEngine, 'kind'> {
  kind: InEngine['kind'] | 'process' | 'folder' | 'log' | 'file';
}

export interface Leftovers {
  found: Leftover[];
  kept: EngineLeftovers['kept'];
  /** Why the engine was not looked into. */
  engine?: string;
}

export interface LeftoversOptions {
  /** A real path. */
  dir: string;
  /** Names of its actions; undefined when nobody knows: then no log is old. */
  actions: readonly string[] | undefined;
  images: boolean;
  registry?: string;
}

/** With the study's lock held, so that nothing of a run that is going on is taken. Throws Refused 'clean.running'. */
export async function withLeftovers<T>(
  options: LeftoversOptions,
  work: (found: Leftovers) => Promise<T>,
): Promise<T> {
  const metadata = path.join(options.dir, 'metadata');
  refuseLink(options.dir, 'metadata');
  const lock = existsSync(metadata)
    ? lockFolder(metadata, (pid) =>
        refusal(
          'clean.running',
          `A run is going on in this study (process ${pid}).`,
          'Wait until it has ended, or stop it with Ctrl-C; then clean again.',
        ),
      )
    : undefined;
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    return await work(await look(options, metadata));
  } finally {
    lock?.release();
  }
}

async function look(options: LeftoversOptions, metadata: string): Promise<Leftovers> {
  const { found, kept, engine } = await inEngine(options);
  return {
    found: [...found, ...(await processes(options.dir)), ...inFolder(metadata, options.actions)],
    kept,
    ...(engine === undefined ? {} : { engine }),
  };
}

async function inEngine({
  dir,
  images,
  registry = DEFAULT_REGISTRY,
}: LeftoversOptions): Promise<EngineLeftovers & { engine?: string }> {
  try {
    const { place } = await answeringEngine();
    const { connectEngine } = await import('./executor/engine.ts');
    return await engineLeftovers(connectEngine(place.socketPath, place.tcp), {
      ...laptopOwner(dir),
      registry: images ? registry : undefined,
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { found: [], kept: [], engine: error.refusal.says };
  }
}

/** Of `--executor process`. */
async function processes(dir: string): Promise<Leftover[]> {
  const { stateDir } = laptopOwner(dir);
  const jobs = path.join(stateDir, 'jobs');
  if (!existsSync(jobs)) return [];
  const executor = await laptopExecutor('process', dir);
  return (await executor.list()).map(({ id, phase, labels }) => ({
    kind: 'process',
    name: `${labels['action'] ?? id}${phase === 'running' ? ', running' : ''}`,
    bytes: sizeOf(path.join(jobs, id)),
    remove: () => executor.remove(id),
  }));
}

/** A file that was being written when somebody pulled the plug: `manifest.json.<id>.new`. */
const HALF = /\.[a-z0-9]{16}\.new$/;

function inFolder(metadata: string, actions: readonly string[] | undefined): Leftover[] {
  const runs = path.join(metadata, '.runs');
  const found: Leftover[] = folders(runs).map((name) => ({
    kind: 'folder',
    name: `metadata/.runs/${name}`,
    bytes: sizeOf(path.join(runs, name)),
    async remove() {
      await removeTree(path.join(runs, name));
      if (folders(runs).length === 0) rmSync(runs, { recursive: true, force: true });
    },
  }));
  const known = actions && new Set(actions);
  for (const name of files(metadata)) {
    const isOld = known !== undefined && name.endsWith('.log') && !known.has(name.slice(0, -'.log'.length));
    if (!isOld && !HALF.test(name)) continue;
    const file = path.join(metadata, name);
    found.push({
      kind: isOld ? 'log' : 'file',
      name: `metadata/${name}`,
      bytes: sizeOf(file),
      remove: async () => rmSync(file, { force: true }),
    });
  }
  return found;
}

/** Not through a link: a study may be a stranger's. */
function folders(dir: string): string[] {
  return lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(dir).sort() : [];
}

function files(dir: string): string[] {
  if (!lstatSync(dir, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

/** What a file or folder takes; links count as nothing, and are not followed. */
function sizeOf(top: string): number {
  const stat = lstatSync(top, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.isFile() ? stat.size : 0;
  let bytes = 0;
  const open: (string | Buffer)[] = [top];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    try {
      for (const { name, is } of entriesOf(at)) {
        const place = beneath(at, name);
        if (is.isDirectory()) open.push(place);
        else if (is.isFile()) bytes += lstatSync(place, { throwIfNoEntry: false })?.size ?? 0;
      }
    } catch {
      // A job closed it, or made it deeper than a path may be: it is removed all the same.
    }
  }
  return bytes;
}
