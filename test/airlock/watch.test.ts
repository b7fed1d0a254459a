/** What an airlock tells whoever watches it, read from its own database: counts of what people asked for. */
import { afterEach, expect, test } from '@jest/globals';
import { AirlockWatch } from '../../agent/airlock-watch.ts';
import { hours } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { GovernanceLook } from '../../src/lib/role-metrics.ts';
import { AirlockWorld, aTable } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, eachDatabase } from '../support/database.ts';

const silent = createLogger('test', { level: 'silent' });

eachDatabase((open) => {
  let world: AirlockWorld;
  let watch: AirlockWatch | undefined;
  afterEach(async () => {
    await watch?.close();
    await world.close();
  });

  /** A watch of its own for each reading: an answer that is still young would be given again. */
  async function samples(): Promise<Record<string, number>> {
    await watch?.close();
    const governance = new GovernanceLook(world.clock);
    watch = new AirlockWatch({
      ...{ data: 'real', clock: world.clock, governance },
      disk: { level: 'ok', facts: undefined },
    });
    await watch.start(
      { listen: { host: '127.0.0.1', port: 0 } },
      {
        ...{ database: world.database, scanner: undefined, checksWaiting: () => 0 },
        ...{ hasGovernance: () => true, mustScan: () => false, reached: () => true },
      },
      silent,
    );
    const text = await (await fetch(`${watch.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice('sallyport_airlock_'.length, at), Number(line.slice(at + 1))];
      }),
    );
  }

  test('requests are counted by state, files on their way, and what the hub has not been told', async () => {
    world = await AirlockWorld.open(await open());
    expect(await samples()).toMatchObject({
      ...{ 'requests{state="submitted"}': 0, 'requests{state="draft"}': 0 },
      ...{ 'uploads{state="waiting"}': 0, 'uploads{state="failed"}': 0 },
      ...{ news_waiting: 0, news_oldest_seconds: 0, hub_reached: 1 },
    });

    const id = await world.submitted();
    world.clock.advance(hours(2));
    const asked = await samples();
    const inHand = Object.entries(asked).filter(([name, n]) => name.startsWith('requests{') && n > 0);
    expect(inHand).toHaveLength(1);
    expect(asked['news_waiting']).toBeGreaterThan(0);
    expect(asked['news_oldest_seconds']).toBe(7200);

    const [one, two] = await world.checkers(id);
    await world.reviews(one!, id);
    await world.reviews(two!, id);
    await world.room.uploads.start(id, 1);
    expect(await samples()).toMatchObject({ 'uploads{state="waiting"}': 1, 'uploads{state="failed"}': 0 });

    const file = (await world.state(id)).batches[0]!.files[0]!;
    const ref = { request: id, batch: 1, number: file.number };
    await world.room.uploads.failed(ref, { attempts: 9, nextAt: null, code: 'link.gave-up' });
    expect(await samples()).toMatchObject({ 'uploads{state="waiting"}': 0, 'uploads{state="failed"}': 1 });
    await world.room.uploads.failed(ref, { attempts: 1, nextAt: world.clock.now(), code: 'link.again' });
    const bytes = await world.room.uploads.bytes(ref);
    await world.room.uploads.confirm(ref, sha256(bytes));
    expect(await samples()).toMatchObject({
      // Its failed try is still written down, and is nothing that waits.
      ...{ 'uploads{state="waiting"}': 0, 'uploads{state="failed"}': 0, 'requests{state="released"}': 1 },
    });
  });

  test('what a job wrote changes nothing of it: not how much, not under which name', async () => {
    const told: Record<string, number>[] = [];
    for (const secret of [17, 41]) {
      const files = Object.fromEntries(
        Array.from({ length: secret }, (_, n) => [`output/s${secret}_${n}.csv`, aTable().repeat(n + 1)]),
      );
      world = await AirlockWorld.open(await open(), { files: { 'output/table.csv': aTable(), ...files } });
      await world.submitted();
      told.push(await samples());
      if (secret === 17) await world.close();
    }
    expect(told[1]).toEqual(told[0]);
    expect(Object.keys(told[0] ?? {}).join()).not.toMatch(/process_|nodejs_|_bytes|table|csv|scanner/);
  });
}, AIRLOCK_MIGRATIONS);
