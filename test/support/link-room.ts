/**
 * An airlock's room for stories about the link: what the real one keeps in its database stands in plain
 * fields, so that it outlives the link. `at` is called at every step, and may throw: there the process dies.
 */
import { sha256 } from '../../src/lib/hash.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { Order, OrderAnswer, ReleaseDeclaration, ShownRequest } from '../../src/protocol/protocol.ts';
import type { HubPort } from '../../agent/airlock/link/link.ts';
import type { FileRef, LinkRoom } from '../../agent/airlock/link/types.ts';

interface Sending {
  declaration: ReleaseDeclaration;
  state: 'queued' | 'uploading' | 'released';
  files: Map<number, { bytes: Buffer; confirmed: number; attempts: number; nextAt: number; gaveUp: boolean }>;
}

export class LinkRoomOnPaper implements LinkRoom {
  at: (step: string) => void = () => undefined;
  /** What each order came to; done once each. */
  readonly done: string[] = [];
  readonly answers = new Map<string, OrderAnswer>();
  answerTo: (order: Order) => Omit<OrderAnswer, 'order'> = () => ({ outcome: 'done' });
  readonly requests = new Map<string, { shown: ShownRequest; told: number }>();
  readonly browsers: { id: string; person: number; at: number; told: boolean }[] = [];
  readonly batches: Sending[] = [];
  refuseStart: Refusal | undefined;
  readonly failures: string[] = [];
  #listeners = new Set<() => void>();

