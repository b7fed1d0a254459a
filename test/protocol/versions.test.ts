/** Two versions of the program side by side: what they say to each other, and what they must not. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { fixedClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import * as protocol from '../../src/protocol/protocol.ts';
import {
  commonVersion,
  readSpoken,
  spokenText,
  VERSION_HEADER,
  WE_SPEAK,
  WITH_LEASES,
  ZoneClient,
} from '../../src/protocol/protocol.ts';
import { listen } from '../support/zone.ts';
import { PREVIOUS, PREVIOUS_SCHEMAS } from './previous.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

const clock = fixedClock('2027-03-01T09:00:00Z');

async function clientOf(answer: object, header?: string, speaks = WE_SPEAK) {
  const heard: { body: unknown; header: unknown }[] = [];
  const read = async (request: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return text;
  };
  server = createServer((request, response) => {
    void read(request).then((text) => {
      heard.push({ body: JSON.parse(text), header: request.headers[VERSION_HEADER] });
      response
        .writeHead(200, { 'content-type': 'application/json', ...(header && { [VERSION_HEADER]: header }) })
        .end(JSON.stringify(answer));
    });
  });
  const client = new ZoneClient({
    hub: await listen(server),
    agent: 'agent-1',
    backend: 'schools',
    key: newKeyPair().privateKey,
    hubKeys: [],
    clock,
    ids: randomIds,
    tries: 1,
    speaks,
  });
  return { client, heard };
}

describe('what two programs have in common', () => {
  test.each([
    ['hub', '1.0-1.1', 1001],
    ['hub', undefined, 1000],
    ['hub', '1.1-1.2', 1001],
    ['zone', '1.0-1.0', 1000],
    ['zone', '0.9-1.0', 1000],
    ['hub', '1.2-1.3', 'protocol.hub-too-old'],
    ['zone', '1.2-1.3', 'protocol.zone-too-old'],
    ['hub', '0.8-0.9', 'protocol.zone-too-old'],
    ['zone', '0.8-0.9', 'protocol.hub-too-old'],
    ['hub', '2.0-2.1', 'protocol.hub-too-old'],
    ['hub', '', 'protocol.versions-malformed'],
    ['hub', '1.1-1.0', 'protocol.versions-malformed'],
    ['hub', '1.0', 'protocol.versions-malformed'],
    ['hub', '1.0-1.1, 1.0-1.1', 'protocol.versions-malformed'],
    ['hub', `1.0-1.${'9'.repeat(5000)}`, 'protocol.versions-malformed'],
    ['hub', '١.٠-١.١', 'protocol.versions-malformed'],
  ] as const)('the %s hears %s', (us, header, expected) => {
    const common = commonVersion(us, header);
    expect(isRefusal(common) ? common.code : common).toBe(expected);
  });

  test('the sentence names both sides, and which one to upgrade', () => {
    expect(commonVersion('hub', '1.2-1.3')).toMatchObject({
      says: 'The hub speaks versions 1.0-1.1 of the protocol, the zone 1.2-1.3: they have none in common.',
      next: expect.stringContaining('Upgrade the hub'),
    });
    expect(commonVersion('zone', '1.2-1.3')).toMatchObject({
      says: 'The hub speaks versions 1.2-1.3 of the protocol, the zone 1.0-1.1: they have none in common.',
      next: expect.stringContaining('Upgrade the programs of the zone'),
    });
  });

  test('what is said is read as it was meant', () => {
    expect(readSpoken(spokenText())).toEqual(WE_SPEAK);
  });

  test('one minor version apart works both ways, two do not', () => {
    const next = { oldest: WE_SPEAK.newest, newest: WE_SPEAK.newest + 1 };
    const afterNext = { oldest: next.newest, newest: next.newest + 1 };
    expect(commonVersion('hub', spokenText(next))).toBe(WE_SPEAK.newest);
    expect(commonVersion('hub', spokenText(WE_SPEAK), next)).toBe(WE_SPEAK.newest);
    expect(commonVersion('hub', spokenText(WE_SPEAK), afterNext)).toMatchObject({
      code: 'protocol.zone-too-old',
    });
  });
});

describe('an agent', () => {
  const NOTHING = { version: 1, tasks: [] };
  const drained = { seen: 1, waitMs: 0, engine: true, draining: true } as const;

  test('says to a hub nothing that it may not know, until it has heard it', async () => {
    const { client, heard } = await clientOf(NOTHING, '1.0-1.1');
    await client.poll(drained);
    await client.poll(drained);
    expect(heard).toEqual([
      { body: { protocol: 1, seen: 1, waitMs: 0, engine: false }, header: '1.0-1.1' },
      { body: { protocol: 1, seen: 1, waitMs: 0, engine: true, draining: true }, header: '1.0-1.1' },
    ]);
  });

  test('tells an older hub that it is drained by what that understands', async () => {
    const { client, heard } = await clientOf(NOTHING);
    await client.poll(drained);
    await client.poll(drained);
    for (const { body } of heard) expect(body).toEqual({ protocol: 1, seen: 1, waitMs: 0, engine: false });
  });

  test('goes back to the older words when the hub was taken back', async () => {
    const first = await clientOf(NOTHING, '1.0-1.1');
    await first.client.poll(drained);
    server!.removeAllListeners('request');
    const seen: unknown[] = [];
    server!.on('request', (request: IncomingMessage, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        seen.push(JSON.parse(text));
        response.writeHead(200).end(JSON.stringify(NOTHING));
      });
    });
    await first.client.poll(drained);
    await first.client.poll(drained);
    expect(seen).toMatchObject([{ draining: true }, { engine: false }]);
  });

  test('takes nothing of a hub with which it has no version in common', async () => {
    const apart = await clientOf(NOTHING, '1.2-1.3');
    expect(await apart.client.poll(drained)).toMatchObject({ code: 'protocol.zone-too-old' });
  });

  test('takes nothing of a hub that is older than it can speak with', async () => {
    const later = { oldest: WITH_LEASES, newest: WITH_LEASES + 1 };
    const { client } = await clientOf(NOTHING, undefined, later);
    expect(await client.poll(drained)).toMatchObject({ code: 'protocol.hub-too-old' });
  });
});

describe(`messages of ${PREVIOUS}, as it wrote and read them`, () => {
  const shape = (name: string): unknown =>
    JSON.parse(
      JSON.stringify(z.toJSONSchema((protocol as unknown as Record<string, z.ZodType>)[name] as z.ZodType)),
    );

  test.each(Object.keys(PREVIOUS_SCHEMAS))('%s: what was valid then is valid now', (name) => {
    const then = PREVIOUS_SCHEMAS[name] as { properties: Record<string, unknown>; required: string[] };
    const today = shape(name) as typeof then;
    // What is new is optional: whoever does not know it leaves it out.
    expect(today.required).toEqual(then.required);
    for (const [field, of] of Object.entries(then.properties)) expect(today.properties[field]).toEqual(of);
  });

  test('nothing was added that is not known here, with the version that it came with', () => {
    const added = Object.entries(PREVIOUS_SCHEMAS).flatMap(([name, then]) => {
      const { properties } = shape(name) as { properties: object };
      const known = (then as { properties: object }).properties;
      return Object.keys(properties).flatMap((field) => (field in known ? [] : [`${name}.${field}`]));
    });
    expect(added).toMatchInlineSnapshot(`
     [
       "pollRequest.draining",
       "heartbeatRequest.database",
       "heartbeatAnswer.leaseMs",
       "heartbeatAnswer.list",
     ]
    `);
  });
});
