/** The parts that the agent is composed of, each from zone.yml. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seconds, type Clock } from '../src/lib/clock.ts';
import { gitFetch, type ClientCertificate } from '../src/lib/git.ts';
import { randomIds } from '../src/lib/ids.ts';
import type { KeyPair } from '../src/lib/keys.ts';
import type { Logger } from '../src/lib/logger.ts';
import { refusal, Refused } from '../src/lib/refusal.ts';
import { readSecret } from '../src/lib/secret-place.ts';
import { matches } from '../src/pipeline/pipeline.ts';
import { signGitToken } from '../src/protocol/protocol.ts';
import { database } from './database/database.ts';
import { askDatabase, DatabaseStatus } from './database/status.ts';
import { dockerExecutor } from './executor/docker.ts';
import { connectEngine } from './executor/engine.ts';
import type { Executor } from './executor/executor.ts';
import type { Isolation } from './executor/isolation.ts';
import { processExecutor } from './executor/process.ts';
import { rowsImage } from './images/dummy-rows/image.ts';
import { isArchivedHere } from './keep/archive.ts';
import type { At, Checkpoint } from './runner/checkpoint.ts';
import type { DatabaseAccess, RunContext } from './runner/context.ts';
import { deriver } from './runner/derive.ts';
import { ImagePuller } from './runner/pull-images.ts';
import type { FreshGovernance } from './runner/governance.ts';
import type { HandedTasks } from './runner/handed.ts';
import type { Layout } from './runner/layout.ts';
import { Mirrors } from './store/mirror.ts';
import { Pins } from './runner/pins.ts';
import { Store } from './store/store.ts';
import { clientOf, type ZoneFile } from './zone-file.ts';

export interface Proxy {
  url(owner: string, name: string): string;
  authorization(): Promise<string>;
  caFile?: string;
  client?: ClientCertificate | undefined;
}

/** Names come and go: the proxy refuses when the name stands for another repository than this. */
export const standsFor = (repository: number): Record<string, string> => ({
  'sallyport-repository-id': String(repository),
});

/** Shows the proxy that the hub named the commit. */
function orderedBy(task: string | undefined, handed: Pick<HandedTasks, 'of'>): Record<string, string> {
  const jws = task === undefined ? undefined : handed.of(task);
  return jws === undefined ? {} : { 'sallyport-task': jws };
}

export function proxyFor(zone: ZoneFile, key: KeyPair, clock: Clock): Proxy {
  return {
    url: (owner, name) => `${zone.proxy.url}/${owner}/${name}`,
    async authorization() {
      const token = await signGitToken({
        agent: zone.agent.id,
        backend: zone.backend,
        audience: zone.proxy.url,
        key: key.privateKey,
        clock,
        ids: randomIds,
      });
      return `Bearer ${token}`;
    },
    ...(zone.proxy.ca_file ? { caFile: zone.proxy.ca_file } : {}),
    client: clientOf(zone),
  };
}

export function executorFor(zone: ZoneFile, places: Layout, clock: Clock, logger: Logger): Executor {
  const stateDir = path.join(places.root, 'executor');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (zone.executor === 'docker') {
    const { socket } = zone.docker;
    return dockerExecutor({
      owner: zone.agent.id,
      stateDir,
      clock,
      log: logger,
      isolation: isolationOf(zone),
      // At red nothing new begins, and what runs has this much to come to its end.
      keepFreeBytes: zone.agent.disk.red_free_bytes / 2,
      ...(socket ? { socketPath: socket } : {}),
    });
  }
  logger.warn(
    { executor: 'process' },
    'Jobs run as plain processes: nothing isolates them. For the demo only',
  );
  return processExecutor({ stateDir, clock, log: logger, commands: zone.commands });
}

/** What `zone.yml` wants around each job. */
export function isolationOf({ docker }: Pick<ZoneFile, 'docker'>): Isolation {
  const { seccomp, apparmor, runtime, database_runtime: databaseRuntime, users_from: usersFrom } = docker;
  const { runtime_pids: runtimePids } = docker;
  return {
    seccomp,
    apparmor,
    ...(runtime === undefined ? {} : { runtime }),
    ...(databaseRuntime === undefined ? {} : { databaseRuntime }),
    ...(runtimePids === undefined ? {} : { runtimePids }),
    ...(usersFrom === undefined ? {} : { usersFrom }),
  };
}

/** Jobs' user as the host knows them. */
export function jobUser({ user, docker: { users_from: from = 0 } }: Pick<ZoneFile, 'user' | 'docker'>) {
  return { uid: user.uid + from, gid: user.gid + from };
}

