/**
 * RStudio or JupyterLab on a study: a container without a network, and a relay on loopback that leads into it.
 *
 * session: one container and its folder with `session.json` (port and key, for its owner's eyes only) and the lock of
 * the process that relays. A session whose relay died is taken up again: what runs in the container is still there.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../../src/lib/refusal.ts';
import { nameInUse } from '../executor/answers.ts';
import { LABELS } from '../executor/container.ts';
import { ask, askUnless, openStream, statusOf, type Engine } from '../executor/engine.ts';
import { frames, lastBytes } from '../executor/log-text.ts';
import { lockFolder } from '../lock.ts';
import { readJson, writeWhole } from '../store/durable.ts';
import { OPEN_LABELS, openContainer, openUser } from './container.ts';
import type { LaptopEngine } from './engine.ts';
import { startRelay, type Relay } from './relay.ts';
import { TOOLS, type ToolName } from './tools.ts';
import { openTunnel, portOpened } from './tunnel.ts';
import { beingStarted, endedEarly, nameTaken, neverReady, noShell, portTaken } from './words.ts';

export const TOOL_LABEL = 'sallyport.tool';

const KEY_BYTES = 32;
const READY_MS = 120_000;
const LOG_BYTES = 4000;
const LOG_LINES = 12;
const GONE = 404;
const CONFLICT = 409;

export interface LaunchSpec {
  dir: string;
  owner: string;
  stateDir: string;
  tool: ToolName;
  /** Id of the image. */
  image: string;
  name: string;
  /** 0: any. */
  port: number;
  limits: { cpus: number; memoryBytes: number };
  environment: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Default: two minutes. */
  readyMs?: number;
}

export interface Session {
  name: string;
  url: string;
  /** Where what belongs to it lies. */
  folder: string;
  /** Relayed by another process: there is nothing to wait for. */
  elsewhere: boolean;
  /** Resolves when the program has ended by itself. */
  ended: Promise<void>;
  /** Ends the program, and removes what belonged to it. Harmless when it has ended. */
  close(): Promise<void>;
}

/** What is running under this name in this study, taken up; undefined when nothing is. Refuses 'launch.name-taken'. */
export async function runningSession(
  { engine }: LaptopEngine,
  spec: LaunchSpec,
): Promise<Session | Refusal | undefined> {
  const container = engine.getContainer(spec.name);
  const found = await askUnless([GONE], 'looking for a session', container.inspect());
  if (!found) return undefined;
  const labels = found.Config.Labels ?? {};
  const isOurs =
    labels[LABELS.owner] === spec.owner &&
    labels[LABELS.kind] === 'launch' &&
    labels[OPEN_LABELS.study] === spec.dir &&
    labels[TOOL_LABEL] === spec.tool;
  if (!isOurs) return refusal('launch.name-taken', ...nameTaken(spec.name));
  if (!found.State.Running) {
    await removeSession(engine, spec.stateDir, found.Id);
    return undefined;
  }
  const folder = folderOf(spec.stateDir, found.Id);
  const lock = lockOf(folder, spec.name);
  if (!isRefusal(lock)) return relayed(engine, spec, { id: found.Id, folder, lock });
  const kept = keptIn(folder);
  if (!kept) return lock;
  return {
    name: spec.name,
    url: addressOf(kept),
    folder,
    elsewhere: true,
    ended: Promise.resolve(),
    close: () => removeSession(engine, spec.stateDir, found.Id),
  };
}

