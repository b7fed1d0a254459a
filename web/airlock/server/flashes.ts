/** One message per session, left by a form and shown by the next page. */
const MOST = 2000;

export class Flashes {
  readonly #held = new Map<string, string>();

  leave(session: string, message: string): void {
    const oldest = this.#held.keys().next();
    if (this.#held.size >= MOST && !oldest.done) this.#held.delete(oldest.value);
    this.#held.set(session, message);
  }

  take(session: string): string | undefined {
    const message = this.#held.get(session);
    this.#held.delete(session);
    return message;
  }
}
