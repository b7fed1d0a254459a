/** Which outputs an operator's retention removes, and which it leaves. */
import { beforeEach, expect, test } from '@jest/globals';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { dueOutputs, removeDue } from '../../agent/keep/retention.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { goodScript, zoneKey, type World } from '../support/zone-world.ts';
import { keptStudy } from './support/kept-study.ts';

const kept = keptStudy();
let world: World;
beforeEach(() => {
  ({ world } = kept);
});

test('high-privacy outputs of a workspace that has been idle are removed, on the record of its manifest; what may be viewed stays', async () => {
  const manifestNow = () => world.manifest()!;
  const now = Date.now() + 400 * 86_400_000;
  const before = now - 365 * 86_400_000;
  const given = { before, now, key: zoneKey };
  const viewed = Object.entries(manifestNow().outputs).filter(
    ([, entry]) => entry.level === 'moderately_sensitive',
  );
  const closed = Object.entries(manifestNow().outputs).filter(
    ([, entry]) => entry.level === 'highly_sensitive',
  );
  expect([viewed.length, closed.length]).toEqual([2, 1]);
  const [secret, entry] = closed[0]!;

  // Idle for less: nothing is due, and nothing is removed.
  const soon = Math.min(...Object.values(manifestNow().runs!).map((run) => run.completed_at));
  expect(dueOutputs(world.layout, soon)).toEqual([]);
  removeDue(world.layout, { ...given, before: 1 });
  expect(await kept.faults()).toEqual([]);
  expect(dueOutputs(world.layout, before)).toEqual([
    { workspace: 'study-main', outputs: [{ path: secret, size: entry.size }], since: expect.any(Number) },
  ]);

  // Killed after the history's line, before the manifest: done again, it ends the same.
  const { history, manifest } = world.layout.workspace('study-main');
  const signed = readFileSync(manifest);
  removeDue(world.layout, { ...given, now: now - 1 });
  writeFileSync(manifest, signed);
  // Who holds the file that was there still has all of it: it is replaced in one step, and never shorter meanwhile.
  const lines = readFileSync(history, 'utf8');
  chmodSync(history, 0o640);
  linkSync(history, `${history}.before`);
  const umask = process.umask(0o077);
  const removed = removeDue(world.layout, given);
  process.umask(umask);
  expect(readFileSync(`${history}.before`, 'utf8')).toBe(lines);
  expect(statSync(history).mode & 0o777).toBe(0o640);
  rmSync(`${history}.before`);

  expect(removed).toMatchObject({ workspaces: ['study-main'], outputs: 1 });
  expect(manifestNow().outputs[secret]).toMatchObject({ removed_at: now, out_of_date_output: true });
  expect(existsSync(kept.high(secret))).toBe(false);
  expect(kept.objects().some((file) => file.endsWith(entry.content_hash))).toBe(false);
  expect(existsSync(kept.medium(viewed[0]![0]))).toBe(true);
  expect(readFileSync(history, 'utf8').match(/"retention":true/g)).toHaveLength(1);
  expect(await kept.faults()).toEqual([]);
  expect(dueOutputs(world.layout, before)).toEqual([]);
  expect(removeDue(world.layout, given)).toEqual({ workspaces: [], outputs: 0, bytes: 0 });

  // Who needs what is gone says so, and making it again brings it back.
  const agent = world.agent({ script: goodScript });
  const model = world.task('model', { id: randomIds.id(), job: randomIds.id() });
  world.hub.give(model);
  expect((await world.hub.end(model.id))[0]).toMatchObject({
    state: 'prepare_failed',
    reason: 'input-missing',
  });
  const extract = world.task('extract', { id: randomIds.id(), job: randomIds.id() });
  world.hub.give(extract);
  await world.hub.end(extract.id);
  await agent.stop();
  expect(manifestNow().outputs[secret]).not.toHaveProperty('removed_at');
  expect(existsSync(kept.high(secret))).toBe(true);
  expect(await kept.faults()).toEqual([]);
});

test('killed after the manifest, before the file was removed: the next run removes it, and says so', async () => {
  const given = { before: Date.now() + 1e9, now: Date.now() + 1e9, key: zoneKey };
  const [secret] = dueOutputs(world.layout, given.before)[0]!.outputs.map((output) => output.path);
  const left = [kept.high(secret!), kept.medium(`${secret}.txt`)];
  removeDue(world.layout, given);
  for (const file of left) writeFileSync(file, 'a row of somebody');
  const manifest = world.manifest();

  expect(removeDue(world.layout, given)).toMatchObject({ workspaces: ['study-main'], outputs: 0 });
  expect(left.filter((file) => existsSync(file))).toEqual([]);
  expect(world.manifest()).toEqual(manifest);
  expect(await kept.faults()).toEqual([]);
  expect(removeDue(world.layout, given).workspaces).toEqual([]);
});

test('a line of the history that a crash cut in half does not swallow the one of retention', async () => {
  const { history } = world.layout.workspace('study-main');
  appendFileSync(history, '{"sequence":');
  const later = Date.now() + 1e9;

  expect(removeDue(world.layout, { before: later, now: later, key: zoneKey }).outputs).toBe(1);
  expect(await kept.faults()).toEqual([]);
});

test('retention leaves a workspace alone in which a job works, and bytes that a task is to read', async () => {
  const given = { before: Date.now() + 1e9, now: Date.now(), key: zoneKey };
  const [hash] = Object.values(world.manifest()!.outputs).map((entry) => entry.content_hash);
  const task = randomIds.id();
  mkdirSync(path.join(world.dir, 'active'), { recursive: true });
  writeFileSync(path.join(world.dir, 'active', task), JSON.stringify({ workspace: 'study-main' }));
  expect(dueOutputs(world.layout, given.before)).toEqual([]);

  // Its workspace lost its manifest: what its task was prepared with is still named by that.
  const job = path.join(world.dir, 'jobs', randomIds.id(), task);
  mkdirSync(job, { recursive: true });
  writeFileSync(path.join(job, 'prepared.json'), JSON.stringify({ inputs: [{ hash }] }));
  rmSync(world.layout.workspace('study-main').dir, { recursive: true });
  removeDue(world.layout, given);

  expect(kept.objects().map((file) => path.basename(file))).toEqual([hash]);
});
