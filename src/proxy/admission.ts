/** How much of the proxy one caller may have at a time. */
import type { Refusal } from '../lib/refusal.ts';
import type { Caller } from '../protocol/protocol.ts';
import { no } from './words.ts';

export class Admission {
  readonly #atOnce: number;
  readonly #open = new Map<string, number>();

  constructor(limits: { requests_per_agent: number }) {
    this.#atOnce = limits.requests_per_agent;
  }

  async admit(
    { agent, backend }: Caller,
    work: () => Promise<Refusal | undefined>,
  ): Promise<Refusal | undefined> {
    const who = `${backend} ${agent}`;
    const open = this.#open.get(who) ?? 0;
    if (open >= this.#atOnce) return no.busy();
    this.#open.set(who, open + 1);
    try {
      return await work();
    } finally {
      const left = (this.#open.get(who) ?? 1) - 1;
      if (left > 0) this.#open.set(who, left);
      else this.#open.delete(who);
    }
  }
}
