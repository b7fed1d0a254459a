/**
 * The agent's composition: zone.yml in, a running agent out. It reaches the hub and the proxy, and
 * nothing else; every git fetch carries a token signed with the agent's own key.
 */
import path from 'node:path';
import { openGovernanceMirror } from '../src/governance/governance.ts';
import { seconds, systemClock, type Clock } from '../src/lib/clock.ts';
import { randomIds } from '../src/lib/ids.ts';
import { parsePublicKey, readPrivateKey, type KeyPair } from '../src/lib/keys.ts';
import type { Logger } from '../src/lib/logger.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../src/lib/refusal.ts';
import { ZoneClient, type ZoneClientOptions } from '../src/protocol/protocol.ts';
import { drainsBy } from './drain.ts';
import { AgentWatch, DISK_EVERY_MS } from './agent-watch.ts';
import { anyUntold, StuckNotes, tellDeeds } from './keep/deeds.ts';
import { watchSwitch } from './keep/switched.ts';
import { DiskWatch } from './disk.ts';
import { freezesFor } from './freezes.ts';
import { GovernanceLook } from '../src/lib/role-metrics.ts';
import { openTraces, type Traces } from '../src/lib/traces.ts';
import { lockFolder } from './lock.ts';
import { contextFor, databaseStatusFor, executorFor, proxyFor, standsFor, type Proxy } from './parts.ts';
import { checkpointFrom, stepsWith, type Checkpoint } from './runner/checkpoint.ts';
import { FreshGovernance } from './runner/governance.ts';
import { HandedTasks } from './runner/handed.ts';
import { layout, type Layout } from './runner/layout.ts';
import { Runner } from './runner/runner.ts';
import { stateFolders } from './state-folders.ts';
import type { ZoneFile } from './zone-file.ts';
import { governanceSigners } from './zone-floors.ts';

export { parseZoneFile, readZoneFile, type ZoneFile, type ZoneFault } from './zone-file.ts';

/** A command that froze notes it itself, right after. */
const SWITCH_NOTED_AFTER_MS = seconds(3);
const DEEDS_EVERY_MS = seconds(5);
/** Whether it is time to ask the database about itself. */
const ASK_EVERY_MS = seconds(1);

export interface AgentOptions {
  zone: ZoneFile;
  logger: Logger;
  version: string;
  clock?: Clock;
  checkpoint?: Checkpoint;
  /** Tests look at them; else what zone.yml names, if anything. */
  traces?: Traces;
}

