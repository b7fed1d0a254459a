/** Bounds on unknowns between sums: exact where it matters, and a fixed amount of work at most. */
import { expect, test } from '@jest/globals';
import { bounds, type Row } from '../../src/disclosure/simplex.ts';

const isNear = (value: number): unknown => expect.closeTo(value, 6);

test.each<[string, Row[], number, [number, number][]]>([
  [
    'a sum',
    [{ plus: [0, 1], low: 10, high: 10 }],
    2,
    [
      [0, 10],
      [0, 10],
    ],
  ],
  [
    'a sum within bounds',
    [{ plus: [0, 1], low: 2, high: 5 }],
    2,
    [
      [0, 5],
      [0, 5],
    ],
  ],
  [
    'a difference',
    [{ plus: [0], minus: 1, low: -3, high: -3 }],
    2,
    [
      [0, Infinity],
      [3, Infinity],
    ],
  ],
  [
    'the same sum twice',
    [
      { plus: [0, 1], low: 4, high: 4 },
      { plus: [0, 1], low: 4, high: 4 },
    ],
    2,
    [
      [0, 4],
      [0, 4],
    ],
  ],
  ['nothing', [{ plus: [], minus: 0, low: 0, high: 0 }], 1, [[0, 0]]],
  [
    'two sums that share a part',
    [
      { plus: [0, 1], low: 4, high: 4 },
      { plus: [1, 2], low: 1, high: 1 },
    ],
    3,
    [
      [3, 4],
      [0, 1],
      [0, 1],
    ],
  ],
])('the unknowns of %s lie between their least and their most', (_what, rows, unknowns, expected) => {
  expect(bounds(rows, unknowns, [...expected.keys()])).toEqual(
    expected.map(([least, most], unknown) => ({
      unknown,
      least: isNear(least),
      most: most === Infinity ? Infinity : isNear(most),
    })),
  );
});

test('sums that contradict each other say nothing', () => {
  expect(
    bounds(
      [
        { plus: [0], low: 1, high: 1 },
        { plus: [0], low: 2, high: 2 },
      ],
      1,
      [0],
    ),
  ).toEqual([]);
});

/** Sums of many of the unknowns, each within wide bounds. */
const system = (rows: number, unknowns: number): Row[] =>
  Array.from({ length: rows }, (_, row) => ({
    plus: Array.from({ length: unknowns }, (_each, one) => one).filter(
      (one) => (one * 7 + row * 13) % 11 < 5,
    ),
    low: 10 + row,
    high: 500 + 3 * row,
  }));
const all = (count: number): number[] => Array.from({ length: count }, (_, one) => one);

test('what a fixed amount of work did not reach is left out', () => {
  const reached = bounds(system(100, 200), 200, all(200));

  expect(reached.length).toBeGreaterThan(0);
  expect(reached.length).toBeLessThan(200);
  expect(bounds(system(400, 200), 200, all(200))).toEqual([]);
});
