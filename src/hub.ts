/**
 * The hub: App, controller and their loops over one database.
 *
 * Several hubs may share a PostgreSQL: whatever one takes up, the database keeps from the others. A hub
 * that is killed leaves nothing that the next one does not find: deliveries, news and jobs are rows.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { OUTBOX_CHANNEL } from './db/outbox.ts';
import { openDatabase, type OpenDatabase } from './db/open.ts';
import { hubDeed, record } from './db/record.ts';
import { keepTimetable, type Timetable } from './db/timetable.ts';
import { openGovernanceMirror } from './governance/governance.ts';
import {
  type App,
  checkMissedHeads,
  createApp,
  INBOX_CHANNEL,
  outboxLag,
  queueEverything,
  Line,
  readInstallations,
  receiveWebhook,
  recordGovernance,
  recordLogKeys,
  refreshGovernance,
  registryDeps,
  releaseClaims,
  type Room,
  senderLoop,
  sendOne,
  workerLoop,
} from './github/github.ts';
import { appointments, startTimers, Timers } from './hub-background.ts';
import type { HubConfig } from './hub-config.ts';
import { failed } from './hub-failed.ts';
import { healthOf } from './hub-health.ts';
import { logRoutes } from './hub-log.ts';
import { schemaRoutes } from './hub-schemas.ts';
import { stewardDoor } from './hub-steward.ts';
import { deploymentRoute } from './hub-deployment.ts';
import { formRoutes } from './hub-forms.ts';
import { hubMetrics, type HubMetrics } from './hub-metrics.ts';
import { pagesOf } from './hub-pages.ts';
import { hearFreezes } from './freezes/freezes.ts';
import { releasesFromOutputs } from './hub-releases.ts';
import { requestId } from './hub-request-id.ts';
import { HubWatch } from './hub-watch.ts';
import { hearOtherHubs, operatorRoutes, REQUESTS_CHANNEL, Signals, zoneRoutes } from './jobs/jobs.ts';
import { type Clock, minutes, seconds, systemClock } from './lib/clock.ts';
import { randomIds } from './lib/ids.ts';
import { createLogger, type Logger } from './lib/logger.ts';
import { openTraces, type Traces } from './lib/traces.ts';
import { airlockRoutes, hearOrders, RECALLS_CHANNEL } from './outputs/outputs.ts';
import { Live } from './record/record.ts';
import { codelistRoutes } from './registry/registry.ts';
import { STEWARD_CHANNEL, STEWARD_SIGNAL } from './publication/publication.ts';

/** A delivery or a projection is over by then: each of its calls to GitHub has a limit of its own. */
const LONGEST_STEP_MS = minutes(15);

/** A hub asks nothing of others within a transaction, so one that is quiet this long is none at work; claims hold for six. */
const STANDS_STILL_MS = seconds(8);

export interface HubOptions {
  clock?: Clock;
  logger?: Logger;
  /** False: inbox and outbox are stepped by hand and no timer runs. For tests. */
  loops?: boolean;
  /** Tests look at them; else what hub.yml names, if anything. */
  traces?: Traces;
  /** Tests hand over one that is open. */
  database?: OpenDatabase;
}

export interface Hub {
  url: string;
  /** Where health and metrics are told, if hub.yml names a place. */
  watchUrl: string | undefined;
  room: Room;
  database: OpenDatabase;
  /** Answers open polls, finishes what is in hand, closes. `drained`: why, when an operator asked for it; that is recorded. */
  stop(how?: { drained?: string | undefined }): Promise<void>;
}

