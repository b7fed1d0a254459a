/**
 * prepared → executing → executed. The order is: make the container, write down that it is about to
 * start, start it. A container that is there but was never started may be made again; one that was
 * written down as started and is gone has been interrupted and is never run a second time.
 */
import { rmSync } from 'node:fs';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { RunTask } from '../../src/protocol/messages.ts';
import type { JobSpec } from '../executor/executor.ts';
import { writeWhole } from '../store/durable.ts';
import { BACKEND_VARIABLE, LOCAL_BACKEND, PERMISSIONS_VARIABLE } from './compat.ts';
import type { RunContext, ZoneRefusal } from './context.ts';
import type { RunPlaces } from './layout.ts';
import { sample } from './metrics.ts';
import type { Marker } from './types.ts';

const IMAGE_REASONS: ReadonlyMap<string, ZoneRefusal['reason']> = new Map([
  ['executor.image-missing', 'image-missing'],
  ['executor.image-volumes', 'image-not-allowed'],
]);

/** Makes and starts the container. A refusal ends the run; `cannot-start` is the engine's own. */
export async function start(
  marker: Marker,
  places: RunPlaces,
  context: RunContext,
): Promise<ZoneRefusal | 'cannot-start' | undefined> {
  const { at, executor } = context;
  const { id } = marker.task;
  const access = await at('execute.database', () => openDatabase(marker, context));
  if (access && 'refused' in access) return access;
  const not = await at('execute.create', () => executor.create(specOf(marker, places, context, access)));
  if (not) {
    context.logger.warn({ task: id, code: not.code }, 'The engine would not make the container');
    const reason = IMAGE_REASONS.get(not.code);
    return reason ? { refused: true, reason } : 'cannot-start';
  }
  await at('execute.intent', () => writeWhole(places.started, String(context.clock.now())));
  const refused = await at('execute.start', () => executor.start(id));
  if (refused)
    context.logger.warn({ task: id, code: refused.code }, 'The engine would not start the container');
  return refused ? 'cannot-start' : undefined;
}

/** A container that was never started: taken away, so that rights and network are made together with it. */
export async function unmake(marker: Marker, places: RunPlaces, context: RunContext): Promise<void> {
  rmSync(places.started, { force: true });
  await context.at('execute.create', () => context.executor.remove(marker.task.id));
}

export async function waitForEnd(
  marker: Marker,
  places: RunPlaces,
  context: RunContext,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const sampling = sample(marker.task.id, places.metrics, context.executor, context.clock, ended.signal);
  try {
    await context.at('execute.wait', () => context.executor.wait(marker.task.id, signal));
  } finally {
    ended.abort();
    await sampling;
  }
}

async function openDatabase(
  marker: Marker,
  context: RunContext,
): Promise<{ environment: Record<string, string>; network: JobSpec['network'] } | ZoneRefusal | undefined> {
  const { datasets, limits } = marker.plan;
  if (!datasets) return undefined;
  if (!context.database) return { refused: true, reason: 'database-unavailable' };
  const access = await context.database.open(marker.task.id, { datasets, limits });
  if (!isRefusal(access)) return access;
  context.logger.warn(
    { task: marker.task.id, code: access.code },
    'The database could not be opened for a job',
  );
  return { refused: true, reason: 'database-unavailable' };
}

function specOf(
  marker: Marker,
  places: RunPlaces,
  context: RunContext,
  access: Awaited<ReturnType<typeof openDatabase>>,
): JobSpec {
  const { task, plan } = marker;
  const database = access && 'network' in access ? access : undefined;
  return {
    id: task.id,
    labels: labelsOf(task),
    image: plan.imageRef,
    command: plan.command,
    workDir: places.work,
    readOnlyFiles: [],
    environment: {
      [BACKEND_VARIABLE]: plan.outwardLog ? LOCAL_BACKEND : context.backend,
      ...database?.environment,
      ...(database && { [PERMISSIONS_VARIABLE]: JSON.stringify(plan.permissions ?? []) }),
    },
    network: database?.network ?? { kind: 'none' },
    limits: plan.limits,
    user: context.owner,
  };
}

function labelsOf(task: RunTask): Record<string, string> {
  return { job: task.job, task: task.id, workspace: task.workspace, action: task.action };
}
