/**
 * What two versions agree on: lists of grants, each with its days, and plain lists. A grant of the next
 * version is kept as far as one in force covers it; nothing is ever added up to more than either.
 */
import type { Day } from './types.ts';

export interface Period {
  from?: Day;
  until?: Day;
}

/** The days that both have; undefined when there is none. Everything else is as `next` says it. */
export function common<T extends Period>(inForce: Period, next: T): T | undefined {
  const from = latest(inForce.from, next.from);
  const until = earliest(inForce.until, next.until);
  if (from !== undefined && until !== undefined && from > until) return undefined;
  return { ...next, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

export function covers(outer: Period, inner: Period): boolean {
  return (
    (outer.from === undefined || (inner.from !== undefined && outer.from <= inner.from)) &&
    (outer.until === undefined || (inner.until !== undefined && inner.until <= outer.until))
  );
}

/**
 * Of each grant of `next`, the largest parts that one in force allows. Only grants of one `key` can agree; `agreed`
 * says what two of them have in common besides their days, `holds` whether one part makes another superfluous.
 */
export function meet<T extends Period>(
  inForce: readonly T[],
  next: readonly T[],
  key: (grant: T) => unknown,
  agreed: (inForce: T, next: T) => T | undefined = (_held, grant) => grant,
  holds: (outer: T, inner: T) => boolean = () => true,
): T[] {
  const known = new Map<unknown, T[]>();
  for (const held of inForce) {
    const alike = known.get(key(held));
    if (alike) alike.push(held);
    else known.set(key(held), [held]);
  }
  return next.flatMap((grant) => {
    const parts = (known.get(key(grant)) ?? []).flatMap((held) => {
      const both = agreed(held, grant);
      const part = both && common(held, both);
      return part ? [part] : [];
    });
    const within = (outer: T, inner: T): boolean => covers(outer, inner) && holds(outer, inner);
    return parts
      .filter(
        (part, index) =>
          !parts.some(
            (other, at) => at !== index && within(other, part) && (at < index || !within(part, other)),
          ),
      )
      .sort((a, b) => order(a.from, b.from) || order(a.until, b.until));
  });
}

export function latest(a: Day | undefined, b: Day | undefined): Day | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

export function earliest(a: Day | undefined, b: Day | undefined): Day | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** In the order of `next`, what both have. */
export function both<T>(inForce: readonly T[], next: readonly T[]): T[] {
  return next.filter((each) => inForce.includes(each));
}

/** In the order of `next`, then what only the version in force has. */
export function either<T>(inForce: readonly T[], next: readonly T[]): T[] {
  return [...next, ...inForce.filter((each) => !next.includes(each))];
}

export type Pair<T> = readonly [inForce: T, next: T];

/** What stands in both versions, in the order of the next. */
export function pairs<T>(inForce: readonly T[], next: readonly T[], key: (each: T) => unknown): Pair<T>[] {
  const held = new Map(inForce.map((each) => [key(each), each]));
  return next.flatMap((each): Pair<T>[] => {
    const before = held.get(key(each));
    return before ? [[before, each]] : [];
  });
}

function order(a: Day | undefined, b: Day | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''));
}
