/** The public log repository: what the steward commits to it, what it refuses, and what is never lost or written twice. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { days } from '../../src/lib/clock.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { checkpointPaths } from '../../src/public-log/public-log.ts';
import type { LogCommitted } from '../../src/steward/public-log.ts';
import { aSigner, MemoryLog, otherSigner, sourceOf } from '../support/log.ts';
import { aLog, json, LOG_REPOSITORY, publicLogWorld, type PublicLogWorld } from '../support/public-log.ts';

let world: PublicLogWorld;
let empty: string | undefined;
beforeAll(async () => {
  world = await publicLogWorld();
  empty = world.head();
});
afterAll(() => world.stop());

/** As it was before anybody wrote to it, but for one file: a repository that was empty cannot become so again. */
let first: string | undefined;
afterEach(async () => {
  world.forget();
  world.trust({ current: [aSigner()] });
  if (first) await world.moveBack(first);
});

const code = (answer: LogCommitted | Refusal): string => (isRefusal(answer) ? answer.code : 'committed');
const linesOf = (files: ReadonlyMap<string, string>): string[] =>
  [...files]
    .filter(([path]) => path.endsWith('.jsonl'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, text]) => text.trimEnd().split('\n'));

class Died extends Error {}

test('the first checkpoint goes into an empty repository, with what it is and whose key was believed', async () => {
  expect(empty).toBeUndefined();
  const log = aLog(300);
  expect(await world.told(log)).toEqual({
    ...{ repository: LOG_REPOSITORY, commit: world.head(), size: 300, exported: 0 },
  });
  const files = await world.files();
  expect([...files.keys()].sort()).toEqual([
    'README.md',
    'checkpoint',
    'checkpoints/2027-03/000000000300.txt',
    'key',
  ]);
  expect(files.get('checkpoint')).toBe(await log.checkpoint());
  first = (await world.sandbox.state.repos.git(world.repo()).commitAt(world.head()!))!.parents[0];
});

test('the next one continues it, with the proof beside it; told again, nothing is written', async () => {
  const log = aLog(300);
  await world.told(log);
  const before = await world.files();
  const next = await world.told(log.append(...json(300, 700)));
  expect(next).toMatchObject({ size: 700, commit: world.head() });
  const files = await world.files();
  for (const [path, text] of before)
    if (path !== 'checkpoint') expect([path, files.get(path)]).toEqual([path, text]);
  expect(files.get('checkpoint')).toBe(await log.checkpoint());
  expect(files.get('checkpoints/2027-03/000000000700.proof')).toMatch(
    /^consistency 300 700\n([A-Za-z0-9+/]{43}=\n)+$/,
  );
  const again = await world.told(log);
  expect([again, await world.files()]).toEqual([next, files]);
  // One that was overtaken on its way is known already.
  expect(
    await world.keep({ note: await log.checkpoint(500), entries: false }, sourceOf(await log.files())),
  ).toEqual(next);
});

test('entries are copied by day, only what is new, whatever the clock does', async () => {
  const log = aLog(300);
  expect(await world.told(log, true)).toMatchObject({ size: 300, exported: 300 });
  const before = await world.files();
  world.days.advance(-days(1));
  log.append(...json(300, 310));
  expect(await world.told(log, true)).toMatchObject({ exported: 310 });
  world.days.advance(days(1));
  const files = await world.files();
  for (const [path, text] of before)
    if (path.startsWith('entries/')) expect([path, files.get(path)]).toEqual([path, text]);
  expect([...files.keys()].filter((path) => path.endsWith('.jsonl'))).toEqual([
    'entries/2027-03/2027-03-01/000000000000-000000000299.jsonl',
    'entries/2027-03/2027-03-01/000000000300-000000000309.jsonl',
  ]);
  expect(linesOf(files)).toEqual(json(0, 310));
  expect(files.get('entries/2027-03/2027-03-01/000000000300-000000000309.csv')).toContain('\r\n309,');
  expect(await world.told(log, true)).toMatchObject({ exported: 310, commit: world.head() });
});

