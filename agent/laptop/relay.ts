/**
 * The door of a launched tool on this machine's loopback: HTTP and websockets for whoever has the session's key, and
 * nothing for anybody else.
 *
 * The key comes once, in the address that is opened, and from then on in a cookie that no script sees and that is not
 * handed on: what runs in the container never learns it. Other pages, other names of this machine (rebinding) and other
 * ports of it are kept out, also in a browser that has the cookie.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { relayAway, relayForeign, relayNoKey } from './words.ts';

export interface RelayOptions {
  key: string;
  /** 0: any that is free. */
  port: number;
  /** A connection to the tool. */
  connect(): Promise<Duplex>;
}

export interface Relay {
  port: number;
  close(): Promise<void>;
}

/** One shell in the container for each. */
const CONNECTIONS = 12;
const HOPS = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Rejects with EADDRINUSE. */
export async function startRelay({ key, port, connect }: RelayOptions): Promise<Relay> {
  const agent = new TunnelAgent(connect);
  const server = createServer((request, response) => {
    const no = refused(request, response);
    if (no === undefined) forward(request, response, agent);
  });
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (faultOf(request) !== undefined) socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    else upgrade(request, socket, head, connect);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const cookie = `sallyport-${bound}`;

  /** Undefined: it may pass. Otherwise it has been answered. */
  function refused(request: IncomingMessage, response: ServerResponse): true | undefined {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const given = url.searchParams.get('token');
    if (given !== null && request.method === 'GET' && hostIsOurs(request) && same(given, key)) {
      response.writeHead(303, {
        Location: '/',
        'Set-Cookie': `${cookie}=${key}; HttpOnly; SameSite=Lax; Path=/`,
        'Referrer-Policy': 'no-referrer',
        'Cache-Control': 'no-store',
      });
      response.end();
      return true;
    }
    const fault = faultOf(request);
    if (fault === undefined) return undefined;
    plain(response, 403, fault);
    return true;
  }

  function hostIsOurs({ headers }: IncomingMessage): boolean {
    return headers.host === `127.0.0.1:${bound}` || headers.host === `localhost:${bound}`;
  }

  function faultOf(request: IncomingMessage): string | undefined {
    const { headers } = request;
    const foreign =
      !hostIsOurs(request) ||
      (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) ||
      // A browser says where a request comes from; a link may lead here, and nothing else may come from elsewhere.
      (['cross-site', 'same-site'].includes(headers['sec-fetch-site'] as string) &&
        headers['sec-fetch-mode'] !== 'navigate');
    if (foreign) return relayForeign();
    return same(cookiesOf(headers).get(cookie) ?? '', key) ? undefined : relayNoKey();
  }

  return {
    port: bound,
    async close() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  function forward(request: IncomingMessage, response: ServerResponse, by: Agent): void {
    const { method, url } = request;
    const out = httpRequest({
      agent: by,
      method,
      path: url,
      headers: passedOn(request.headers, cookie),
      setHost: false,
    });
    out.on('response', (answer) => {
      const headers = { ...answer.headers };
      for (const name of HOPS) delete headers[name];
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    out.on('error', () => (response.headersSent ? response.destroy() : plain(response, 502, relayAway())));
    response.on('close', () => out.destroy());
    request.pipe(out);
  }

  function upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    open: RelayOptions['connect'],
  ): void {
    const headers = {
      ...passedOn(request.headers, cookie),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade ?? '',
    };
    const out = httpRequest({
      createConnection: connecting(open),
      method: request.method,
      path: request.url,
      headers,
      setHost: false,
    });
    out.on('upgrade', (answer, tunnel, first) => {
      const lines = [`HTTP/1.1 101 Switching Protocols`];
      for (let at = 0; at < answer.rawHeaders.length; at += 2)
        lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      if (first.length > 0) socket.write(first);
      if (head.length > 0) tunnel.write(head);
      tunnel.pipe(socket).pipe(tunnel);
      const both = (): void => {
        tunnel.destroy();
        socket.destroy();
      };
      for (const side of [tunnel, socket]) side.on('error', both).on('close', both);
    });
    out.on('response', (answer) => {
      socket.end(`HTTP/1.1 ${answer.statusCode ?? 502} Refused\r\nConnection: close\r\n\r\n`);
      out.destroy();
    });
    out.on('error', () => socket.destroy());
    out.end();
  }
}

type Opened = (error: Error | null, socket?: Duplex) => void;

function connecting(open: RelayOptions['connect']) {
  // Answers later, by the callback, which Node's types do not know of here.
  return ((_options: unknown, opened: Opened) => {
    open().then(
      (socket) => opened(null, socket),
      (error: unknown) => opened(error as Error),
    );
    return undefined;
  }) as never;
}

/** Keeps connections open: each costs a shell in the container. */
class TunnelAgent extends Agent {
  constructor(open: RelayOptions['connect']) {
    super({ keepAlive: true, maxSockets: CONNECTIONS });
    Object.assign(this, { createConnection: connecting(open) });
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}

function passedOn(headers: IncomingHttpHeaders, cookie: string): IncomingHttpHeaders {
  const passed = { ...headers };
  for (const name of HOPS) delete passed[name];
  const cookies = [...cookiesOf(headers)].filter(([name]) => name !== cookie);
  if (cookies.length > 0) passed.cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
  else delete passed.cookie;
  return passed;
}

function cookiesOf(headers: IncomingHttpHeaders): Map<string, string> {
  const pairs = (headers.cookie ?? '').split(/; */).filter(Boolean);
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** In the same time for any guess. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
