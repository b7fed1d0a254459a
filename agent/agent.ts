/**
 * The agent's composition: zone.yml in, a running agent out. It reaches the hub and the proxy, and
 * nothing else; every git fetch carries a token signed with the agent's own key.
 */
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openGovernanceMirror } from '../src/governance/governance.ts';
import { seconds, systemClock, type Clock } from '../src/lib/clock.ts';
import { gitFetch } from '../src/lib/git.ts';
import { randomIds } from '../src/lib/ids.ts';
import { parsePublicKey, readPrivateKey, type KeyPair } from '../src/lib/keys.ts';
import type { Logger } from '../src/lib/logger.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../src/lib/refusal.ts';
import { matches } from '../src/pipeline/pipeline.ts';
import { signGitToken, ZoneClient } from '../src/protocol/protocol.ts';
import { database } from './database/database.ts';
import { dockerExecutor } from './executor/docker.ts';
import type { Executor } from './executor/executor.ts';
import { processExecutor } from './executor/process.ts';
import { lockFolder } from './lock.ts';
import { checkpointFrom, stepsWith, type At, type Checkpoint } from './runner/checkpoint.ts';
import type { DatabaseAccess, RunContext } from './runner/context.ts';
import { deriver } from './runner/derive.ts';
import { FreshGovernance } from './runner/governance.ts';
import { layout, type Layout } from './runner/layout.ts';
import { Mirrors } from './runner/mirror.ts';
import { Runner } from './runner/runner.ts';
import { Store } from './store/store.ts';
import type { ZoneFile } from './zone-file.ts';

export { parseZoneFile, readZoneFile, type ZoneFile, type ZoneFault } from './zone-file.ts';

export interface AgentOptions {
  zone: ZoneFile;
  logger: Logger;
  version: string;
  clock?: Clock;
  checkpoint?: Checkpoint;
}

export interface RunningAgent {
  runner: Runner;
  /** Resolves when the agent has stopped; containers go on. */
  done: Promise<void>;
  stop(): Promise<void>;
}

/** Throws Refused when it cannot start: key, lock, address. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { zone, logger } = options;
  const clock = options.clock ?? systemClock;
  const checkpoint = options.checkpoint ?? checkpointFrom(process.env);
  const at = stepsWith(checkpoint);
  const key = readPrivateKey(zone.agent.key_file);
  mkdirSync(zone.agent.state_dir, { recursive: true, mode: 0o711 });
  // The engine mounts folders below it, so jobs' users must be able to pass through, not to look.
  chmodSync(zone.agent.state_dir, 0o711);
  const lock = lockFolder(zone.agent.state_dir, (pid) => alreadyRunning(pid, zone.agent.state_dir));
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    const places = layout(zone.agent.state_dir);
    const proxy = proxyFor(zone, key, clock);
    const governance = await governanceFor(zone, places, proxy, clock, logger);
    const executor = executorFor(zone, places, clock, logger);
    const context = contextFor({
      zone,
      places,
      key,
      clock,
      logger,
      at,
      checkpoint,
      executor,
      governance,
      proxy,
    });
    const runner = new Runner({
      context,
      hub: hubFor(zone, key, clock),
      governance,
      version: options.version,
      governanceMs: seconds(zone.governance.refresh_seconds),
    });
    const stopping = new AbortController();
    logger.info(
      { backend: zone.backend, agent: zone.agent.id, executor: executor.kind },
      'The agent has started',
    );
    const done = runner.run(stopping.signal).finally(() => lock.release());
    return {
      runner,
      done,
      async stop() {
        stopping.abort();
        await done;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function alreadyRunning(pid: number, dir: string): Refusal {
  return refusal(
    'agent.already-running',
    `Another agent (process ${pid}) works in ${dir}.`,
    'Stop it first, or give this one its own agent.state_dir in zone.yml.',
  );
}

interface Proxy {
  url(owner: string, name: string): string;
  authorization(): Promise<string>;
  caFile?: string;
}

/** Names come and go: the proxy refuses when the name stands for another repository than this. */
const standsFor = (repository: number): Record<string, string> => ({
  'sallyport-repository-id': String(repository),
});

