/**
 * Whatever dies, goes away or is said twice between airlock and hub: the same files leave, once, and not early.
 *
 * `npm test` takes a few points of death, `npm run test:long` every third of them and many deaths in a row.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { HubUnreachable } from '../../src/protocol/protocol.ts';
import { aTable, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, Died, onOneDatabase } from '../support/database.ts';
import { FaultWorld, TABLE } from '../support/fault-world.ts';

const many = process.env['SALLYPORT_TEST_SEEDS'] === 'many';
const SEED = Number(process.env['SALLYPORT_TEST_SEED'] ?? 11);
const LONG = 900_000;

/** Numbers in [0, 1), the same for the same seed. */
function drawn(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

onOneDatabase((openHub) => {
  onOneDatabase((openAirlock) => {
    let world: FaultWorld;
    afterEach(() => world.close());
    async function begin(): Promise<FaultWorld> {
      world = await FaultWorld.open({ airlock: await openAirlock(), hub: await openHub() });
      return world;
    }

    let faultless: { end: unknown; ticks: number } | undefined;
    /** The run in which nothing happens, told once. */
    async function withoutFaults(): Promise<{ end: unknown; ticks: number }> {
      if (faultless) return faultless;
      await begin();
      let ticks = 0;
      world.tick = () => void (ticks += 1);
      await world.toTheEnd();
      faultless = { end: await world.endState(), ticks };
      await world.close();
      return faultless;
    }

    /** To the end, and there as if nothing had happened. Never a file outside without two reviews. */
    async function endsAlike(): Promise<void> {
      const { end } = faultless!;
      world.restarted = notEarly;
      await world.toTheEnd();
      world.tick = () => undefined;
      expect(await world.endState()).toEqual(end);
    }

    /** Up to the point where both have graded and nobody has signed. */
    async function graded(): Promise<{ id: string; checkers: [number, number] }> {
      for (let steps = 0; (await world.request())?.state !== 'submitted'; steps += 1) {
        if (steps > 5) throw new Error('not submitted');
        await world.next();
      }
      const { id } = (await world.request())!;
      while (await world.link.reports.pass());
      const [first, second] = await world.airlock.checkers(id);
      for (const who of [first!, second!]) await world.grades(who, id);
      return { id, checkers: [WHO[first!], WHO[second!]] };
    }

    async function approved(): Promise<string> {
      const { id, checkers } = await graded();
      for (const checker of checkers)
        await world.ordered(`sign${checker}`, checker, { type: 'sign', request: id, verdict: 'submit' });
      await world.link.orders.pass();
      expect((await world.request())?.state).toBe('approved');
      return id;
    }

    /** Nothing may be outside while this does not hold. */
    async function notEarly(): Promise<void> {
      if ((await world.held()) === 0) return;
      const { reviews } = (await world.request())!;
      expect(new Set(reviews.map(({ checker }) => checker)).size).toBe(2);
    }

    test(
      'killed at any step of review and upload: after the restart all ends as without it',
      async () => {
        const { ticks } = await withoutFaults();
        const step = many ? 3 : Math.ceil(ticks / 4);
        for (let at = 1 + (SEED % step); at <= ticks; at += step) {
          await begin();
          let left = at;
          world.tick = (what) => {
            if ((left -= 1) === 0) throw new Died(`${at}: ${what}`);
          };
          await endsAlike();
          expect([at, world.deaths]).toEqual([at, 1]);
          if (at + step <= ticks) await world.close();
        }
      },
      LONG,
    );

    test(
      'killed again and again, wherever it happens to be',
      async () => {
        await withoutFaults();
        for (let seed = SEED; seed < SEED + (many ? 30 : 1); seed += 1) {
          const next = drawn(seed);
          await begin();
          world.tick = (what) => {
            if (world.deaths < 12 && next() < 0.03) throw new Died(`seed ${seed}: ${what}`);
          };
          await endsAlike();
          expect([seed, world.deaths > 0]).toEqual([seed, true]);
          if (seed + 1 < SEED + (many ? 30 : 1)) await world.close();
        }
      },
      LONG,
    );

    test(
      'the hub goes away during a verdict, and comes back hours later',
      async () => {
        await withoutFaults();
        await begin();
        let away = false;
        world.message = () => {
          if (away) throw new HubUnreachable(1);
        };
        const { id, checkers } = await graded();
        const [first, second] = checkers;
        // The first signature arrives, but its answer does not; the second waits at the hub.
        await world.ordered(`sign${first}`, first, { type: 'sign', request: id, verdict: 'submit' });
        world.message = (step) => {
          if (step === 'before report') away = true;
          if (away) throw new HubUnreachable(1);
        };
        await expect(world.link.orders.pass()).rejects.toThrow();
        await world.ordered(`sign${second}`, second, { type: 'sign', request: id, verdict: 'submit' });
        for (let hour = 0; hour < 5; hour += 1) {
          world.hubClock.advance(hours(1));
          world.airlock.clock.advance(hours(1));
          await expect(world.link.orders.pass()).rejects.toThrow();
          await world.airlock.room.tend();
        }
        expect((await world.request())?.state).toBe('reviewing');
        expect(await world.held()).toBe(0);

        away = false;
        world.message = () => undefined;
        await endsAlike();
      },
      LONG,
    );

    test(
      'one label as many events, and two checkers in the same second: two reviews, one release',
      async () => {
        await withoutFaults();
        await begin();
        const { id, checkers } = await graded();
        const sign = { type: 'sign', request: id, verdict: 'submit' } as const;
        const orders = checkers.flatMap((actor) =>
          [1, 2, 3].map((time) => ({ id: `same${actor}${time}`.padEnd(16, '0'), actor, at: 1, deed: sign })),
        );
        // Given at once, as two processes or a retry would give them.
        const answers = await Promise.all(orders.map((order) => world.airlock.room.order(order)));
        expect(answers.filter(({ outcome }) => outcome === 'done')).toHaveLength(2);
        expect((await world.request())?.reviews).toHaveLength(2);
        expect((await world.request())?.batches).toHaveLength(1);
        for (const checker of checkers) await world.ordered(`sign${checker}`, checker, sign);
        await world.toTheEnd();
        const [one, two] = [await world.endState(), faultless!.end] as Record<string, unknown>[];
        expect({ ...one, orders: [] }).toEqual({ ...two, orders: [] });
      },
      LONG,
    );

    test(
      'a file that changes on disk between the two reviews: what left is what both were shown',
      async () => {
        await withoutFaults();
        await begin();
        const { id, checkers } = await graded();
        const [first, second] = checkers;
        await world.ordered(`sign${first}`, first, { type: 'sign', request: id, verdict: 'submit' });
        await world.link.orders.pass();
        const { medium } = world.airlock;
        writeFileSync(path.join(medium, TABLE), aTable(77));
        expect((await world.airlock.page('author', id)).files[0]).toMatchObject({ path: TABLE });
        world.airlock.job({ [TABLE]: aTable(88) });
        expect((await world.airlock.page('author', id)).files.map(({ newer }) => newer)).toEqual([
          true,
          false,
        ]);
        await world.ordered(`sign${second}`, second, { type: 'sign', request: id, verdict: 'submit' });
        await endsAlike();
      },
      LONG,
    );

    test(
      'a stored copy that changes after it was approved: no byte leaves, and what is whole leaves once mended',
      async () => {
        await withoutFaults();
        await begin();
        await approved();
        const [file] = (await world.request())!.files;
        const copies = path.join(world.airlock.parts.dir, 'copies');
        const place = path.join(copies, file!.sha256.slice(0, 2), file!.sha256);
        chmodSync(place, 0o600);
        writeFileSync(place, aTable(99));
        await world.link.uploads.pass();
        expect(await world.held()).toBe(0);
        expect((await world.request())?.batches[0]?.state).toBe('queued');

        writeFileSync(place, aTable(1));
        world.airlock.clock.advance(hours(1));
        world.hubClock.advance(hours(1));
        await endsAlike();
      },
      LONG,
    );

    test(
      'the second file is refused for a while: it is sent again later, and the release is whole only then',
      async () => {
        await withoutFaults();
        await begin();
        let refuses = true;
        world.between = (hub) => ({
          ...hub,
          upload: async (release, number, bytes, signal) =>
            refuses && number === 2
              ? refusal('release.not-now', 'Not now.', 'Later.')
              : hub.upload(release, number, bytes, signal),
        });
        await world.restart();
        await approved();
        for (let times = 0; times < 4; times += 1) {
          await world.link.uploads.pass();
          world.airlock.clock.advance(minutes(10));
          world.hubClock.advance(minutes(10));
        }
        expect(await world.held()).toBe(1);
        expect((await world.request())?.state).toBe('releasing');
        await world.restart();
        refuses = false;
        world.airlock.clock.advance(hours(1));
        world.hubClock.advance(hours(1));
        await endsAlike();
      },
      LONG,
    );

    test(
      'the receiver dies at any statement while files arrive: it ends with each of them once',
      async () => {
        await withoutFaults();
        for (let at = many ? 1 : 3; ; at += many ? 1 : 9) {
          await begin();
          await approved();
          while (await world.link.reports.pass());
          let left = at;
          world.hubDatabase.faults.at = () => (left -= 1) === 0;
          await world.link.uploads.pass().catch(() => undefined);
          const died = left <= 0;
          world.hubDatabase.faults.at = undefined;
          world.airlock.clock.advance(hours(1));
          world.hubClock.advance(hours(1));
          await world.restart();
          await endsAlike();
          if (!died) break;
          await world.close();
        }
      },
      LONG,
    );

    test.each([
      ['ahead', 1],
      ['behind', -1],
    ])(
      'the zone’s clock is an hour %s: nothing is lost or early, and all goes on when it is right again',
      async (_what, sign) => {
        await withoutFaults();
        await begin();
        const { id, checkers } = await graded();
        world.airlock.clock.advance(sign * hours(1));
        for (const checker of checkers)
          await world.ordered(`sign${checker}`, checker, { type: 'sign', request: id, verdict: 'submit' });
        await expect(world.link.orders.pass()).rejects.toThrow('protocol.token-expired');
        await world.link.uploads.pass();
        await world.airlock.room.tend();
        expect((await world.request())?.reviews).toEqual([]);
        expect(await world.held()).toBe(0);
        world.airlock.clock.advance(-sign * hours(1));
        await endsAlike();
      },
      LONG,
    );
  }, AIRLOCK_MIGRATIONS);
});
