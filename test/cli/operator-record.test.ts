/**
 * Every command of an operator is typed beside real stores, and the entry that it leaves is looked for: of the hub's in its
 * log; of a zone's in its notes, and a word of it in the hub's log; of the airlock's in the airlock's own record.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { passkeys } from '../../agent/airlock/schema/sign-in.ts';
import { passkeyMark } from '../../agent/airlock/sign-in/enrolment.ts';
import { tellSwitch } from '../../agent/airlock/switched.ts';
import { drainsBy } from '../../agent/drain.ts';
import { deedsKept, tellDeeds } from '../../agent/keep/deeds.ts';
import { lockFolder } from '../../agent/lock.ts';
import { whoTypes } from '../../agent/store/owner.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { program } from '../../src/cli/program.ts';
import { openDatabase, rowsOf, type OpenDatabase } from '../../src/db/open.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { writePrivateKey } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { AirlockClient, ZoneClient } from '../../src/protocol/protocol.ts';
import {
  AIRLOCK_MIGRATIONS,
  copyPglite,
  HUB_MIGRATIONS,
  ownAddress,
  scratchFolder,
} from '../support/database.ts';
import { KEYS } from '../support/governance.ts';
import { writeHubFile } from '../support/hub-file.ts';
import { ON_RECORD } from '../support/operator-commands.ts';
import { aWorld, type World } from '../support/world.ts';
import { aWorld as aZone, closeUpstream, zoneKey } from '../support/zone-world.ts';

const logger = createLogger('test', { level: 'silent' });
const BACKEND = 'attainment';

/** What was typed and found on record: at the end every command has to be in it. */
const found = new Set<string>();
const ends: (() => unknown)[] = [];
let begun: number;
let folder: string;
let printed: string;

interface Entry {
  actor: string;
  time: string;
  subject: string;
  body: { event: string; why?: string };
}

beforeAll(() => {
  begun = Date.now();
  folder = scratchFolder('operator-record');
});
beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(async () => {
  for (const end of ends.reverse()) await end();
  await closeUpstream();
  rmSync(folder, { recursive: true, force: true });
});

/** A reason of its own for each, by which its entry is found. */
const reason = (command: string): string => `because of ${command}`;

/** What an operator types on the host of this hub.yml or zone.yml, with a reason by which its entry is found. */
async function typed(of: readonly string[], command: string, ...words: string[]): Promise<string> {
  printed = '';
  const [role = '', ...rest] = command.split(' ');
  await program().parseAsync([role, ...rest, ...words, ...of, '--why', reason(command)], { from: 'user' });
  return printed;
}

