/**
 * Tells how a role is, at an address of its own: `/healthz` (its loops turn), `/readyz` (it can do its work now),
 * `/metrics`. Only ever read: there is no other method, no body is taken and no name is shown.
 *
 * Beyond this machine it speaks TLS alone, and says more than yes or no only to whoever has the token. On this
 * machine the name it is called by has to be this machine's, so that no page in a browser here can read it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { seconds } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Pulse } from './pulse.ts';
import { refusal, Refused } from './refusal.ts';
import { mustBeClosed, readSecret, secretPlace } from './secret-place.ts';
import { isLoopback, type WatchSetting } from './watch-settings.ts';

/** Why a role cannot do its work now. Both are texts of ours, never a name from outside. */
export interface NotReady {
  /** Stable, dotted: `ready.database`. */
  code: string;
  says: string;
}

export interface Watched {
  metrics: Metrics;
  pulse: Pulse;
  /** Empty when it can do its work now. May take a moment; is asked by one at a time. */
  ready(): Promise<NotReady[]>;
  logger: Logger;
}

export interface Watching {
  url: string;
  close(): Promise<void>;
}

const LONGEST_LOOK_MS = seconds(5);
/** An answer so young is given again: however often it is asked, the database is not. */
const FRESH_MS = 500;
const LEAST_TOKEN = 16;

/** Throws Refused when the token or the certificate cannot be read, or the address cannot be had. */
export async function startWatch(setting: WatchSetting, watched: Watched): Promise<Watching> {
  const token = setting.token_file === undefined ? undefined : readToken(setting.token_file);
  const ready = shared(() => within(watched.ready()));
  const metrics = shared(() => watched.metrics.read());
  const answer = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    tell(request, response, { ...watched, token, ready, metrics, local: isLoopback(setting.listen.host) });
  const handler = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response).catch((err: unknown) => {
      watched.logger.error({ err, code: 'watch.failed' }, 'How this role is could not be told');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  const server = made(setting, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Refused(notListening(setting), { cause })));
    server.listen(setting.listen.port, setting.listen.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const url = `${setting.tls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  watched.logger.info({ url }, 'Health and metrics are told here');
  return {
    url,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function made({ tls }: WatchSetting, handler: http.RequestListener): http.Server {
  const limits = { maxHeaderSize: 4096, headersTimeout: seconds(5), requestTimeout: seconds(10) };
  const server = tls
    ? https.createServer({ ...limits, ...certificate(tls), minVersion: 'TLSv1.2' }, handler)
    : http.createServer(limits, handler);
  server.maxConnections = 64;
  return server;
}

interface Asked extends Omit<Watched, 'ready' | 'metrics'> {
  token: string | undefined;
  local: boolean;
  ready(): Promise<NotReady[]>;
  metrics(): Promise<{ type: string; text: string }>;
}

async function tell(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
  const say = (status: number, type: string, text: string): void => {
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  const json = (status: number, value: object): void =>
    say(status, 'application/json', `${JSON.stringify(value)}\n`);
  request.resume();
  if (asked.local && !isLoopback(hostOf(request)))
    return json(421, { message: 'Ask by the name of this machine: localhost' });
  if (request.method !== 'GET' && request.method !== 'HEAD') return json(405, { message: 'Only reading' });
  const known = asked.token === undefined || hasToken(request, asked.token);
  switch (request.url) {
    case '/healthz': {
      const late = asked.pulse.late();
      return json(late.length > 0 ? 503 : 200, { ok: late.length === 0, ...(known && { late }) });
    }
    case '/readyz': {
      const reasons = await asked.ready();
      return json(reasons.length > 0 ? 503 : 200, { ready: reasons.length === 0, ...(known && { reasons }) });
    }
    case '/metrics': {
      if (!known) return json(401, { message: 'The token is missing or another' });
      const { type, text } = await asked.metrics();
      return say(200, type, text);
    }
    default:
      return json(404, { message: 'There are /healthz, /readyz and /metrics' });
  }
}

function hostOf({ headers: { host = '' } }: IncomingMessage): string {
  return host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
}

function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${token}`));
}

/** One look at a time, and an answer that is still young serves again. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let held: Promise<T> | undefined;
  return () => {
    if (held) return held;
    const mine = look();
    held = mine;
    const forget = (): void => {
      setTimeout(() => (held = undefined), FRESH_MS).unref();
    };
    mine.then(forget, () => (held = undefined));
    return mine;
  };
}

async function within(look: Promise<NotReady[]>): Promise<NotReady[]> {
  const slow = { code: 'ready.slow', says: 'Whether it can work could not be found out in time.' };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<NotReady[]>((resolve) => {
    timer = setTimeout(() => resolve([slow]), LONGEST_LOOK_MS);
  });
  try {
    return await Promise.race([look, late]);
  } catch {
    return [{ code: 'ready.unknown', says: 'Whether it can work could not be found out; the log says why.' }];
  } finally {
    clearTimeout(timer);
  }
}

function readToken(place: string): string {
  try {
    const token = readSecret(place).trim();
    if (token.length >= LEAST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    if (error instanceof Refused) throw error;
    // Told below.
  }
  throw new Refused(
    refusal(
      'watch.token',
      `The token in ${place} is missing, has a blank in it, or is shorter than ${LEAST_TOKEN} characters.`,
      `Run: openssl rand -hex 32 > ${place}`,
    ),
  );
}

function certificate({ cert_file, key_file }: { cert_file: string; key_file: string }): {
  cert: Buffer;
  key: Buffer;
} {
  try {
    const place = secretPlace(key_file);
    mustBeClosed(place, 'key', 'everybody');
    return { cert: readFileSync(cert_file), key: readFileSync(place) };
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(
      refusal('watch.tls', `${cert_file} or ${key_file} cannot be read.`, 'Correct watch.tls.'),
      { cause },
    );
  }
}

const notListening = ({ listen: { host, port } }: WatchSetting) =>
  refusal(
    'watch.address',
    `Nothing can listen at ${host}, port ${port}.`,
    'Free the port, or give another in watch.listen.',
  );
