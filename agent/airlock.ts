/**
 * The airlock's composition: zone.yml in, a running airlock out. It reads the agent's workspaces and
 * writes only its own folder; it reaches the hub and the proxy, and nothing else. It has no container
 * engine, and imports neither runner nor executor.
 */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startViewer, type RunningViewer } from '../web/airlock/viewer.ts';
import { minutes, seconds, systemClock, type Clock } from '../src/lib/clock.ts';
import { randomIds } from '../src/lib/ids.ts';
import { readPrivateKey } from '../src/lib/keys.ts';
import type { Logger } from '../src/lib/logger.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../src/lib/refusal.ts';
import { GovernanceLook } from '../src/lib/role-metrics.ts';
import { openAirlock, type AirlockRoom, type Rules } from './airlock/airlock.ts';
import { codeFrom } from './airlock/code.ts';
import { deedsFrom } from './airlock/deeds/deeds.ts';
import { standingFrom } from './airlock/deeds/standing.ts';
import { Link } from './airlock/link/link.ts';
import { markBrowsers, newBrowsers, signInOfRoom } from './airlock/sign-in/sign-in.ts';
import { recordsSwitch } from './airlock/switched.ts';
import {
  airlockChecks,
  airlockClient,
  airlockDatabase,
  airlockGovernance,
  airlockManifests,
  airlockMirrors,
  airlockScanner,
  airlockZone,
  databaseTaken,
  manifestKeys,
  ownFolder,
  rulesFrom,
  tellOfScanner,
  zoneKeyIn,
  type AirlockZone,
} from './airlock-parts.ts';
import type { ZoneGovernance } from './airlock/zone-governance.ts';
import { AirlockWatch } from './airlock-watch.ts';
import { DiskWatch } from './disk.ts';
import { freezesFor, type ZoneFreezes } from './freezes.ts';
import { lockFolder } from './lock.ts';
import type { ZoneFile } from './zone-file.ts';

export { readZoneFile } from './zone-file.ts';

export interface AirlockOptions {
  zone: ZoneFile;
  logger: Logger;
  version: string;
  clock?: Clock;
}

export interface RunningAirlock {
  room: AirlockRoom;
  ports: RunningViewer['ports'];
  /** Where health and metrics are told, if zone.yml names a place. */
  watchUrl: string | undefined;
  /** Looks at governance now, as it does by itself again and again. */
  look(): Promise<void>;
  /** Resolves when everything has stopped. */
  done: Promise<void>;
  stop(): Promise<void>;
}

const TEND_MS = minutes(1);

