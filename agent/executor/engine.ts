/**
 * Talking to the container engine over its socket, and telling "it said no" from "it is gone".
 *
 * dockerode waits for ever when an answer breaks off half-way, so every question has a time limit here.
 */
import Docker from 'dockerode';
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import { statusOf } from './answers.ts';
import { EngineLost } from './executor.ts';

export { statusOf, wordsOf } from './answers.ts';

export type Engine = Docker;

const ANSWER_MS = 30_000;

/**
 * Without a path: DOCKER_HOST, else the socket's usual place. Every question takes a connection of its own: an
 * engine that is going down takes no new ones, but would still answer on an old one as if nothing were.
 */
export function connectEngine(socketPath?: string, tcp?: { host: string; port: number }): Engine {
  const { DOCKER_HOST: host = '', DOCKER_TLS_VERIFY: verify } = process.env;
  // As dockerode decides it.
  const tls = !socketPath && !tcp && (verify === '1' || host.endsWith(':2376'));
  const agent = tls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const options = {
    agent,
    ...(socketPath ? { socketPath } : {}),
    ...(tcp ? { ...tcp, protocol: 'http' as const } : {}),
  };
  // docker-modem draws every question and all that hangs on it for its debug log, also when nobody wants that: with the
  // agent and its sockets, that took more of the processor than the rest of a job together.
  Object.defineProperty(agent, inspect.custom, { value: () => 'agent' });
  return new Docker(options);
}

/** The engine's answer; its "no" is thrown as it came (`statusOf`), silence as EngineLost. */
export async function ask<T>(doing: string, answer: Promise<T>, ms = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new EngineLost(doing)), ms);
  });
  try {
    return await Promise.race([answer, silence]);
  } catch (error) {
    if (error instanceof EngineLost || statusOf(error) !== undefined) throw error;
    throw new EngineLost(doing, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Like `ask`, but these HTTP codes mean "already so" and answer undefined. */
export async function askUnless<T>(
  codes: number[],
  doing: string,
  answer: Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask(doing, answer);
  } catch (error) {
    if (codes.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** A sign of life: `podman` when it is that engine's Docker-compatible socket. Undefined: no answer. */
export async function signOfLife(engine: Engine, ms: number): Promise<'docker' | 'podman' | undefined> {
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    engine.modem.dial(
      { path: '/_ping', method: 'GET', isStream: true, statusCodes: { 200: true }, options: {} },
      (error: unknown, got: unknown) => (error ? reject(error as Error) : resolve(got as IncomingMessage)),
    );
  });
  try {
    const got = await ask('asking for a sign of life', answer, ms);
    got.resume();
    return got.headers['libpod-api-version'] === undefined ? 'docker' : 'podman';
  } catch {
    return undefined;
  }
}

const GONE_AWAY = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'];

/** The connection broke or was not taken: not an engine that is slow, which a job might bring about. */
export function wasCutOff(error: unknown): boolean {
  if (!(error instanceof EngineLost)) return false;
  return GONE_AWAY.includes((error.cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** A GET or POST whose body is read as it comes. Resolves with the headers; ends with EngineLost when cut off. */
export async function openStream(
  engine: Engine,
  request: {
    method: 'GET' | 'POST';
    path: string;
    query: Record<string, string>;
    doing: string;
    signal?: AbortSignal;
  },
): Promise<AsyncIterable<Buffer>> {
  const headers = new Promise<IncomingMessage>((resolve, reject) => {
    engine.modem.dial(
      {
        // The modem takes a path that ends in `?`, and cuts the last letter off any other query.
        path: `${request.path}?`,
        options: { _query: request.query, _body: {} },
        method: request.method,
        isStream: true,
        abortSignal: request.signal,
        statusCodes: { 200: true },
      },
      (error: unknown, answer: unknown) =>
        error ? reject(error as Error) : resolve(answer as IncomingMessage),
    );
  });
  const answer = await ask(request.doing, headers);
  return cutOffIsLoss(answer, request.doing, request.signal);
}

async function* cutOffIsLoss(
  answer: IncomingMessage,
  doing: string,
  signal?: AbortSignal,
): AsyncIterable<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (error) {
    signal?.throwIfAborted();
    throw new EngineLost(doing, { cause: error });
  }
}
