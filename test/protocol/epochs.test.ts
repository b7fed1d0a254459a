/** Of which epoch of its record an airlock is: said to each hub that knows the word, and to no other. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { fixedClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { AirlockClient, VERSION_HEADER } from '../../src/protocol/protocol.ts';
import { aDeclaration, codeOf } from '../support/outputs.ts';
import { listen } from '../support/zone.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

interface Hub {
  /** What it says it speaks; none: as before there was a header. */
  versions?: string;
  /** Code of its refusal of what says this epoch, or none. */
  refuses: (epoch: number | undefined) => string | undefined;
}

const NEW: Hub = {
  versions: '1.0-1.1',
  refuses: (epoch = 0) => (epoch < 5 ? 'shown.older-epoch' : undefined),
};
/** Its schemas are strict, and it compares what was signed with the path as it came. */
const OLD: Hub = { refuses: (epoch) => (epoch === undefined ? undefined : 'zone.malformed') };

const ANSWERS: Record<string, object> = {
  releases: { held: [] },
  files: { sha256: 'a'.repeat(64) },
  'sign-in': { address: 'https://hub.example/airlock-login', expiresAt: 1 },
  redeem: { person: 1, login: 'lee' },
  deeds: { taken: 1 },
};

async function anAirlock(own: number, first: Hub) {
  const hub = { now: first };
  /** `door epoch`, in the order in which it was asked. */
  const heard: string[] = [];
  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://hub');
    const door = Object.keys(ANSWERS).findLast((each) => url.pathname.includes(`/${each}`)) ?? '';
    const query = url.searchParams.get('epoch');
    const inBody = door === 'files' ? undefined : (JSON.parse(text) as { epoch?: number }).epoch;
    const epoch = query === null ? inBody : Number(query);
    heard.push(`${door} ${epoch ?? '-'}`);
    const code = hub.now.refuses(epoch);
    return code === undefined ? [200, ANSWERS[door]!] : [403, { code, says: 'No.', next: 'Look.' }];
  };
  server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      const { versions } = hub.now;
      response
        .writeHead(status, {
          'content-type': 'application/json',
          ...(versions && { [VERSION_HEADER]: versions }),
        })
        .end(JSON.stringify(body));
    });
  });
  const client = new AirlockClient({
    ...{ hub: await listen(server), airlock: 'airlock-1', backend: 'schools' },
    ...{ key: newKeyPair().privateKey, hubKeys: [], ids: randomIds, tries: 1 },
    clock: fixedClock('2027-03-01T09:00:00Z'),
    epoch: async () => own,
  });
  return { client, hub, heard };
}

const { protocol: _, ...DECLARED } = aDeclaration();
const DEED = { id: 'a'.repeat(16), deed: 'zone-frozen', at: 5, workspace: null } as const;
const SAID: [string, (client: AirlockClient) => Promise<unknown>][] = [
  ['releases', (client) => client.declare(DECLARED)],
  ['files', (client) => client.upload(DECLARED.release, 1, Buffer.from('a,1'))],
  ['sign-in', (client) => client.startSignIn('b'.repeat(16), '123456')],
  ['redeem', (client) => client.redeem('b'.repeat(16), 'a b c')],
  ['deeds', (client) => client.deeds([DEED])],
];

test.each(SAID)(
  '%s: to a hub that was not heard yet the epoch is said when it asks, and then each time',
  async (door, say) => {
    const { client, heard } = await anAirlock(5, NEW);
    expect(codeOf(await say(client))).toBeUndefined();
    expect(codeOf(await say(client))).toBeUndefined();
    expect(heard).toEqual([`${door} -`, `${door} 5`, `${door} 5`]);
  },
);

test.each(SAID)(
  '%s: a hub that has no word for it is not told, nor one that was taken back to before',
  async (door, say) => {
    const { client, hub, heard } = await anAirlock(5, OLD);
    expect(codeOf(await say(client))).toBeUndefined();
    hub.now = NEW;
    await say(client);
    hub.now = OLD;
    expect(codeOf(await say(client))).toBeUndefined();
    expect(heard.map((each) => each.split(' ').at(-1))).toEqual(['-', '-', '5', '5', '-']);
    expect(new Set(heard.map((each) => each.split(' ')[0]))).toEqual(new Set([door]));
  },
);

test('a zone that was never restored says none; one of before is refused, once', async () => {
  const never = await anAirlock(0, { ...NEW, refuses: () => undefined });
  for (const [, say] of SAID) await say(never.client);
  expect(never.heard).toEqual(SAID.map(([door]) => `${door} -`));
  server?.closeAllConnections();
  await new Promise((resolve) => server!.close(resolve));

  const { client, heard } = await anAirlock(4, NEW);
  for (const [, say] of SAID.filter(([door]) => door !== 'deeds'))
    expect(codeOf(await say(client))).toBe('shown.older-epoch');
  expect(heard).toEqual(['releases -', 'releases 4', 'files 4', 'sign-in 4', 'redeem 4']);
});
