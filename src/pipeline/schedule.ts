/**
 * Which ready job starts now.
 *
 * Each pool has a line: the workspace with fewest jobs running in the pool comes first, then the oldest job.
 * The first of the line starts when what its pool runs and its own weight do not exceed the pool's limit.
 * While it does not fit nobody behind it starts either: what becomes free is kept for it, else light jobs
 * would keep a heavy one waiting for ever. Of both pools' first ones that fit, the workspace with fewest
 * running jobs comes first, then the database job.
 *
 * So a workspace that runs nothing in a pool starts its oldest job there once what runs and what is older
 * has ended, whatever arrives meanwhile. Jobs are counted by pool because jobs of the other one would
 * put a workspace back in the line again and again.
 *
 * `next` says it plainly; `ReadyQueue` gives the same answer in O(log n), because a sort for each of
 * 10,000 pending jobs took the original 14 s a round.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { Heap, IndexedHeap } from './heap.ts';
import type { ReadyJob } from './types.ts';
import * as words from './words-plan.ts';

export type Pool = ReadyJob['pool'];
/** Slots of each pool. */
export type Limits = Record<Pool, number>;

/** Weights are counted in thousandths: 0.1 + 0.2 must fill a slot of 0.3. */
function units(weight: number): number {
  return Math.max(1, Math.round(weight * 1000));
}

/** Why the job can never start on this backend: a mistake in its configuration, not a wait. */
export function neverStarts(job: ReadyJob, limits: Limits): Refusal | undefined {
  if (!(job.weight > 0) || !Number.isFinite(job.weight)) {
    return refusal('schedule.bad-weight', ...words.badWeight(job.weight));
  }
  const limit = limits[job.pool];
  if (units(job.weight) <= Math.round(limit * 1000)) return undefined;
  return refusal('schedule.weight-above-limit', ...words.weightAboveLimit(job.pool, job.weight, limit));
}

/** The job that starts now; undefined when neither pool's first fits. Jobs that never start are passed over. */
export function next(
  ready: readonly ReadyJob[],
  running: readonly ReadyJob[],
  limits: Limits,
): ReadyJob | undefined {
  const lines = { general: new Running(), database: new Running() };
  for (const job of running) lines[job.pool].add(job);
  const first = new Map<Pool, ReadyJob>();
  for (const job of ready) {
    if (neverStarts(job, limits)) continue;
    const other = first.get(job.pool);
    if (!other || before(job, other, lines)) first.set(job.pool, job);
  }
  return firstThatFits([...first.values()], lines, limits);
}

/** What runs in one pool. */
class Running {
  private readonly busy = new Map<string, number>();
  private used = 0;

  add({ workspace, weight }: ReadyJob): void {
    this.used += units(weight);
    this.busy.set(workspace, this.busyOf(workspace) + 1);
  }

  remove({ workspace, weight }: ReadyJob): void {
    this.used -= units(weight);
    const left = this.busyOf(workspace) - 1;
    if (left === 0) this.busy.delete(workspace);
    else this.busy.set(workspace, left);
  }

  busyOf(workspace: string): number {
    return this.busy.get(workspace) ?? 0;
  }

  fits(job: ReadyJob, limit: number): boolean {
    return this.used + units(job.weight) <= Math.round(limit * 1000);
  }
}

type Pools = Record<Pool, { busyOf(workspace: string): number }>;

function before(a: ReadyJob, b: ReadyJob, pools: Pools): boolean {
  const [aBusy, bBusy] = [pools[a.pool].busyOf(a.workspace), pools[b.pool].busyOf(b.workspace)];
  if (aBusy !== bBusy) return aBusy < bBusy;
  if (a.pool !== b.pool) return a.pool === 'database';
  return a.order < b.order;
}

/** `firsts`: the first in line of each pool. One that does not fit keeps its pool, and not the other one. */
function firstThatFits(
  firsts: readonly ReadyJob[],
  pools: Record<Pool, Running>,
  limits: Limits,
): ReadyJob | undefined {
  const [one, other] = firsts.filter((job) => pools[job.pool].fits(job, limits[job.pool]));
  return one && other && before(other, one, pools) ? other : one;
}

/** The line of one pool, and what runs there. */
class Line extends Running {
  /** By workspace, oldest first. */
  readonly waiting = new Map<string, Heap<ReadyJob>>();
  /** Workspaces with a job here, by running jobs, then oldest job. */
  readonly workspaces = new IndexedHeap<string>();

  first(): ReadyJob | undefined {
    const workspace = this.workspaces.first();
    // A workspace without waiting jobs does not stay.
    return workspace === undefined ? undefined : this.waiting.get(workspace)!.first();
  }
}

/**
 * The same decision, kept up to date. Events may come twice: a job that is known as ready is not added
 * again, one that runs is not started again, removing what is gone does nothing.
 */
export class ReadyQueue {
  private readonly lines = { general: new Line(), database: new Line() };
  private readonly ready = new Map<string, ReadyJob>();
  private readonly running = new Map<string, ReadyJob>();

  constructor(private readonly limits: Limits) {}

  /** Jobs that wait. */
  get size(): number {
    return this.ready.size;
  }

  /** Refuses 'schedule.weight-above-limit' and 'schedule.bad-weight'; the job is then not held. */
  add(job: ReadyJob): Refusal | undefined {
    const no = neverStarts(job, this.limits);
    if (no || this.ready.has(job.job) || this.running.has(job.job)) return no;
    this.ready.set(job.job, job);
    const { waiting } = this.lines[job.pool];
    const heap = waiting.get(job.workspace) ?? new Heap<ReadyJob>((a, b) => a.order < b.order);
    waiting.set(job.workspace, heap);
    heap.push(job);
    this.place(job);
    return undefined;
  }

  /** The job waits no longer: cancelled, or held back. */
  remove(job: string): void {
    const gone = this.ready.get(job);
    if (!gone) return;
    this.ready.delete(job);
    this.place(gone);
  }

  /** Takes the job that starts now and counts it as running. Undefined when none does. */
  take(): ReadyJob | undefined {
    const { general, database } = this.lines;
    const firsts = [general.first(), database.first()].filter((job) => job !== undefined);
    const job = firstThatFits(firsts, this.lines, this.limits);
    if (job) this.started(job);
    return job;
  }

  /** The job runs: taken before a restart, or by another hub. */
  started(job: ReadyJob): void {
    if (this.running.has(job.job)) return;
    this.running.set(job.job, job);
    this.lines[job.pool].add(job);
    this.ready.delete(job.job);
    this.place(job);
  }

  /** Its container is gone, not merely asked to stop. */
  done(job: string): void {
    const gone = this.running.get(job);
    if (!gone) return;
    this.running.delete(job);
    this.lines[gone.pool].remove(gone);
    this.place(gone);
  }

  /** Puts the workspace where its running jobs and its oldest waiting job say. */
  private place({ pool, workspace }: ReadyJob): void {
    const line = this.lines[pool];
    const heap = line.waiting.get(workspace);
    if (!heap) return;
    // Jobs leave the middle of a heap only here, when they come to its top.
    while (heap.first() && this.ready.get(heap.first()!.job) !== heap.first()) heap.pop();
    const oldest = heap.first();
    if (oldest) {
      line.workspaces.set(workspace, [line.busyOf(workspace), oldest.order]);
      return;
    }
    line.workspaces.delete(workspace);
    line.waiting.delete(workspace);
  }
}
