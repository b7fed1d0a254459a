/**
 * Where the boxes of a pipeline stand: columns from left to right, every action behind all it needs.
 *
 * An arrow over several columns passes each at a waypoint, so that it does not run through boxes. Order within a
 * column is by the middle of the neighbours, in a fixed number of sweeps: the same pipeline is the same picture.
 */
import type { Action } from '../pipeline/pipeline.ts';

export interface Spot {
  /** Absent for a waypoint. */
  action?: Action;
  column: number;
  /** Rows, not pixels; may be negative while it is being computed, never in the answer. */
  row: number;
  before: Spot[];
  after: Spot[];
}

export interface Layout {
  columns: Spot[][];
  /** Each arrow as the spots it passes, from the need to the action. */
  arrows: Spot[][];
}

/** Beyond this, arrows run straight: a picture of that size is searched, not looked at. */
const MAX_WAYPOINTS = 20_000;
const SWEEPS = 4;

/** actions: their needs are among them, and there are no circles, as every valid project has it. */
export function layOut(actions: readonly Action[]): Layout {
  const spots = new Map<string, Spot>();
  const columns: Spot[][] = [];
  for (const action of inOrder(actions)) {
    const needs = action.needs.map((need) => spots.get(need)!);
    const column = needs.reduce((most, need) => Math.max(most, need.column + 1), 0);
    const spot: Spot = { action, column, row: 0, before: [], after: [] };
    spots.set(action.name, spot);
  }
  for (const { name } of actions) put(columns, spots.get(name)!);
  const arrows = joined(actions, spots, columns);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) arrange(columns, sweep % 2 === 0);
  place(columns);
  return { columns, arrows };
}

/** Needs first, else as in the file; without recursion, because a chain of 10,000 is an ordinary project. */
export function inOrder(actions: readonly Action[]): Action[] {
  const byName = new Map(actions.map((action) => [action.name, action]));
  const done = new Set<string>();
  const order: Action[] = [];
  const open: { action: Action; next: number }[] = [];
  for (const root of actions) {
    open.push({ action: root, next: 0 });
    while (open.length > 0) {
      const top = open.at(-1)!;
      const need = done.has(top.action.name) ? undefined : top.action.needs[top.next];
      top.next += 1;
      if (need !== undefined) {
        if (!done.has(need)) open.push({ action: byName.get(need)!, next: 0 });
        continue;
      }
      open.pop();
      if (!done.has(top.action.name)) order.push(top.action);
      done.add(top.action.name);
    }
  }
  return order;
}

function put(columns: Spot[][], spot: Spot): void {
  while (columns.length <= spot.column) columns.push([]);
  spot.row = columns[spot.column]!.push(spot) - 1;
}

function joined(actions: readonly Action[], spots: ReadonlyMap<string, Spot>, columns: Spot[][]): Spot[][] {
  const pairs = actions.flatMap(({ name, needs }) =>
    needs.map((need) => [spots.get(need)!, spots.get(name)!] as const),
  );
  const waypoints = pairs.reduce((sum, [from, to]) => sum + to.column - from.column - 1, 0);
  return pairs.map(([from, to]) => {
    const arrow = [from];
    for (let column = from.column + 1; waypoints <= MAX_WAYPOINTS && column < to.column; column += 1) {
      const waypoint: Spot = { column, row: 0, before: [], after: [] };
      put(columns, waypoint);
      arrow.push(waypoint);
    }
    arrow.push(to);
    for (const [at, spot] of arrow.entries()) {
      if (at === 0) continue;
      spot.before.push(arrow[at - 1]!);
      arrow[at - 1]!.after.push(spot);
    }
    return arrow;
  });
}

const middle = (spots: readonly Spot[], otherwise: number): number =>
  spots.length === 0 ? otherwise : spots.reduce((sum, { row }) => sum + row, 0) / spots.length;

function arrange(columns: Spot[][], forwards: boolean): void {
  for (const column of forwards ? columns : [...columns].reverse()) {
    const keys = new Map(column.map((spot) => [spot, middle(forwards ? spot.before : spot.after, spot.row)]));
    column.sort((a, b) => keys.get(a)! - keys.get(b)! || a.row - b.row);
    for (const [row, spot] of column.entries()) spot.row = row;
  }
}

/** Moves each box towards the middle of what it is joined to, never past its neighbours in the column. */
function place(columns: Spot[][]): void {
  for (const [sweep, order] of [columns, [...columns].reverse(), columns].entries()) {
    for (const column of order) {
      const wanted = column.map((spot) => middle(sweep % 2 === 0 ? spot.before : spot.after, spot.row));
      let least = -Infinity;
      for (const [at, spot] of column.entries()) {
        spot.row = Math.max(wanted[at]!, least);
        least = spot.row + 1;
      }
      const off = column.reduce((sum, spot, at) => sum + spot.row - wanted[at]!, 0) / column.length;
      for (const spot of column) spot.row -= off;
    }
  }
  const top = columns.reduce((least, column) => Math.min(least, column[0]!.row), Infinity);
  for (const spot of columns.flat()) spot.row -= top;
}
