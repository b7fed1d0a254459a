/** Nobody waits for ever: whatever arrives and ends, slots are never exceeded and each workspace gets its turn. */
import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { ReadyQueue, type Limits, type Pool, type ReadyJob } from '../../src/pipeline/pipeline.ts';

const LIMITS: Limits = { general: 3, database: 2 };
const HEAVY: ReadyJob = { job: 'heavy', workspace: 'own', pool: 'general', weight: 3, order: 1000 };

/** A queue, and what runs of it; to start more than fits fails the test. */
class Backend {
  readonly queue = new ReadyQueue(LIMITS);
  running: ReadyJob[] = [];
  readonly started = new Set<string>();

  start(): void {
    for (let job = this.queue.take(); job; job = this.queue.take()) {
      this.running.push(job);
      this.started.add(job.job);
    }
    for (const pool of ['general', 'database'] as const) {
      const used = this.of(pool).reduce((sum, { weight }) => sum + Math.round(weight * 1000), 0);
      expect(used).toBeLessThanOrEqual(LIMITS[pool] * 1000);
    }
  }

  of(pool: Pool): ReadyJob[] {
    return this.running.filter((job) => job.pool === pool);
  }

  end(pool: Pool, pick: number): boolean {
    const among = this.of(pool);
    const ended = among[pick % Math.max(1, among.length)];
    if (!ended) return false;
    this.running = this.running.filter((job) => job !== ended);
    this.queue.done(ended.job);
    return true;
  }
}

const pool = fc.constantFrom<Pool>('general', 'database');
const light = fc.constantFrom(0.1, 0.3, 0.5, 1);

test('what runs never exceeds the slots of its pool, whatever arrives and ends', () => {
  const step = fc.record({
    workspace: fc.constantFrom('a', 'b', 'c'),
    pool,
    weight: fc.oneof(light, fc.constantFrom(1.5, 2, 3)),
    ends: fc.array(fc.tuple(pool, fc.nat()), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const backend = new Backend();
      for (const [order, { ends, ...job }] of steps.entries()) {
        backend.queue.add({ ...job, job: `j${order}`, order });
        backend.start();
        for (const [ofPool, pick] of ends) backend.end(ofPool, pick);
      }
      backend.start();
      while (backend.running.length > 0) {
        backend.end(backend.running[0]!.pool, 0);
        backend.start();
      }
      expect(backend.queue.size).toBe(0);
    }),
  );
});

test('under any stream of light jobs a heavy one starts after as many endings as jobs ran or are older', () => {
  const older = fc.record({ workspace: fc.constantFrom('a', 'b', 'c'), weight: light });
  const younger = fc.record({
    workspace: fc.constantFrom('own', 'a', 'b', 'c', 'new'),
    pool,
    weight: light,
    ends: fc.nat(),
    endsDatabase: fc.boolean(),
  });
  const weight = fc.constantFrom(1.5, 2, 2.9, 3);
  fc.assert(
    fc.property(
      fc.array(older, { maxLength: 12 }),
      fc.nat({ max: 12 }),
      weight,
      fc.array(younger, { minLength: 1, maxLength: 20 }),
      (before, late, heavy, stream) => {
        const backend = new Backend();
        const jobs = before.map((job, order) => ({
          ...job,
          job: `old${order}`,
          pool: 'general' as const,
          order,
        }));
        for (const job of jobs.slice(late)) backend.queue.add(job);
        backend.start();
        backend.queue.add({ ...HEAVY, weight: heavy });
        // Older ones of which the dependencies end only now.
        for (const job of jobs.slice(0, late)) backend.queue.add(job);

        let endings = 0;
        for (let at = 0; !backend.started.has('heavy'); at += 1) {
          // The stream does not end: each step brings more than can have ended.
          for (const more of [0, 1, 2, 3]) {
            const { workspace, pool: ofPool, weight: weighs } = stream[(at + more) % stream.length]!;
            const order = HEAVY.order + 1 + at * 4 + more;
            // A new workspace each time runs nothing, and so never has to wait for its own jobs.
            const from = workspace === 'new' ? `new${order}` : workspace;
            backend.queue.add({ job: `y${order}`, workspace: from, pool: ofPool, weight: weighs, order });
          }
          backend.start();
          if (backend.started.has('heavy')) break;
          const { ends, endsDatabase } = stream[at % stream.length]!;
          if (endsDatabase) backend.end('database', ends);
          if (backend.end('general', ends)) endings += 1;
          expect(endings).toBeLessThanOrEqual(before.length + 1);
          backend.start();
        }
        expect(endings).toBeLessThanOrEqual(before.length);
      },
    ),
    { numRuns: 300 },
  );
});

test('many light workspaces without a break let a job that needs the whole pool run between them', () => {
  const backend = new Backend();
  for (const order of [1, 2, 3])
    backend.queue.add({ job: `l${order}`, workspace: `w${order}`, pool: 'general', weight: 1, order });
  backend.start();
  backend.queue.add({ ...HEAVY, order: 4 });
  const seen: string[][] = [];
  for (let order = 5; order < 10; order += 1) {
    backend.queue.add({ job: `l${order}`, workspace: `w${order}`, pool: 'general', weight: 1, order });
    backend.end('general', 0);
    backend.start();
    seen.push(backend.running.map(({ job }) => job));
  }
  expect(seen).toEqual([['l2', 'l3'], ['l3'], ['heavy'], ['l5', 'l6', 'l7'], ['l6', 'l7', 'l8']]);
});
