/** Wakes whoever waits in this process: an open poll, a loop. A wake that nobody waits for is lost, so look after registering. */
export class Signals {
  readonly #waiting = new Map<string, Set<() => void>>();

  wake(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const go of waiting ?? []) go();
  }

  /** For news that may have been missed. */
  wakeAll(): void {
    for (const key of [...this.#waiting.keys()]) this.wake(key);
  }

  /** Registers now; `woken` resolves at the next wake, after `ms`, or when `stop` is aborted. Call `forget` when done. */
  waitFor(key: string, ms: number, stop?: AbortSignal): { woken: Promise<void>; forget(): void } {
    let forget = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      const timer = setTimeout(() => go(), ms);
      const go = (): void => {
        forget();
        resolve();
      };
      forget = () => {
        clearTimeout(timer);
        stop?.removeEventListener('abort', go);
        this.#waiting.get(key)?.delete(go);
      };
      const known = this.#waiting.get(key) ?? new Set();
      known.add(go);
      this.#waiting.set(key, known);
      if (stop?.aborted) go();
      else stop?.addEventListener('abort', go, { once: true });
    });
    return { woken, forget: () => forget() };
  }
}