export async function startHub(config: HubConfig, options: HubOptions = {}): Promise<Hub> {
  const logger =
    options.logger ?? createLogger('hub', { level: config.log, traces: config.traces !== undefined });
  const watch = new HubWatch(options.clock ?? systemClock);
  const calls = config.watch && hubMetrics(options.clock ?? systemClock);
  const traces = options.traces ?? (await openTraces('hub', config.traces, logger));
  const { room, database, close } = await openRoom(config, { ...options, logger, calls, watch });
  room.traces = room.jobs.traces = traces;
  const since = room.clock.now();
  const stopping = new AbortController();
  const live = new Live(room.jobs);
  const worker = workerLoop(room);
  const sender = senderLoop(room);
  worker.onTurn = () => watch.pulse.beat('inbox', LONGEST_STEP_MS);
  sender.onTurn = () => watch.pulse.beat('outbox', LONGEST_STEP_MS);
  await watch.start(config.watch, { calls, room, database, startedAt: since });
  const server = await listen(
    routes(config, room, { wake: () => worker.wake(), stop: stopping.signal, database, since, live, calls }),
    config.listen,
  );
  const unlisten = [
    await database.listen(INBOX_CHANNEL, () => worker.wake()),
    await database.listen(OUTBOX_CHANNEL, () => sender.wake()),
    await hearOtherHubs(database, room.jobs),
    await database.listen(REQUESTS_CHANNEL, (id) => live.tell(id)),
    await hearOrders(database, room.jobs),
    await hearFreezes(database, room.jobs.signals),
    await database.listen(STEWARD_CHANNEL, () => room.jobs.signals.wake(STEWARD_SIGNAL)),
    // What was published of a recalled file has to go, and somebody waits for that.
    await database.listen(RECALLS_CHANNEL, () => room.jobs.signals.wake(STEWARD_SIGNAL)),
  ];
  const timers = new Timers(logger, watch.pulse);
  let timetable: Timetable | undefined;
  if (options.loops !== false) {
    sender.start();
    // Commands are decided by governance: the first look at it comes before the first delivery.
    await timers.once('governance', () => refreshGovernance(room));
    await timers.once('installations', () => readInstallations(room));
    worker.start();
    startTimers(timers, room, { since, ledger: config.ledger, sweepMs: config.github.sweepMs });
    await timers.until('timetable', minutes(1), async () => {
      timetable = await keepTimetable(database, appointments(room), logger);
    });
  }
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  logger.info({ url }, 'The hub listens');
  watch.phase = 'working';
  return {
    url,
    get watchUrl() {
      return watch.url;
    },
    room,
    database,
    async stop({ drained } = {}) {
      watch.phase = 'stopping';
      stopping.abort();
      if (drained !== undefined) await noteDrain(room, drained);
      live.close();
      await timers.stop();
      await timetable?.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      if (options.loops !== false) await Promise.all([worker.stop(), sender.stop()]);
      setTimeout(() => server.closeAllConnections(), seconds(2)).unref();
      await closed;
      for (const end of unlisten) await end();
      await watch.close();
      await traces?.close();
      await close();
      logger.info('The hub has stopped');
    },
  };
}

/** On the record; a hub whose database is away ends all the same. */
async function noteDrain(room: Room, why: string): Promise<void> {
  const policy = room.governance.current()?.commit ?? null;
  const entry = hubDeed({ deed: 'hub-drained', why, at: room.clock.now(), policy });
  try {
    await room.db.transaction((tx) => record(tx, entry));
  } catch (error) {
    room.logger.error(
      { err: error, code: 'hub.drain-unnoted' },
      'That this hub was drained is not on the record',
    );
  }
}

/** `sallyport hub reconcile`: writes everything on GitHub again from state, at the pace GitHub allows. */
export async function reconcile(
  config: HubConfig,
  why: string,
  options: HubOptions = {},
): Promise<{ queued: number; parked: number }> {
  const logger =
    options.logger ?? createLogger('hub', { level: config.log, traces: config.traces !== undefined });
  const { room, close } = await openRoom(config, { ...options, logger });
  try {
    await refreshGovernance(room);
    const policy = room.governance.current()?.commit ?? null;
    const entry = hubDeed({ deed: 'hub-reconciled', why, at: room.clock.now(), policy });
    await room.db.transaction((tx) => record(tx, entry));
    await readInstallations(room);
    await checkMissedHeads(room);
    const queued = await queueEverything(room);
    let parked = 0;
    for (;;) {
      while (await sendOne(room));
      const lag = await outboxLag(room.db, room.clock.now());
      parked = lag.parked;
      if (lag.waiting === 0) break;
      await new Promise((resolve) => setTimeout(resolve, seconds(1)));
    }
    return { queued, parked };
  } finally {
    await close();
  }
}

