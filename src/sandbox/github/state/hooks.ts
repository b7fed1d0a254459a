/**
 * Events out: from something that happened to signed POSTs, one per App that hears it.
 *
 * Called by the mutations of state only, so that a page, an API call and a push say the same. The
 * body is serialised here and now; later changes of state do not alter it.
 */
import { createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Delivery, DeliveryLog } from './deliveries.ts';
import type { App, Installation, Repo, User } from './model.ts';
import type { SandboxState } from './state.ts';
import { hears } from './subscriptions.ts';

export interface Happening {
  event: string;
  action: string | null;
  /** Account whose installations hear it. */
  account: number;
  repo?: Repo;
  sender: User | null;
  /** Fields of the payload besides the envelope. */
  extra: Record<string, unknown>;
  /** Only this App. */
  only?: number;
  /** The full installation object instead of its id, as installation events carry. */
  installation?: Installation;
}

const MOST_BYTES = 25 * 1024 * 1024;
const ANSWER_LIMIT_MS = 10_000;

export class Hooks {
  readonly log: DeliveryLog;
  readonly #state: SandboxState;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 50 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 50 }),
  };
  #pending = 0;
  #waiters: (() => void)[] = [];
  #stopped = false;
  answerLimitMs = ANSWER_LIMIT_MS;
  oneByOne = false;
  /** Per App, the end of its line. */
  readonly #lines = new Map<number, Promise<void>>();

  constructor(state: SandboxState, log: DeliveryLog) {
    this.#state = state;
    this.log = log;
  }

  emit(happening: Happening): void {
    if (happening.repo) this.#state.changed(happening.repo);
    // One event, one GUID, however many Apps hear it.
    const guid = randomUUID();
    for (const installation of this.#state.data.installations.values()) {
      const app = this.#state.data.apps.get(installation.app);
      if (!app?.webhook || !this.#isFor(happening, installation, app)) continue;
      const { present } = this.#state;
      const owner = this.#state.data.orgs.get(happening.account);
      const payload = {
        ...(happening.action === null ? {} : { action: happening.action }),
        ...happening.extra,
        ...(happening.repo && !('repository' in happening.extra)
          ? { repository: present.repo(happening.repo) }
          : {}),
        ...(owner && happening.installation === undefined ? { organization: present.orgSimple(owner) } : {}),
        ...(happening.sender ? { sender: present.user(happening.sender) } : {}),
        installation: happening.installation
          ? present.installation(happening.installation)
          : { id: installation.id, node_id: present.nodeId('Installation', installation.id) },
      };
      this.#enqueue(app, installation, happening, guid, JSON.stringify(payload));
    }
  }

  /** What an App hears because of who it is, without an installation: it cannot unsubscribe. */
  tell(app: App, event: string, action: string, sender: User): void {
    if (!app.webhook) return;
    const body = JSON.stringify({ action, sender: this.#state.present.user(sender) });
    const happening = { event, action, account: app.owner, sender, extra: {} };
    this.#enqueue(app, null, happening, randomUUID(), body);
  }

  /** Sends a recorded delivery once more: same GUID and body, new id. */
  redeliver(delivery: Delivery): Delivery | undefined {
    const app = this.#state.data.apps.get(delivery.app);
    if (!app?.webhook) return undefined;
    return this.#again(app, delivery, true);
  }

  /** Resolves when no delivery is queued, delayed or unanswered; what a fault holds back does not count. */
  idle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#agents['http:'].destroy();
    this.#agents['https:'].destroy();
  }

  #isFor(happening: Happening, installation: Installation, app: App): boolean {
    if (installation.account !== happening.account) return false;
    if (happening.only !== undefined && happening.only !== app.id) return false;
    if (happening.installation) return happening.installation.id === installation.id;
    if (installation.suspendedAt !== null) return false;
    if (happening.repo && !this.#state.apps.covers(installation, happening.repo)) return false;
    return hears(installation, happening.event, happening.action);
  }

  #enqueue(
    app: App,
    installation: Installation | null,
    happening: Happening,
    guid: string,
    body: string,
  ): void {
    if (Buffer.byteLength(body) > MOST_BYTES) {
      this.#state.log.warn(
        { event: happening.event, code: 'sandbox.event-too-large' },
        'event above 25 MB dropped',
      );
      return;
    }
    if (this.#state.faults.vanishes(happening.event, happening.action, app.slug)) return;
    const delivery: Delivery = {
      id: this.log.nextId(),
      guid,
      event: happening.event,
      action: happening.action,
      app: app.id,
      installation: installation?.id ?? null,
      repository: happening.repo?.id ?? null,
      redelivery: false,
      url: app.webhook?.url ?? '',
      body,
      requestHeaders: requestHeaders(app, guid, happening.event, body),
      deliveredAt: this.#state.clock.now(),
      duration: 0,
      status: 'pending',
      statusCode: 0,
      responseHeaders: null,
      responseBody: null,
    };
    this.log.add(delivery);
    this.#state.faults.dispatch(delivery, app.slug, {
      send: () => (this.oneByOne ? this.#inLine(app, delivery) : this.#send(delivery)),
      again: () => void this.#again(app, delivery, false),
      lose: () => this.#answered(delivery, { status: 'failed to connect to host', statusCode: 0 }),
      later: (ms) => this.#later(delivery, ms),
      during: (work) => {
        this.#pending++;
        void work().finally(() => this.#done());
      },
    });
  }

  #again(app: App, delivery: Delivery, redelivery: boolean): Delivery {
    const copy: Delivery = {
      ...delivery,
      id: this.log.nextId(),
      redelivery,
      // The App may have moved or changed its secret since.
      url: app.webhook?.url ?? delivery.url,
      requestHeaders: requestHeaders(app, delivery.guid, delivery.event, delivery.body),
      deliveredAt: this.#state.clock.now(),
      status: 'pending',
      statusCode: 0,
      responseHeaders: null,
      responseBody: null,
    };
    this.log.add(copy);
    void this.#send(copy);
    return copy;
  }

  #later(delivery: Delivery, ms: number): void {
    this.#pending++;
    setTimeout(() => {
      void this.#send(delivery);
      this.#done();
    }, ms).unref();
  }

  #inLine(app: App, delivery: Delivery): Promise<void> {
    this.#pending++;
    const before = this.#lines.get(app.id) ?? Promise.resolve();
    const sent = before.then(() => this.#send(delivery)).finally(() => this.#done());
    this.#lines.set(app.id, sent);
    return sent;
  }

  async #send(delivery: Delivery): Promise<void> {
    if (this.#stopped) return;
    this.#pending++;
    const started = performance.now();
    let outcome: Partial<Delivery>;
    try {
      outcome = await post(delivery, this.#agents, this.answerLimitMs);
    } catch (error) {
      const late = error instanceof Error && error.message === 'timed out';
      outcome = { status: late ? 'timed out' : 'failed to connect to host', statusCode: 0 };
    }
    this.#answered(delivery, { ...outcome, duration: Math.round(performance.now() - started) / 1000 });
    this.#done();
  }

  #answered(delivery: Delivery, outcome: Partial<Delivery>): void {
    Object.assign(delivery, outcome);
    this.log.answered(delivery);
  }

  #done(): void {
    this.#pending--;
    if (this.#pending === 0) for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function requestHeaders(app: App, guid: string, event: string, body: string): Record<string, string> {
  const sign = (algorithm: string): string =>
    createHmac(algorithm, app.webhook?.secret ?? '')
      .update(body)
      .digest('hex');
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/sandbox',
    Accept: '*/*',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Event': event,
    'X-GitHub-Hook-ID': String(app.id),
    'X-GitHub-Hook-Installation-Target-ID': String(app.id),
    'X-GitHub-Hook-Installation-Target-Type': 'integration',
    'X-Hub-Signature': `sha1=${sign('sha1')}`,
    'X-Hub-Signature-256': `sha256=${sign('sha256')}`,
  };
}

/** Never follows a redirect: GitHub counts one as a failure. */
function post(
  delivery: Delivery,
  agents: { 'http:': http.Agent; 'https:': https.Agent },
  limitMs: number,
): Promise<Partial<Delivery>> {
  return new Promise((resolve, reject) => {
    const url = new URL(delivery.url);
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).request(
      url,
      {
        method: 'POST',
        agent: agents[secure ? 'https:' : 'http:'],
        headers: { ...delivery.requestHeaders, 'Content-Length': Buffer.byteLength(delivery.body) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size < 65_536) chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          clearTimeout(timer);
          const code = response.statusCode ?? 0;
          resolve({
            status: code >= 200 && code < 300 ? 'OK' : `Invalid HTTP Response: ${code}`,
            statusCode: code,
            responseHeaders: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            ),
            responseBody: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    const timer = setTimeout(() => request.destroy(new Error('timed out')), limitMs);
    timer.unref();
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // The App went away between two deliveries on one connection: that is our connection's fault.
      if (request.reusedSocket && error.code === 'ECONNRESET')
        post(delivery, agents, limitMs).then(resolve, reject);
      else reject(error);
    });
    request.end(delivery.body);
  });
}
