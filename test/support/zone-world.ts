/**
 * A zone for tests: a git server in the proxy's place, a hub that only lists tasks and takes updates,
 * governance as data, an engine whose jobs are functions. "The process was killed" is a new agent over
 * the same folder, engine and hub.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  existsSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Executor } from '../../agent/executor/executor.ts';
import type { ZoneFreezes } from '../../agent/freezes.ts';
import type { DatabaseAccess, RunContext } from '../../agent/runner/context.ts';
import { KILL_POINTS, stepsWith, type Checkpoint } from '../../agent/runner/checkpoint.ts';
import { deriver } from '../../agent/runner/derive.ts';
import type { FreshGovernance } from '../../agent/runner/governance.ts';
import { layout, type Layout } from '../../agent/runner/layout.ts';
import type { RunnerWatch } from '../../agent/runner/observe.ts';
import { readManifest, type SignedManifest } from '../../agent/store/manifest.ts';
import { Mirrors, type FetchRefs } from '../../agent/store/mirror.ts';
import { Pins } from '../../agent/runner/pins.ts';
import { Runner } from '../../agent/runner/runner.ts';
import { Store } from '../../agent/store/store.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { gitFetch } from '../../src/lib/git.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger, type Logger } from '../../src/lib/logger.ts';
import { matches } from '../../src/pipeline/pipeline.ts';
import { type RunTask } from '../../src/protocol/messages.ts';
import { FakeHub } from './fake-hub.ts';
import { gitUpstream, type GitUpstream } from './git-upstream.ts';
import { aGovernance, PEOPLE, REPOSITORY } from './governance.ts';
import { scriptedEngine, scriptedExecutor, type Script, type ScriptedEngine } from './scripted-executor.ts';

export const OWNER = 'northshire-research';
export const STUDY = 'study';
export const PYTHON = `northshire-images/python@sha256:${'2'.repeat(64)}`;
export const SQLRUNNER = `northshire-images/sqlrunner@sha256:${'3'.repeat(64)}`;

export const PROJECT = `version: '4.0'
actions:
  extract:
    run: sqlrunner:v1 --output output/rows.csv query.sql
    dummy_data_file: dummy/rows.csv
    outputs:
      highly_sensitive:
        rows: output/rows.csv
  model:
    run: python:v2 analysis/model.py
    needs: [extract]
    outputs:
      moderately_sensitive:
        table: output/table.csv
        figures: output/figures/*.svg
`;
export const STUDY_FILES: Record<string, string> = {
  'project.yaml': PROJECT,
  'query.sql': 'select 1',
  'analysis/model.py': 'print(1)',
  'dummy/rows.csv': 'school,absent\na,1\n',
};

/** Stands for `kill -9`: nothing catches it, and every later step of that agent dies of it too. */
export class Killed extends Error {
  readonly fatal = true;
}

/** Dies at the first time this point is reached. */
export function dyingAt(point: string): {
  checkpoint: Checkpoint;
  died: () => boolean;
  death: Promise<void>;
} {
  let dead = false;
  let tell: () => void = () => undefined;
  const death = new Promise<void>((resolve) => (tell = resolve));
  return {
    checkpoint(reached) {
      if (!dead && reached !== point) return;
      dead = true;
      tell();
      throw new Killed(reached);
    },
    died: () => dead,
    death,
  };
}

export interface World {
  dir: string;
  layout: Layout;
  hub: FakeHub;
  engine: ScriptedEngine;
  upstream: GitUpstream;
  commit: string;
  governance: Governance;
  /** What an agent that looks for governance finds. */
  governanceNow(): Governance | undefined;
  clock: ReturnType<typeof fixedClock>;
  /** Datasets per opened job; closed ones are gone. */
  openDatabases: Map<string, string[]>;
  images: string[];
  /** Starts an agent over this world. */
  agent(options?: AgentSettings): TestAgent;
  task(action: string, more?: Partial<RunTask>): RunTask;
  manifest(workspace?: string): SignedManifest | undefined;
  close(): Promise<void>;
}

