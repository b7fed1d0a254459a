/** Where boxes and arrows go. */
import { expect, test } from '@jest/globals';
import { drawingOf, labelOf } from '../../src/record/record.ts';

const node = (id: string, ...needs: string[]) => ({ id, label: id, state: 'pending', needs });

test('each action stands to the right of everything it needs', () => {
  const drawing = drawingOf([node('a'), node('b', 'a'), node('c', 'a', 'b'), node('d')])!;
  const x = Object.fromEntries(drawing.boxes.map((box) => [box.node.id, box.x]));
  expect([x['a']! < x['b']!, x['b']! < x['c']!, x['d'] === x['a']]).toEqual([true, true, true]);
  expect(drawing.arrows).toHaveLength(3);
  expect(new Set(drawing.boxes.map((box) => `${box.x} ${box.y}`)).size).toBe(4);
  for (const box of drawing.boxes) {
    expect(box.x + 180).toBeLessThan(drawing.width);
    expect(box.y + 44).toBeLessThan(drawing.height);
  }
});

test.each<[string, Parameters<typeof drawingOf>[0]]>([
  ['nothing', []],
  ['too many boxes', Array.from({ length: 101 }, (_, n) => node(`a${n}`))],
  ['too many arrows', [node('a'), node('b', ...Array.from({ length: 401 }, () => 'a'))]],
])('%s is not drawn', (_case, nodes) => {
  expect(drawingOf(nodes)).toBeUndefined();
});

test('what needs itself in a circle, or something elsewhere, is drawn all the same', () => {
  const drawing = drawingOf([node('a', 'b', 'gone'), node('b', 'a')])!;
  expect([drawing.boxes.length, drawing.arrows.length]).toEqual([2, 2]);
});

test('a long name is cut', () => {
  expect([labelOf('short'), labelOf('x'.repeat(30)).length]).toEqual(['short', 24]);
});
