/** A hub's zone API on a port of loopback, and a client for it. */
import { createServer, request, type Server } from 'node:http';
import express from 'express';
import { zoneRoutes, type ZoneDeps } from '../../src/jobs/jobs.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { ZoneClient, type ZoneClientOptions } from '../../src/protocol/protocol.ts';
import { AGENT_KEY, HUB_KEY, type World } from './jobs.ts';

export interface ZoneServer {
  origin: string;
  client(given?: Partial<ZoneClientOptions>): ZoneClient;
  close(): Promise<void>;
}

export async function serveZone(world: World): Promise<ZoneServer> {
  const stop = new AbortController();
  const app = express();
  const deps: ZoneDeps = { ...world.deps, audience: '', stop: stop.signal };
  app.use(zoneRoutes(deps));
  const server = createServer(app);
  const origin = await listen(server);
  deps.audience = origin;
  return {
    origin,
    client: (given) =>
      new ZoneClient({
        hub: origin,
        agent: 'agent-1',
        backend: 'schools',
        key: AGENT_KEY.privateKey,
        hubKeys: [HUB_KEY.publicKey],
        clock: world.clock,
        ids: randomIds,
        tries: 1,
        ...given,
      }),
    async close() {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

/** The status of the answer to a request whose body is announced and never sent. */
export function answeredUnsent(url: string, token = 'a.b.c'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const idle = request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-length': '500000' },
    });
    idle.on('response', (answer) => {
      resolve(answer.statusCode);
      idle.destroy();
    });
    idle.on('error', reject);
    idle.flushHeaders();
  });
}
