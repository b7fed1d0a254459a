/**
 * C10, C11: what totals say about redacted cells.
 *
 * Unknown cells are whole numbers from 0; each total is an equation over them. Bounds are narrowed by
 * passing them through the equations, then, where several equations share cells, by linear programming.
 * A cell whose bounds are not wider than the threshold is no secret. A total equal to the sum of what is
 * shown was made after redaction and says nothing.
 */
import { MISSING, REDACTED } from './cells.ts';
import type { Found } from './found.ts';
import { familiesOf, gap, type Family } from './margins.ts';
import type { Compiled } from './policy.ts';
import type { Roles } from './roles.ts';
import { bounds, type Row } from './simplex.ts';
import { countAt, type Table } from './table.ts';
import * as words from './words.ts';

export function checkMargins(found: Found, table: Table, roles: Roles, rules: Compiled): void {
  const { kept, doubtful } = familiesOf(table, roles, rules);
  const wrong = kept.flatMap(({ equations }) =>
    equations.filter((one) => gap(table, one) !== 0 && !Number.isNaN(gap(table, one))),
  );
  for (const equation of [...wrong, ...doubtful]) {
    const total = countAt(table, equation.total);
    found.add('C11', placeOf(table, equation.total), words.notTheSum(total, total - gap(table, equation)));
  }
  const system = systemOf(table, kept, rules);
  if (system.rows.length === 0) return;
  const { policy, half } = rules;
  // What is worked out of rounded numbers is itself known only to the rounding.
  const blur = system.rounded ? 2 * half : 0;
  for (const { cell, low, high } of boundsOf(system, policy.threshold - blur, policy.limits.unknowns)) {
    if (high - low + blur > policy.threshold) continue;
    // An empty cell is only a secret when the totals leave something for it.
    if (table.kind[cell] !== REDACTED && low === 0) continue;
    found.add(
      'C10',
      placeOf(table, cell),
      words.recoverable(
        Math.max(0, Math.ceil(low - blur / 2)),
        Math.floor(high + blur / 2),
        policy.threshold,
      ),
    );
  }
}

function placeOf(table: Table, cell: number): { row: number; column: string } {
  const column = cell % table.columns;
  return {
    row: Math.floor(cell / table.columns) + 1,
    column: table.header[column] || `column ${column + 1}`,
  };
}

interface System {
  rows: Row[];
  /** The table's cell of each unknown. */
  cells: number[];
  rounded: boolean;
}

function systemOf(table: Table, families: readonly Family[], { half }: Compiled): System {
  const cells: number[] = [];
  const numbers = new Map<number, number>();
  const unknown = (cell: number): number => {
    let number = numbers.get(cell);
    if (number === undefined) {
      numbers.set(cell, (number = cells.length));
      cells.push(cell);
    }
    return number;
  };
  const isUnknown = (cell: number): boolean => table.kind[cell] === REDACTED || table.kind[cell] === MISSING;
  const rows: Row[] = [];
  let rounded = false;
  for (const family of families) {
    for (const { total, parts } of family.equations) {
      const open = parts.filter(isUnknown);
      if (open.length === 0) continue;
      let rest = isUnknown(total) ? 0 : countAt(table, total);
      for (const part of parts) if (!isUnknown(part)) rest -= countAt(table, part);
      if (Number.isNaN(rest)) continue;
      const slack = family.exact ? 0 : half * (parts.length + 1 - open.length);
      if (!isUnknown(total) && rest <= 0) continue;
      rounded = rounded || (family.exact && family.rounded);
      rows.push({
        plus: open.map(unknown),
        ...(isUnknown(total) && { minus: unknown(total) }),
        low: rest - slack,
        high: rest + slack,
      });
    }
  }
  return { rows, cells, rounded };
}

interface Bound {
  cell: number;
  low: number;
  high: number;
}

/** Bounds of every unknown; linear programming only where passing bounds through left them wide. */
function boundsOf({ rows, cells }: System, wide: number, mostUnknowns: number): Bound[] {
  const low = new Float64Array(cells.length);
  const high = new Float64Array(cells.length).fill(Infinity);
  propagate(rows, low, high);
  const open = cells.map((_, index) => index).filter((index) => high[index]! - low[index]! > wide);
  if (open.length > 0 && rows.length > 1 && rows.length <= MOST_ROWS && cells.length <= mostUnknowns) {
    for (const { unknown, least, most } of bounds(rows, cells.length, open)) {
      low[unknown] = Math.max(low[unknown]!, Math.ceil(least - 1e-6));
      high[unknown] = Math.min(high[unknown]!, Math.floor(most + 1e-6));
    }
  }
  return cells.map((cell, index) => ({ cell, low: low[index]!, high: high[index]! }));
}

const ROUNDS = 50;
const MOST_ROWS = 300;

function propagate(rows: readonly Row[], low: Float64Array, high: Float64Array): void {
  for (let round = 0; round < ROUNDS; round += 1) {
    let changed = false;
    for (const row of rows) changed = narrow(row, low, high) || changed;
    if (!changed) return;
  }
}

/** low ≤ sum(plus) − minus ≤ high, passed on to each of its cells. */
function narrow(
  { plus, minus, low: least, high: most }: Row,
  low: Float64Array,
  high: Float64Array,
): boolean {
  let sumLow = 0;
  let finite = 0;
  let endless = 0;
  for (const one of plus) {
    sumLow += low[one]!;
    if (high[one] === Infinity) endless += 1;
    else finite += high[one]!;
  }
  const sumHigh = endless > 0 ? Infinity : finite;
  const offLow = minus === undefined ? 0 : low[minus]!;
  const offHigh = minus === undefined ? 0 : high[minus]!;
  let changed = false;
  for (const one of plus) {
    const others =
      endless > (high[one] === Infinity ? 1 : 0)
        ? Infinity
        : finite - (high[one] === Infinity ? 0 : high[one]!);
    const nextLow = Math.max(low[one]!, least + offLow - others);
    const nextHigh = Math.min(high[one]!, most + offHigh - (sumLow - low[one]!));
    // A contradiction (totals of something else after all) narrows nothing.
    if (nextLow > nextHigh) continue;
    if (nextLow > low[one]! || nextHigh < high[one]!) changed = true;
    sumLow += nextLow - low[one]!;
    if (high[one] !== Infinity) finite += nextHigh - high[one]!;
    else if (nextHigh !== Infinity) {
      endless -= 1;
      finite += nextHigh;
    }
    low[one] = nextLow;
    high[one] = nextHigh;
  }
  if (minus !== undefined) {
    const nextLow = Math.max(offLow, sumLow - most);
    const nextHigh = Math.min(offHigh, sumHigh - least);
    if (nextLow <= nextHigh && (nextLow > offLow || nextHigh < offHigh)) {
      low[minus] = nextLow;
      high[minus] = nextHigh;
      changed = true;
    }
  }
  return changed;
}
