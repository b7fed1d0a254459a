/** Files picked for a request, by session and workspace: any number, without sending their names back and forth. */

/** Sessions times workspaces; the one that was touched longest ago goes first. */
const MOST = 500;

export class Selections {
  readonly #held = new Map<string, Set<string>>();

  of(session: string, workspace: string): ReadonlySet<string> {
    return this.#held.get(key(session, workspace)) ?? new Set();
  }

  set(session: string, workspace: string, paths: Iterable<string>): void {
    const name = key(session, workspace);
    const picked = new Set(paths);
    this.#held.delete(name);
    if (picked.size === 0) return;
    const oldest = this.#held.keys().next();
    if (this.#held.size >= MOST && !oldest.done) this.#held.delete(oldest.value);
    this.#held.set(name, picked);
  }
}

function key(session: string, workspace: string): string {
  return `${session}\n${workspace}`;
}
