/**
 * The real viewer on the real room for the bench: PGlite in a folder, two listeners on this machine, browsers made
 * by hand that have signed in as people do, and a count of the statements the database is sent.
 */
import http, { type IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { threadedChecks } from '../../agent/airlock/checks/threaded.ts';
import { signInOfRoom } from '../../agent/airlock/sign-in/sign-in.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { Cookies } from '../../src/sandbox/demo/cookies.ts';
import { startViewer } from '../../web/airlock/viewer.ts';
import { AirlockWorld, WHO, type AirlockWorldOptions, type Name } from '../support/airlock.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

const MIGRATIONS = 'agent/airlock/migrations';
/** As in a zone: in a thread of their own, so that pages are answered meanwhile. Beside the bench in dist/. */
const CHECKS = 'dist/airlock-checks.js';

export interface ViewerStage {
  world: AirlockWorld;
  origin: string;
  as(who: Name): Promise<Visitor>;
  /** Nobody yet. */
  stranger(): Visitor;
  /** How many statements `work` sends; nothing else may be going on. */
  statements(work: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

export async function viewerStage(options: AirlockWorldOptions = {}): Promise<ViewerStage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-bench-airlock-'));
  const logger = createLogger('bench', { level: 'silent' });
  let sent = 0;
  const onQuery = (): void => void (sent += 1);
  const database = await openDatabase({ dir, logger, migrations: MIGRATIONS, onQuery });
  const parts = { checks: threadedChecks({ script: path.resolve(CHECKS) }), ...options.parts };
  const world = await AirlockWorld.open(database, { ...options, parts });
  const [app, content] = [await freePort(), await freePort()];
  const origin = `http://localhost:${app}`;
  const codes = new Map<string, number>();
  const { room, clock, ids } = world;
  const signIn = signInOfRoom({
    room,
    db: database.db,
    clock,
    ids,
    link: {
      start: async () => ({
        address: 'https://hub.example/airlock-login',
        expiresAt: clock.now() + 600_000,
      }),
      redeem: async (_session, code) => {
        const person = codes.get(code);
        return person ? { person, login: `person-${person}` } : refusal('sign-in.refused', 'No.');
      },
    },
    trust: () => 'hub',
    zone: 'Bench',
    appOrigin: origin,
  });
  const viewer = await startViewer(
    {
      ...{ room, signIn, clock, ids, logger, zone: 'Bench', appOrigin: origin },
      contentOrigin: `http://127.0.0.1:${content}`,
      limits: { requests: 1_000_000, signIns: 10_000 },
    },
    {
      app: { listen: { host: '127.0.0.1', port: app } },
      content: { listen: { host: '127.0.0.1', port: content } },
    },
  );
  return {
    world,
    origin,
    async as(who) {
      codes.set(`code-${who}`, WHO[who]);
      const visitor = new Visitor(app);
      await visitor.get('/sign-in');
      await visitor.post('/sign-in/start', {});
      const answer = await visitor.post('/sign-in/code', { code: `code-${who}` });
      if (answer.status !== 303) throw new Error(`the sign-in was answered with ${answer.status}`);
      await visitor.page('/');
      return visitor;
    },
    stranger: () => new Visitor(app),
    async statements(work) {
      await room.settled();
      const before = sent;
      await work();
      return sent - before;
    },
    async stop() {
      await viewer.stop();
      await world.close();
      await database.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface Answered {
  status: number;
  text: string;
  location: string | undefined;
  /** Milliseconds until the first byte of the body, and until its last. */
  first: number;
  last: number;
}

/** A browser as far as cookies, forms and a connection kept open go. */
export class Visitor {
  readonly jar = new Cookies();
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  #token = '';

  constructor(port: number) {
    this.#port = port;
  }

  /** A page that must be there. */
  async page(address: string): Promise<Answered> {
    const answer = await this.get(address);
    if (answer.status !== 200) throw new Error(`${address} was answered with ${answer.status}`);
    return answer;
  }

  get(address: string): Promise<Answered> {
    return this.#ask('GET', address);
  }

  /** With the token of the page that was read last. */
  post(address: string, fields: Record<string, string>): Promise<Answered> {
    return this.#ask('POST', address, new URLSearchParams({ _token: this.#token, ...fields }).toString());
  }

  #ask(method: string, address: string, body?: string): Promise<Answered> {
    const host = `localhost:${this.#port}`;
    const headers = {
      host,
      ...this.jar.header,
      ...(body === undefined
        ? {}
        : {
            origin: `http://${host}`,
            'sec-fetch-site': 'same-origin',
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
          }),
    };
    const parts = { host: '127.0.0.1', port: this.#port, path: address, method, headers, agent: this.#agent };
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.request(parts, (response) => {
        this.#heard(response, started).then(resolve, reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  async #heard(response: IncomingMessage, started: number): Promise<Answered> {
    this.jar.keep(response.headers['set-cookie'] ?? []);
    const pieces: Buffer[] = [];
    let first: number | undefined;
    for await (const piece of response as AsyncIterable<Buffer>) {
      first ??= performance.now() - started;
      pieces.push(piece);
    }
    const last = performance.now() - started;
    const text = Buffer.concat(pieces).toString('utf8');
    this.#token = /name="_token" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? this.#token;
    const { statusCode: status = 0, headers } = response;
    return { status, text, location: headers.location, first: first ?? last, last };
  }
}