export function contextFor(given: {
  zone: ZoneFile;
  places: Layout;
  key: KeyPair;
  clock: Clock;
  logger: Logger;
  at: At;
  checkpoint: Checkpoint;
  executor: Executor;
  governance: FreshGovernance;
  proxy: Proxy;
  handed: Pick<HandedTasks, 'of'>;
}): RunContext {
  const { zone, places, key, clock, logger, at, checkpoint, executor, governance, proxy, handed } = given;
  const mirrors = new Mirrors(
    places.mirrors,
    async ({ dir, owner, name, id, task, refspecs, signal }) =>
      gitFetch({
        dir,
        url: proxy.url(owner, name),
        refspecs,
        signal,
        authorization: await proxy.authorization(),
        headers: { ...(id === undefined ? {} : standsFor(id)), ...orderedBy(task, handed) },
        caFile: proxy.caFile,
        client: proxy.client,
      }),
    clock,
  );
  const access = databaseFor(zone, places, clock, logger);
  const derive = deriver({
    governance,
    mirrors,
    pins: new Pins(places),
    executor,
    zone: { backend: zone.backend, data: zone.data, hasDatabase: access !== undefined },
    ...(zone.images.registry ? { registry: zone.images.registry } : {}),
    ...(zone.images.pull === 'proxy' ? { puller: pullerFor(zone, proxy, logger) } : {}),
    floors: { maxBytes: zone.floors.max_file_bytes, maxRows: zone.floors.csv_rows, types: zone.floors.types },
    origin: zone.governance.origin,
    clock,
    at,
    ...rowsFor(zone, executor, logger),
    archived: (workspace) => isArchivedHere(places.root, workspace),
  });
  const root = process.getuid?.() === 0;
  return {
    layout: places,
    store: new Store(places.store),
    executor,
    key,
    clock,
    logger,
    at,
    checkpoint,
    // Only root can give a folder to another user; otherwise jobs run as the agent's own, and get copies.
    owner: root ? jobUser(zone) : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    backend: zone.backend,
    derive,
    matches,
    ...(access ? { database: access } : {}),
  };
}

/** The engine speaks to the proxy as to a registry; its password is a signature of the agent's. */
export function pullerFor(
  zone: Pick<ZoneFile, 'proxy' | 'agent' | 'docker' | 'images'>,
  proxy: Pick<Proxy, 'authorization'>,
  logger: Logger,
): ImagePuller {
  const registry = new URL(zone.proxy.url).host;
  return new ImagePuller({
    engine: connectEngine(zone.docker.socket),
    registry,
    async login() {
      const password = (await proxy.authorization()).replace(/^Bearer /, '');
      return { username: zone.agent.id, password, serveraddress: registry };
    },
    minutes: zone.images.pull_minutes,
    logger,
    pause: (ms, signal) => pause(ms, undefined, { signal }),
  });
}

/** Queries of studies are run on invented rows nowhere but on dummy data, and in containers only. */
export function rowsFor(
  zone: Pick<ZoneFile, 'data' | 'executor'> & { docker: { socket?: string | undefined } },
  executor: Pick<Executor, 'healthy'>,
  logger: Pick<Logger, 'warn'>,
): { rowsImage?: () => Promise<string | undefined> } {
  if (zone.data !== 'dummy' || zone.executor !== 'docker') return {};
  const engine = connectEngine(zone.docker.socket);
  return {
    async rowsImage() {
      try {
        return await rowsImage(engine);
      } catch (error) {
        // An engine that is away comes back; what this machine cannot build now it cannot build later.
        if (!(await executor.healthy())) throw error;
        logger.warn({ err: error }, 'The image that makes dummy rows cannot be built on this machine');
        return undefined;
      }
    },
  };
}

function databaseFor(
  zone: ZoneFile,
  places: Layout,
  clock: Clock,
  logger: Logger,
): DatabaseAccess | undefined {
  const { database: db } = zone;
  if (!db) return undefined;
  const password = passwordIn;
  return database({
    owner: zone.agent.id,
    stateDir: path.join(places.root, 'database'),
    ...(zone.docker.socket ? { socketPath: zone.docker.socket } : {}),
    host: db.host,
    port: db.port,
    datasets: db.datasets,
    isolated: zone.executor === 'docker',
    isolation: isolationOf(zone),
    access: db.admin
      ? {
          kind: 'roles',
          database: db.name,
          admin: { user: db.admin.user, password: password(db.admin.password_file) },
        }
      : {
          kind: 'accounts',
          accounts: (db.accounts ?? []).map(({ datasets, user, password_file }) => ({
            datasets,
            database: db.name,
            user,
            password: password(password_file),
          })),
        },
    clock,
    log: logger,
  });
}

/** Undefined where zone.yml names no question. */
export function databaseStatusFor(
  { database: db }: Pick<ZoneFile, 'database'>,
  clock: Clock,
  logger: Logger,
): DatabaseStatus | undefined {
  if (!db?.status) return undefined;
  const { user, password_file: passwordFile, question, answers, every_seconds: every } = db.status;
  const { host, port, name } = db;
  const password = passwordIn(passwordFile);
  const asked = { host, port, database: name, user, password, question, ...(answers && { answers }) };
  return new DatabaseStatus({ ask: () => askDatabase(asked), everyMs: seconds(every), clock, logger });
}

/** A password in a file of its own. Throws Refused. */
function passwordIn(file: string): string {
  try {
    return readSecret(file);
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    const no = refusal(
      'zone.password-missing',
      `The password file ${file} cannot be read.`,
      'Make it, readable by the agent only.',
    );
    throw new Refused(no, { cause });
  }
}
