import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { connect, type Socket } from 'node:net';
import { ReadableStream } from 'node:stream/web';
import { rowsOf } from '../../src/db/database.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { signRequest, ZONE_PATHS, type RequestToSign, type Update } from '../../src/protocol/protocol.ts';
import { eachDatabase } from '../support/database.ts';
import { aBackend, AGENT_KEY, aGovernance, aWorld, HUB_KEY, type World } from '../support/jobs.ts';
import { answeredUnsent, serveZone, type ZoneServer } from '../support/zone.ts';

let server: ZoneServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(world: World): Promise<ZoneServer> {
  server = await serveZone(world);
  return server;
}

const POLL = { protocol: 1, seen: 0, waitMs: 0, engine: true };

interface Sent {
  path?: string;
  method?: string;
  body?: string;
  sign?: Partial<RequestToSign>;
  token?: string;
}

/** A request as somebody could forge it. */
async function send(
  world: World,
  at: ZoneServer,
  given: Sent = {},
): Promise<{ status: number; code?: string; token: string }> {
  const path = given.path ?? ZONE_PATHS.poll;
  const body = given.body ?? JSON.stringify(POLL);
  const token =
    given.token ??
    (await signRequest({
      agent: 'agent-1',
      backend: 'schools',
      audience: at.origin,
      path,
      body,
      key: AGENT_KEY.privateKey,
      clock: world.clock,
      ids: randomIds,
      ...given.sign,
    }));
  const answer = await fetch(`${at.origin}${path}`, {
    method: given.method ?? 'POST',
    body,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });
  const text = await answer.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as { code?: string }) : {};
  return { status: answer.status, code: json.code, token };
}