/** Throws Refused when it cannot start: settings, key, lock, database, address. */
export async function startAirlock(options: AirlockOptions): Promise<RunningAirlock> {
  const zone = airlockZone(options.zone);
  const dir = ownFolder(zone.airlock.state_dir);
  chmodSync(dir, 0o700);
  const lock = lockFolder(dir, (pid) => alreadyRunning(pid, dir));
  if (isRefusal(lock)) throw new Refused(lock);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  const unwind = async (): Promise<void> => {
    for (let next = undo.pop(); next; next = undo.pop()) await next();
  };
  try {
    return await composed(zone, options, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function composed(
  zone: AirlockZone,
  { logger, version, clock = systemClock }: AirlockOptions,
  undo: (() => Promise<void> | void)[],
  unwind: () => Promise<void>,
): Promise<RunningAirlock> {
  const key = readPrivateKey(zone.airlock.key_file);
  const taken = new AbortController();
  const database = await airlockDatabase(zone, logger, () => taken.abort());
  undo.push(() => database.close());
  const looked = new GovernanceLook(clock);
  const governance = await airlockGovernance(zone, key, clock, logger, (answer) => looked.note(answer));
  const mirrors = airlockMirrors(zone, key, clock);
  const freezes = freezesFor(zone, path.join(zone.airlock.state_dir, 'freezes.json'), {
    governance: () => governance.current(),
    clock,
    logger,
  });
  undo.push(() => freezes.close());
  const rules = (at: number): Rules | undefined => {
    const current = governance.current();
    return current && rulesFrom(zone, current, at, freezes);
  };
  const stopping = new AbortController();
  await governance.look(stopping.signal);
  const scanner = airlockScanner(zone);
  await tellOfScanner(scanner, rules(clock.now())?.mustScan === true, logger);
  const browsersOf = { db: database.db, clock };
  const disk = new DiskWatch(zone.airlock.state_dir, zone.airlock.disk, logger);
  const room = await openAirlock({
    database,
    dir: zone.airlock.state_dir,
    agentState: zone.airlock.agent_state_dir ?? zone.agent.state_dir,
    zone: { id: zone.airlock.id, backend: zone.backend, data: zone.data },
    rules,
    freezes,
    deeds: deedsFrom({ mirrors, governance: () => governance.current() }),
    standing: standingFrom(mirrors),
    code: codeFrom(mirrors),
    ...(scanner ? { scanner } : {}),
    disk: () => disk.level,
    checks: airlockChecks(logger),
    manifests: airlockManifests(),
    browsers: {
      newBrowsers: (limit) => newBrowsers(browsersOf, limit),
      markBrowsers: (ids) => markBrowsers(browsersOf, ids),
    },
    agentKeys: () => manifestKeys(governance.current(), zone.backend),
    zoneKey: zoneKeyIn(zone.airlock.state_dir),
    signing: key,
    clock,
    ids: randomIds,
    logger,
  });
  undo.push(() => room.close());
  const hub = airlockClient(zone, key, clock, async () => (await room.epoch?.()) ?? 0);
  const link = new Link({ room, hub, freezes, clock, logger, version });
  const switched = recordsSwitch({
    db: database.db,
    hub,
    stateDir: zone.airlock.state_dir,
    switchFile: zone.freeze_file,
    freezes,
    clock,
    logger,
  });
  undo.push(() => switched.close());
  const viewer = await startViewer(
    {
      room,
      signIn: signInOfRoom({
        room,
        db: database.db,
        clock,
        ids: randomIds,
        link: link.signIns,
        trust: () => rules(clock.now())?.release.trust ?? zone.review.trust,
        announced: () => link.reports.ring(),
        zone: zone.airlock.id,
        appOrigin: zone.airlock.app.origin,
      }),
      clock,
      ids: randomIds,
      logger,
      zone: zone.airlock.id,
      appOrigin: zone.airlock.app.origin,
      contentOrigin: zone.airlock.content.origin,
    },
    zone.airlock,
  );
  undo.push(() => viewer.stop());
  const watch = new AirlockWatch({ data: zone.data, clock, disk, governance: looked });
  await disk.look();
  await watch.start(
    zone.airlock.watch,
    {
      database,
      scanner,
      hasGovernance: () => governance.current() !== undefined,
      mustScan: () => rules(clock.now())?.mustScan === true,
      checksWaiting: () => room.checksWaiting(),
      reached: () => link.reached,
    },
    logger,
  );
  undo.push(() => watch.close());
  logger.info({ backend: zone.backend, airlock: zone.airlock.id }, 'The airlock has started');
  const { signal } = stopping;
  const done = Promise.all([
    whileAlone(taken.signal, signal),
    link.run(signal),
    again(
      signal,
      TEND_MS,
      async () => {
        watch.turned('tend');
        await disk.look();
        await room.tend();
      },
      logger,
    ),
    again(
      signal,
      seconds(zone.governance.refresh_seconds),
      () => {
        watch.turned('governance');
        return refreshed(governance, room, freezes, signal);
      },
      logger,
    ),
  ]).then(unwind, async (error: unknown) => {
    stopping.abort();
    await unwind();
    throw error;
  });
  return {
    room,
    ports: viewer.ports,
    watchUrl: watch.url,
    look: () => refreshed(governance, room, freezes, signal),
    done,
    async stop() {
      watch.isStopping = true;
      stopping.abort();
      await done;
    },
  };
}

/** Until stopped; fails when another airlock has the database: the connection that kept it was lost. */
function whileAlone(taken: AbortSignal, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new Refused(databaseTaken()));
    if (taken.aborted) end();
    taken.addEventListener('abort', end, { once: true });
    stopping.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Who may no longer check loses their place the moment governance says so. */
async function refreshed(
  governance: ZoneGovernance,
  room: AirlockRoom,
  freezes: ZoneFreezes,
  signal: AbortSignal,
): Promise<void> {
  const changed = await governance.look(signal);
  try {
    freezes.settle();
  } finally {
    if (changed) await room.tend();
  }
}

/** Until stopped. What fails once is tried again the next time. */
async function again(
  signal: AbortSignal,
  ms: number,
  work: () => Promise<void>,
  logger: Logger,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      logger.error({ err: error, code: 'airlock.tending' }, 'Tending the airlock failed; it is tried again');
    }
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

function alreadyRunning(pid: number, dir: string): Refusal {
  return refusal(
    'airlock.already-running',
    `Another airlock (process ${pid}) works in ${dir}.`,
    'Stop it first, or give this one its own airlock.state_dir in zone.yml.',
  );
}
