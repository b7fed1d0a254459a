/**
 * The airlock's link to the hub: orders in, news and released files out, sign-ins both ways. Every
 * connection is opened from here. A hub that is away for hours delays things and changes nothing.
 */
import { Orders } from './orders.ts';
import type { LinkParts } from './parts.ts';
import { Reports } from './reports.ts';
import { signInsBy } from './sign-ins.ts';
import type { SignIns } from './types.ts';
import { Uploads } from './uploads.ts';

export type { HubPort, LinkParts } from './parts.ts';
export type { DueBatch, DueFile, FileRef, LinkRoom, LinkUploads, SignIns } from './types.ts';

export class Link {
  readonly signIns: SignIns;
  readonly orders: Orders;
  readonly reports: Reports;
  readonly uploads: Uploads;
  readonly #parts: LinkParts;
  #reached = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.signIns = signInsBy(parts.hub);
    this.reports = new Reports(parts);
    this.uploads = new Uploads(parts, this.reports, () => this.#reached);
    this.orders = new Orders(parts, (reached) => this.#heard(reached));
  }

  /** Whether the last poll was answered. */
  get reached(): boolean {
    return this.#reached;
  }

  /** Runs until stopped. */
  async run(signal: AbortSignal): Promise<void> {
    const forget = this.#parts.room.onChange(() => {
      this.reports.ring();
      this.uploads.ring();
    });
    try {
      await Promise.all([this.orders.run(signal), this.reports.run(signal), this.uploads.run(signal)]);
    } finally {
      forget();
    }
  }

  #heard(reached: boolean): void {
    const back = reached && !this.#reached;
    this.#reached = reached;
    if (!back) return;
    this.#parts.logger.info({ code: 'link.reached' }, 'The hub answers');
    this.reports.ring();
    this.uploads.ring();
  }
}
