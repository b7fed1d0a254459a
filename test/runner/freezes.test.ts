/**
 * An agent while something is frozen: by the hub's word, which it keeps over restarts and never lifts on that
 * word alone, and by the zone's own switch, which works without a hub and which no hub lifts.
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { confirmFile, switchAt, ZoneFreezes } from '../../agent/freezes.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { Refused, refusal } from '../../src/lib/refusal.ts';
import type { FreezeActTold } from '../../src/protocol/protocol.ts';
import type { Script } from '../support/scripted-executor.ts';
import { aGovernance, edited, PEOPLE, PROJECT } from '../support/governance.ts';
import { goodScript } from '../support/zone-world.ts';
import { agent, settled, starts, world } from './runner-world.ts';

const SECOND = PEOPLE.lead;
const BOARD = `- {id: ${PEOPLE.governor}, until: 2027-01-31, reason: board, ref: GOV-1}`;
const governed = aGovernance(
  edited({
    'teams.yml': [BOARD, `${BOARD}\n    - {id: ${SECOND}, until: 2026-12-31, reason: board, ref: GOV-2}`],
  }),
);
const ID = 'freeze0000000001';
type Told = Extract<FreezeActTold, { act: 'freeze' }>;
const frozen = (change: Partial<Told> = {}): Told => ({
  act: 'freeze',
  seq: 1,
  id: ID,
  scope: { kind: 'project', id: PROJECT },
  running: 'stop',
  by: PEOPLE.governor,
  at: 1000,
  ...change,
});
const lift = (seq: number, by: [number, number] = [PEOPLE.governor, SECOND], id = ID): FreezeActTold => ({
  ...{ act: 'lift', seq, id, by, at: 2000 },
});

const open: ZoneFreezes[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

const switchFile = () => path.join(world.dir, 'etc', 'FROZEN');

/** What a process of the zone has when it begins: the same file again after a restart. */
function freezes(
  change: { confirm?: boolean; governance?: () => Governance | undefined; file?: string } = {},
): ZoneFreezes {
  mkdirSync(path.dirname(switchFile()), { recursive: true });
  const made = new ZoneFreezes({
    file: path.join(world.dir, 'freezes.json'),
    switchFile: switchFile(),
    backend: 'attainment',
    confirm: false,
    governance: () => governed,
    clock: world.clock,
    logger: createLogger('test', { level: 'silent' }),
    // Looked at when the test says so.
    lookMs: 1_000_000,
    ...change,
  });
  open.push(made);
  return made;
}

/** Runs until it is stopped; `running` resolves once it has begun. */
function endless(): { script: Script; running: Promise<void> } {
  let begun: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (begun = resolve));
  const script: Script = async (job) => {
    await goodScript(job);
    begun();
    await new Promise((resolve) => job.ended.addEventListener('abort', resolve));
    return 0;
  };
  return { script, running };
}

/** The agent has heard everything and asks for more. */
async function asks(seq: number): Promise<void> {
  while (!world.hub.asked.some((each) => each.freezes === seq)) await new Promise(setImmediate);
}