async function openRoom(
  config: HubConfig,
  options: HubOptions & { logger: Logger; calls?: HubMetrics | undefined; watch?: HubWatch },
) {
  const { logger, clock = systemClock } = options;
  const app = createApp(config.github, logger, options.calls?.github);
  const database =
    options.database ??
    (await openDatabase({
      logger,
      standsStillMs: STANDS_STILL_MS,
      ...(config.databaseUrl ? { url: config.databaseUrl } : { dir: join(config.dataDir, 'database') }),
    }));
  await database.moveIn(() => releaseClaims(database.db));
  const { repository, branch, pinned } = config.governance;
  const mirror = await openGovernanceMirror({
    dir: join(config.dataDir, 'governance'),
    remote: `${app.places.git}/${repository.owner}/${repository.name}.git`,
    branch,
    pinned,
    auth: () => gitHeader(app, repository),
    logger,
  });
  const governance = () => mirror.current();
  const signals = new Signals();
  const room: Room = {
    app,
    db: database.db,
    clock,
    logger,
    governance: {
      repositoryId: repository.id,
      current: governance,
      refresh: async () => {
        const answer = await mirror.refresh();
        return options.watch?.governance.note(answer) ?? answer;
      },
      propose: (commit) => mirror.propose(commit),
      versions: mirror,
    },
    jobs: { db: database.db, clock, logger, governance, signals },
    publications: {
      db: database.db,
      clock,
      ids: randomIds,
      governance,
      releases: releasesFromOutputs,
      wake: () => signals.wake(STEWARD_SIGNAL),
    },
    limits: config.writes,
    line: new Line(clock),
  };
  await recordGovernance(room);
  await recordLogKeys(room, config.ledger);
  // Whoever handed the database over closes it.
  const close = async () => (options.database ? undefined : database.close());
  return { room, database, close };
}

/** A token for exactly the repository with this id: should the name point elsewhere, nothing can be fetched. */
async function gitHeader(app: App, repository: { id: number; owner: string; name: string }): Promise<string> {
  const octokit = await app.asApp();
  const { data } = await octokit.rest.apps.getRepoInstallation({
    owner: repository.owner,
    repo: repository.name,
  });
  const token = await app.gitToken(data.id, repository.id);
  return `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}

function routes(
  config: HubConfig,
  room: Room,
  parts: {
    wake(): void;
    stop: AbortSignal;
    database: OpenDatabase;
    since: number;
    live: Live;
    calls: HubMetrics | undefined;
  },
): express.Express {
  const { db, clock, logger } = room;
  const web = express();
  web.disable('x-powered-by');
  if (parts.calls) web.use(parts.calls.count);
  web.set('trust proxy', config.trustedProxies ?? false);
  web.use(requestId);
  const door = { db, clock, logger, secrets: room.app.webhookSecrets, stored: parts.wake };
  web.post('/webhooks', (request, response) => receiveWebhook(door, request, response));
  const zone = {
    ...room.jobs,
    hubKey: config.key.privateKey,
    audience: config.origin,
    stop: parts.stop,
  };
  web.use(airlockRoutes(zone));
  web.use(zoneRoutes(zone));
  web.use(
    operatorRoutes({
      ...room.jobs,
      hubKey: config.key.publicKey,
      audience: config.origin,
      since: parts.since,
    }),
  );
  web.use(stewardDoor(config, room, parts.stop));
  // One look for whoever asks meanwhile: anybody may ask, and each look is ten of the database's.
  let looking: ReturnType<typeof healthOf> | undefined;
  web.get('/healthz', async (_request, response) => {
    looking ??= healthOf(room, parts.database, parts.since).finally(() => (looking = undefined));
    const health = await looking;
    response.status(health.ok ? 200 : 503).json(health);
  });
  web.use(logRoutes(db, config.ledger));
  web.use(schemaRoutes(config.origin));
  web.use(formRoutes(() => room.governance.current()));
  web.use(deploymentRoute(() => room.governance.current(), clock));
  web.use(codelistRoutes(registryDeps(room)));
  web.use(pagesOf(config, room, parts));
  web.use((_request, response) => void response.status(404).json({ message: 'There is nothing here' }));
  web.use(failed(logger));
  return web;
}

async function listen(web: express.Express, at: { host: string; port: number }): Promise<Server> {
  const server = createServer(web);
  // GitHub and agents answer within a minute; what does not finish its headers is nobody we know.
  server.headersTimeout = seconds(20);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return server;
}
