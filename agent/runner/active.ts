/**
 * The tasks this agent has accepted and not finished cleaning up, one small file each. They were
 * verified when they were accepted; after a restart the agent goes on with them before the hub answers.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { runTask, type RunTask } from '../../src/protocol/messages.ts';
import { readJsonIfWhole, writeWhole } from '../store/durable.ts';

export class ActiveTasks {
  readonly #dir: string;

  constructor(root: string) {
    this.#dir = path.join(root, 'active');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
  }

  /** False when this id is known under another content: such a task is refused. */
  accept(task: RunTask): boolean {
    const known = this.get(task.id);
    if (known) return canonicalJson(known) === canonicalJson(task);
    // Not synced: after a power cut the hub lists the task again.
    writeWhole(this.#file(task.id), canonicalJson(task), { sync: false });
    return true;
  }

  get(id: string): RunTask | undefined {
    const found = runTask.safeParse(readJsonIfWhole(this.#file(id)));
    return found.success ? found.data : undefined;
  }

  all(): RunTask[] {
    return readdirSync(this.#dir)
      .filter((name) => /^[a-z0-9]{16}$/.test(name))
      .flatMap((name) => this.get(name) ?? []);
  }

  drop(id: string): void {
    rmSync(this.#file(id), { force: true });
  }

  #file(id: string): string {
    if (!/^[a-z0-9]{16}$/.test(id)) throw new TypeError('not an id');
    return path.join(this.#dir, id);
  }
}