export interface AgentSettings {
  checkpoint?: Checkpoint;
  script?: Script;
  data?: 'real' | 'dummy';
  /** A real one, in place of programs that are played. */
  executor?: Executor;
  /** The image that runs queries on invented rows. */
  rowsImage?: () => Promise<string | undefined>;
  patch?: (context: RunContext) => RunContext;
  /** What tasks are derived by, instead of what the world has. */
  governance?: Pick<FreshGovernance, 'forTask' | 'lookSince'>;
  freezes?: ZoneFreezes;
  watch?: RunnerWatch;
  full?: { isFull(): boolean; onChange(changed: () => void): () => void };
  /** What a pause between attempts does; it takes no time unless said. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void> | void;
}

export interface TestAgent {
  runner: Runner;
  context: RunContext;
  /** Resolves when it has ended, by itself or because it was stopped. */
  done: Promise<void>;
  /** Stops and waits until nothing of it moves any more. */
  stop(): Promise<void>;
}

let shared: Promise<{ upstream: GitUpstream; commit: string }> | undefined;
/** One git server per test file: repositories are made once. */
async function upstreamWithStudy(): Promise<{ upstream: GitUpstream; commit: string }> {
  shared ??= (async () => {
    const upstream = await gitUpstream();
    return { upstream, commit: upstream.repository(`${OWNER}/${STUDY}`, STUDY_FILES) };
  })();
  return shared;
}

export async function closeUpstream(): Promise<void> {
  if (shared) await (await shared).upstream.close();
  shared = undefined;
}

const silent = createLogger('test', { level: process.env['SALLYPORT_TEST_LOG'] ?? 'silent' });
const key = newKeyPair();
export const zoneKey = key;

/** What the two actions of the study do when all goes well. */
export const goodScript: Script = ({ spec, say }) => {
  const out = path.join(spec.workDir, 'output');
  mkdirSync(path.join(out, 'figures'), { recursive: true });
  say(`running ${spec.labels['action'] ?? ''}`);
  if (spec.labels['action'] === 'extract')
    writeFileSync(path.join(out, 'rows.csv'), 'learner_id,absent\n1,2\n');
  else {
    const rows = readFileSync(path.join(out, 'rows.csv'), 'utf8').split('\n').length;
    writeFileSync(path.join(out, 'table.csv'), `measure,value\nrows,${rows}\n`);
    writeFileSync(path.join(out, 'figures', 'absence.svg'), '<svg/>');
  }
  return 0;
};

let count = 0;

