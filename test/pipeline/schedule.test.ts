import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { neverStarts, next, ReadyQueue, type Limits, type ReadyJob } from '../../src/pipeline/pipeline.ts';
import { Heap, IndexedHeap } from '../../src/pipeline/heap.ts';

const LIMITS: Limits = { general: 2, database: 1 };

function job(name: string, workspace = 'w', more: Partial<ReadyJob> = {}): ReadyJob {
  return {
    job: name,
    workspace,
    pool: 'general',
    weight: 1,
    order: Number(/\d+/.exec(name)?.[0] ?? 0),
    ...more,
  };
}

/** Names in the order in which they start, without any ending. */
function starts(jobs: ReadyJob[], limits = LIMITS, running: ReadyJob[] = []): string[] {
  const queue = new ReadyQueue(limits);
  for (const each of running) queue.started(each);
  for (const each of jobs) queue.add(each);
  const names: string[] = [];
  for (let taken = queue.take(); taken; taken = queue.take()) names.push(taken.job);
  return names;
}

describe('order', () => {
  const wide: Limits = { general: 9, database: 9 };
  test('the workspace with fewest running jobs comes first', () => {
    expect(starts([job('j1', 'a'), job('j2', 'a'), job('j3', 'b')], wide)).toEqual(['j1', 'j3', 'j2']);
    expect(starts([job('j1', 'a'), job('j2', 'b')], wide, [job('r', 'a')])).toEqual(['j2', 'j1']);
  });
  test('then database jobs', () => {
    expect(starts([job('j1', 'a'), job('j2', 'b', { pool: 'database' })], wide)).toEqual(['j2', 'j1']);
  });
  test('looking at each job one by one finds the same', () => {
    const busy = [job('r', 'a')];
    const [old, young, database] = [job('j1', 'a'), job('j2', 'b'), job('j3', 'b', { pool: 'database' })];
    for (const ready of [
      [old, young, database],
      [database, young, old],
    ])
      expect([next(ready, busy, wide), next(ready, [], wide)]).toEqual([database, database]);
    expect([next([old, young], busy, wide), next([young, old], [], wide)]).toEqual([young, old]);
  });
  test('then the oldest', () => {
    expect(starts([job('j2', 'a'), job('j1', 'b'), job('j3', 'c')], wide)).toEqual(['j1', 'j2', 'j3']);
  });
});

test('a workspace is as busy as the jobs it has left', () => {
  const queue = new ReadyQueue({ general: 9, database: 9 });
  for (const each of [job('r1', 'a'), job('r2', 'a'), job('r3', 'b')]) queue.started(each);
  for (const each of [job('j1', 'a'), job('j2', 'b')]) queue.add(each);
  queue.done('r1');
  queue.done('r3');

  expect([queue.take()?.job, queue.take()?.job]).toEqual(['j2', 'j1']);
});

describe('pools', () => {
  test('each has its own slots', () => {
    const jobs = [1, 2, 3].flatMap((n) => [
      job(`g${n}`, `a${n}`),
      job(`d${n}`, `b${n}`, { pool: 'database' }),
    ]);
    expect(starts(jobs)).toEqual(['d1', 'g1', 'g2']);
  });
  test('a heavy job that does not fit keeps what is free, in its own pool alone', () => {
    const heavy = job('j1', 'a', { weight: 2 });
    const others = [job('j2', 'b', { weight: 0.5 }), job('j3', 'b', { pool: 'database' })];
    expect(starts([heavy, ...others], LIMITS, [job('r', 'c')])).toEqual(['j3']);
  });
  test('a heavy job of a workspace that runs something keeps nothing from one that runs nothing', () => {
    const waiting = [job('j1', 'a', { weight: 2 }), job('j2', 'b'), job('j3', 'b')];
    expect(starts(waiting, LIMITS, [job('r', 'a')])).toEqual(['j2']);
  });
  test('what a workspace runs in one does not put it back in the other', () => {
    expect(starts([job('j1', 'a'), job('j2', 'b')], LIMITS, [job('r', 'a', { pool: 'database' })])).toEqual([
      'j1',
      'j2',
    ]);
  });
  test('fractions fill a slot exactly', () => {
    const tenths = Array.from({ length: 12 }, (_, index) => job(`j${index}`, `w${index}`, { weight: 0.1 }));
    expect(starts(tenths, { general: 1, database: 0 })).toHaveLength(10);
  });
  test('the slot is free again when the job is done', () => {
    const queue = new ReadyQueue({ general: 1, database: 1 });
    queue.add(job('j1'));
    queue.add(job('j2'));
    expect(queue.take()?.job).toBe('j1');
    expect(queue.take()).toBeUndefined();
    queue.done('j1');
    expect(queue.take()?.job).toBe('j2');
  });
});

describe('what never starts is a mistake of configuration', () => {
  test.each([
    [
      job('j', 'w', { weight: 3 }),
      'schedule.weight-above-limit',
      'The job weighs 3, and the general pool of this backend holds 2: it could never start.',
    ],
    [job('j', 'w', { weight: 0 }), 'schedule.bad-weight', '0 is not a weight: it must be a number above 0.'],
    [
      job('j', 'w', { weight: NaN }),
      'schedule.bad-weight',
      'NaN is not a weight: it must be a number above 0.',
    ],
    [
      job('j', 'w', { weight: Infinity }),
      'schedule.bad-weight',
      'Infinity is not a weight: it must be a number above 0.',
    ],
  ])('%j', (odd, code, says) => {
    const queue = new ReadyQueue(LIMITS);
    expect(queue.add(odd)).toMatchObject({ code, says });
    expect(neverStarts(odd, LIMITS)).toMatchObject({ code });
    expect(queue.size).toBe(0);
    expect(next([odd, job('j2')], [], LIMITS)?.job).toBe('j2');
  });
});

