/**
 * A hub in an attacker's hand: it listens where zone.yml says the hub is and holds the hub's signing key.
 * A test says what it answers; left alone it takes everything and keeps every byte it was ever sent.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { sha256 } from '../../src/lib/hash.ts';
import { newKeyPair, type KeyPair } from '../../src/lib/keys.ts';
import { AIRLOCK_PATHS, type OrderClaims, type ReviewDeed } from '../../src/protocol/airlock.ts';
import { signOrder } from '../../src/protocol/orders.ts';
import { PROTOCOL, type AirlockReport, type ReleaseDeclaration } from '../../src/protocol/protocol.ts';
import { listen } from './zone.ts';

export interface Received {
  path: string;
  headers: string;
  body: Buffer;
}

export type Lie = (body: Buffer, path: string) => { status?: number; json?: unknown; cut?: true } | undefined;

export class HostileHub {
  readonly key: KeyPair = newKeyPair();
  readonly received: Received[] = [];
  origin = '';
  /** Instead of the answer that takes everything; by path of AIRLOCK_PATHS. Undefined: as usual. */
  readonly lies: Partial<Record<keyof typeof AIRLOCK_PATHS, Lie>> = {};
  /** Who "typed the code", whatever was typed. */
  signsInAs = 0;
  readonly #server: Server;
  readonly #clock: { now(): number };
  readonly #airlock: { airlock: string; backend: string };
  #waiting: string[] = [];
  #seq = 0;
  #polls = 0;
  #wake: () => void = () => undefined;
  readonly #polled = new Set<() => void>();

  constructor(airlock: { airlock: string; backend: string }, clock: { now(): number }) {
    this.#airlock = airlock;
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      void this.#hear(request).then(
        ({ status = 200, json, cut }) => {
          if (cut) return void response.destroy();
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
        },
        () => response.destroy(),
      );
    });
  }

  async start(): Promise<this> {
    this.origin = await listen(this.#server);
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** An order as only the hub can sign it, with whatever the test changes about it. */
  order(actor: number, deed: ReviewDeed, change: Partial<OrderClaims> = {}, id?: string): Promise<string> {
    this.#seq += 1;
    const now = this.#clock.now();
    const claims: OrderClaims = {
      protocol: PROTOCOL,
      ...this.#airlock,
      seq: this.#seq,
      iat: Math.floor(now / 1000),
      exp: Math.floor(now / 1000) + 600,
      order: { id: id ?? `lie${String(this.#seq).padStart(13, '0')}`, actor, at: now, deed },
      ...change,
    };
    return signOrder(claims, this.key.privateKey);
  }

  /** Hands out these words at the next polls, as they are; resolves when the airlock has dealt with them. */
  async says(...jws: string[]): Promise<void> {
    this.#waiting.push(...jws);
    const from = this.#polls;
    this.#wake();
    // The poll that is open takes them; the next one comes when they are done, or given up for a while.
    await this.#until(() => this.#waiting.length === 0 && this.#polls > from);
  }

  async orders(actor: number, deed: ReviewDeed): Promise<string | undefined> {
    const jws = await this.order(actor, deed);
    await this.says(jws);
    return this.answerTo(jws);
  }

  /** What the airlock said of it last: `done`, a code, or nothing. */
  answerTo(jws: string): string | undefined {
    const claims = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as OrderClaims;
    const answer = this.reports
      .flatMap(({ answers }) => answers)
      .filter(({ order }) => order === claims.order.id)
      .at(-1);
    return answer && (answer.code ?? answer.outcome);
  }

  get reports(): AirlockReport[] {
    return this.#bodies(AIRLOCK_PATHS.report) as AirlockReport[];
  }
  get declarations(): ReleaseDeclaration[] {
    return this.#bodies(AIRLOCK_PATHS.declare) as ReleaseDeclaration[];
  }
  /** Files as they came. */
  get uploads(): Received[] {
    return this.received.filter(({ path }) => path.startsWith(`${AIRLOCK_PATHS.upload}/`));
  }

  #bodies(path: string): unknown[] {
    return this.received
      .filter((each) => each.path === path)
      .map(({ body }) => JSON.parse(body.toString()) as unknown);
  }

  async #until(seen: () => boolean): Promise<void> {
    while (!seen()) await new Promise<void>((resolve) => this.#polled.add(resolve));
  }

  async #hear(request: IncomingMessage): Promise<{ status?: number; json?: unknown; cut?: true }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    this.received.push({ path, headers: request.rawHeaders.join('\n'), body });
    const name = (Object.keys(AIRLOCK_PATHS) as (keyof typeof AIRLOCK_PATHS)[]).find(
      (each) => path === AIRLOCK_PATHS[each] || (each === 'upload' && path.startsWith(AIRLOCK_PATHS.upload)),
    );
    const lie = name && this.lies[name]?.(body, path);
    return lie ?? { json: await this.#usual(name, body) };
  }

  async #usual(name: keyof typeof AIRLOCK_PATHS | undefined, body: Buffer): Promise<unknown> {
    switch (name) {
      case 'poll':
        return { orders: (await this.#nextOrders()).map((jws) => ({ jws })) };
      case 'report':
        return { taken: true, refused: [] };
      case 'declare':
        return { held: [] };
      case 'upload':
        return { sha256: sha256(body) };
      case 'signIn':
        return { address: `${this.origin}/airlock-login`, expiresAt: this.#clock.now() + 600_000 };
      case 'redeem':
        return { person: this.signsInAs, login: 'whoever' };
      case undefined:
        return {};
    }
  }

  async #nextOrders(): Promise<string[]> {
    this.#polls += 1;
    for (const seen of this.#polled) seen();
    this.#polled.clear();
    if (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#waiting.splice(0);
  }
}