async function prints(text: string): Promise<void> {
  while (!printed.includes(text)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function isOfNow(time: number): void {
  expect(time).toBeGreaterThanOrEqual(Math.floor(begun / 1000) * 1000);
  expect(time).toBeLessThanOrEqual(Date.now());
}

/** A machine on which a hub may be: a folder with hub.yml, and a database that one process has open at a time. */
async function aMachine(name: string) {
  const dir = path.join(folder, name);
  const address = await ownAddress(HUB_MIGRATIONS);
  const own = path.join(dir, 'data', 'database');
  if (address) ends.push(() => address.remove());
  else await copyPglite(HUB_MIGRATIONS, own);
  const where = address ? { url: address.url } : { dir: own };
  const open = () => openDatabase({ ...where, migrations: HUB_MIGRATIONS, logger });
  const log = (): Promise<Entry[]> =>
    within(open, async ({ db }) => {
      const rows = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`);
      return rows.map(({ entry }) => JSON.parse(entry) as Entry);
    });
  return { dir, url: address?.url, open, log };
}

/** The entries of a command in this log, as the story reads. */
function inLog(log: readonly Entry[], command: string): string {
  const own = log.filter(({ body }) => body.why === reason(command));
  for (const { time } of own) isOfNow(Date.parse(time));
  if (own.length > 0) found.add(command);
  const of = own.map(({ actor, subject, body }) => `${actor} ${subject.split(':')[0]} ${body.event}`);
  return `${command}: ${of.join(', ') || 'nothing'}`;
}

/** The database of an airlock, on a server or in its folder. */
async function airlockDatabase(dir: string) {
  const address = await ownAddress(AIRLOCK_MIGRATIONS);
  const own = path.join(dir, 'database');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (address) writeFileSync(path.join(dir, '..', 'airlock-database.url'), address.url, { mode: 0o600 });
  else await copyPglite(AIRLOCK_MIGRATIONS, own);
  const where = address ? { url: address.url } : { dir: own };
  return {
    open: () => openDatabase({ ...where, migrations: AIRLOCK_MIGRATIONS, logger }),
    remove: () => address?.remove(),
  };
}

async function within<T>(
  open: () => Promise<OpenDatabase>,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const database = await open();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The hub at work again, in this process. */
async function hubAgain(): Promise<OpenDatabase> {
  const database = await machine.open();
  await world.moveTo(database);
  return database;
}

let world: World;
let machine: Awaited<ReturnType<typeof aMachine>>;
let on: string[];
let jobs: string[];

beforeAll(async () => {
  machine = await aMachine('hub');
  const database = await machine.open();
  world = await aWorld({ database });
  ends.push(() => world.stop());
  const issue = world.as('lead').issue();
  world.as('lead').comment(issue, '/run model');
  await world.settle();
  await world.agent().starts('extract');
  const rows = await rowsOf<{ id: string }>(database.db, sql`select id from jobs order by seq`);
  jobs = rows.map(({ id }) => id);
  on = ['--config', writeHubFile(machine.dir, world.config(), machine.url)];
  await world.stopHub();
  await database.close();
}, 120_000);

test('orders to a hub stand in its log, with who, why and when; what changed nothing does not', async () => {
  const hub = program().parseAsync(['hub', ...on], { from: 'user' });
  await prints('"listening"');
  const orders: [string, ...string[]][] = [
    ['hub requeue', jobs[0]!],
    ['hub kill', jobs[1]!],
    ['hub pause', BACKEND],
    ['hub unpause', BACKEND],
    ['hub maintenance', BACKEND, 'on'],
    ['hub prepare-for-reboot', BACKEND, '--yes'],
    ['hub drain'],
  ];
  for (const order of orders.slice(0, 3)) await typed(on, ...order);
  expect(await typed(on, 'hub pause', BACKEND)).toBe(`${BACKEND} was paused already\n`);
  for (const order of orders.slice(3, 4)) await typed(on, ...order);
  expect(await typed(on, 'hub unpause', BACKEND)).toBe(`${BACKEND} was running already\n`);
  for (const order of orders.slice(4)) await typed(on, ...order);
  await hub;
  const to = path.join(folder, 'hub-backup');
  const stores: [string, ...string[]][] = [['hub verify'], ['hub backup', '--to', to], ['hub reconcile']];
  for (const work of stores) await typed(on, ...work);
  const second = await aMachine('second');
  const there = ['--config', writeHubFile(second.dir, world.config(), second.url)];
  await typed(there, 'hub restore', '--from', to);

  const log = await machine.log();
  const lines = [...orders, ...stores].map(([command]) => inLog(log, command));
  lines.push(inLog(await second.log(), 'hub restore'));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
   "hub requeue: operator job reset
   hub kill: operator request killed
   hub pause: operator backend paused
   hub unpause: operator backend unpaused
   hub maintenance: operator backend maintenance
   hub prepare-for-reboot: operator backend paused
   hub drain: operator hub hub-drained
   hub verify: operator hub hub-verified
   hub backup: operator hub hub-backed-up
   hub reconcile: operator hub hub-reconciled
   hub restore: operator hub hub-restored"
  `);
}, 120_000);

/** zone.yml as operators copy it, over folders of this test. */
function zoneFile(name: string, stateDir: string): string {
  const dir = path.join(folder, name);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  mkdirSync(path.join(dir, 'airlock'), { recursive: true });
  const template = readFileSync(new URL('../../docs/install/zone-hub.yml', import.meta.url), 'utf8');
  const file = path.join(dir, 'zone.yml');
  const text = template
    .replace('/var/lib/sallyport/agent', stateDir)
    .replaceAll('/var/lib/sallyport/', `${dir}/`)
    .replace(/^ {2}database_url_file.*\n/m, existsSync(path.join(dir, 'airlock-database.url')) ? '$&' : '');
  writeFileSync(file, text, { mode: 0o644 });
  chmodSync(file, 0o644);
  for (const key of ['agent.key', 'airlock.key']) writePrivateKey(path.join(dir, key), zoneKey);
  return file;
}

test('what is done beside an agent is noted there with who and why, and told to the hub in a word', async () => {
  const zone = await aZone();
  ends.push(() => zone.close());
  const agent = zone.agent();
  for (const action of ['extract', 'model']) {
    const task = zone.task(action);
    zone.hub.give(task);
    await zone.hub.end(task.id);
  }
  await agent.stop();
  const file = zoneFile('zone', zone.dir);
  const other = path.join(folder, 'restored');
  const away = path.join(folder, 'workspace');
  const backup = path.join(folder, 'agent-backup');
  const database = await hubAgain();
  const client = new ZoneClient({
    ...{ hub: world.hub.url, agent: BACKEND, backend: BACKEND, key: KEYS.agent.privateKey },
    ...{ hubKeys: [world.hubKey.publicKey], clock: systemClock, ids: randomIds },
  });
  const lines: string[] = [];
  /** Its note, and what the log has more when the hub was told. */
  async function noted(command: string, words: string[] = [], at = { file, dir: zone.dir }): Promise<void> {
    const before = (await world.ledger()).length;
    await typed(['--zone', at.file], command, ...words);
    await tellDeeds(at.dir, client);
    const note = deedsKept(at.dir, 'told').at(-1);
    expect(note?.why).toBe(reason(command));
    isOfNow(note?.at ?? 0);
    const entries = (await world.ledger()).slice(before);
    for (const { actor, subject, body } of entries)
      lines.push(`${command}: ${actor} ${subject.split(':')[0]} ${String(body['event'])}`);
    if (entries.length > 0) found.add(command);
    expect(JSON.stringify(entries)).not.toMatch(/because of|root/);
  }

  await noted('agent verify');
  await noted('agent backup', ['--to', backup]);
  await noted('agent archive-workspace', ['study-main', '--to', away]);
  await noted('agent restore-workspace', ['study-main', '--from', away]);
  await noted('agent retention', ['--days', '1']);
  await noted('agent freeze');
  await noted('agent unfreeze');
  await noted('agent restore', ['--from', backup], { file: zoneFile('zone-2', other), dir: other });
  const lock = lockFolder(zone.dir, () => {
    throw new Error('nobody else works here');
  });
  if (isRefusal(lock)) throw new Error(lock.says);
  const drained = drainsBy(zone.dir, () => {
    drained.close();
    lock.release();
  });
  await noted('agent drain');
  expect(lines.join('\n')).toMatchInlineSnapshot(`
   "agent verify: agent:attainment/attainment zone zone-verified
   agent backup: agent:attainment/attainment zone zone-backed-up
   agent archive-workspace: agent:attainment/attainment zone workspace-archived
   agent restore-workspace: agent:attainment/attainment zone workspace-restored
   agent retention: agent:attainment/attainment zone outputs-removed
   agent freeze: agent:attainment/attainment zone zone-frozen
   agent unfreeze: agent:attainment/attainment zone zone-unfrozen
   agent restore: agent:attainment/attainment zone zone-restored
   agent drain: agent:attainment/attainment zone agent-drained"
  `);
  await world.stopHub();
  await database.close();
}, 120_000);

test('what is done beside an airlock stands in its own record; that it is frozen is told, also without an agent', async () => {
  const dir = path.join(folder, 'no-agent', 'airlock');
  const { open, remove } = await airlockDatabase(dir);
  ends.push(remove);
  const file = zoneFile('no-agent', path.join(folder, 'no-agent', 'agent'));
  rmSync(path.join(folder, 'no-agent', 'agent'), { recursive: true });
  const database = await hubAgain();
  const hub = new AirlockClient({
    ...{ hub: world.hub.url, airlock: BACKEND, backend: BACKEND, key: KEYS.viewer.privateKey },
    ...{ hubKeys: [world.hubKey.publicKey], clock: systemClock, ids: randomIds },
  });
  const key = { id: 'AAAA', person: 1, login: 'lee', label: 'laptop', publicKey: 'AAAA', counter: 0 };
  await within(open, ({ db }) =>
    db.insert(passkeys).values({ ...key, transports: '', state: 'waiting', madeIn: '', madeAt: 1 }),
  );
  const backup = path.join(folder, 'airlock-backup');
  const away = await airlockDatabase(path.join(folder, 'restored-airlock', 'airlock'));
  ends.push(away.remove);
  const other = zoneFile('restored-airlock', path.join(folder, 'restored-airlock', 'agent'));
  const before = (await world.ledger()).length;
  const here = ['--zone', file];
  const work: [string, ...string[]][] = [
    ['airlock verify'],
    ['airlock passkey', passkeyMark(key)],
    ['airlock freeze'],
    ['airlock unfreeze'],
    ['airlock backup', '--to', backup],
  ];
  for (const words of work) {
    await typed(here, ...words);
    // As the airlock does by itself, every few seconds.
    await within(open, ({ db }) => tellSwitch({ db, hub, stateDir: dir, clock: systemClock, logger }));
  }
  await typed(['--zone', other], 'airlock restore', '--from', backup);

  const lines = [
    ...(await within(open, ({ db }) => ownRecord(db))),
    ...(await within(away.open, ({ db }) => ownRecord(db))).slice(-1),
  ];
  expect(lines.join('\n')).toMatchInlineSnapshot(`
   "airlock verify: verified
   airlock passkey: passkey-confirmed
   airlock freeze: zone-frozen
   airlock unfreeze: zone-unfrozen
   airlock backup: backed-up
   airlock restore: restored"
  `);
  const told = (await world.ledger()).slice(before);
  expect(told.map(({ actor, body }) => `${actor} ${String(body['event'])}`)).toEqual([
    `airlock:${BACKEND}/${BACKEND} zone-frozen`,
    `airlock:${BACKEND}/${BACKEND} zone-unfrozen`,
  ]);
  expect(JSON.stringify(told)).not.toMatch(/because of|root/);
  await world.stopHub();
  await database.close();
}, 120_000);

/** What operators did, as this airlock's record has it. */
async function ownRecord(db: OpenDatabase['db']): Promise<string[]> {
  const rows = await rowsOf<{ details: string; at: number }>(
    db,
    sql`select details, at::float8 as at from log where type = 'OPERATOR_DEED' order by id`,
  );
  return rows.map(({ details, at }) => {
    const { deed, why, by } = JSON.parse(details) as { deed: string; why: string; by: string };
    isOfNow(at);
    expect(by).toBe(whoTypes());
    const command = why.replace(/^because of /, '');
    found.add(command);
    return `${command}: ${deed}`;
  });
}

test('no command is left out', () => {
  expect(ON_RECORD.filter((command) => !found.has(command))).toEqual([]);
  expect([...found].filter((command) => !ON_RECORD.includes(command))).toEqual([]);
});