/** A new one. Refuses 'launch.port-taken', 'launch.ended-early', 'launch.not-ready', 'launch.no-shell'. */
export async function newSession(
  { engine, dialect }: LaptopEngine,
  spec: LaunchSpec,
): Promise<Session | Refusal> {
  const tool = TOOLS[spec.tool];
  const start = tool.start(openUser(spec.dir));
  const options = openContainer(
    {
      ...start,
      kind: 'launch',
      owner: spec.owner,
      name: spec.name,
      image: spec.image,
      command: tool.command,
      environment: { ...start.environment, ...spec.environment },
      dir: spec.dir,
      mounts: [],
      limits: spec.limits,
      tty: false,
      stdin: false,
      labels: { [TOOL_LABEL]: spec.tool },
    },
    dialect,
  );
  const container = await createdOnce(engine, options, spec.name);
  if (isRefusal(container)) return container;
  const { id } = container;
  const folder = folderOf(spec.stateDir, id);
  const lock = lockOf(folder, spec.name);
  const undo = (): Promise<void> => removeSession(engine, spec.stateDir, id);
  if (isRefusal(lock)) return lock;
  try {
    await ask('starting a session', engine.getContainer(id).start());
    const fault = await ready(engine, id, spec);
    const session = fault ?? (await relayed(engine, spec, { id, folder, lock }));
    if (isRefusal(session)) await undo();
    return session;
  } catch (error) {
    await undo();
    throw error;
  }
}

async function createdOnce(
  engine: Engine,
  options: ReturnType<typeof openContainer>,
  name: string,
): Promise<{ id: string } | Refusal> {
  try {
    return await ask('creating a session', engine.createContainer(options));
  } catch (error) {
    // Another launch was quicker.
    if (nameInUse(error)) return refusal('launch.name-taken', ...nameTaken(name));
    throw error;
  }
}

/** Undefined when its port is open. Whatever comes first: that, its end, or the end of patience. */
async function ready(engine: Engine, id: string, spec: LaunchSpec): Promise<Refusal | undefined> {
  const { title, port } = TOOLS[spec.tool];
  const limit = spec.readyMs ?? READY_MS;
  const over = new AbortController();
  const patience = AbortSignal.timeout(limit);
  const signal = AbortSignal.any([over.signal, patience, spec.signal]);
  const opened = portOpened(engine, id, port, signal).catch((error: unknown) => {
    // The engine refuses a shell in a container that has ended.
    if (signal.aborted || statusOf(error) === CONFLICT) return 'stopped' as const;
    throw error;
  });
  const waiting: Promise<unknown> = engine.getContainer(id).wait({ abortSignal: over.signal });
  const ended = waiting.then(
    () => 'ended' as const,
    () => 'stopped' as const,
  );
  try {
    const first = await Promise.race([opened, ended]);
    // A shell that was stopped from outside went with its container, or with this process's patience.
    const last = first === 'stopped' ? await Promise.race([ended, aborted(signal)]) : first;
    spec.signal.throwIfAborted();
    if (last === 'open') return undefined;
    if (last === 'no shell') return refusal('launch.no-shell', ...noShell(title));
    if (patience.aborted) return refusal('launch.not-ready', ...neverReady(title, limit / 1000));
    return refusal('launch.ended-early', ...endedEarly(title, await lastLog(engine, id)));
  } finally {
    over.abort();
  }
}

function aborted(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
}

async function lastLog(engine: Engine, id: string): Promise<string> {
  const stream = await openStream(engine, {
    method: 'GET',
    path: `/containers/${id}/logs`,
    query: { stdout: '1', stderr: '1', tail: String(LOG_LINES) },
    doing: 'reading a log',
  });
  const text = await lastBytes(frames(stream), LOG_BYTES);

  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '').trim();
}

interface Held {
  id: string;
  folder: string;
  lock: { release(): void };
}

async function relayed(engine: Engine, spec: LaunchSpec, held: Held): Promise<Session | Refusal> {
  const { port } = TOOLS[spec.tool];
  const key = randomBytes(KEY_BYTES).toString('base64url');
  const relay = await listening(spec.port, key, () => openTunnel(engine, held.id, port));
  if (isRefusal(relay)) {
    held.lock.release();
    return relay;
  }
  const kept = { port: relay.port, key };
  writeWhole(path.join(held.folder, 'session.json'), JSON.stringify(kept), { mode: 0o600, sync: false });
  const ended = engine
    .getContainer(held.id)
    .wait()
    .then(
      () => undefined,
      // An engine that went away says nothing of the program, but nobody reaches it any more.
      () => undefined,
    );
  return {
    name: spec.name,
    url: addressOf(kept),
    folder: held.folder,
    elsewhere: false,
    ended,
    async close() {
      await relay.close();
      await removeSession(engine, spec.stateDir, held.id);
    },
  };
}