describe('by the hub’s word', () => {
  test('a running job is stopped, and nothing that waits is begun', async () => {
    const extract = world.task('extract');
    const { script, running } = endless();
    world.hub.give(extract);
    starts({ script, freezes: freezes() });
    await running;

    world.hub.tell(frozen());

    const [run] = await world.hub.end(extract.id);
    expect(run).toMatchObject({ state: 'cancelled_by_user' });
    const later = world.task('extract');
    world.hub.give(later);
    await asks(1);
    await settled();
    expect(agent?.runner.running).toBe(0);
    expect(world.hub.ended.has(later.id)).toBe(false);
  });

  test('a running job may finish, and what comes after it waits until the freeze is lifted', async () => {
    const extract = world.task('extract');
    let finish: () => void = () => undefined;
    const may = new Promise<void>((resolve) => (finish = resolve));
    let begun: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (begun = resolve));
    const script: Script = async (job) => {
      begun();
      await may;
      return goodScript(job);
    };
    world.hub.give(extract);
    starts({ script, freezes: freezes() });
    await running;

    world.hub.tell(frozen({ running: 'finish' }));
    await asks(1);
    finish();

    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'succeeded' });
    const model = world.task('model');
    world.hub.give(model);
    await settled();
    expect(world.hub.ended.has(model.id)).toBe(false);
    world.hub.tell(lift(2));
    expect((await world.hub.end(model.id))[0]).toMatchObject({ state: 'succeeded' });
  });

  test('another project, and another backend, go on', async () => {
    const extract = world.task('extract');
    world.hub.tell(frozen({ scope: { kind: 'project', id: 'other' } }));
    world.hub.tell(frozen({ seq: 2, id: 'freeze0000000002', scope: { kind: 'backend', id: 'rehearsal' } }));
    world.hub.give(extract);
    starts({ freezes: freezes() });

    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'succeeded' });
  });

  test('while all of the backend stands still the hub is asked for nothing to start', async () => {
    starts({ freezes: freezes() });
    world.hub.tell(frozen({ scope: { kind: 'all' } }));
    await asks(1);

    expect(world.hub.asked.at(-1)).toMatchObject({ freezes: 1, engine: false });
  });

  test('a restart holds it: a job in hand is stopped, a job in the list is not begun', async () => {
    const extract = world.task('extract');
    const { script, running } = endless();
    world.hub.give(extract);
    starts({ script, freezes: freezes() });
    await running;
    await agent?.stop();
    world.hub.away = true;
    // While nothing ran here, the hub told another process of the zone, and is gone now.
    freezes().take([frozen()]);

    starts({ script, freezes: freezes() });
    world.hub.away = false;

    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'cancelled_by_user' });
    const later = world.task('extract');
    world.hub.give(later);
    await asks(1);
    await settled();
    expect(world.hub.ended.has(later.id)).toBe(false);
  });
});

describe('a hub that lies', () => {
  const on = (held: ZoneFreezes) => held.over(PROJECT) !== undefined;

  test.each<[string, FreezeActTold[]]>([
    ['lifts alone, in the name of one person twice', [lift(2, [SECOND, SECOND])]],
    ['lifts in the name of people who may not', [lift(2, [PEOPLE.checker, PEOPLE.collaborator])]],
    ['lifts in the name of one who may and one whom nobody knows', [lift(2, [SECOND, 42])]],
    ['lifts another freeze', [lift(2, [PEOPLE.governor, SECOND], 'freeze0000000009')]],
    ['says no more of it', []],
    ['begins to count afresh', [frozen({ seq: 1, running: 'finish', scope: { kind: 'project', id: 'x' } })]],
  ])('%s: it stays frozen', (_name, acts) => {
    const held = freezes();
    held.take([frozen()]);
    held.take(acts);
    held.settle();
    expect(on(held)).toBe(true);
    expect(on(freezes())).toBe(true);
    expect(held.over(PROJECT)?.running).toBe('stop');
  });

  test('lifts with the message that lifted the freeze before: the new one stays', () => {
    const held = freezes();
    held.take([frozen(), lift(2)]);
    expect(on(held)).toBe(false);
    held.take([frozen({ seq: 3, id: 'freeze0000000002' })]);
    held.take([frozen(), lift(2), lift(4)]);
    expect(on(held)).toBe(true);
  });

  test('signed by somebody else: nothing of it is taken', () => {
    const held = freezes();
    held.take(refusal('protocol.freezes-signature', 'Not signed by the hub.', ''));
    held.take(undefined);
    expect(on(held)).toBe(false);
    expect(held.seq).toBe(0);
  });
});