test('a hub that rewrote its log is refused, and what it signed twice is there for everybody to see', async () => {
  const honest = aLog(300);
  await world.told(honest);
  const forged = new MemoryLog().append(...json(0, 10), '{"n":"other"}', ...json(11, 400));
  const before = await world.files();
  expect(code(await world.told(forged, true))).toBe('ledger.fork');
  const files = await world.files();
  const [alarm] = [...files].filter(([path]) => !before.has(path));
  expect(alarm![0]).toMatch(/^alarms\//);
  for (const log of [honest, forged]) expect(alarm![1]).toContain(await log.checkpoint());
  expect(files.get('checkpoint')).toBe(await honest.checkpoint());
  // Told again, the alarm stands there once.
  expect(code(await world.told(forged, true))).toBe('ledger.fork');
  expect(await world.files()).toEqual(files);
  // Another history of the same length is one, too.
  const twin = new MemoryLog().append(...json(1, 301));
  expect(code(await world.told(twin))).toBe('ledger.fork');
});

test('a hub that lost what was committed is refused', async () => {
  const log = aLog(300);
  await world.told(log);
  const head = world.head();
  expect(code(await world.told(aLog(120)))).toBe('steward.log-shorter');
  expect(world.head()).toBe(head);
});

test.each<[string, string, (bytes: Buffer) => Buffer | undefined, string]>([
  ['a tile that is cut short', 'tile/0/000', (b) => b.subarray(0, 40), 'ledger.truncated'],
  ['a tile that is not there', 'tile/0/002.p/188', () => undefined, 'ledger.missing'],
  [
    'a tile that was garbled on its way, which is no fork',
    'tile/0/000',
    (b) => b.fill(7, 0, 32),
    'ledger.wrong-tile',
  ],
  ['a bundle that is cut short', 'tile/entries/001', (b) => b.subarray(0, 40), 'ledger.truncated'],
])('with %s nothing is committed, and the next try does it', async (_what, path, change, expected) => {
  const log = aLog(200);
  await world.told(log, true);
  const before = await world.files();
  log.append(...json(200, 700));
  const whole = await log.files();
  const broken = new Map(whole);
  const bytes = change(Buffer.from(whole.get(path)!));
  if (bytes) broken.set(path, bytes);
  else broken.delete(path);
  const task = { note: await log.checkpoint(), entries: true };
  expect(code(await world.keep(task, sourceOf(broken)))).toBe(expected);
  const now = await world.files();
  expect(now.get('exported')).toBe(before.get('exported'));
  expect(linesOf(now)).toEqual(linesOf(before));
  expect([...now.keys()].filter((each) => each.startsWith('alarms/'))).toEqual([]);
  expect(await world.keep(task, sourceOf(whole))).toMatchObject({ size: 700, exported: 700 });
  expect(linesOf(await world.files())).toEqual(json(0, 700));
});

test('a checkpoint that an old key signed, or another, or nobody, is refused; one of before the key changed counts', async () => {
  const log = aLog(100);
  await world.told(log);
  world.trust({ current: [otherSigner()], old: [aSigner()] });
  log.append(...json(100, 200));
  const source = sourceOf(await log.files());
  const say = async (note: string) => code(await world.keep({ note, entries: false }, source));
  expect(await say(await log.checkpoint())).toBe('ledger.old-key');
  expect(
    await say(await log.checkpoint(200, [aSigner('elsewhere.example/log')], 'elsewhere.example/log')),
  ).toBe('ledger.other-log');
  expect(await say('nonsense')).toBe('ledger.no-note');
  expect(await say(await log.checkpoint(200, [otherSigner()]))).toBe('committed');
  expect(checkpointPaths((await world.files()).keys())).toHaveLength(2);
});

test('somebody moved the branch back, or wrote into it: what the steward remembers counts, and is put there again', async () => {
  const log = aLog(100);
  await world.told(log);
  const old = world.head()!;
  await world.told(log.append(...json(100, 200)));
  await world.moveBack(old);
  // A hub that now wants to tell another story from there on is not believed.
  const forged = aLog(100).append('{"n":"other"}', ...json(101, 300));
  expect(code(await world.told(forged))).toBe('ledger.fork');
  expect(await world.told(log)).toMatchObject({ size: 200 });
  expect((await world.files()).get('checkpoint')).toBe(await log.checkpoint());
  await world.write('checkpoint', 'gone\n');
  expect(await world.told(log)).toMatchObject({ size: 200 });
  expect((await world.files()).get('checkpoint')).toBe(await log.checkpoint());
  // A steward that remembers nothing believes nothing that the log did not sign.
  await world.write('checkpoint', 'gone\n');
  world.forget();
  expect(code(await world.told(log))).toBe('ledger.no-note');
  await world.write('checkpoint', await log.checkpoint());
  await world.write('exported', 'all of it\n');
  expect(code(await world.told(log, true))).toBe('steward.log-by-hand');
});

test('a repository that nobody can read, that is archived or gone is told, and GitHub that is away is tried again', async () => {
  const log = aLog(20);
  const { repos, faults } = world.sandbox.state;
  repos.change(world.repo(), { private: true }, null);
  expect(code(await world.told(log))).toBe('steward.log-repository-closed');
  repos.change(world.repo(), { private: false }, null);
  world.repo().archived = true;
  expect(code(await world.told(log))).toBe('steward.log-repository-archived');
  world.repo().archived = false;
  faults.add({ kind: 'answer', status: 502, next: 1, method: 'POST', path: '/git/trees' });
  await expect(world.told(log)).rejects.toThrow('log-tree: 502');
  expect(await world.told(log)).toMatchObject({ size: 20 });
});

test.each(['before', 'after'] as const)(
  'cut off %s each call, the next one finishes, and nothing is there twice',
  async (when) => {
    const log = aLog(40);
    await world.told(log, true);
    log.append(...json(40, 300));
    let n = 1;
    for (; ; n += 1) {
      let calls = 0;
      const cut = async <T>(_call: string, work: () => Promise<T>): Promise<T> => {
        calls += 1;
        if (calls === n && when === 'before') throw new Died();
        const done = await work();
        if (calls === n) throw new Died();
        return done;
      };
      const died = await world.told(log, true, cut).then(
        () => false,
        (error: unknown) => error instanceof Died,
      );
      if (!died) break;
    }
    expect(n).toBeGreaterThan(8);
    const files = await world.files();
    expect(linesOf(files)).toEqual(json(0, 300));
    expect(checkpointPaths(files.keys())).toHaveLength(2);
  },
);
