/** A viewer on two listeners, with a real database for who is signed in, and a browser made by hand. */
import http, { type IncomingHttpHeaders, type Server } from 'node:http';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AirlockRoom } from '../../agent/airlock/face.ts';
import type { Entrance, SignInParts } from '../../agent/airlock/sign-in/sign-in.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import { openViewer } from '../../web/airlock/server/app.ts';
import type { Viewer, ViewerLimits } from '../../web/airlock/server/options.ts';
import { AIRLOCK_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { roomDouble, type RoomDouble } from './double.ts';

export const APP = 'https://airlock.zone.example';
export const CONTENT = 'https://content.zone.example';

export interface Stage extends RoomDouble {
  signIn: SignInParts;
  clock: ReturnType<typeof fixedClock>;
  database: OpenDatabase;
  app: Server;
  content: Server;
  viewer: Viewer;
  /** What the viewer's log said, as lines. */
  logged: string[];
  /** Code → person, per number the hub was given. */
  codes: Map<string, { person: number; login: string }>;
  hub: { away: boolean; started: { session: string; number: string }[]; redeemed: string[] };
  entrances: Map<number, Entrance>;
  operators: Set<number>;
  trust: 'hub' | 'zone';
  stop(): Promise<void>;
}

export interface StageOptions {
  appOrigin?: string;
  contentOrigin?: string;
  limits?: Partial<ViewerLimits>;
  room?: Partial<AirlockRoom>;
  docsDir?: string;
  /** The room's, where it is a real one: what is said of a session is compared with what the room says of it. */
  clock?: ReturnType<typeof fixedClock>;
}

let assets: Promise<string> | undefined;

/** What `npm test` has built already; built once per test file where jest was started by hand. */
export function builtAssets(): Promise<string> {
  assets ??= (async () => {
    if (process.env['SALLYPORT_BUILT'])
      return fileURLToPath(new URL('../../dist/web/airlock', import.meta.url));
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-viewer-'));
    const built = new URL('../../.tools/browser.mjs', import.meta.url).href;
    const { buildViewer } = (await import(built)) as { buildViewer(out: string): Promise<void> };
    await buildViewer(dir);
    return dir;
  })();
  return assets;
}

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const { appOrigin = APP, contentOrigin = CONTENT, clock = fixedClock('2027-03-01T09:00:00Z') } = options;
  const double = roomDouble(options.room);
  const database = await ownDatabase(AIRLOCK_MIGRATIONS);
  const ids = countingIds();
  const logged: string[] = [];
  const logger = createLogger('airlock', {
    level: 'info',
    to: { write: (line: string) => void logged.push(line) },
  });
  const state = {
    codes: new Map<string, { person: number; login: string }>(),
    hub: { away: false, started: [] as { session: string; number: string }[], redeemed: [] as string[] },
    entrances: new Map<number, Entrance>(),
    operators: new Set<number>(),
    trust: 'hub' as 'hub' | 'zone',
  };
  const signIn: SignInParts = {
    db: database.db,
    clock,
    ids,
    link: hubDouble(state, clock),
    entrance: (person) => state.entrances.get(person) ?? (double.people.has(person) ? 'open' : 'closed'),
    loginOf: (person) => double.people.get(person)?.login,
    isOperator: (person) => state.operators.has(person),
    trust: () => stage.trust,
    record: async ({ type, person, session, details }) =>
      void double.lines.push({ type, person, session: session ?? undefined, details }),
    announced: () => undefined,
    relyingParty: { id: new URL(appOrigin).hostname, name: 'Test zone', origin: appOrigin },
  };
  const viewer = openViewer({
    room: double.room,
    signIn,
    clock,
    ids,
    logger,
    zone: 'Test zone',
    appOrigin,
    contentOrigin,
    assetsDir: await builtAssets(),
    docsDir: options.docsDir,
    limits: options.limits,
  });
  const app = await listen(viewer.app, Number(new URL(appOrigin).port) || 0);
  const content = await listen(viewer.content, Number(new URL(contentOrigin).port) || 0);
  const stage: Stage = Object.assign(state, double, {
    signIn,
    clock,
    database,
    app,
    content,
    viewer,
    logged,
    async stop() {
      for (const server of [app, content]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      await database.close();
    },
  });
  return stage;
}

type Hub = Pick<Stage, 'codes' | 'hub'>;

function hubDouble(state: Hub, clock: { now(): number }): SignInParts['link'] {
  const away = (): Refusal => refusal('link.hub-away', 'The hub does not answer.');
  return {
    async start(session, number) {
      if (state.hub.away) return away();
      state.hub.started.push({ session, number });
      return { address: 'https://hub.example/airlock-login', expiresAt: clock.now() + 600_000 };
    },
    async redeem(session, code) {
      if (state.hub.away) return away();
      state.hub.redeemed.push(`${session} ${code}`);
      const who = state.codes.get(code);
      state.codes.delete(code);
      return who ?? refusal('sign-in.refused', 'The sign-in was refused.');
    },
  };
}

async function listen(handler: http.RequestListener, port: number): Promise<Server> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: string | Record<string, string | string[]>;
  host?: string;
  /** Address of the machine that asks. */
  from?: string;
}

export async function ask(server: Server, path: string, options: Ask = {}): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const { method = 'GET', body, host } = options;
  const text = typeof body === 'object' ? formText(body) : body;
  const headers = Object.fromEntries(
    Object.entries({
      host,
      ...(text === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...options.headers,
      ...(text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, path, method, headers, agent: false, localAddress: options.from },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

export function formText(fields: Record<string, string | string[]>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of typeof value === 'string' ? [value] : value) params.append(name, each);
  }
  return params.toString();
}

/** A browser as far as cookies and our forms go. */
export class Surfer {
  readonly jar = new Map<string, string>();
  readonly #stage: Stage;
  readonly #host = new URL(APP).host;
  agent = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async get(path: string, headers: Ask['headers'] = {}): Promise<Answer> {
    return this.#ask(path, { headers });
  }

  /** With the token of the page that was read last, unless one is given. */
  async post(
    path: string,
    fields: Record<string, string | string[]>,
    headers: Ask['headers'] = {},
  ): Promise<Answer> {
    const body = { _token: this.token, ...fields };
    return this.#ask(path, {
      method: 'POST',
      body,
      headers: { 'sec-fetch-site': 'same-origin', origin: APP, ...headers },
    });
  }

  token = '';

  async #ask(path: string, options: Ask): Promise<Answer> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'user-agent': this.agent, ...(cookie === '' ? {} : { cookie }), ...options.headers };
    const answer = await ask(this.#stage.app, path, { ...options, headers, host: this.#host });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (/Max-Age=0/.test(line)) this.jar.delete(name);
      else this.jar.set(name, value);
    }
    this.token = /name="_token" value="([0-9a-f]{64})"/.exec(answer.text)?.[1] ?? this.token;
    return answer;
  }

  /** Starts a sign-in and shows the number; the hub then knows a code for `person`. */
  async start(): Promise<string> {
    await this.get('/sign-in');
    const page = await this.post('/sign-in/start', {});
    return /data-testid="number">([0-9]{6})</.exec(page.text)?.[1] ?? '';
  }

  async signIn(person: number, login = `person-${person}`): Promise<Answer> {
    await this.start();
    const code = `code-${person}-${this.#stage.codes.size}-${Math.trunc(this.#stage.clock.now())}`;
    this.#stage.codes.set(code, { person, login });
    const answer = await this.post('/sign-in/code', { code });
    if (answer.status === 303) await this.get('/account');
    return answer;
  }
}