test('a project that gets another id stays frozen, by whichever of the two somebody asks', () => {
  let now: Governance = governed;
  const held = freezes({ governance: () => now });
  held.take([frozen()]);
  const [project, ...others] = governed.projects;
  now = { ...governed, projects: [{ ...project!, id: 'other-name', aliases: [PROJECT] }, ...others] };
  expect(held.over('other-name')).toMatchObject({ scope: { kind: 'project', id: 'other-name' } });
  expect(held.over(PROJECT)).toBeDefined();
  expect(held.over('another')).toBeUndefined();
});

describe('lifting', () => {
  test('waits until the zone has governance that knows both people', () => {
    let known = false;
    const held = new ZoneFreezes({
      file: path.join(world.dir, 'freezes.json'),
      backend: 'attainment',
      confirm: false,
      governance: () => (known ? governed : undefined),
      clock: world.clock,
      logger: createLogger('test', { level: 'silent' }),
    });
    let told = 0;
    const forget = held.onChange(() => (told += 1));
    held.take([frozen(), lift(2)]);
    expect(held.over(PROJECT)).toBeDefined();
    known = true;
    held.settle();
    expect(held.over(PROJECT)).toBeUndefined();
    expect(told).toBe(2);
    forget();
    held.take([frozen({ seq: 9, id: 'freeze0000000002' })]);
    expect(told).toBe(2);
  });

  test('takes the zone’s own operator too where nobody outside is believed about who acted', () => {
    const held = freezes({ confirm: true });
    held.take([frozen(), lift(2), frozen({ seq: 3, id: 'freeze0000000002' })]);
    held.look();
    expect(held.over(PROJECT)).toBeDefined();
    writeFileSync(confirmFile(switchFile()), `freeze0000000002\n${ID}\n`);
    held.look();
    // The operator confirms what two people lifted, and lifts nothing alone.
    expect(held.over(PROJECT)).toMatchObject({ by: 'governance' });
    held.take([lift(4, [PEOPLE.governor, SECOND], 'freeze0000000002')]);
    expect(held.over(PROJECT)).toBeUndefined();
  });
});

describe('the zone’s own switch', () => {
  test('stops what runs while the hub is gone, and no hub lifts it', async () => {
    const extract = world.task('extract');
    const { script, running } = endless();
    world.hub.give(extract);
    const held = freezes();
    starts({ script, freezes: held });
    await running;
    world.hub.away = true;

    writeFileSync(switchFile(), '');
    held.look();
    await new Promise<void>((resolve) => {
      const again = (): void => void (agent?.runner.running === 0 ? resolve() : setImmediate(again));
      again();
    });
    world.hub.away = false;
    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'cancelled_by_user' });

    const later = world.task('extract');
    world.hub.give(later);
    world.hub.tell(lift(1), lift(2, [PEOPLE.governor, SECOND], 'zone'.padEnd(16, '0')));
    await asks(2);
    expect(held.over(PROJECT)).toMatchObject({ by: 'zone' });
    expect(freezes().over(null)).toMatchObject({ by: 'zone' });
    expect(world.hub.ended.has(later.id)).toBe(false);

    rmSync(switchFile());
    held.look();
    expect(held.over(null)).toBeUndefined();
  });

  test('lets jobs finish when its file says so, and is on when it cannot be looked at', () => {
    const held = freezes();
    writeFileSync(switchFile(), 'running: finish\nreason: power\n');
    expect(switchAt(switchFile())).toMatchObject({ running: 'finish', by: 'zone' });
    held.look();
    expect(held.over(null)?.running).toBe('finish');
    // A file in the place of the folder: nobody can say whether the switch is there.
    expect(switchAt(path.join(switchFile(), 'FROZEN'))).toMatchObject({ running: 'stop', at: 0 });
    expect(switchAt(undefined)).toBeUndefined();
  });
});

