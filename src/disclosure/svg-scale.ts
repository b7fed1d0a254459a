/**
 * SVG-3: numbers that can be read off a drawing. An axis is a column of numeric labels whose values and
 * heights lie on a line; bars that stand on its zero then have values, and so have the steps of a curve.
 */
import { isRounded, isSmall } from './counts.ts';
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import type { Bar, Drawing, Label } from './svg-drawing.ts';
import * as words from './words.ts';

interface Axis {
  /** value = zero + slope * y */
  zero: number;
  slope: number;
  /** Heights are certain to this many units of value. */
  grain: number;
}

export function checkScale(found: Found, drawing: Drawing, rules: Compiled): void {
  const axis = axisOf(drawing.texts);
  if (!axis) return;
  checkBars(found, barsOn(drawing.bars, axis), axis, rules);
  checkSteps(found, drawing, axis, rules);
}

const NUMBER = /^[\d,]+(?:\.\d+)?$/;

/** The labels of the vertical axis: three or more numbers above each other, in proportion to their heights. */
export function axisOf(texts: readonly Label[]): Axis | undefined {
  const columns = new Map<number, { y: number; value: number }[]>();
  for (const { text, x, y } of texts) {
    const plain = text.replace('−', '-');
    if (!NUMBER.test(plain)) continue;
    const column = Math.round(x / 25);
    const value = Number(plain.replaceAll(',', ''));
    for (const near of [column, column + 1]) columns.set(near, [...(columns.get(near) ?? []), { y, value }]);
  }
  let best: { axis: Axis; size: number } | undefined;
  for (const ticks of columns.values()) {
    if (ticks.length < 3 || ticks.length > 40) continue;
    const axis = lineThrough(ticks);
    if (axis && ticks.length > (best?.size ?? 0)) best = { axis, size: ticks.length };
  }
  return best?.axis;
}

function lineThrough(ticks: readonly { y: number; value: number }[]): Axis | undefined {
  const n = ticks.length;
  const meanY = ticks.reduce((sum, { y }) => sum + y, 0) / n;
  const meanV = ticks.reduce((sum, { value }) => sum + value, 0) / n;
  let [top, bottom] = [0, 0];
  for (const { y, value } of ticks) {
    top += (y - meanY) * (value - meanV);
    bottom += (y - meanY) ** 2;
  }
  if (bottom === 0 || top === 0) return undefined;
  const slope = top / bottom;
  const zero = meanV - slope * meanY;
  const span = Math.max(...ticks.map(({ value }) => value)) - Math.min(...ticks.map(({ value }) => value));
  if (!ticks.every(({ y, value }) => Math.abs(zero + slope * y - value) <= 0.02 * span)) return undefined;
  return { zero, slope, grain: Math.abs(slope) * 0.05 };
}

interface Height {
  value: number;
  at: string;
}

const NARROW = 0.6;

/** Bars that share their foot; labels stand a little off their tick, so the foot is zero by itself. */
function barsOn(bars: readonly Bar[], { slope }: Axis): Height[] {
  const feet = new Map<number, Bar[]>();
  for (const bar of bars) {
    if (bar.height <= 0 || bar.width <= 0) continue;
    const foot = Math.round((bar.top + bar.height) * 2);
    feet.set(foot, [...(feet.get(foot) ?? []), bar]);
  }
  const most = [...feet.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  const left = bars.reduce((least, bar) => Math.min(least, bar.left), Infinity);
  const right = bars.reduce((far, bar) => Math.max(far, bar.left + bar.width), -Infinity);
  // The paper and the frame have the full width.
  const standing = most.filter(({ width }) => width < NARROW * (right - left));
  if (standing.length < 2) return [];
  return standing.map((bar) => ({ value: Math.abs(slope) * bar.height, at: bar.at }));
}

function checkBars(found: Found, bars: readonly Height[], axis: Axis, rules: Compiled): void {
  const { threshold, base } = rules.policy;
  const tallest = Math.max(0, ...bars.map(({ value }) => value));
  const near = Math.max(axis.grain, 0.05);
  // Only heights that are whole numbers throughout are counts.
  const counts = bars.filter(({ value }) => Math.abs(value - Math.round(value)) <= near);
  if (bars.length === 0 || near > 0.45 || tallest <= 1.5 || counts.length < bars.length) return;
  for (const { value, at } of bars) {
    const count = Math.round(value);
    if (isSmall(count, 'base', threshold)) {
      found.add('SVG-3', { element: at }, words.svgBar(count));
      found.add('C5', { element: at }, words.svgBar(count));
    }
  }
  const off = bars.filter(({ value }) => !isRounded(Math.round(value), 'base', base));
  const middles = bars.every(({ value }) => isRounded(Math.round(value), 'middle6', base));
  if (off.length === 0 || (rules.policy.midpoint6 && middles)) return;
  found.add('SVG-3', { element: off[0]!.at }, words.svgBars(off.length, base));
  found.add('C6', { element: off[0]!.at }, words.svgBars(off.length, base));
}

/** Curves of counts that go down by a few at a time. */
function checkSteps(found: Found, drawing: Drawing, axis: Axis, { policy }: Compiled): void {
  for (const { points, at } of drawing.steps) {
    const values = points.map(([, y]) => axis.zero + axis.slope * y);
    const drops: number[] = [];
    for (let index = 1; index < values.length; index += 1) {
      const drop = Math.abs(values[index]! - values[index - 1]!);
      if (drop > 0.2) drops.push(drop);
    }
    const small = drops.find((drop) => drop <= policy.threshold + 0.2);
    const whole = drops.filter((drop) => Math.abs(drop - Math.round(drop)) < 0.15).length;
    if (small === undefined || drops.length < 3 || whole < 0.8 * drops.length) continue;
    found.add('SVG-3', { element: at }, words.svgStep(small));
    found.add('C16', { element: at }, words.svgStep(small));
  }
}