async function listening(
  port: number,
  key: string,
  connect: Parameters<typeof startRelay>[0]['connect'],
): Promise<Relay | Refusal> {
  try {
    return await startRelay({ port, key, connect });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return refusal('launch.port-taken', ...portTaken(port));
    throw error;
  }
}

const addressOf = ({ port, key }: { port: number; key: string }): string =>
  `http://127.0.0.1:${port}/?token=${key}`;

const folderOf = (stateDir: string, id: string): string => path.join(stateDir, 'launch', id.slice(0, 16));

function lockOf(folder: string, name: string): { release(): void } | Refusal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return lockFolder(folder, (pid) => refusal('launch.being-started', ...beingStarted(name, pid)));
}

function keptIn(folder: string): { port: number; key: string } | undefined {
  const kept = readJson(path.join(folder, 'session.json')) as { port?: unknown; key?: unknown } | undefined;
  return typeof kept?.port === 'number' && typeof kept.key === 'string'
    ? { port: kept.port, key: kept.key }
    : undefined;
}

async function removeSession(engine: Engine, stateDir: string, id: string): Promise<void> {
  await askUnless(
    [GONE, CONFLICT],
    'ending a session',
    engine.getContainer(id).remove({ force: true, v: true }),
  );
  rmSync(folderOf(stateDir, id), { recursive: true, force: true });
}

export interface RunningSession {
  name: string;
  tool: string;
  study: string;
  /** Without its key. Absent: nothing relays to it; launching it again does. */
  address?: string;
  since: string;
  id: string;
}

/** Every session of this person's studies, `stateOf` saying where each study's state lies. */
export async function runningSessions(
  engine: Engine,
  stateOf: (study: string) => { owner: string; stateDir: string },
): Promise<RunningSession[]> {
  const listed = await ask(
    'listing the sessions',
    engine.listContainers({ filters: { label: [`${LABELS.kind}=launch`] } }),
  );
  return listed.flatMap(({ Id: id, Names: names, Labels: labels, Created: created }) => {
    const study = labels[OPEN_LABELS.study] ?? '';
    const { owner, stateDir } = stateOf(study);
    if (labels[LABELS.owner] !== owner) return [];
    const kept = isRelayed(folderOf(stateDir, id)) ? keptIn(folderOf(stateDir, id)) : undefined;
    return [
      {
        name: (names[0] ?? id).replace(/^\//, ''),
        tool: labels[TOOL_LABEL] ?? '',
        study,
        ...(kept ? { address: `http://127.0.0.1:${kept.port}/` } : {}),
        since: new Date(created * 1000).toISOString(),
        id,
      },
    ];
  });
}

/** Only looks: a lock that is free is given back at once. */
function isRelayed(folder: string): boolean {
  try {
    if (!readdirSync(folder).includes('.lock')) return false;
  } catch {
    return false;
  }
  const lock = lockOf(folder, '');
  if (isRefusal(lock)) return true;
  lock.release();
  return false;
}

export async function stopSession(engine: Engine, stateDir: string, { id }: RunningSession): Promise<void> {
  await removeSession(engine, stateDir, id);
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

export const isSessionName = (text: string): boolean => NAME.test(text);

/** Says which study it is of, also when two have the same name. */
export function sessionName(tool: ToolName, dir: string): string {
  const name = path
    .basename(dir)
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 24);
  return `sallyport-${tool}-${name}-${sha256(dir).slice(0, 6)}`;
}

/** Throws what a refusal says. */
export function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Refused(value);
  return value as T;
}
