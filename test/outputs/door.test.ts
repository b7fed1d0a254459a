import { afterEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { AIRLOCK_PATHS, signRequest, type RequestToSign } from '../../src/protocol/protocol.ts';
import { onOneDatabase } from '../support/database.ts';
import {
  aDeclaration,
  AIRLOCK_KEY,
  anOutputsWorld,
  aReport,
  aShown,
  aShownRelease,
  HEALTH_KEY,
  outputsGovernance,
  REQUEST,
  serveAirlocks,
  TABLE,
  value,
  type HubDoor,
  type OutputsWorld,
} from '../support/outputs.ts';
import { answeredUnsent } from '../support/zone.ts';

let door: HubDoor | undefined;
afterEach(async () => {
  await door?.close();
  door = undefined;
});

interface Sent {
  path?: string;
  /** What is signed. */
  body?: string | Uint8Array;
  /** What is sent, when it differs. */
  sends?: string | Uint8Array;
  sign?: Partial<RequestToSign>;
  token?: string;
  headers?: Record<string, string>;
}

const NOTHING = JSON.stringify(aReport());

/** A request as somebody could forge it. */
async function send(world: OutputsWorld, given: Sent = {}) {
  const at = door!;
  const path = given.path ?? AIRLOCK_PATHS.report;
  const body = given.body ?? NOTHING;
  const token =
    given.token ??
    (await signRequest({
      agent: 'airlock-1',
      backend: 'schools',
      audience: at.origin,
      path,
      body,
      key: AIRLOCK_KEY.privateKey,
      clock: world.clock,
      ids: randomIds,
      ...given.sign,
    }));
  const answer = await fetch(`${at.origin}${path}`, {
    method: 'POST',
    body: (given.sends ?? body) as string,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...given.headers },
  });
  const text = await answer.text();
  const json = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string };
  return { status: answer.status, code: json.code, token };
}

