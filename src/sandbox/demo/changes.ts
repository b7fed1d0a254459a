/**
 * Waiting for something to be so on a repository: looked at when the sandbox says that something changed.
 *
 * The pages' event stream tells of changes, not of which; one look a second stands behind it for
 * what happens elsewhere (a file in the zone).
 */
const BACKSTOP_MS = 1000;
const PATIENCE_MS = 60_000;

export class Changes {
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  #waiting: (() => void)[] = [];

  private constructor(signal: AbortSignal, patienceMs: number) {
    this.#signal = signal;
    this.#patienceMs = patienceMs;
  }

  /** Listens until the signal fires. */
  static async of(
    sandbox: string,
    repo: string,
    signal: AbortSignal,
    patienceMs = PATIENCE_MS,
  ): Promise<Changes> {
    const changes = new Changes(signal, patienceMs);
    const answer = await fetch(`${sandbox}/_web/changes?repo=${encodeURIComponent(repo)}`, { signal });
    if (!answer.ok || !answer.body) throw new Error(`the sandbox's changes were answered ${answer.status}`);
    void changes.#listen(answer.body);
    return changes;
  }

  async #listen(body: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const _chunk of body) this.#wake();
    } catch {
      // Ended with the sandbox or the demo; the backstop still looks.
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** What `look` finds, as soon as it finds something. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined> | T | undefined,
    withinMs = this.#patienceMs,
  ): Promise<T> {
    const end = Date.now() + withinMs;
    for (;;) {
      this.#signal.throwIfAborted();
      // Asked for before looking: what changes in between is not missed.
      const news = this.#next();
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`${what}: not seen within ${withinMs / 1000} s`);
      await news;
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, BACKSTOP_MS);
      this.#waiting.push(() => {
        clearTimeout(late);
        resolve();
      });
    });
  }
}
