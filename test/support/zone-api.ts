/** The hub's zone API for tests, over HTTP: lists signed tasks until their end has come. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyObject } from 'node:crypto';
import { systemClock } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  ENDS,
  PROTOCOL,
  signTask,
  updateRequest,
  verifyRequest,
  ZONE_PATHS,
  type Task,
  type Update,
} from '../../src/protocol/protocol.ts';
import type { KeyPair } from '../../src/lib/keys.ts';

export interface ZoneApi {
  origin: string;
  give(...tasks: Task[]): void;
  updates: Update[];
  /** Resolves when the task has ended. */
  end(task: string): Promise<Update>;
  close(): Promise<void>;
}

export async function zoneApi(options: {
  agent: string;
  backend: string;
  agentKey: KeyObject;
  hubKey: KeyPair;
}): Promise<ZoneApi> {
  const { agent, backend, agentKey, hubKey } = options;
  const tasks: Task[] = [];
  const updates: Update[] = [];
  const waiting = new Set<() => void>();
  const used = new Set<string>();
  let version = 1;
  let seq = 0;
  const news = (): void => {
    version += 1;
    for (const go of [...waiting]) go();
  };
  const change = (ms = 2 ** 30): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, ms).unref();
      waiting.add(go);
    });
  const listed = async (): Promise<unknown> => {
    const iat = Math.floor(Date.now() / 1000);
    const signed = tasks.map(async (task) => ({
      jws: await signTask(
        { protocol: PROTOCOL, agent, backend, seq: (seq += 1), iat, exp: iat + 300, task },
        hubKey.privateKey,
      ),
    }));
    return { version, tasks: await Promise.all(signed) };
  };
  const take = (body: string): unknown => {
    const { updates: given } = updateRequest.parse(JSON.parse(body));
    for (const update of given as Update[]) {
      updates.push(update);
      if (!(ENDS as readonly string[]).includes(update.state)) continue;
      const at = tasks.findIndex((task) => task.id === update.task);
      if (at >= 0) tasks.splice(at, 1);
    }
    news();
    return { answers: given.map(() => 'taken') };
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void (async () => {
        const body = Buffer.concat(chunks);
        const caller = await verifyRequest({
          authorization: request.headers.authorization,
          audience: api.origin,
          method: request.method ?? '',
          path: request.url ?? '',
          body,
          clock: systemClock,
          keysOf: () => [agentKey],
          useOnce: async (jti) => !used.has(jti) && Boolean(used.add(jti)),
        });
        if (isRefusal(caller)) return response.writeHead(401).end(JSON.stringify(caller));
        let answer: unknown;
        if (request.url === ZONE_PATHS.poll) {
          const ask = JSON.parse(body.toString()) as { seen: number; waitMs: number };
          if (ask.seen === version) await change(ask.waitMs);
          answer = await listed();
        } else if (request.url === ZONE_PATHS.updates) answer = take(body.toString());
        else answer = { at: Date.now(), paused: false };
        return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      })();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api: ZoneApi = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    give(...given) {
      tasks.push(...given);
      news();
    },
    updates,
    async end(task) {
      for (;;) {
        const end = updates.find(
          (update) => update.task === task && (ENDS as readonly string[]).includes(update.state),
        );
        if (end) return end;
        await change();
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return api;
}