describe('a disk that takes nothing', () => {
  const ID_2 = 'freeze0000000002';
  const folder = () => path.join(world.dir, 'kept');
  const file = () => path.join(folder(), 'freezes.json');
  /** A file in the place of the folder: nothing can be written beneath. */
  const fill = () => {
    rmSync(folder(), { recursive: true, force: true });
    writeFileSync(folder(), '');
  };

  test('a freeze holds before it is written, and until it is written', () => {
    const held = freezes({ file: file() });
    const written: boolean[] = [];
    held.onChange(() => written.push(existsSync(file())));
    fill();
    expect(() => held.take([frozen()])).toThrow();
    expect(held.over(PROJECT)).toMatchObject({ by: 'governance', running: 'stop' });
    // The hub is to say it again.
    expect(held.seq).toBe(0);
    expect(() => held.take([frozen()])).toThrow();
    expect(written).toEqual([false]);
    // Nor is it lifted by what cannot be written either.
    expect(() => held.take([frozen(), lift(2)])).toThrow();
    expect(() => held.look()).toThrow();
    expect(held.over(PROJECT)).toBeDefined();

    rmSync(folder());
    held.look();
    expect(held.over(PROJECT)).toBeUndefined();
    expect([held.seq, written]).toEqual([2, [false, true]]);
    expect(freezes({ file: file() }).over(PROJECT)).toBeUndefined();
  });

  test('what is cancelled meanwhile is stopped', async () => {
    const extract = world.task('extract');
    const { script, running } = endless();
    const held = freezes({ file: file() });
    world.hub.give(extract);
    starts({ script, freezes: held });
    await running;
    fill();

    world.hub.tell(frozen({ running: 'finish' }));
    world.hub.give({ type: 'cancel', id: 'cancel0000000001', job: extract.job, task: extract.id });

    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'cancelled_by_user' });
    expect(held.seq).toBe(0);
  });

  test('what is said once, while the hub goes away, is written when there is room again', () => {
    const held = freezes({ file: file() });
    fill();
    expect(() => held.take([frozen(), frozen({ seq: 2, id: ID_2, running: 'finish' })])).toThrow();
    expect(held.over(PROJECT)).toMatchObject({ running: 'stop' });
    rmSync(folder());
    held.look();

    const restarted = freezes({ file: file() });
    expect(restarted.over(PROJECT)).toMatchObject({ running: 'stop' });
    expect(restarted.seq).toBe(2);
  });

  test('a lifting holds once it is written', () => {
    const held = freezes({ file: file() });
    held.take([frozen()]);
    fill();
    let told = 0;
    held.onChange(() => (told += 1));

    expect(() => held.take([lift(2)])).toThrow();
    expect(held.over(PROJECT)).toBeDefined();
    expect([held.seq, told]).toEqual([1, 0]);
    rmSync(folder());
    held.settle();
    expect(held.over(PROJECT)).toBeUndefined();
    expect([held.seq, told]).toEqual([2, 1]);
  });

  test('whoever cannot be told keeps it neither from holding nor from the disk', () => {
    const held = freezes({ file: file() });
    held.onChange(() => {
      throw new Error('no room for a note');
    });
    expect(() => held.take([frozen()])).toThrow('no room for a note');
    expect(held.over(PROJECT)).toBeDefined();
    expect(freezes({ file: file() }).over(PROJECT)).toBeDefined();
  });

  test('a running job is stopped', async () => {
    const extract = world.task('extract');
    const { script, running } = endless();
    world.hub.give(extract);
    starts({ script, freezes: freezes({ file: file() }) });
    await running;
    fill();
    world.hub.tell(frozen());
    expect((await world.hub.end(extract.id))[0]).toMatchObject({ state: 'cancelled_by_user' });
    rmSync(folder());
    await asks(1);
  });
});

test.each(['{', '{"seq":-1,"freezes":[]}', '{"seq":1}', '[]'])(
  'a process that cannot read what it kept (%s) does not start',
  (text) => {
    writeFileSync(path.join(world.dir, 'freezes.json'), text);
    expect(() => freezes()).toThrow(Refused);
  },
);
