/**
 * The agent's loop. It polls the hub with a long poll, drives each run on its own, reports, and looks
 * at governance. The hub's list is the whole truth: a run it no longer lists is stopped; a hub that
 * does not answer changes nothing, and the runs go on.
 *
 * What is held in memory are the runs being driven; it is made again from disk, engine and the list.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { projectOfRepository } from '../../src/governance/governance.ts';
import { seconds } from '../../src/lib/clock.ts';
import { withLogFields } from '../../src/lib/log-fields.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { RunTask, Task, Update } from '../../src/protocol/messages.ts';
import { writeWhole } from '../store/durable.ts';
import { ActiveTasks } from './active.ts';
import { backOff, HubSaidNo } from '../../src/protocol/back-off.ts';
import { Beats } from './beats.ts';
import type { RunContext } from './context.ts';
import { clean, drive } from './drive.ts';
import { finalUpdate } from './outward.ts';
import { isEnd, Reporter } from './reporter.ts';
import { readMetadata } from './run-state.ts';
import type { RunnerOptions } from './runner-options.ts';

interface Driving {
  drop: AbortController;
  done: Promise<void>;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #context: RunContext;
  readonly #active: ActiveTasks;
  readonly #reporter: Reporter;
  readonly #pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #driving = new Map<string, Driving>();
  /** Cancel tasks to answer when their run has ended. */
  readonly #cancels = new Map<string, Set<string>>();
  readonly #stop = new AbortController();
  /** A run was not taken because of a freeze: the list is asked for afresh when that may be over. */
  #heldBack = false;
  /** `told`: the hub has heard of it, and what it had given before is known here. */
  #draining: { told: boolean; timer: NodeJS.Timeout } | undefined;
  readonly #beats: Beats;
  /** Version of the list that is held. */
  #seen = 0;
  #askAfresh = false;
  #pollAgain = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#beats = new Beats(options.heartbeatMs);
    this.#context = options.context;
    this.#active = new ActiveTasks(options.context.layout.root);
    this.#pause =
      options.pause ?? ((ms, signal) => sleep(ms / 2 + (Math.random() * ms) / 2, undefined, { signal }));
    this.#reporter = new Reporter(options.hub, options.context.logger, this.#pause);
  }

  /** Runs until stopped; the runs stay as they are, containers go on. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#stop.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    this.#context.store.clearIncoming();
    const forget = this.#options.freezes?.onChange(() => this.#frozenOrNot());
    const forgetFull = this.#options.full?.onChange(() => this.#pollAfresh());
    this.#stopFrozen();
    for (const task of this.#active.all()) this.#take(task);
    // Before the first new task is taken: what is made for that one must not be swept away.
    await this.#sweep().catch((error: unknown) =>
      this.#context.logger.warn({ err: error }, 'What earlier runs left could not be looked at'),
    );
    await Promise.all([
      this.#reporter.run(this.#stop.signal),
      this.#pollLoop(),
      this.#every(
        () => this.#beats.nextMs,
        () => this.#beat(),
      ),
      this.#every(
        () => this.#options.governanceMs ?? seconds(60),
        async () => {
          this.#options.watch?.turned('governance');
          await this.#options.governance.look(this.#stop.signal);
          this.#options.freezes?.settle();
          // To whom a held task belongs may be known only now.
          if (this.#heldBack) this.#pollAfresh();
        },
      ),
    ]);
    clearInterval(this.#draining?.timer);
    forget?.();
    forgetFull?.();
    await Promise.allSettled([...this.#driving.values()].map((driving) => driving.done));
  }

  /** Runs being driven now. */
  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  get running(): number {
    return this.#driving.size;
  }

  /** Runs of which the hub has not taken the latest word. */
  get untold(): number {
    return this.#reporter.backlog;
  }

  /** Nothing is being driven and the hub has taken every update. */
  get idle(): boolean {
    return this.#driving.size === 0 && this.#reporter.backlog === 0;
  }

  /**
   * Takes no new task, carries what it has to its end, and ends by itself when the hub has heard of all of it.
   * False takes that back as long as it has not ended.
   */
  drain(on: boolean): void {
    if (on === (this.#draining !== undefined)) return;
    clearInterval(this.#draining?.timer);
    this.#draining = on
      ? { told: false, timer: setInterval(() => this.#endWhenDone(), seconds(0.25)) }
      : undefined;
    this.#context.logger.info({ code: 'agent.draining', on }, 'The agent is being drained, or no longer');
    this.#pollAfresh();
  }

  #endWhenDone(): void {
    const busy = this.#driving.size > 0 || this.#active.all().length > 0 || this.#reporter.backlog > 0;
    if (!this.#draining?.told || busy) return;
    clearInterval(this.#draining.timer);
    this.#stop.abort();
  }

  async #pollLoop(): Promise<void> {
    const { hub, context, freezes, full, watch, pollMs = seconds(30) } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        watch?.turned('poll');
        const healthy = await this.#engineAnswers();
        // While all of the zone stands still it could start nothing either: nothing is to be given to it.
        const engine = healthy && !freezes?.over(null) && !full?.isFull();
        this.#pollAgain = new AbortController();
        const draining = this.#draining;
        if (this.#askAfresh) this.#seen = 0;
        this.#askAfresh = false;
        const answer = await hub.poll(
          {
            seen: this.#seen,
            waitMs: draining || !healthy ? Math.min(pollMs, seconds(2)) : pollMs,
            engine,
            ...(draining && { draining: true as const }),
            ...(freezes && { freezes: freezes.seq }),
          },
          AbortSignal.any([signal, this.#pollAgain.signal]),
        );
        if (isRefusal(answer)) throw new HubSaidNo('the poll', answer);
        watch?.polled(true);
        try {
          // What is frozen comes first, and holds even if it cannot be written: of the list nothing is begun that may not be.
          freezes?.take(answer.freezes);
        } finally {
          this.heed(
            answer.tasks.map(({ task }) => task),
            answer.refused,
          );
        }
        // Not before: what could not be written down (a full disk) is to be listed again.
        this.#seen = answer.version;
        failures = 0;
        if (draining) draining.told = true;
        if (!healthy) await this.#pause(seconds(2), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (this.#pollAgain.signal.aborted) continue;
        // A hub that is away gives nothing.
        if (this.#draining) this.#draining.told = true;
        watch?.polled(false);
        if (failures === 0) context.logger.warn({ err: error }, 'The hub cannot be polled; runs go on');
        await this.#pause(backOff(error, failures), signal).catch(() => undefined);
        failures += 1;
      }
    }
  }

  /** Takes the hub's list. Public for tests, which step it by hand. */
  heed(tasks: readonly Task[], refused: readonly Refusal[] = []): void {
    for (const no of refused)
      this.#context.logger.error({ code: no.code }, 'A task was not taken: it is not to be trusted');
    const listed = new Set<string>();
    let failed: { error: unknown } | undefined;
    for (const task of tasks) {
      listed.add(task.type === 'run' ? task.id : task.task);
      if (task.type !== 'run') continue;
      if (this.#active.get(task.id) || !(this.#options.full?.isFull() || this.#frozen(task))) {
        try {
          this.#take(task);
        } catch (error) {
          failed ??= { error };
        }
      } else this.#heldBack = true;
    }
    for (const task of tasks) if (task.type === 'cancel') this.#cancel(task);
    // What could not be written down is listed again, but what is to be stopped was stopped first.
    if (failed) throw failed.error;
    // A task that could not be verified may be any of ours: then nothing is taken for gone.
    if (refused.length > 0) return;
    for (const task of this.#active.all()) if (!listed.has(task.id)) this.#forsake(task);
  }

  /** What stands still of this task's project, by the zone's own governance: unknown there, any project may be meant. */
  #frozen(task: RunTask) {
    const { freezes, governance } = this.#options;
    const g = governance.current();
    return freezes?.over(g && projectOfRepository(g, task.repository.id)?.id);
  }

  /** Something was frozen or lifted: what runs is stopped where that is meant, and the hub is asked afresh. */
  #frozenOrNot(): void {
    this.#stopFrozen();
    this.#pollAfresh();
  }

  #stopFrozen(): void {
    for (const task of this.#active.all()) {
      try {
        const over = readMetadata(this.#context.layout.run(task.job, task.id, task.action), task.id);
        if (!over && this.#frozen(task)?.running === 'stop') this.#end(task, 'frozen');
      } catch (err) {
        this.#context.logger.error({ task: task.id, err }, 'A frozen run could not be stopped');
      }
    }
  }

  #pollAfresh(): void {
    this.#heldBack = false;
    this.#askAfresh = true;
    this.#pollAgain.abort();
  }

  /** Accepts and drives a run, or tells its end again. */
  #take(task: RunTask): void {
    if (this.#driving.has(task.id)) return;
    const places = this.#context.layout.run(task.job, task.id, task.action);
    const over = readMetadata(places, task.id);
    if (over && !this.#active.get(task.id)) {
      this.#say(finalUpdate(over));
      return;
    }
    if (!this.#active.accept(task)) {
      this.#context.logger.error(
        { task: task.id },
        'A task was not taken: its id is known with another content',
      );
      return;
    }
    const drop = new AbortController();
    const { id, job, request } = task;
    const done = withLogFields({ task: id, job, request }, () => this.#drive(task, drop.signal)).finally(() =>
      this.#driving.delete(id),
    );
    this.#driving.set(task.id, { drop, done });
  }

  async #drive(task: RunTask, dropped: AbortSignal): Promise<void> {
    try {
      await this.#context.at('accept.task', () => undefined);
      await drive(task, this.#context, {
        stop: this.#stop.signal,
        dropped,
        report: (update) => this.#say(update),
        pause: this.#pause,
        watch: this.#options.watch,
      });
      this.#active.drop(task.id);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#context.logger.error({ task: task.id, err: error }, 'A run cannot be driven on by this process');
    }
  }

  #say(update: Update): void {
    this.#reporter.say(update);
    if (!isEnd(update.state)) return;
    for (const cancel of this.#cancels.get(update.task) ?? [])
      this.#reporter.say({ ...update, task: cancel });
    this.#cancels.delete(update.task);
  }

  #cancel(task: Extract<Task, { type: 'cancel' }>): void {
    const places = this.#context.layout.run(task.job, task.task);
    const over = readMetadata(places, task.task);
    if (over) {
      this.#reporter.say({ ...finalUpdate(over), task: task.id });
      return;
    }
    const waiting = this.#cancels.get(task.task) ?? new Set();
    this.#cancels.set(task.task, waiting.add(task.id));
    const known = this.#active.get(task.task);
    if (known) {
      this.#end(known, 'cancelled by a person');
      return;
    }
    // The run never got here, or another agent has it: there is nothing to stop.
    this.#say({ task: task.task, job: task.job, at: this.#context.clock.now(), state: 'cancelled_by_user' });
  }

  /** The hub no longer lists a run: if it is over, what is left is cleaned up; if not, nobody waits for it. */
  #forsake(task: RunTask): void {
    const places = this.#context.layout.run(task.job, task.id, task.action);
    if (!readMetadata(places, task.id)) return this.#end(task, 'no longer listed');
    if (this.#driving.has(task.id)) return;
    void clean(task, places, this.#context)
      .then(() => this.#active.drop(task.id))
      .catch((error: unknown) =>
        this.#context.logger.warn({ task: task.id, err: error }, 'A run was not cleaned up'),
      );
  }

  /** Written first, so that a restart knows; then whatever is going on is dropped, and the container stopped. */
  #end(task: RunTask, why: string): void {
    try {
      writeWhole(this.#context.layout.run(task.job, task.id).cancel, why);
    } catch (err) {
      // A full disk keeps no job running: this process knows it, and the next one is asked again.
      this.#context.logger.error({ task: task.id, err }, 'That a run is to end could not be written down');
    }
    this.#take(task);
    this.#driving.get(task.id)?.drop.abort();
  }

  async #engineAnswers(): Promise<boolean> {
    const answers = await this.#context.executor.healthy();
    this.#options.watch?.engine(answers);
    return answers;
  }

  async #beat(): Promise<void> {
    const { hub, governance, version, full, watch } = this.#options;
    watch?.turned('heartbeat');
    const engine = (await this.#engineAnswers()) && !full?.isFull();
    const commit = governance.current()?.commit;
    const database = this.#options.database?.();
    const beat = {
      engine,
      version,
      ...(commit ? { governance: commit } : {}),
      ...(database ? { database } : {}),
    };
    this.#beats.failed();
    const answer = await hub.heartbeat(beat, this.#stop.signal);
    if (answer && !isRefusal(answer) && this.#beats.heard(answer, this.#seen)) this.#pollAfresh();
  }

  /** Containers and rights that belong to no run on disk: of a folder that was lost. */
  async #sweep(): Promise<void> {
    const alive = new Set(this.#active.all().map((task) => task.id));
    const { executor, database } = this.#context;
    if (!(await executor.healthy())) return;
    for (const { id } of await executor.list())
      if (!alive.has(id) && !this.#driving.has(id)) await executor.remove(id);
    await database?.sweep(new Set([...alive, ...this.#driving.keys()]));
  }

  /** Does something now and then; a failure only waits for the next turn. */
  async #every(ms: () => number, work: () => Promise<unknown>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await work().catch((error: unknown) => {
        if (!signal.aborted) this.#context.logger.debug({ err: error }, 'A regular look failed');
      });
      await sleep(ms(), undefined, { signal }).catch(() => undefined);
    }
  }
}
