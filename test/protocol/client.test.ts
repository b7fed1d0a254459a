import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { fixedClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { Refused } from '../../src/lib/refusal.ts';
import {
  AirlockClient,
  HubUnreachable,
  signFreezes,
  signTask,
  type FreezeActTold,
  ZoneClient,
  type TaskClaims,
  type ZoneClientOptions,
} from '../../src/protocol/protocol.ts';
import { ZONE_DEEDS } from '../../src/protocol/deeds.ts';
import { listen } from '../support/zone.ts';

const KEY = newKeyPair();
const HUB = newKeyPair();
const clock = fixedClock('2027-03-01T09:00:00Z');
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

async function hub(
  answer: RequestListener,
  given: Partial<ZoneClientOptions> = {},
): Promise<{ client: ZoneClient; pauses: number[] }> {
  server = createServer(answer);
  const pauses: number[] = [];
  const client = new ZoneClient({
    hub: await listen(server),
    agent: 'agent-1',
    backend: 'schools',
    key: KEY.privateKey,
    hubKeys: [HUB.publicKey],
    clock,
    ids: randomIds,
    random: () => 0,
    pause: async (ms) => void pauses.push(ms),
    ...given,
  });
  return { client, pauses };
}

const POLL = { seen: 0, waitMs: 0, engine: true };
const json =
  (status: number, value: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };

test('a connection on which an answer is awaited is tried by the kernel after two seconds of silence', async () => {
  const ended = new AbortController();
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const { client } = await hub(() => asked());
  const polling = client.poll({ ...POLL, waitMs: 50_000 }, ended.signal);
  polling.catch(() => undefined);
  await isAsked;
  const { port } = server!.address() as AddressInfo;
  // Columns of the kernel: local and remote address, state, queues, then timer (2: tries what is silent) and its rest in hundredths of a second.
  const timers = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[2]?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`))
    .map((columns) => (columns[5] ?? '').split(':'));
  ended.abort();
  expect(timers).toHaveLength(1);
  expect(timers[0]?.[0]).toBe('02');
  expect(parseInt(timers[0]?.[1] ?? '', 16)).toBeLessThanOrEqual(200);
});

test("tasks that are not the hub's word are set aside, the others are given", async () => {
  const claims: TaskClaims = {
    protocol: 1,
    agent: 'agent-1',
    backend: 'schools',
    seq: 1,
    iat: clock.now() / 1000,
    exp: clock.now() / 1000 + 60,
    task: { type: 'cancel', id: 'a'.repeat(16), job: 'b'.repeat(16), task: 'c'.repeat(16) },
  };
  const tasks = [
    { jws: await signTask(claims, HUB.privateKey) },
    { jws: await signTask(claims, KEY.privateKey) },
  ];
  const { client } = await hub(json(200, { version: 3, tasks }));

  expect(await client.poll(POLL)).toMatchObject({
    version: 3,
    tasks: [claims],
    refused: [{ code: 'protocol.task-signature' }],
  });
});

test('a hub that is away for a moment is asked again, each time with a new token', async () => {
  const tokens = new Set<string>();
  let calls = 0;
  const { client, pauses } = await hub((request, response) => {
    tokens.add(request.headers.authorization ?? '');
    calls += 1;
    if (calls === 1) return request.socket.destroy();
    json(calls === 2 ? 503 : 200, { answers: ['taken'] })(request, response);
  });

  expect(
    await client.updates([{ task: 'a'.repeat(16), job: 'b'.repeat(16), at: 1, state: 'preparing' }]),
  ).toEqual(['taken']);

  expect(tokens.size).toBe(3);
  expect(pauses).toEqual([100, 500]);
});

test('a hub that stays away is given up after a bounded number of tries', async () => {
  let calls = 0;
  const { client, pauses } = await hub((request) => {
    calls += 1;
    request.socket.destroy();
  });

  await expect(client.poll(POLL)).rejects.toMatchObject({ name: 'HubUnreachable', attempts: 4 });
  await expect(client.poll(POLL)).rejects.toBeInstanceOf(HubUnreachable);

  expect(calls).toBe(8);
  expect(pauses).toEqual([100, 500, 2000, 100, 500, 2000]);
});

test.each([500, 502, 503, 504])('a hub that answers %i is away, and refuses nothing', async (status) => {
  let calls = 0;
  const { client } = await hub((request, response) => {
    calls += 1;
    json(status, { message: 'Something failed on our side' })(request, response);
  });

  await expect(client.poll(POLL)).rejects.toMatchObject({
    name: 'HubUnreachable',
    code: 'protocol.hub-away',
    message: `the hub did not answer in 4 tries, and answered ${status} in the last`,
    status,
  });

  expect(calls).toBe(4);
});

test('a refusal of the hub is not asked again', async () => {
  let calls = 0;
  const { client } = await hub((request, response) => {
    calls += 1;
    json(401, { code: 'protocol.unknown-caller', says: 'No key.', next: 'Add it.' })(request, response);
  });

  expect(await client.poll(POLL)).toEqual({
    refused: true,
    code: 'protocol.unknown-caller',
    says: 'No key.',
    next: 'Add it.',
  });
  expect(calls).toBe(1);
});

test('a redirect is never followed', async () => {
  let calls = 0;
  const { client } = await hub((_request, response) => {
    calls += 1;
    response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end();
  });

  expect(await client.poll(POLL)).toMatchObject({ code: 'protocol.redirected' });
  expect(calls).toBe(1);
});

test('a refused report is a refusal', async () => {
  const { client } = await hub(json(403, { code: 'x.y', says: 'No.', next: '' }));

  expect(await client.updates([])).toEqual({ refused: true, code: 'x.y', says: 'No.', next: '' });
});

test.each([
  ['is no JSON', 200, 'hello'],
  ['has a field too many', 200, { version: 1, tasks: [], more: 1 }],
  ['is a page of an intermediary', 404, '<html>'],
  ['is a refusal without a sentence', 400, { code: 'x' }],
])('an answer that %s is a bad answer', async (_what, status, body) => {
  const { client } = await hub((_request, response) => {
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });

  expect(await client.poll(POLL)).toMatchObject({ code: 'protocol.bad-answer' });
});

test('an answer without end is cut off', async () => {
  const { client } = await hub(
    (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 32);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
    { tries: 1 },
  );

  await expect(client.poll(POLL)).rejects.toMatchObject({
    cause: { message: expect.stringContaining('above') },
  });
});

test('an open poll ends when it is told to', async () => {
  const stop = new AbortController();
  const { client } = await hub(() => stop.abort());

  await expect(client.poll({ ...POLL, waitMs: 60_000 }, stop.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
  await expect(client.poll(POLL, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

test('waiting between tries ends when it is told to', async () => {
  const stop = new AbortController();
  const { client } = await hub(
    (request) => {
      request.socket.destroy();
      setImmediate(() => stop.abort());
    },
    { pause: undefined, random: undefined },
  );

  await expect(client.heartbeat({ engine: true, version: '1' }, stop.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
});

test('without another pause it waits by itself, and not in step with other agents', async () => {
  let calls = 0;
  const { client } = await hub(
    (request, response) => {
      calls += 1;
      json(calls === 1 ? 429 : 200, { at: 1, paused: true })(request, response);
    },
    { pause: undefined, random: undefined },
  );

  expect(await client.heartbeat({ engine: true, version: '1' })).toEqual({ at: 1, paused: true });
});

test('a hub at an address that may not be spoken to is refused at once', () => {
  const given = { agent: 'a', backend: 'b', key: KEY.privateKey, hubKeys: [], clock, ids: randomIds };
  expect(() => new ZoneClient({ ...given, hub: 'http://hub.example' })).toThrow(Refused);
  expect(() => new ZoneClient({ ...given, hub: 'https://hub.example/path' })).toThrow(Refused);
});

test.each([
  ['an agent', (options: ZoneClientOptions) => new ZoneClient(options).poll(POLL)],
  [
    'an airlock',
    (options: ZoneClientOptions) =>
      new AirlockClient({ ...options, airlock: 'agent-1' }).poll({ seen: 0, waitMs: 0, version: '1' }),
  ],
])(
  '%s is given what was frozen when the hub signed it for it, and why not when it did not',
  async (_who, poll) => {
    const acts: FreezeActTold[] = [
      { act: 'freeze', seq: 1, id: 'a'.repeat(16), scope: { kind: 'all' }, running: 'stop', by: 7, at: 5 },
    ];
    const iat = clock.now() / 1000;
    const claims = { protocol: 1, to: 'agent-1', backend: 'schools', iat, exp: iat + 60, acts } as const;
    const told = async (key: typeof HUB, more: object = {}) => {
      const freezes = { jws: await signFreezes({ ...claims, acts: [...acts] }, key.privateKey) };
      const body = { version: 1, tasks: [], orders: [], freezes, ...more };
      server = createServer((request, response) =>
        json(
          200,
          request.url?.includes('tasks') ? without(body, 'orders') : without(body, 'version', 'tasks'),
        )(request, response),
      );
      const options = {
        ...{ hub: await listen(server), agent: 'agent-1', backend: 'schools', key: KEY.privateKey },
        ...{ hubKeys: [HUB.publicKey], clock, ids: randomIds, tries: 1 },
      };
      const answer = await poll(options);
      server.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
      server = undefined;
      return answer;
    };
    expect(await told(HUB)).toMatchObject({ freezes: acts });
    expect(await told(KEY)).toMatchObject({ freezes: { code: 'protocol.freezes-signature' } });
    expect(await told(HUB, { freezes: undefined })).toMatchObject({ freezes: [] });
  },
);

test('an agent tells a hub of every deed for which that has had words since it took any', async () => {
  const { client } = await hub(json(200, {}));
  expect(ZONE_DEEDS.filter((deed) => !client.hasWord(deed))).toEqual([]);
});

test('an airlock tells of the switch and of no other deed, and hears when the hub would not take it', async () => {
  const heard: unknown[] = [];
  let answer = json(200, { taken: 1 });
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    heard.push((JSON.parse(body) as { deeds: unknown }).deeds);
    answer(request, response);
  });
  const client = new AirlockClient({
    ...{ hub: await listen(server), airlock: 'airlock-1', backend: 'schools', key: KEY.privateKey },
    ...{ hubKeys: [HUB.publicKey], clock, ids: randomIds, tries: 1 },
  });
  const frozen = { id: 'a'.repeat(16), deed: 'zone-frozen', at: 5, workspace: null } as const;
  const other = { id: 'b'.repeat(16), deed: 'outputs-removed', at: 6, workspace: 'study-main' } as const;

  expect([client.hasWord('zone-frozen'), client.hasWord('outputs-removed')]).toEqual([true, false]);
  expect(await client.deeds([frozen, other])).toBe(1);
  expect(heard).toEqual([[{ id: frozen.id, deed: 'zone-frozen', at: 5 }]]);
  answer = json(403, { code: 'zone.unknown', says: 'No.', next: 'Look.' });
  expect(await client.deeds([frozen])).toMatchObject({ code: 'zone.unknown' });
});

function without(body: object, ...names: string[]): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}