export interface RunningAgent {
  runner: Runner;
  /** Where health and metrics are told, if zone.yml names a place. */
  watchUrl: string | undefined;
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
  // Everything below is sensitive. A job sees its own folder only because the engine mounts it.
  stateFolders(layout(zone.agent.state_dir), zone.airlock !== undefined);
  const lock = lockFolder(zone.agent.state_dir, (pid) => alreadyRunning(pid, zone.agent.state_dir));
  if (isRefusal(lock)) throw new Refused(lock);
  try {
    const places = layout(zone.agent.state_dir);
    const proxy = proxyFor(zone, key, clock);
    const handed = new HandedTasks(places.root, clock);
    const look = new GovernanceLook(clock);
    const governance = await governanceFor(zone, places, proxy, clock, logger, look);
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
      handed,
    });
    const freezes = freezesFor(zone, path.join(zone.agent.state_dir, 'freezes.json'), {
      governance: () => governance.current(),
      clock,
      logger,
    });
    const traces = options.traces ?? (await openTraces('agent', zone.traces, logger));
    const disk = new DiskWatch(zone.agent.state_dir, zone.agent.disk, logger);
    await disk.look();
    const watch = new AgentWatch({ data: zone.data, clock, disk, governance: look }, traces);
    const hub = hubFor(zone, key, clock, (tasks) => handed.keep(tasks));
    const asked = databaseStatusFor(zone, clock, logger);
    const runner = new Runner({
      context,
      freezes,
      hub,
      governance,
      version: options.version,
      governanceMs: seconds(zone.governance.refresh_seconds),
      watch,
      database: () => (asked ? asked.word : 'not-asked'),
      full: { isFull: () => disk.level === 'red', onChange: (changed) => disk.onChange(changed) },
    });
    await watch.start(
      zone.agent.watch,
      {
        running: () => runner.running,
        untold: () => runner.untold,
        hasGovernance: () => governance.isRecent,
        draining: () => runner.isDraining,
      },
      logger,
    );
    const telling = tellsDeeds(zone.agent.state_dir, hub, logger);
    const switched = watchSwitch(
      {
        stateDir: zone.agent.state_dir,
        switchFile: zone.freeze_file,
        freezes,
        afterMs: SWITCH_NOTED_AFTER_MS,
        failed: (err) =>
          logger.warn({ err, code: 'deeds.unnoted' }, 'A freeze of this zone could not be noted'),
      },
      { clock, ids: randomIds },
    );
    const looking = setInterval(() => void disk.look(), DISK_EVERY_MS);
    void asked?.look();
    const asking = setInterval(() => void asked?.look(), ASK_EVERY_MS).unref();
    const stopping = new AbortController();
    const drained = drainsBy(zone.agent.state_dir, (on) => runner.drain(on));
    logger.info(
      { backend: zone.backend, agent: zone.agent.id, executor: executor.kind },
      'The agent has started',
    );
    const done = runner.run(stopping.signal).finally(async () => {
      clearInterval(looking);
      clearInterval(telling);
      clearInterval(asking);
      await watch.close();
      await traces?.close();
      drained.close();
      switched.close();
      freezes.close();
      lock.release();
    });
    return {
      runner,
      watchUrl: watch.url,
      done,
      async stop() {
        watch.isStopping = true;
        stopping.abort();
        await done;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What operators do here while the agent works, or did while it was away. */
function tellsDeeds(stateDir: string, hub: ZoneClient, logger: Logger): NodeJS.Timeout {
  let busy = false;
  const stuck = new StuckNotes((name, err) =>
    logger.warn(
      { err, name, code: 'deeds.stuck' },
      'A note of a deed cannot be read or put away: give it and its folder to the user of this agent',
    ),
  );
  return setInterval(() => {
    if (busy || !anyUntold(stateDir)) return;
    busy = true;
    tellDeeds(stateDir, hub, stuck)
      .catch((err: unknown) =>
        logger.warn({ err, code: 'deeds.untold' }, 'The hub could not be told of deeds'),
      )
      .finally(() => (busy = false));
  }, DEEDS_EVERY_MS).unref();
}

function alreadyRunning(pid: number, dir: string): Refusal {
  return refusal(
    'agent.already-running',
    `Another agent (process ${pid}) works in ${dir}.`,
    'Stop it first, or give this one its own agent.state_dir in zone.yml.',
  );
}

async function governanceFor(
  zone: ZoneFile,
  places: Layout,
  proxy: Proxy,
  clock: Clock,
  logger: Logger,
  look: GovernanceLook,
): Promise<FreshGovernance> {
  const mirror = await openGovernanceMirror({
    dir: places.governance,
    remote: proxy.url(zone.governance.owner, zone.governance.name),
    branch: zone.governance.branch,
    pinned: zone.governance.commit,
    auth: () => proxy.authorization(),
    headers: standsFor(zone.governance.repository),
    caFile: proxy.caFile,
    client: proxy.client,
    ...governanceSigners(zone, clock),
    logger,
  });
  const limits = {
    freshMs: seconds(zone.governance.refresh_seconds),
    maxAgeMs: seconds(zone.governance.max_age_seconds),
  };
  const noted = {
    current: () => mirror.current(),
    refresh: async (signal?: AbortSignal) => look.note(await mirror.refresh(signal)),
  };
  return new FreshGovernance(noted, limits, clock);
}

function hubFor(zone: ZoneFile, key: KeyPair, clock: Clock, heard: ZoneClientOptions['heard']): ZoneClient {
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
    ...(heard ? { heard } : {}),
    clock,
    ids: randomIds,
    // The loops here try again themselves, later and later.
    tries: 1,
  });
}