  news(): void {
    for (const listener of this.#listeners) listener();
  }

  show(shown: ShownRequest): void {
    this.requests.set(shown.id, { shown, told: this.requests.get(shown.id)?.told ?? 0 });
    this.news();
  }

  queue(declaration: ReleaseDeclaration, bytes: readonly Buffer[]): Sending {
    const files = declaration.files.map(({ number }, index) => {
      const file = { bytes: bytes[index]!, confirmed: 0, attempts: 0, nextAt: 0, gaveUp: false };
      return [number, file] as const;
    });
    const sending: Sending = { declaration, state: 'queued', files: new Map(files) };
    this.batches.push(sending);
    this.news();
    return sending;
  }

  /** An operator asks to try again. */
  retry(): void {
    for (const { files } of this.batches)
      for (const file of files.values()) Object.assign(file, { attempts: 0, nextAt: 0, gaveUp: false });
    this.news();
  }

  async order(order: Order): Promise<OrderAnswer> {
    this.at('before order');
    const known = this.answers.get(order.id);
    if (known) return known;
    const answer = { order: order.id, ...this.answerTo(order) };
    this.done.push(order.id);
    this.answers.set(order.id, answer);
    this.at('after order');
    return answer;
  }

  async pendingShown(limit: number): Promise<string[]> {
    this.at('pending');
    const pending = [...this.requests].filter(([, { shown, told }]) => shown.version > told);
    return pending.slice(0, limit).map(([id]) => id);
  }

  async shown(ids: readonly string[]): Promise<ShownRequest[]> {
    this.at('shown');
    return ids.flatMap((id) => {
      const known = this.requests.get(id);
      if (!known) return [];
      const events = known.shown.events.filter(({ seq }) => seq > known.told).slice(0, 500);
      return [{ ...known.shown, events }];
    });
  }

  async markShown(taken: readonly { id: string; version: number }[]): Promise<void> {
    this.at('before mark');
    for (const { id, version } of taken) {
      const known = this.requests.get(id);
      if (known) known.told = Math.max(known.told, version);
    }
    this.at('after mark');
  }

  readonly notTakenYet: string[] = [];
  async notTaken(request: string, code: string): Promise<void> {
    this.notTakenYet.push(`${request} ${code}`);
  }

  unsaidNow: { request: string; code: string; since: number }[] = [];
  async unsaid(list: readonly { request: string; code: string; since: number }[]): Promise<void> {
    this.unsaidNow = [...list];
  }

  readonly recalls: { request: string; file: number; people: readonly number[] }[] = [];
  async recallsTold(
    told: readonly { request: string; file: number; people: readonly number[] }[],
  ): Promise<void> {
    this.recalls.push(...told);
  }

  async newBrowsers(limit: number) {
    this.at('browsers');
    return this.browsers
      .filter(({ told }) => !told)
      .slice(0, limit)
      .map(({ id, person, at }) => ({ id, person, at }));
  }

  async markBrowsers(ids: readonly string[]): Promise<void> {
    this.at('mark browsers');
    for (const browser of this.browsers) if (ids.includes(browser.id)) browser.told = true;
  }

  /** What waits, and what was told. */
  readonly heads: { waiting?: { at: number; digest: string }; told: string[] } = { told: [] };

  async recordHead() {
    this.at('head');
    return this.heads.waiting;
  }

  async markRecordHead({ digest }: { digest: string }): Promise<void> {
    this.at('mark head');
    this.heads.told.push(digest);
    delete this.heads.waiting;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  governanceCommit(): string | undefined {
    return 'c'.repeat(40);
  }

  readonly uploads: LinkRoom['uploads'] = {
    due: async () => {
      this.at('due');
      return this.batches
        .map(({ declaration: { request, batch }, state, files }) => ({
          request,
          batch,
          queued: state === 'queued',
          files: [...files]
            .filter(([, file]) => file.confirmed === 0 && !file.gaveUp)
            .map(([number, { attempts, nextAt }]) => ({ number, attempts, nextAt })),
        }))
        .filter(({ files }) => files.length > 0);
    },
    start: async (request, batch) => {
      this.at('before start');
      if (this.refuseStart) return this.refuseStart;
      const sending = this.#sending({ request, batch });
      if (sending.state === 'queued') sending.state = 'uploading';
      this.at('after start');
      return undefined;
    },
    declaration: async (request, batch) => {
      this.at('declaration');
      return this.#sending({ request, batch }).declaration;
    },
    bytes: async (file) => {
      this.at('bytes');
      return this.#file(file).bytes;
    },
    confirm: async (ref, hash) => {
      this.at('before confirm');
      const file = this.#file(ref);
      if (sha256(file.bytes) !== hash) throw new Error('confirmed what was not sent');
      file.confirmed += file.confirmed > 0 ? 0 : 1;
      const sending = this.#sending(ref);
      if ([...sending.files.values()].every(({ confirmed }) => confirmed > 0)) sending.state = 'released';
      this.at('after confirm');
    },
    failed: async (ref, { attempts, nextAt, code }) => {
      this.at('failed');
      this.failures.push(`${ref.number} ${code} ${attempts}`);
      Object.assign(this.#file(ref), { attempts, nextAt: nextAt ?? 0, gaveUp: nextAt === null });
    },
  };

  #sending({ request, batch }: { request: string; batch: number }): Sending {
    const found = this.batches.find(
      ({ declaration }) => declaration.request === request && declaration.batch === batch,
    );
    if (!found) throw new Error('no such batch');
    return found;
  }

  #file(ref: FileRef) {
    const file = this.#sending(ref).files.get(ref.number);
    if (!file) throw new Error('no such file');
    return file;
  }
}

/** The same step before each message to the hub, which then is never sent, and after it, when its answer is lost. */
export function steppedHub(hub: HubPort, at: (step: string) => void): HubPort {
  const stepped = <A extends unknown[], T>(name: string, say: (...given: A) => Promise<T>) => {
    return async (...given: A): Promise<T> => {
      at(`before ${name}`);
      const answer = await say(...given);
      at(`after ${name}`);
      return answer;
    };
  };
  return {
    poll: stepped('poll', hub.poll.bind(hub)),
    report: stepped('report', hub.report.bind(hub)),
    declare: stepped('declare', hub.declare.bind(hub)),
    upload: stepped('upload', hub.upload.bind(hub)),
    startSignIn: stepped('startSignIn', hub.startSignIn.bind(hub)),
    redeem: stepped('redeem', hub.redeem.bind(hub)),
  };
}
