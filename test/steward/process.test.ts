/** The steward as it is started: its settings, its App's manifest, its loop. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createLogger } from '../../src/lib/logger.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { spokenText, VERSION_HEADER } from '../../src/protocol/protocol.ts';
import { STEWARD_CHANNEL } from '../../src/publication/publication.ts';
import { startSteward } from '../../src/steward.ts';
import {
  HubTrouble,
  pauseAfter,
  readStewardAppKey,
  readStewardSettings,
  runSteward,
  StewardHub,
} from '../../src/steward/steward.ts';
import { onOneDatabase } from '../support/database.ts';
import { reviewWorld, WHOLE, whole } from '../support/reviews.ts';
import { stewardWorld } from '../support/steward.ts';
import { listen } from '../support/zone.ts';

const root = path.resolve(import.meta.dirname, '../..');
const quiet = createLogger('steward', { level: 'silent' });
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-steward-settings-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SETTINGS = `github: {app_id: 4712, private_key_file: app.pem}
governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'c'.repeat(40)}}
hub: {origin: 'https://hub.example.edu'}
key_file: steward.key
state_dir: state
`;
function written(text: string): string {
  const file = path.join(dir, 'steward-config.yml');
  writeFileSync(file, text);
  return file;
}

test('the settings name files beside themselves', () => {
  expect(readStewardSettings(written(SETTINGS))).toMatchObject({
    github: { origin: 'https://github.com', private_key_file: path.join(dir, 'app.pem') },
    governance: { branch: 'main' },
    key_file: path.join(dir, 'steward.key'),
    state_dir: path.join(dir, 'state'),
    reviews: 'keep',
    projects: 'keep',
    log: 'info',
  });
  expect(readStewardSettings(written(`${SETTINGS}reviews: leave\nprojects: leave\n`))).toMatchObject({
    reviews: 'leave',
    projects: 'leave',
  });
});

test('every fault of the settings is told at once', () => {
  const text = SETTINGS.replace('https://hub.example.edu', 'http://hub.example.edu')
    .replace('app_id: 4712', 'app: 4712')
    .replace('cccccccc', 'main');
  expect(() => readStewardSettings(written(text))).toThrow(
    /4 faults[\s\S]*github\.app_id[\s\S]*governance\.commit[\s\S]*hub\.origin/,
  );
});

test("the App's key must be an RSA key that nobody else can read", () => {
  const file = path.join(dir, 'app.pem');
  expect(() => readStewardAppKey(file)).toThrow('steward.app-key');
  writeFileSync(file, 'no key', { mode: 0o600 });
  expect(() => readStewardAppKey(file)).toThrow('steward.app-key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const open = path.join(dir, 'open.pem');
  writeFileSync(open, pem, { mode: 0o644 });
  expect(() => readStewardAppKey(open)).toThrow('key.too-open');
  const own = path.join(dir, 'own.key');
  writePrivateKey(own, newKeyPair());
  expect(() => readStewardAppKey(own)).toThrow('steward.app-key');
});

test('the second App may publish and keep review repositories, and the first may do neither', () => {
  const manifest = (name: string) =>
    parse(readFileSync(path.join(root, name), 'utf8')) as {
      default_permissions: Record<string, string>;
      default_events: string[];
    };
  expect(manifest('steward.yml')).toMatchObject({
    default_permissions: {
      administration: 'write',
      contents: 'write',
      members: 'write',
      metadata: 'read',
      pull_requests: 'write',
    },
    default_events: [],
  });
  expect(Object.keys(manifest('steward.yml').default_permissions)).toHaveLength(5);
  expect(manifest('app.yml').default_permissions).toMatchObject({ contents: 'read', members: 'read' });
  expect(manifest('app.yml').default_permissions).not.toHaveProperty('administration');
});

test('a hub that does not answer is asked again, until the steward is stopped', async () => {
  const stop = new AbortController();
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.statusCode = 503;
    response.end();
    if (asked === 2) stop.abort();
  });
  const origin = await listen(server);
  const clock = { now: () => Date.now() };
  const hub = new StewardHub({
    origin,
    key: newKeyPair().privateKey,
    clock,
    ids: { id: () => 'a'.repeat(16) },
  });
  const parts = { hub, clock, logger: quiet, work: dir } as unknown as Parameters<typeof runSteward>[0];
  await runSteward(parts, { signal: stop.signal, random: () => 0 });
  expect(asked).toBe(2);
  await new Promise((done) => server.close(done));
});

test('a hub that is away is asked every few seconds, one that answers no at least every minute', () => {
  const away = new HubTrouble('HTTP 503');
  const no = new HubTrouble('HTTP 403', { answered: true });
  const pauses = (error: Error): number[] => [0, 1, 2, 5, 30].map((failures) => pauseAfter(error, failures));

  expect(pauses(away)).toEqual([1000, 2000, 4000, 4000, 4000]);
  expect(pauses(no)).toEqual([1000, 2000, 4000, 32_000, 60_000]);
});

test.each([
  [500, true],
  [502, false],
  [503, false],
  [504, false],
])('an answer of %i is a word on what was asked: %s', async (status, answered) => {
  const server = createServer((_request, response) => response.writeHead(status).end());
  const hub = new StewardHub({
    origin: await listen(server),
    key: newKeyPair().privateKey,
    clock: { now: () => Date.now() },
    ids: randomIds,
  });

  await expect(hub.poll(0)).rejects.toMatchObject({ name: 'HubTrouble', answered });
  await new Promise((done) => server.close(done));
});

test('a hub with which it has no version in common is told of with the remedy, and nothing of it is done', async () => {
  const heard: unknown[] = [];
  let answers: { status: number; versions: string; body: object } = {
    status: 200,
    versions: '1.2-1.3',
    body: { orders: [], tasks: [] },
  };
  const server = createServer((request, response) => {
    heard.push(request.headers[VERSION_HEADER]);
    response
      .writeHead(answers.status, { 'content-type': 'application/json', [VERSION_HEADER]: answers.versions })
      .end(JSON.stringify(answers.body));
  });
  const origin = await listen(server);
  const clock = { now: () => Date.now() };
  const hub = new StewardHub({ origin, key: newKeyPair().privateKey, clock, ids: randomIds });

  await expect(hub.poll(0)).rejects.toThrow(
    'the hub answered: in another version: The hub speaks versions 1.2-1.3 of the protocol, the steward 1.0-1.1: they have none in common. Upgrade the steward, one minor version after the other; jobs that run go on meanwhile. (protocol.steward-too-old)',
  );
  // What it gives for a file is not written down either.
  const file = { release: `${'a'.repeat(16)}-1`, number: 1, size: 1, sha256: 'a'.repeat(64) };
  const place = path.join(dir, 'file');
  await expect(hub.download({ publication: 'a'.repeat(16), edition: 1 }, file, place)).rejects.toMatchObject({
    refused: { code: 'protocol.steward-too-old' },
  });
  expect([place, `${place}.part`].filter(existsSync)).toEqual([]);
  // The hub noticed first.
  const says = { code: 'protocol.steward-too-old', says: 'They have none in common.', next: 'Upgrade it.' };
  answers = { status: 400, versions: '1.2-1.3', body: says };
  await expect(hub.poll(0)).rejects.toMatchObject({ answered: true, refused: says });
  answers = { status: 200, versions: '1.1-1.2', body: { orders: [], tasks: [] } };
  expect(await hub.poll(0)).toEqual({ orders: [], tasks: [] });
  expect(new Set(heard)).toEqual(new Set([spokenText()]));
  await new Promise((done) => server.close(done));
});

onOneDatabase((open) => {
  test('started from its settings it publishes what is approved while it waits', async () => {
    const database = await open();
    const world = await stewardWorld(database);
    world.released();
    const { settings } = world;
    const file = written(JSON.stringify(settings));
    const steward = await startSteward(file, { logger: quiet });
    const { id } = await world.approved();
    const published = new Promise<void>((resolve) => {
      const look = (): void => void world.view(id).then(({ state }) => state === 'published' && resolve());
      void database.listen(STEWARD_CHANNEL, look);
      look();
    });
    await published;
    expect(world.releases()).toMatchObject([{ draft: false }]);
    await steward.stop();
    await world.stop();
  });

  test('started from its settings it makes the review repository, without a hub, unless that is left to people', async () => {
    const world = await reviewWorld(await open());
    const start = (reviews: 'keep' | 'leave', sign: string) =>
      new Promise<Awaited<ReturnType<typeof startSteward>>>((resolve) => {
        const seen = (line: string): void => void (line.includes(sign) && started.then(resolve));
        const logger = createLogger('steward', { level: 'info', to: { write: seen } });
        // Nobody listens there: whatever a hub says, it is not asked.
        const settings = { ...world.settings, reviews, hub: { origin: 'http://127.0.0.1:9' } };
        const file = written(JSON.stringify(settings));
        const started = startSteward(file, { logger });
      });
    await (await start('leave', 'The steward asks the hub')).stop();
    expect(world.reviews()).toBeUndefined();
    await (await start('keep', 'steward.reviews-kept')).stop();
    expect(whole(world)).toEqual(WHOLE);
    await world.stop();
  });
});
