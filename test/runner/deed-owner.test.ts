/** Deeds that root notes beside an agent of another user: the agent reads and tells them, and what it cannot is in nobody's way. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { deedsKept, noteDeed, StuckNotes, tellDeeds } from '../../agent/keep/deeds.ts';
import { giveToOwner } from '../../agent/store/owner.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import type { ToldDeed } from '../../src/protocol/protocol.ts';
import { asUser } from '../support/other-user.ts';

const AGENT = { uid: 61_234, gid: 61_235 };
const isRoot = process.getuid?.() === 0;

let dir: string;
let given: Parameters<typeof noteDeed>[2];
let heard: ToldDeed[];
const hub = {
  deeds: (deeds: readonly ToldDeed[]) => {
    heard.push(...deeds);
    return Promise.resolve(deeds.length);
  },
};
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-deeds-'));
  if (isRoot) chownSync(dir, AGENT.uid, AGENT.gid);
  given = { clock: fixedClock('2026-08-03T09:00:00Z'), ids: countingIds() };
  heard = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const asAgent = <T>(work: () => Promise<T>): Promise<T> => asUser(AGENT, work);

const untold = (): string => path.join(dir, 'deeds/untold');
const note = (why: string) => noteDeed(dir, { deed: 'zone-backed-up', why, by: 'operator' }, given);

test('what root notes the agent reads, tells once and puts away', async () => {
  note('night');
  const owners = ['deeds', 'deeds/untold', `deeds/untold/${readdirSync(untold())[0]!}`].map((name) => {
    const { uid, gid } = statSync(path.join(dir, name));
    return { uid, gid };
  });
  if (isRoot) expect(owners).toEqual([AGENT, AGENT, AGENT]);
  // And this process is who it was.
  expect(process.geteuid!()).toBe(process.getuid!());
  expect(process.getegid!()).toBe(process.getgid!());

  expect(await asAgent(() => tellDeeds(dir, hub))).toBe(1);
  expect(await asAgent(() => tellDeeds(dir, hub))).toBe(0);
  expect(heard).toHaveLength(1);
  expect(deedsKept(dir, 'told').map(({ why }) => why)).toEqual(['night']);
  // Told ones may be there already, too.
  note('again');
  expect(await asAgent(() => tellDeeds(dir, hub))).toBe(1);
});

test('whoever has a number alone is noted by that', async () => {
  const { by } = await asAgent(async () =>
    noteDeed(dir, { deed: 'zone-verified', why: 'in a container' }, given),
  );
  expect(by).toBe(isRoot ? `user ${AGENT.uid}` : userInfo().username);
});

test('a note that cannot be read is said once and keeps no other back; when it can, it is told', async () => {
  note('first');
  const stuckId = 'f'.repeat(16);
  const file = path.join(untold(), `${stuckId}.json`);
  const body = { id: stuckId, deed: 'zone-verified', at: 1, workspace: null, why: 'x', by: 'root' };
  // Whoever is not root reads no folder as a file either.
  if (isRoot) writeFileSync(file, JSON.stringify(body), { mode: 0o600 });
  else mkdirSync(file);
  const said: string[] = [];
  const stuck = new StuckNotes((name) => said.push(name));
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(1);
  note('second');
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(1);
  expect(said).toEqual([`${stuckId}.json`]);
  expect(heard.map(({ deed }) => deed)).toEqual(['zone-backed-up', 'zone-backed-up']);
  if (isRoot) chownSync(file, AGENT.uid, AGENT.gid);
  else {
    rmSync(file, { recursive: true });
    writeFileSync(file, JSON.stringify(body));
  }
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(1);
  expect(heard.at(-1)).toMatchObject({ id: stuckId });
});

test('a note that was told and cannot be put away is not told again and again', async () => {
  const { id } = note('first');
  // What stands in its place there is no file: it cannot be moved over that.
  mkdirSync(path.join(dir, 'deeds/told', `${id}.json`), { recursive: true });
  if (isRoot) giveToOwner(dir, ['deeds']);
  const said: string[] = [];
  const stuck = new StuckNotes((name) => said.push(name));
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(1);
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(0);
  note('second');
  expect(await asAgent(() => tellDeeds(dir, hub, stuck))).toBe(1);
  expect(heard.map((deed) => deed.id)).toEqual([id, expect.not.stringContaining(id)]);
  expect(said).toEqual([`${id}.json`]);
});

test("root follows no link that the agent's user laid, and gives away nothing of others", () => {
  if (!isRoot) return expect(() => chownSync('/', AGENT.uid, AGENT.gid)).toThrow();
  const roots = mkdtempSync(path.join(tmpdir(), 'sallyport-roots-'));
  try {
    mkdirSync(path.join(roots, 'untold'));
    symlinkSync(roots, path.join(dir, 'deeds'));
    expect(() => note('a trap')).toThrow('EACCES');
    mkdirSync(path.join(dir, 'store'));
    symlinkSync(roots, path.join(dir, 'store/link'));
    mkdirSync(path.join(dir, 'store/of-a-job'));
    chownSync(path.join(dir, 'store/of-a-job'), 10_001, 10_001);
    giveToOwner(dir, ['store', 'missing']);
    expect(readdirSync(roots)).toEqual(['untold']);
    expect(readdirSync(path.join(roots, 'untold'))).toEqual([]);
    expect([statSync(roots).uid, statSync(path.join(roots, 'untold')).uid]).toEqual([0, 0]);
    expect(lstatSync(path.join(dir, 'store/link')).uid).toBe(AGENT.uid);
    expect(statSync(path.join(dir, 'store/of-a-job')).uid).toBe(10_001);
  } finally {
    rmSync(roots, { recursive: true, force: true });
  }
});