onOneDatabase((open) => {
  async function aHub(): Promise<OutputsWorld> {
    const world = await anOutputsWorld(await open());
    door = await serveAirlocks(world);
    return world;
  }

  test('an airlock with which the hub has no version in common is told which side to upgrade, an older one is served', async () => {
    await aHub();
    const report = aReport();
    const client = (oldest: number) => door!.client({ speaks: { oldest, newest: oldest + 1 } });
    expect(await client(1002).report(report)).toMatchObject({
      code: 'protocol.hub-too-old',
      says: 'The hub speaks versions 1.0-1.1 of the protocol, the zone 1.2-1.3: they have none in common.',
    });
    expect(await client(998).report(report)).toMatchObject({
      code: 'protocol.zone-too-old',
      next: expect.stringContaining('Upgrade the programs of the zone (agent and airlock)'),
    });
    expect(await client(999).report(report)).toEqual(await door!.client().report(report));
  });

  test('every path refuses what is forged, before it does anything', async () => {
    const world = await aHub();
    const stranger = newKeyPair();
    const agent = newKeyPair();
    const [schools, health] = outputsGovernance().backends;
    world.state.governance = outputsGovernance({
      backends: [
        { ...schools!, keys: { ...schools!.keys, agent: [{ id: 'airlock-1', key: agent.publicText }] } },
        health!,
      ],
    });
    const paths = [...Object.values(AIRLOCK_PATHS).slice(0, 6), `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1`];

    for (const path of paths) {
      const forged: [string, Sent][] = [
        ['protocol.token-missing', { token: ' ' }],
        ['protocol.token-malformed', { token: 'a.b.c' }],
        ['protocol.wrong-signature', { sign: { key: stranger.privateKey } }],
        ['protocol.wrong-signature', { sign: { key: HEALTH_KEY.privateKey } }],
        // The agent of the same backend, under the same name.
        ['protocol.wrong-signature', { sign: { key: agent.privateKey } }],
        ['protocol.unknown-caller', { sign: { agent: 'airlock-2' } }],
        ['protocol.unknown-caller', { sign: { backend: 'tax' } }],
        ['protocol.token-elsewhere', { sign: { audience: 'https://hub.example' } }],
        ['protocol.token-elsewhere', { sign: { path: AIRLOCK_PATHS.poll + '/x' } }],
        ['protocol.body-altered', { sends: NOTHING.replace('[]', '[ ]') }],
        ['protocol.token-expired', { sign: { clock: { now: () => world.clock.now() - 61_000 } } }],
        ['protocol.token-expired', { sign: { clock: { now: () => world.clock.now() + 31_000 } } }],
      ];
      for (const [code, given] of forged)
        expect({ path, ...(await send(world, { path, ...given })), token: '' }).toEqual({
          path,
          status: 401,
          code,
          token: '',
        });
    }
    expect(await rowsOf(world.db, sql`select 1 from used_tokens`)).toEqual([]);
  });

  test('a message that was caught and sent again is refused', async () => {
    const world = await aHub();

    const first = await send(world);
    const replayed = await send(world, { token: first.token });

    expect([first.status, replayed.status, replayed.code]).toEqual([200, 401, 'protocol.token-used']);
  });

  test('a token for one file is not good for another', async () => {
    const world = await aHub();
    const path = `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1`;

    const other = await send(world, {
      path: `${AIRLOCK_PATHS.upload}/${REQUEST}-1/2`,
      body: TABLE,
      sign: { path },
    });

    expect(other).toMatchObject({ status: 401, code: 'protocol.token-elsewhere' });
  });

  test('a backend that is not in use is told so, and only with a key of its own', async () => {
    const world = await aHub();
    const [schools, health] = outputsGovernance().backends;
    world.state.governance = outputsGovernance({ backends: [{ ...schools!, active: false }, health!] });

    expect(await send(world)).toMatchObject({ status: 401, code: 'zone.backend-inactive' });
  });

  test('a hub that has not read governance answers nobody, and asks to come back', async () => {
    const world = await aHub();
    world.state.governance = undefined;

    expect(await send(world)).toMatchObject({ status: 503, code: 'zone.not-ready' });
  });

  const REFUSED: [string, Sent, number, string][] = [
    ['no JSON', { body: 'x' }, 400, 'zone.malformed'],
    ['another version', { body: JSON.stringify({ ...aReport(), protocol: 2 }) }, 400, 'zone.malformed'],
    ['a field too many', { body: JSON.stringify({ ...aReport(), note: 'x' }) }, 400, 'zone.malformed'],
    [
      'a file name in a shown request',
      { body: JSON.stringify(aReport({ shown: [{ ...aShown(), path: 'table.csv' } as never] })) },
      400,
      'zone.malformed',
    ],
    [
      'more requests than a report holds',
      { body: JSON.stringify(aReport({ shown: Array.from({ length: 101 }, () => aShown()) })) },
      400,
      'zone.malformed',
    ],
    [
      'a declaration without files',
      { path: AIRLOCK_PATHS.declare, body: JSON.stringify(aDeclaration({ files: [] })) },
      400,
      'zone.malformed',
    ],
    ['a large poll', { path: AIRLOCK_PATHS.poll, body: ' '.repeat(16 * 1024 + 1) }, 413, 'zone.too-large'],
    ['a large code', { path: AIRLOCK_PATHS.redeem, body: ' '.repeat(16 * 1024 + 1) }, 413, 'zone.too-large'],
    ['a report above 16 MiB', { body: ' '.repeat(16 * 1024 * 1024 + 1) }, 413, 'zone.too-large'],
    [
      'a file above 16 MiB',
      { path: `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1`, body: new Uint8Array(16 * 1024 * 1024 + 1) },
      413,
      'zone.too-large',
    ],
    [
      'a release that is no name',
      { path: `${AIRLOCK_PATHS.upload}/Release-1/1` },
      404,
      'release.not-declared',
    ],
    [
      'a number that is none',
      { path: `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1e1` },
      404,
      'release.not-declared',
    ],
    [
      'a compressed body',
      { sends: gzipSync(NOTHING), headers: { 'content-encoding': 'gzip' } },
      400,
      'zone.malformed',
    ],
  ];
  test('what is too large, cut, compressed or not of the protocol is refused', async () => {
    const world = await aHub();

    for (const [what, given, status, code] of REFUSED) {
      const { token: _, ...answer } = await send(world, given);
      expect({ what, ...answer }).toEqual({ what, status, code });
    }
  });

  test('an upload that ends early is not taken', async () => {
    const world = await aHub();
    value(await door!.client().report(aReport({ shown: [aShownRelease()] })));
    value(await door!.client().declare(aDeclaration()));
    const path = `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1`;
    const token = await signRequest({
      agent: 'airlock-1',
      backend: 'schools',
      audience: door!.origin,
      path,
      body: TABLE,
      key: AIRLOCK_KEY.privateKey,
      clock: world.clock,
      ids: randomIds,
    });

    await new Promise<void>((resolve) => {
      const cut = request(`${door!.origin}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-length': String(TABLE.length) },
      });
      cut.on('error', () => resolve());
      cut.on('response', () => resolve());
      cut.write(TABLE.subarray(0, 5), () => cut.destroy());
      cut.on('close', () => resolve());
    });

    expect(await rowsOf(world.db, sql`select 1 from released_blobs`)).toEqual([]);
    expect(await door!.client().upload(`${REQUEST}-1`, 1, TABLE)).toEqual({
      sha256: createHash('sha256').update(TABLE).digest('hex'),
    });
  });

  test('whoever holds no key is answered before the body is sent', async () => {
    const world = await aHub();
    const path = `${AIRLOCK_PATHS.upload}/${REQUEST}-1/1`;

    const status = await answeredUnsent(`${door!.origin}${path}`);

    expect(status).toBe(401);
    expect(await rowsOf(world.db, sql`select 1 from used_tokens`)).toEqual([]);
  });

  test('an airlock that asks too often is told to wait, and another is not', async () => {
    const world = await aHub();
    const path = AIRLOCK_PATHS.redeem;
    const body = '{}';
    const statuses = new Set<number>();
    for (let n = 0; n < 121; n++) statuses.add((await send(world, { path, body })).status);

    expect([...statuses]).toEqual([400, 429]);
    expect(
      (await send(world, { path, body, sign: { backend: 'health', key: HEALTH_KEY.privateKey } })).status,
    ).toBe(400);
  });
});