export async function aWorld(
  options: {
    files?: Record<string, string>;
    governance?: Governance;
    logger?: Logger;
    fetch?: FetchFrom;
    /** The folder in which the zone's own is made. */
    under?: string;
  } = {},
): Promise<World> {
  const { upstream, commit: first } = await upstreamWithStudy();
  const name = options.files ? `study${++count}` : STUDY;
  const commit = options.files ? upstream.repository(`${OWNER}/${name}`, options.files) : first;
  const dir = mkdtempSync(path.join(options.under ?? tmpdir(), 'sallyport-zone-'));
  const clock = fixedClock('2026-08-03T09:00:00Z');
  const openDatabases = new Map<string, string[]>();
  let ids = 0;
  const id = (): string => String(++ids).padStart(16, '0');
  const world: World = {
    dir,
    layout: layout(dir),
    hub: new FakeHub(),
    engine: scriptedEngine(),
    upstream,
    commit,
    governance: options.governance ?? aGovernance(),
    governanceNow: () => world.governance,
    clock,
    openDatabases,
    images: [PYTHON, SQLRUNNER],
    agent: (settings = {}) =>
      startTestAgent(world, settings, {
        logger: options.logger ?? silent,
        fetch: options.fetch?.(upstream.root) ?? fromUpstream(upstream),
      }),
    task: (action, more = {}) => ({
      type: 'run',
      id: id(),
      job: id(),
      request: 'request000000001',
      repository: { id: REPOSITORY, owner: OWNER, name },
      branch: 'main',
      commit,
      action,
      workspace: 'study-main',
      requestedBy: PEOPLE.lead,
      ...more,
    }),
    manifest: (workspace = 'study-main') => readManifest(world.layout.workspace(workspace).manifest),
    async close() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** How mirrors are filled from the folder of the upstream's repositories. */
export type FetchFrom = (root: string) => FetchRefs;

function fromUpstream({ origin }: GitUpstream): FetchRefs {
  return ({ dir, owner, name, refspecs, signal }) =>
    gitFetch({ dir, url: `${origin}/${owner}/${name}`, refspecs, signal });
}

function startTestAgent(
  world: World,
  settings: AgentSettings,
  { logger, fetch }: { logger: Logger; fetch: FetchRefs },
): TestAgent {
  const checkpoint = settings.checkpoint ?? (() => undefined);
  const at = stepsWith(checkpoint);
  const { clock, engine } = world;
  const { script = goodScript } = settings;
  const executor = settings.executor ?? scriptedExecutor({ engine, images: world.images, script, clock });
  const mirrors = new Mirrors(world.layout.mirrors, fetch, clock);
  const data = settings.data ?? 'real';
  const governance = {
    forTask: async () => world.governanceNow(),
    look: async () => undefined,
    lookSince: async () => undefined,
    current: () => world.governance,
  };
  const plain: RunContext = {
    layout: world.layout,
    store: new Store(world.layout.store, { sync: false }),
    executor,
    key,
    clock,
    logger,
    at,
    checkpoint,
    owner: { uid: 10_001, gid: 10_001 },
    backend: data === 'real' ? 'attainment' : 'rehearsal',
    derive: deriver({
      governance: settings.governance ?? governance,
      mirrors,
      pins: new Pins(world.layout),
      executor,
      zone: { backend: data === 'real' ? 'attainment' : 'rehearsal', data, hasDatabase: data === 'real' },
      floors: {},
      origin: 'https://github.com',
      clock,
      at,
      ...(settings.rowsImage && { rowsImage: settings.rowsImage }),
    }),
    matches,
    ...(data === 'real' ? { database: fakeDatabase(world) } : {}),
  };
  const context = settings.patch ? settings.patch(plain) : plain;
  const runner = new Runner({
    context,
    hub: world.hub,
    governance,
    ...(settings.freezes && { freezes: settings.freezes }),
    ...(settings.watch && { watch: settings.watch }),
    ...(settings.full && { full: settings.full }),
    version: 'test',
    pollMs: 60_000,
    pause: async (ms, signal) => {
      await new Promise(setImmediate);
      await settings.pause?.(ms, signal);
      signal.throwIfAborted();
    },
  });
  const stopping = new AbortController();
  const done = runner.run(stopping.signal);
  done.catch(() => undefined);
  return {
    runner,
    context,
    done,
    async stop() {
      stopping.abort();
      world.hub.wake();
      await done;
    },
  };
}

function fakeDatabase(world: World): DatabaseAccess {
  return {
    async open(id, { datasets }) {
      world.openDatabases.set(id, datasets);
      return {
        environment: { DATABASE_URL: `postgres://job@db/${id}` },
        network: { kind: 'private', name: `net-${id}` },
      };
    },
    async close(id) {
      world.openDatabases.delete(id);
    },
    async sweep(alive) {
      for (const id of [...world.openDatabases.keys()]) if (!alive.has(id)) world.openDatabases.delete(id);
    },
  };
}

/** Everything below the state folder that belongs to runs, but the runs' own records: must be empty at the end. */
export function leftovers(world: World): string[] {
  const found: string[] = [];
  const active = path.join(world.dir, 'active');
  if (existsSync(active)) found.push(...readdirSync(active).map((name) => `active/${name}`));
  if (existsSync(world.layout.jobs)) {
    for (const at of readdirSync(world.layout.jobs, { recursive: true, encoding: 'utf8' }))
      if (/\/work$|\/baseline\.json$|\.new$/.test(at)) found.push(`jobs/${at}`);
  }
  found.push(...[...world.engine.jobs.keys()].map((at) => `container ${at}`));
  found.push(...[...world.openDatabases.keys()].map((at) => `database ${at}`));
  return found;
}

export { KILL_POINTS };
