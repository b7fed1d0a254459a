/**
 * The viewer: what people in the zone see of the airlock, in a browser.
 *
 * `startViewer` listens on two origins: pages on one, the bytes of files on the other.
 */
import http, { type Server } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { seconds } from '../../src/lib/clock.ts';
import { readTlsFiles } from '../../src/lib/tls-files.ts';
import { openViewer } from './server/app.ts';
import type { ViewerOptions } from './server/options.ts';

export type { Viewer, ViewerLimits, ViewerOptions } from './server/options.ts';
export { openViewer } from './server/app.ts';

/** Where one origin listens, as `zone.yml` says. */
export interface Listen {
  listen: { host: string; port: number };
  tls?: { cert_file: string; key_file: string };
}

export interface RunningViewer {
  /** Ports as they were given out. */
  ports: { app: number; content: number };
  /** Finishes what is being sent, for two seconds at most. */
  stop(): Promise<void>;
}

export async function startViewer(
  options: ViewerOptions,
  at: { app: Listen; content: Listen },
): Promise<RunningViewer> {
  const viewer = openViewer(options);
  const app = await listening(viewer.app, at.app);
  const content = await listening(viewer.content, at.content);
  const port = (server: Server) => (server.address() as AddressInfo).port;
  options.logger.info({ app: options.appOrigin, content: options.contentOrigin }, 'The viewer listens');
  return {
    ports: { app: port(app), content: port(content) },
    async stop() {
      await Promise.all([app, content].map(closed));
    },
  };
}

/** Slow readers of headers and bodies are cut off; a file may take its time. */
const HEADERS_MS = seconds(10);
const REQUEST_MS = seconds(30);

async function listening(handler: http.RequestListener, { listen, tls }: Listen): Promise<Server> {
  const times = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: 16_384 };
  const server = tls
    ? https.createServer(
        {
          ...times,
          ...readTlsFiles(tls),
          minVersion: 'TLSv1.2',
        },
        handler,
      )
    : http.createServer(times, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return server;
}

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), seconds(2));
  await done;
  clearTimeout(timer);
}
