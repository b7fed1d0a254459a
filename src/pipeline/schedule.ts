/**
 * Which ready job starts now.
 *
 * Order: the workspace with fewest running jobs, then database jobs, then the oldest. A job fits when
 * what its pool runs and its own weight do not exceed the pool's limit; one that does not fit lets the
 * next go first. `next` says it plainly; `ReadyQueue` gives the same answer in O(log n), because a sort
 * for each of 10,000 pending jobs took the original 14 s a round.
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

/** The job that starts now; undefined when none fits. Jobs that never start are passed over. */
export function next(
  ready: readonly ReadyJob[],
  running: readonly ReadyJob[],
  limits: Limits,
): ReadyJob | undefined {
  const used: Limits = { general: 0, database: 0 };
  const busy = new Map<string, number>();
  for (const job of running) {
    used[job.pool] += units(job.weight);
    busy.set(job.workspace, (busy.get(job.workspace) ?? 0) + 1);
  }
  let best: ReadyJob | undefined;
  for (const job of ready) {
    if (neverStarts(job, limits) || used[job.pool] + units(job.weight) > Math.round(limits[job.pool] * 1000))
      continue;
    if (!best || before(job, busy.get(job.workspace) ?? 0, best, busy.get(best.workspace) ?? 0)) best = job;
  }
  return best;
}

function before(a: ReadyJob, aBusy: number, b: ReadyJob, bBusy: number): boolean {
  if (aBusy !== bBusy) return aBusy < bBusy;
  if (a.pool !== b.pool) return a.pool === 'database';
  return a.order < b.order;
}

/** Ready jobs of one pool and one weight: of them, whichever is first in order starts first. */
interface Lane {
  pool: Pool;
  units: number;
  /** By workspace, oldest first. */
  waiting: Map<string, Heap<ReadyJob>>;
  /** Workspaces with a job here, by running jobs, then oldest job. */
  workspaces: IndexedHeap<string>;
}

/**
 * The same decision, kept up to date. Events may come twice: a job that is known as ready is not added
 * again, one that runs is not started again, removing what is gone does nothing.
 */
export class ReadyQueue {
  private readonly lanes = new Map<string, Lane>();
  private readonly ready = new Map<string, ReadyJob>();
  private readonly running = new Map<string, ReadyJob>();
  private readonly busy = new Map<string, number>();
  private readonly used: Limits = { general: 0, database: 0 };

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
    const lane = this.laneOf(job);
    const heap = lane.waiting.get(job.workspace) ?? new Heap<ReadyJob>((a, b) => a.order < b.order);
    lane.waiting.set(job.workspace, heap);
    heap.push(job);
    this.place(lane, job.workspace);
    return undefined;
  }

  /** The job waits no longer: cancelled, or held back. */
  remove(job: string): void {
    const gone = this.ready.get(job);
    if (!gone) return;
    this.ready.delete(job);
    this.place(this.laneOf(gone), gone.workspace);
  }

  /** Takes the job that starts now and counts it as running. Undefined when none fits. */
  take(): ReadyJob | undefined {
    let best: ReadyJob | undefined;
    for (const lane of this.lanes.values()) {
      if (this.used[lane.pool] + lane.units > Math.round(this.limits[lane.pool] * 1000)) continue;
      // A lane without waiting jobs does not stay.
      const workspace = lane.workspaces.first()!;
      const job = lane.waiting.get(workspace)!.first()!;
      if (!best || before(job, this.busyOf(workspace), best, this.busyOf(best.workspace))) best = job;
    }
    if (best) this.started(best);
    return best;
  }

  /** The job runs: taken before a restart, or by another hub. */
  started(job: ReadyJob): void {
    if (this.running.has(job.job)) return;
    this.running.set(job.job, job);
    this.used[job.pool] += units(job.weight);
    this.busy.set(job.workspace, this.busyOf(job.workspace) + 1);
    this.ready.delete(job.job);
    this.placeEverywhere(job.workspace);
  }

  /** Its container is gone, not merely asked to stop. */
  done(job: string): void {
    const gone = this.running.get(job);
    if (!gone) return;
    this.running.delete(job);
    this.used[gone.pool] -= units(gone.weight);
    const left = this.busyOf(gone.workspace) - 1;
    if (left === 0) this.busy.delete(gone.workspace);
    else this.busy.set(gone.workspace, left);
    this.placeEverywhere(gone.workspace);
  }

  private busyOf(workspace: string): number {
    return this.busy.get(workspace) ?? 0;
  }

  private laneOf(job: ReadyJob): Lane {
    const key = `${job.pool} ${units(job.weight)}`;
    const lane = this.lanes.get(key) ?? {
      pool: job.pool,
      units: units(job.weight),
      waiting: new Map(),
      workspaces: new IndexedHeap<string>(),
    };
    this.lanes.set(key, lane);
    return lane;
  }

  private placeEverywhere(workspace: string): void {
    for (const lane of this.lanes.values()) if (lane.waiting.has(workspace)) this.place(lane, workspace);
  }

  /** Puts the workspace where its running jobs and its oldest waiting job say. */
  private place(lane: Lane, workspace: string): void {
    const heap = lane.waiting.get(workspace)!;
    // Jobs leave the middle of a heap only here, when they come to its top.
    while (heap.first() && this.ready.get(heap.first()!.job) !== heap.first()) heap.pop();
    const oldest = heap.first();
    if (oldest) {
      lane.workspaces.set(workspace, [this.busyOf(workspace), oldest.order]);
      return;
    }
    lane.workspaces.delete(workspace);
    lane.waiting.delete(workspace);
    if (lane.waiting.size === 0) this.lanes.delete(`${lane.pool} ${lane.units}`);
  }
}
