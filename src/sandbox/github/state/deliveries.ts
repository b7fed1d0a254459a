/**
 * Webhook deliveries: what was sent to which App, signed how, answered how.
 *
 * GitHub waits 10 s, never sends again by itself, and lists attempts for three days. Bodies are
 * fixed when the event happens. The list is kept in a journal (one line when a delivery is made, one
 * when it is answered), apart from the snapshot, which would grow too large to be written often.
 */
import { appendFile, mkdirSync, readFileSync, existsSync, writeFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Delivery {
  /** 64 bit, above 2^53: kept as text. */
  id: string;
  guid: string;
  event: string;
  action: string | null;
  app: number;
  installation: number | null;
  repository: number | null;
  redelivery: boolean;
  url: string;
  body: string;
  requestHeaders: Record<string, string>;
  deliveredAt: number;
  /** Seconds. */
  duration: number;
  /** `pending` until answered. */
  status: string;
  statusCode: number;
  responseHeaders: Record<string, string> | null;
  responseBody: string | null;
}

const KEPT_MS = 3 * 86_400_000;
const MOST_BYTES = 128 * 1024 * 1024;
/** Above 2^53, as GitHub's have been since 2026. */
const FIRST_ID = 9_007_199_254_741_000n;

export class DeliveryLog {
  readonly #file: string;
  readonly #byId = new Map<string, Delivery>();
  #bytes = 0;
  #lastId = FIRST_ID;
  #lines: string[] = [];
  #writing = false;
  #idleWriters: (() => void)[] = [];

  constructor(file: string, now: number) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) this.#load(now);
  }

  nextId(): string {
    this.#lastId += 1n;
    return String(this.#lastId);
  }

  add(delivery: Delivery): void {
    this.#keep(delivery);
    this.#write(JSON.stringify(delivery));
  }

  /** After `delivery` was changed in place by its answer. */
  answered(delivery: Delivery): void {
    const { body: _body, ...rest } = delivery;
    this.#write(JSON.stringify(rest));
  }

  get(id: string): Delivery | undefined {
    return this.#byId.get(id);
  }

  /** Newest first; what is still under way has not happened yet for a reader of the list. */
  of(app: number, now: number): Delivery[] {
    const found: Delivery[] = [];
    for (const delivery of this.#byId.values()) {
      if (delivery.app === app && delivery.status !== 'pending' && delivery.deliveredAt > now - KEPT_MS)
        found.push(delivery);
    }
    return found.reverse();
  }

  /** Resolves when the journal is on disk. */
  flushed(): Promise<void> {
    if (!this.#writing && this.#lines.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWriters.push(resolve));
  }

  #keep(delivery: Delivery): void {
    this.#byId.set(delivery.id, delivery);
    this.#bytes += delivery.body.length;
    for (const old of this.#byId.values()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#byId.delete(old.id);
      this.#bytes -= old.body.length;
    }
  }

  #load(now: number): void {
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      // The last line may be cut off where the process was killed.
      const read = parseLine(line);
      if (!read) continue;
      const known = this.#byId.get(read.id);
      if (known) Object.assign(known, read);
      else if (typeof read.body === 'string' && read.deliveredAt > now - KEPT_MS)
        this.#keep(read as Delivery);
      if (BigInt(read.id) > this.#lastId) this.#lastId = BigInt(read.id);
    }
    for (const delivery of this.#byId.values()) {
      if (delivery.status === 'pending')
        Object.assign(delivery, { status: 'failed to connect to host', statusCode: 0 });
    }
    writeFileSync(
      `${this.#file}.new`,
      [...this.#byId.values()].map((one) => `${JSON.stringify(one)}\n`).join(''),
      { mode: 0o600 },
    );
    renameSync(`${this.#file}.new`, this.#file);
  }

  #write(line: string): void {
    this.#lines.push(line);
    if (!this.#writing) this.#drain();
  }

  #drain(): void {
    this.#writing = true;
    const text = this.#lines.splice(0).join('\n');
    appendFile(this.#file, `${text}\n`, { mode: 0o600 }, () => {
      this.#writing = false;
      if (this.#lines.length > 0) return this.#drain();
      for (const resolve of this.#idleWriters.splice(0)) resolve();
    });
  }
}

function parseLine(line: string): (Partial<Delivery> & { id: string; deliveredAt: number }) | undefined {
  try {
    return JSON.parse(line) as Partial<Delivery> & { id: string; deliveredAt: number };
  } catch {
    return undefined;
  }
}