function proxyFor(zone: ZoneFile, key: KeyPair, clock: Clock): Proxy {
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
  };
}

async function governanceFor(
  zone: ZoneFile,
  places: Layout,
  proxy: Proxy,
  clock: Clock,
  logger: Logger,
): Promise<FreshGovernance> {
  const mirror = await openGovernanceMirror({
    dir: places.governance,
    remote: proxy.url(zone.governance.owner, zone.governance.name),
    branch: zone.governance.branch,
    pinned: zone.governance.commit,
    auth: () => proxy.authorization(),
    headers: standsFor(zone.governance.repository),
    caFile: proxy.caFile,
    logger,
  });
  const limits = {
    freshMs: seconds(zone.governance.refresh_seconds),
    maxAgeMs: seconds(zone.governance.max_age_seconds),
  };
  return new FreshGovernance(mirror, limits, clock);
}

function executorFor(zone: ZoneFile, places: Layout, clock: Clock, logger: Logger): Executor {
  const stateDir = path.join(places.root, 'executor');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (zone.executor === 'docker') {
    const { socket } = zone.docker;
    return dockerExecutor({
      owner: zone.agent.id,
      stateDir,
      clock,
      log: logger,
      ...(socket ? { socketPath: socket } : {}),
    });
  }
  logger.warn(
    { executor: 'process' },
    'Jobs run as plain processes: nothing isolates them. For the demo only',
  );
  return processExecutor({ stateDir, clock, log: logger, commands: zone.commands });
}

function contextFor(given: {
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
}): RunContext {
  const { zone, places, key, clock, logger, at, checkpoint, executor, governance, proxy } = given;
  const mirrors = new Mirrors(
    places.mirrors,
    async ({ dir, owner, name, id, refspecs, signal }) =>
      gitFetch({
        dir,
        url: proxy.url(owner, name),
        refspecs,
        signal,
        authorization: await proxy.authorization(),
        ...(id === undefined ? {} : { headers: standsFor(id) }),
        caFile: proxy.caFile,
      }),
    clock,
  );
  const access = databaseFor(zone, places, clock, logger);
  const derive = deriver({
    governance,
    mirrors,
    executor,
    zone: { backend: zone.backend, data: zone.data, hasDatabase: access !== undefined },
    ...(zone.images.registry ? { registry: zone.images.registry } : {}),
    floors: { maxBytes: zone.floors.max_file_bytes, maxRows: zone.floors.csv_rows, types: zone.floors.types },
    origin: zone.governance.origin,
    clock,
    at,
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
    owner: root ? zone.user : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    backend: zone.backend,
    derive,
    matches,
    ...(access ? { database: access } : {}),
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
  const password = (file: string): string => readSecret(file);
  return database({
    owner: zone.agent.id,
    stateDir: path.join(places.root, 'database'),
    ...(zone.docker.socket ? { socketPath: zone.docker.socket } : {}),
    host: db.host,
    port: db.port,
    datasets: db.datasets,
    isolated: zone.executor === 'docker',
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

/** A password in a file of its own; the last line end does not belong to it. */
function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const no = refusal(
      'zone.password-missing',
      `The password file ${file} cannot be read.`,
      'Make it, readable by the agent only.',
    );
    throw new Refused(no, { cause });
  }
}

function hubFor(zone: ZoneFile, key: KeyPair, clock: Clock): ZoneClient {
  const hubKeys = [zone.hub.key, zone.hub.next_key].flatMap((text) => {
    const parsed = text === undefined ? undefined : parsePublicKey(text);
    return parsed === undefined || isRefusal(parsed) ? [] : [parsed];
  });
  return new ZoneClient({
    hub: zone.hub.url,
    agent: zone.agent.id,
    backend: zone.backend,
    key: key.privateKey,
    hubKeys,
    clock,
    ids: randomIds,
    // The loops here try again themselves, later and later.
    tries: 1,
  });
}