test('events may come twice or late', () => {
  const queue = new ReadyQueue(LIMITS);
  queue.add(job('j1'));
  queue.add(job('j1'));
  expect(queue.size).toBe(1);
  const taken = queue.take()!;
  queue.started(taken);
  queue.add(taken);
  expect(queue.take()).toBeUndefined();
  queue.done('j1');
  queue.done('j1');
  queue.remove('j1');
  queue.add(job('j2'));
  queue.remove('j2');
  queue.remove('j2');
  expect(queue.take()).toBeUndefined();
  queue.add(job('j2'));
  expect(queue.take()?.job).toBe('j2');
});

test('the queue takes the job a sort would take, whatever happens', () => {
  const event = fc.oneof(
    fc.record({
      type: fc.constant('add' as const),
      workspace: fc.nat({ max: 3 }),
      pool: fc.constantFrom<ReadyJob['pool']>('general', 'database'),
      weight: fc.constantFrom(0.3, 0.5, 1, 2, 5),
      order: fc.nat({ max: 500 }),
    }),
    fc.record({ type: fc.constantFrom('remove' as const, 'done' as const), pick: fc.nat() }),
    fc.record({ type: fc.constant('take' as const) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), (events) => {
      const queue = new ReadyQueue({ general: 3, database: 2 });
      let ready: ReadyJob[] = [];
      let running: ReadyJob[] = [];
      for (const [index, each] of events.entries()) {
        if (each.type === 'add') {
          const made: ReadyJob = {
            job: `j${index}`,
            workspace: `w${each.workspace}`,
            pool: each.pool,
            weight: each.weight,
            order: each.order * 1000 + index,
          };
          if (!queue.add(made)) ready.push(made);
        } else if (each.type === 'take') {
          const naive = sorted(ready, running);
          expect(queue.take()).toEqual(naive);
          expect(next(ready, running, { general: 3, database: 2 })).toEqual(naive);
          if (naive) running.push(naive);
          ready = ready.filter((waiting) => waiting !== naive);
        } else {
          const from = each.type === 'remove' ? ready : running;
          const picked = from[each.pick % Math.max(1, from.length)];
          queue[each.type](picked?.job ?? 'nobody');
          ready = each.type === 'remove' ? ready.filter((other) => other !== picked) : ready;
          running = each.type === 'done' ? running.filter((other) => other !== picked) : running;
        }
        expect(queue.size).toBe(ready.length);
      }
    }),
    { numRuns: 500 },
  );
});

/** The rule as sorts, written without looking at the queue. */
function sorted(ready: readonly ReadyJob[], running: readonly ReadyJob[]): ReadyJob | undefined {
  const beside = (job: ReadyJob): ReadyJob[] => running.filter((each) => each.pool === job.pool);
  const busy = (job: ReadyJob): number =>
    beside(job).filter((each) => each.workspace === job.workspace).length;
  const used = (job: ReadyJob): number => beside(job).reduce((sum, each) => sum + each.weight * 10, 0);
  const inOrder = [...ready].sort(
    (a, b) => busy(a) - busy(b) || a.pool.localeCompare(b.pool) || a.order - b.order,
  );
  return (['database', 'general'] as const)
    .flatMap((pool) => inOrder.find((each) => each.pool === pool) ?? [])
    .filter((each) => Math.round(used(each) + each.weight * 10) <= (each.pool === 'general' ? 30 : 20))
    .sort((a, b) => inOrder.indexOf(a) - inOrder.indexOf(b))[0];
}

test('a decision among 10,000 is far quicker than looking at each', () => {
  const limits: Limits = { general: 15, database: 6 };
  const jobs = Array.from({ length: 10_000 }, (_, index) =>
    job(`j${index}`, `w${index % 50}`, { pool: index % 3 ? 'general' : 'database' }),
  );
  const queue = new ReadyQueue(limits);
  for (const each of jobs) queue.add(each);
  // The best of ten: whatever else the machine does meanwhile only makes a round longer.
  const took = (times: number, decide: () => unknown): number => {
    const rounds = Array.from({ length: 10 }, () => {
      const start = performance.now();
      for (let index = 0; index < times; index += 1) decide();
      return performance.now() - start;
    });
    return Math.min(...rounds) / times;
  };
  const quick = took(50, () => queue.done(queue.take()!.job));
  const slow = took(2, () => next(jobs, [], limits));
  // On an idle machine 0.003 against 0.6 ms.
  expect(slow / quick).toBeGreaterThan(10);
});

describe('heaps', () => {
  test('give the least first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap<number>((a, b) => a < b);
        for (const each of numbers) heap.push(each);
        const out = numbers.map(() => {
          const first = heap.first();
          heap.pop();
          return first;
        });
        heap.pop();
        expect(out).toEqual([...numbers].sort((a, b) => a - b));
        expect(heap.first()).toBeUndefined();
      }),
    );
  });
  test('follow changes of rank', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 3 }), fc.option(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })))), {
          maxLength: 200,
        }),
        (changes) => {
          const heap = new IndexedHeap<number>();
          const ranks = new Map<number, [number, number]>();
          for (const [key, rank] of changes) {
            if (rank) heap.set(key, [rank[0], rank[1] * 10 + key]);
            else heap.delete(key);
            if (rank) ranks.set(key, [rank[0], rank[1] * 10 + key]);
            else ranks.delete(key);
            const least = [...ranks].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])[0];
            expect(heap.first()).toBe(least?.[0]);
          }
        },
      ),
    );
  });
});
