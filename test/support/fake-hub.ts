/** A hub that only lists tasks and takes updates. */
import type { HubPort } from '../../agent/runner/runner-options.ts';
import { ENDS, type Task, type Update } from '../../src/protocol/messages.ts';
import type { FreezeActTold } from '../../src/protocol/protocol.ts';

/** Lists tasks until their end has come; keeps every update it was sent. */
export class FakeHub implements HubPort {
  readonly updatesSeen: Update[] = [];
  readonly ended = new Map<string, Update>();
  away = false;
  /** Every answer brings those that the agent has not heard. */
  readonly acts: FreezeActTold[] = [];
  /** What each poll asked. */
  readonly asked: { engine: boolean; freezes?: number; draining?: true }[] = [];
  #version = 1;
  #tasks: Task[] = [];
  #waiting = new Set<() => void>();

  give(...tasks: Task[]): void {
    this.#tasks.push(...tasks);
    this.#news();
  }

  /** The hub lists a task no longer, without having been told its end. */
  withdraw(id: string): void {
    this.#tasks = this.#tasks.filter((task) => task.id !== id);
    this.#news();
  }

  list(): Task[] {
    return this.#tasks;
  }

  /** Something is frozen or lifted, and whoever waits hears of it. */
  tell(...acts: FreezeActTold[]): void {
    this.acts.push(...acts);
    for (const go of [...this.#waiting]) go();
  }

  async poll(
    ask: { seen: number; waitMs: number; engine: boolean; freezes?: number; draining?: true },
    signal?: AbortSignal,
  ) {
    this.#mustBeThere();
    this.asked.push(ask);
    const unheard = () => this.acts.filter(({ seq }) => seq > (ask.freezes ?? Infinity));
    if (ask.seen === this.#version && unheard().length === 0) await this.#change(signal);
    this.#mustBeThere();
    const tasks = this.#tasks.map((task) => ({ task }));
    return { version: this.#version, tasks, refused: [], freezes: unheard() };
  }

  async updates(updates: readonly Update[]) {
    this.#mustBeThere();
    for (const update of updates) {
      this.updatesSeen.push(update);
      if (!(ENDS as readonly string[]).includes(update.state)) continue;
      this.ended.set(update.task, update);
      this.#tasks = this.#tasks.filter((task) => task.id !== update.task);
    }
    this.#news();
    return updates.map(() => 'taken' as const);
  }

  async heartbeat() {
    this.#mustBeThere();
  }

  /** Resolves when these tasks have ended. */
  async end(...ids: string[]): Promise<Update[]> {
    while (!ids.every((id) => this.ended.has(id))) await this.#change();
    return ids.map((id) => this.ended.get(id) as Update);
  }

  wake(): void {
    this.#news();
  }

  #mustBeThere(): void {
    if (this.away) throw new Error('the hub is away');
  }

  #news(): void {
    this.#version += 1;
    for (const go of [...this.#waiting]) go();
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        this.#waiting.delete(go);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.delete(go);
        reject(new Error('stopped'));
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}