eachDatabase((open) => {
  test('an agent of the version before gets nothing that it would refuse, and keeps its longer time to call', async () => {
    const world = aWorld(await open());
    server = await serveZone(world);
    const older = server.client({ speaks: { oldest: 1000, newest: 1000 } });
    expect(await older.heartbeat({ engine: true, version: '1' })).toEqual({
      at: world.clock.now(),
      paused: false,
    });
    const [row] = await rowsOf<{ left: number }>(
      world.deps.db,
      sql`select (lease_until - last_seen_at)::int as left from agents`,
    );
    expect(row).toEqual({ left: 150_000 });
  });

  test('an agent with which the hub has no version in common is told which side to upgrade', async () => {
    server = await serveZone(aWorld(await open()));
    const client = server.client({ speaks: { oldest: 1002, newest: 1003 } });
    expect(await client.poll({ seen: 0, waitMs: 0, engine: true })).toMatchObject({
      code: 'protocol.hub-too-old',
      says: 'The hub speaks versions 1.0-1.1 of the protocol, the zone 1.2-1.3: they have none in common.',
    });
  });

  test('an agent polls, reports and is alive, over HTTP', async () => {
    const world = aWorld(await open());
    const client = (await serve(world)).client();
    await world.submit();

    const polled = await client.poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(polled)) throw new Error(polled.code);
    expect(polled.refused).toEqual([]);
    const [claims] = polled.tasks;
    expect(claims).toMatchObject({
      agent: 'agent-1',
      backend: 'schools',
      seq: 1,
      task: { type: 'run', action: 'db_extract' },
    });
    const update: Update = { task: claims!.task.id, job: claims!.task.job, at: 1, state: 'succeeded' };
    expect(await client.updates([update])).toEqual(['taken']);
    expect(await client.heartbeat({ engine: true, version: '1', governance: 'd'.repeat(40) })).toEqual({
      at: world.clock.now(),
      paused: false,
      leaseMs: 8000,
      list: expect.any(Number),
    });

    const next = await client.poll({ seen: polled.version, waitMs: 0, engine: true });
    expect(next).toMatchObject({ tasks: [{ seq: 2, task: { action: 'model' } }] });
    expect(await rowsOf(world.deps.db, sql`select id, version, governance from agents`)).toEqual([
      { id: 'agent-1', version: '1', governance: 'd'.repeat(40) },
    ]);
  });

  test('an open poll is answered over HTTP as soon as a job is submitted', async () => {
    const world = aWorld(await open());
    const client = (await serve(world)).client();
    const first = await client.poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(first)) throw new Error(first.code);
    const held = client.poll({ seen: first.version, waitMs: 25_000, engine: true });
    const before = performance.now();

    await world.submit();

    expect(await held).toMatchObject({ tasks: [{ task: { action: 'db_extract' } }] });
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test('a key that is revoked while the poll is open gets nothing', async () => {
    const world = aWorld(await open());
    const client = (await serve(world)).client();
    const first = await client.poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(first)) throw new Error(first.code);
    const held = client.poll({ seen: first.version, waitMs: 25_000, engine: true });
    // The poll is open once its agent was seen again.
    while ((await rowsOf(world.deps.db, sql`select 1 from used_tokens`)).length < 2)
      await new Promise(setImmediate);
    await world.submit();
    world.state.governance = aGovernance([aBackend({ keys: { agent: [], viewer: [] } })]);

    const answer = await held;

    // It was either answered before the key went, or refused: never answered after.
    if (!isRefusal(answer)) expect(answer.tasks).toHaveLength(1);
    expect(await client.poll({ seen: 0, waitMs: 0, engine: true })).toMatchObject({
      code: 'protocol.unknown-caller',
    });
  });

  test('when the hub stops, open polls are answered', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    const first = await at.client().poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(first)) throw new Error(first.code);
    const held = at
      .client()
      .poll({ seen: first.version, waitMs: 100_000, engine: true })
      .catch((error: unknown) => error);

    await at.close();

    expect(await held).toBeDefined();
  });

  test('every forged request is refused and changes nothing', async () => {
    const world = aWorld(
      await open(),
      aGovernance([
        aBackend(),
        aBackend({
          id: 'health',
          keys: { agent: [{ id: 'nurse', key: newKeyPair().publicText }], viewer: [] },
        }),
      ]),
    );
    const at = await serve(world);
    await world.submit();
    const other = JSON.stringify({ ...POLL, seen: 5 });
    const foreign = newKeyPair().privateKey;
    const forged: [string, Sent, number, string][] = [
      ['no token', { token: '' }, 401, 'protocol.token-missing'],
      ['not a token', { token: 'a.b' }, 401, 'protocol.token-missing'],
      ['an empty token', { token: 'a.b.c' }, 401, 'protocol.token-malformed'],
      ['a foreign key', { sign: { key: foreign } }, 401, 'protocol.wrong-signature'],
      ['an unknown agent', { sign: { agent: 'agent-9' } }, 401, 'protocol.unknown-caller'],
      ['a foreign backend', { sign: { backend: 'health' } }, 401, 'protocol.unknown-caller'],
      ['an unknown backend', { sign: { backend: 'moon' } }, 401, 'protocol.unknown-caller'],
      ['another hub', { sign: { audience: 'https://other.example' } }, 401, 'protocol.token-elsewhere'],
      ['another path', { sign: { path: ZONE_PATHS.updates } }, 401, 'protocol.token-elsewhere'],
      [
        'a path with a query',
        { path: `${ZONE_PATHS.poll}?a=1`, sign: { path: ZONE_PATHS.poll } },
        401,
        'protocol.token-elsewhere',
      ],
      [
        'an altered body',
        { body: other, sign: { body: JSON.stringify(POLL) } },
        401,
        'protocol.body-altered',
      ],
      ["the hub's own key", { sign: { key: HUB_KEY.privateKey } }, 401, 'protocol.wrong-signature'],
      ['a malformed body', { body: '{' }, 400, 'zone.malformed'],
      ['an unknown field', { body: JSON.stringify({ ...POLL, extra: 1 }) }, 400, 'zone.malformed'],
      [
        'another version of the protocol',
        { body: JSON.stringify({ ...POLL, protocol: 2 }) },
        400,
        'zone.malformed',
      ],
      ['a wait without end', { body: JSON.stringify({ ...POLL, waitMs: 1e9 }) }, 400, 'zone.malformed'],
      [
        'too many updates',
        { path: ZONE_PATHS.updates, body: JSON.stringify({ protocol: 1, updates: Array(101).fill({}) }) },
        400,
        'zone.malformed',
      ],
      [
        'a body that is too large',
        { path: ZONE_PATHS.updates, body: 'x'.repeat(8 * 1024 * 1024 + 1) },
        413,
        'zone.too-large',
      ],
    ];
    for (const [what, sent, status, code] of forged) {
      const answer = await send(world, at, sent);
      expect({ what, status: answer.status, code: answer.code }).toEqual({ what, status, code });
    }
    expect((await send(world, at, { method: 'PUT' })).status).toBe(404);

    expect(await rowsOf(world.deps.db, sql`select 1 from agents`)).toEqual([]);
    expect(await rowsOf(world.deps.db, sql`select 1 from tasks`)).toEqual([]);
  });

  test('who holds no key is answered before a body is sent, on every path', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    for (const path of Object.values(ZONE_PATHS)) {
      const status = await answeredUnsent(`${at.origin}${path}`);
      expect([path, status]).toEqual([path, 401]);
    }
  });

  test('a compressed body is refused, and one without its length is read up to the limit', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    const sent = async (body: BodyInit, headers: Record<string, string>): Promise<unknown> => {
      const path = ZONE_PATHS.updates;
      const sign = { path, agent: 'agent-1', backend: 'schools', audience: at.origin, body: '' };
      const token = await signRequest({
        ...sign,
        key: AGENT_KEY.privateKey,
        clock: world.clock,
        ids: randomIds,
      });
      const answer = await fetch(`${at.origin}${path}`, {
        method: 'POST',
        body,
        headers: { ...headers, authorization: `Bearer ${token}` },
        ...{ duplex: 'half' },
      });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    expect(await sent('{}', { 'content-encoding': 'gzip' })).toEqual([400, 'zone.malformed']);
    const parts = Array.from({ length: 9 }, () => new Uint8Array(1024 * 1024));
    expect(await sent(ReadableStream.from(parts) as BodyInit, {})).toEqual([413, 'zone.too-large']);
  });

  test('one agent makes the hub hold four of the largest messages at most, and keeps no other one out', async () => {
    const health = { agent: [{ id: 'agent-1', key: AGENT_KEY.publicText }], viewer: [] };
    const world = aWorld(await open(), aGovernance([aBackend(), aBackend({ id: 'health', keys: health })]));
    const at = await serve(world);
    const path = ZONE_PATHS.updates;
    const token = await signRequest({
      ...{ path, agent: 'agent-1', backend: 'schools', audience: at.origin, body: '' },
      ...{ key: AGENT_KEY.privateKey, clock: world.clock, ids: randomIds },
    });
    const port = Number(new URL(at.origin).port);
    const headers = `POST ${path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${token}\r\n`;
    // Three say how much will come, the fourth does not: all four are waited for. Some go in one connection.
    const begun = [
      `${headers}content-length: 8388608\r\n\r\n`,
      `${headers}content-length: 8388608\r\n\r\n`,
      `${headers}content-length: 2\r\n\r\n{}${headers}content-length: 8388608\r\n\r\n`,
      `${headers}transfer-encoding: chunked\r\n\r\n`,
    ];
    const slow: Socket[] = [];
    const begin = (text: string): void => {
      const socket = connect(port, '127.0.0.1');
      slow.push(socket);
      socket.write(text);
      // A question below was in its way at that moment.
      socket.on('data', (answer) => void (answer.includes(' 429 ') && begin(text)));
    };
    begun.forEach(begin);
    try {
      while ((await send(world, at)).status === 200);
      expect(await send(world, at)).toMatchObject({ status: 429, code: 'zone.too-much' });
      expect(await send(world, at, { sign: { backend: 'health' } })).toMatchObject({ status: 200 });
    } finally {
      for (const socket of slow) socket.destroy();
    }
    // What they held is free again, whatever they had begun.
    while ((await send(world, at)).status === 429);
    expect(await send(world, at)).toMatchObject({ status: 200 });
  });

  test('a token is good for one use, also at another hub and after a restart', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    const first = await send(world, at);
    expect(first.status).toBe(200);

    expect(await send(world, at, { token: first.token })).toMatchObject({
      status: 401,
      code: 'protocol.token-used',
    });
    const many = await send(world, at).then(({ token }) =>
      Promise.all(Array.from({ length: 5 }, () => send(world, at, { token }))),
    );
    expect(many.map(({ code }) => code)).toEqual(Array(5).fill('protocol.token-used'));
  });

  test('every path of agents refuses who shows nothing, a foreign, old or other backend’s token', async () => {
    const other = newKeyPair();
    const health = { agent: [{ id: 'nurse', key: other.publicText }], viewer: [] };
    const world = aWorld(await open(), aGovernance([aBackend(), aBackend({ id: 'health', keys: health })]));
    const at = await serve(world);
    const late = { now: () => world.clock.now() - 61_000 };
    for (const path of Object.values(ZONE_PATHS)) {
      const forged: [string, Sent][] = [
        ['protocol.token-missing', { path, token: '' }],
        ['protocol.wrong-signature', { path, sign: { path, key: newKeyPair().privateKey } }],
        ['protocol.wrong-signature', { path, sign: { path, key: other.privateKey } }],
        ['protocol.unknown-caller', { path, sign: { path, backend: 'health' } }],
        ['protocol.token-expired', { path, sign: { path, clock: late } }],
      ];
      for (const [code, sent] of forged) {
        const answer = await send(world, at, sent);
        expect([path, answer.status, answer.code]).toEqual([path, 401, code]);
      }
    }
    expect(await rowsOf(world.deps.db, sql`select 1 from agents`)).toEqual([]);
  });

  test('a token is good for a minute, and not before its time', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    const { token } = await send(world, at);
    world.clock.advance(61_000);
    expect(await send(world, at, { token })).toMatchObject({ code: 'protocol.token-expired' });

    const ahead = { now: () => world.clock.now() + 31_000 };
    expect(await send(world, at, { sign: { clock: ahead } })).toMatchObject({
      code: 'protocol.token-expired',
    });
    const behind = { now: () => world.clock.now() - 50_000 };
    expect(await send(world, at, { sign: { clock: behind } })).toMatchObject({ status: 200 });
  });

  test('keys rotate: both are good while both stand there, a key is good on its days only', async () => {
    const fresh = newKeyPair();
    const keys = {
      agent: [
        { id: 'agent-1', key: AGENT_KEY.publicText, until: '2027-03-01' },
        { id: 'agent-1', key: fresh.publicText, from: '2027-02-28' },
      ],
      viewer: [],
    };
    const world = aWorld(await open(), aGovernance([aBackend({ keys })]));
    const at = await serve(world);
    expect((await send(world, at)).status).toBe(200);
    expect((await send(world, at, { sign: { key: fresh.privateKey } })).status).toBe(200);

    world.clock.advance(24 * 3_600_000);
    expect(await send(world, at)).toMatchObject({ code: 'protocol.wrong-signature' });
    expect((await send(world, at, { sign: { key: fresh.privateKey } })).status).toBe(200);
    world.clock.advance(-3 * 24 * 3_600_000);
    expect(await send(world, at, { sign: { key: fresh.privateKey } })).toMatchObject({
      code: 'protocol.wrong-signature',
    });
  });

  test('before governance was read the hub asks to come again; an idle backend has no callers', async () => {
    const world = aWorld(await open());
    const at = await serve(world);
    world.state.governance = undefined;
    expect(await send(world, at)).toMatchObject({ status: 503, code: 'zone.not-ready' });
    world.state.governance = aGovernance([aBackend({ active: false })]);
    expect(await send(world, at)).toMatchObject({ status: 401, code: 'run.backend-inactive' });
  });
});
