/**
 * Smallest and largest value of unknown cells under the equations of a table's totals: the simplex method
 * on a dense tableau. Small systems only; a fixed number of steps bounds its time, and what it did not
 * reach is left out of the answer.
 */

/** low ≤ sum of `plus` − `minus` ≤ high, over unknowns that are not negative. */
export interface Row {
  plus: readonly number[];
  minus?: number;
  low: number;
  high: number;
}

export interface Extremes {
  unknown: number;
  least: number;
  most: number;
}

const TINY = 1e-9;
/** Cells of the tableau touched in all: about half a second. */
const WORK = 100_000_000;

export function bounds(rows: readonly Row[], unknowns: number, wanted: readonly number[]): Extremes[] {
  const tableau = new Tableau(rows, unknowns);
  if (!tableau.feasible()) return [];
  const found: Extremes[] = [];
  for (const unknown of wanted) {
    const least = tableau.optimum(unknown, -1);
    const most = tableau.optimum(unknown, 1);
    if (least === undefined || most === undefined) break;
    found.push({ unknown, least, most });
  }
  return found;
}

class Tableau {
  private readonly cells: Float64Array[];
  private readonly basis: number[];
  /** Columns that may enter: unknowns and slacks; artificial ones stand behind them. */
  private readonly real: number;
  private readonly width: number;
  private work = 0;

  constructor(rows: readonly Row[], unknowns: number) {
    const lines: { row: Row; slack: number; right: number }[] = [];
    for (const row of rows) {
      if (row.low === row.high) lines.push({ row, slack: 0, right: row.high });
      else {
        lines.push({ row, slack: 1, right: row.high });
        lines.push({ row, slack: -1, right: row.low });
      }
    }
    const slacks = lines.filter(({ slack }) => slack !== 0).length;
    this.real = unknowns + slacks;
    this.width = this.real + lines.length + 1;
    let slackAt = unknowns;
    this.cells = lines.map(({ row, slack, right }, index) => {
      const line = new Float64Array(this.width);
      for (const one of row.plus) line[one] = 1;
      if (row.minus !== undefined) line[row.minus] = -1;
      if (slack !== 0) line[slackAt++] = slack;
      line[this.width - 1] = right;
      if (right < 0) for (let at = 0; at < this.width; at += 1) line[at] = -line[at]!;
      line[this.real + index] = 1;
      return line;
    });
    this.basis = lines.map((_, index) => this.real + index);
  }

  /** Drives the artificial columns out; false when the equations contradict each other. */
  feasible(): boolean {
    const cost = new Float64Array(this.width);
    for (const line of this.cells) for (let at = 0; at < this.width; at += 1) cost[at]! -= line[at]!;
    for (let at = this.real; at < this.width - 1; at += 1) cost[at] = 0;
    if (!this.descend(cost) || cost[this.width - 1]! < -1e-6) return false;
    for (const [index, column] of this.basis.entries()) {
      if (column < this.real) continue;
      const line = this.cells[index]!;
      const enter = line.findIndex((value, at) => at < this.real && Math.abs(value) > TINY);
      if (enter >= 0) this.pivot(index, enter);
    }
    return true;
  }

  /** Largest (1) or smallest (-1) value of an unknown; Infinity when unbounded, undefined out of time. */
  optimum(unknown: number, sign: 1 | -1): number | undefined {
    const cost = new Float64Array(this.width);
    cost[unknown] = -sign;
    const at = this.basis.indexOf(unknown);
    if (at >= 0) {
      const line = this.cells[at]!;
      for (let column = 0; column < this.width; column += 1) cost[column]! += sign * line[column]!;
    }
    const done = this.descend(cost);
    if (done === undefined) return sign * Infinity;
    if (!done) return undefined;
    const row = this.basis.indexOf(unknown);
    return row < 0 ? 0 : this.cells[row]![this.width - 1]!;
  }

  /** Bland's rule: slow and never in circles. False out of time, undefined when unbounded. */
  private descend(cost: Float64Array): boolean | undefined {
    for (;;) {
      let enter = -1;
      for (let at = 0; at < this.real; at += 1) {
        if (cost[at]! < -TINY) {
          enter = at;
          break;
        }
      }
      if (enter < 0) return true;
      const leave = this.leaving(enter);
      if (leave < 0) return undefined;
      this.work += (this.cells.length + 1) * this.width;
      if (this.work > WORK) return false;
      this.pivot(leave, enter);
      subtract(cost, this.cells[leave]!, cost[enter]!);
    }
  }

  private leaving(enter: number): number {
    let leave = -1;
    let least = Infinity;
    for (const [index, line] of this.cells.entries()) {
      if (line[enter]! <= TINY) continue;
      const ratio = line[this.width - 1]! / line[enter]!;
      const tied = leave >= 0 && Math.abs(ratio - least) <= TINY;
      if (tied ? this.basis[index]! < this.basis[leave]! : ratio < least) {
        least = ratio;
        leave = index;
      }
    }
    return leave;
  }

  private pivot(row: number, column: number): void {
    const line = this.cells[row]!;
    const by = line[column]!;
    for (let at = 0; at < this.width; at += 1) line[at]! /= by;
    for (const [index, other] of this.cells.entries()) {
      if (index !== row && other[column] !== 0) subtract(other, line, other[column]!);
    }
    this.basis[row] = column;
  }
}

function subtract(from: Float64Array, line: Float64Array, times: number): void {
  for (let at = 0; at < from.length; at += 1) from[at]! -= times * line[at]!;
}
