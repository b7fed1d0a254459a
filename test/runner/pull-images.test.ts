/** Fetching images for jobs: how often, for whom, and what is said about it. The engine is played by hand. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectEngine } from '../../agent/executor/engine.ts';
import { EngineLost } from '../../agent/executor/executor.ts';
import { ImagePuller } from '../../agent/runner/pull-images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const NAME = `egress.example.edu/northshire-images/python@${DIGEST}`;

let dir: string;
let server: Server;
let pulls: { query: URLSearchParams; login: unknown; response: ServerResponse }[];
let onPull: (response: ServerResponse, request: IncomingMessage) => void;
let digests: string[];
let said: object[];
let paused: number[];
let signed: number;

beforeEach(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-engine-'));
  [pulls, digests, said, paused, signed] = [[], [], [], [], 0];
  onPull = (response) => {
    digests = [NAME];
    response.end('{"status":"Pull complete","id":"x"}\n');
  };
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    if (url.pathname.endsWith('/images/create')) {
      const login: unknown = JSON.parse(
        Buffer.from(String(request.headers['x-registry-auth']), 'base64').toString(),
      );
      pulls.push({ query: url.searchParams, login, response });
      server.emit('pull');
      return onPull(response, request);
    }
    if (digests.length === 0) return void response.writeHead(404).end('{"message":"no such image"}');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ Id: 'x', RepoDigests: digests }));
  });
  await new Promise<void>((done) => server.listen(path.join(dir, 'engine.sock'), done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(dir, { recursive: true, force: true });
});

const puller = (minutes = 20): ImagePuller =>
  new ImagePuller({
    engine: connectEngine(path.join(dir, 'engine.sock')),
    registry: 'egress.example.edu',
    login: () => Promise.resolve({ username: 'attainment-1', password: `signature ${(signed += 1)}` }),
    minutes,
    logger: {
      info: (fields: object) => said.push(fields),
      warn: (fields: object) => said.push(fields),
    } as never,
    pause: (ms) => Promise.resolve(void paused.push(ms)),
  });
const never = new AbortController().signal;
const fault = (words: string) => (response: ServerResponse) =>
  response.end(`${JSON.stringify({ errorDetail: { message: words }, error: words })}\n`);

test.each([
  ['northshire-images/python', NAME],
  ['ghcr.io/northshire-images/python', NAME],
  ['localhost/northshire-images/python', NAME],
  ['127.0.0.1:5000/northshire-images/python', NAME],
  ['python', `egress.example.edu/python@${DIGEST}`],
])('%s is asked of the proxy, by digest', (image, name) => {
  expect(puller().nameOf({ image, digest: DIGEST })).toBe(name);
});

test('an image that governance knows by id alone is not fetched', () => {
  expect(puller().nameOf({ image: 'local/node', digest: undefined })).toBeUndefined();
});

test("the engine is given digest and the agent's signature, never a tag", async () => {
  expect(await puller().fetch(NAME, never)).toBe(true);

  expect(Object.fromEntries(pulls[0]!.query)).toEqual({
    fromImage: 'egress.example.edu/northshire-images/python',
    tag: DIGEST,
  });
  expect(pulls[0]!.login).toEqual({ username: 'attainment-1', password: 'signature 1' });
  expect(JSON.stringify(said)).not.toContain('signature');
});

test('a failure is tried again twice, later and later, each time with a new signature', async () => {
  onPull = fault('dial tcp 10.0.0.9:443: connection refused');

  expect(await puller().fetch(NAME, never)).toBe(false);

  expect(pulls.map(({ login }) => (login as { password: string }).password)).toEqual([
    'signature 1',
    'signature 2',
    'signature 3',
  ]);
  expect(paused).toEqual([2000, 10_000]);
  expect(said).toHaveLength(3);
});

test('the second try may be the good one', async () => {
  const good = onPull;
  onPull = (response, request) => {
    if (pulls.length === 1) fault('unexpected EOF')(response);
    else good(response, request);
  };

  expect(await puller().fetch(NAME, never)).toBe(true);
  expect(pulls).toHaveLength(2);
});

test('an engine that has something else under the name afterwards has failed', async () => {
  onPull = (response) => {
    digests = [NAME.replace(/a{64}/, 'b'.repeat(64))];
    response.end('{"status":"Pull complete"}\n');
  };

  expect(await puller().fetch(NAME, never)).toBe(false);
});

test('jobs that want the same image wait for one pull', async () => {
  const own = puller();

  expect(await Promise.all([own.fetch(NAME, never), own.fetch(NAME, never), own.fetch(NAME, never)])).toEqual(
    [true, true, true],
  );
  expect(pulls).toHaveLength(1);
});

test('a pull of another image does not wait', async () => {
  const own = puller();
  onPull = () => undefined;
  const asked = once(server, 'pull');
  const first = own.fetch(NAME, never);
  await asked;
  const good = NAME.replace('python', 'r');
  onPull = (response) => {
    digests = [good];
    response.end();
  };

  expect(await own.fetch(good, never)).toBe(true);
  pulls[0]!.response.end();
  expect(await first).toBe(false);
});

describe('who leaves', () => {
  beforeEach(() => {
    onPull = () => undefined;
  });

  test('one of two: the pull goes on for the other', async () => {
    const [own, leaving] = [puller(), new AbortController()];
    const asked = once(server, 'pull');
    const both = [own.fetch(NAME, leaving.signal), own.fetch(NAME, never)] as const;
    await asked;
    const gone = expect(both[0]).rejects.toThrow('cancelled');
    leaving.abort(new Error('cancelled'));
    await gone;
    digests = [NAME];
    pulls[0]!.response.end();

    expect(await both[1]).toBe(true);
    expect(pulls).toHaveLength(1);
  });

  test('the last one: the engine is told, and who comes later begins anew', async () => {
    const [own, leaving] = [puller(), new AbortController()];
    const asked = once(server, 'pull');
    const waiting = own.fetch(NAME, leaving.signal);
    await asked;
    const ended = once(pulls[0]!.response, 'close');
    const gone = expect(waiting).rejects.toThrow('cancelled');
    leaving.abort(new Error('cancelled'));
    await gone;
    await ended;
    onPull = (response) => {
      digests = [NAME];
      response.end();
    };

    expect(await own.fetch(NAME, never)).toBe(true);
    expect(said.filter((line) => 'why' in line)).toEqual([]);
  });
});

test('a pull that never ends is given up with its time', async () => {
  onPull = () => undefined;

  expect(await puller(1 / 600).fetch(NAME, never)).toBe(false);
  expect(said).toEqual([{ image: NAME, minutes: 1 / 600 }]);
});

test('an engine that dies in the middle is lost, which is no try', async () => {
  onPull = (response) => {
    response.write('{"status":"Downloading"}\n', () => response.destroy());
  };

  await expect(puller().fetch(NAME, never)).rejects.toThrow(EngineLost);
  expect(pulls).toHaveLength(1);
});
