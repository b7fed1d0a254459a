/** The values that a column may take, counted through. */
import { readPattern } from './pattern.ts';
import type { Column } from './schema.ts';

export interface Domain {
  /** How many different values there are. */
  size: number;
  /** The value at a place, 0 ≤ place < size, as PostgreSQL prints it. */
  at(place: number): string;
  /** Which place chance chooses, for 0 ≤ x < 1. */
  pick(chance: number): number;
}

const DAY_MS = 86_400_000;
const DAY_S = 86_400;
/** So many texts are kept once made. */
const KEPT = 65_536;

const dayOf = (day: string): number => Date.parse(day) / DAY_MS;
const textOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const two = (n: number): string => String(n).padStart(2, '0');

/** Of a column without faults that refers to nothing. `encode`: how a value is written where it goes. */
export function domainOf(column: Column, encode: (text: string) => string): Domain {
  const { size, at, pick } = plainDomain(column);
  const kept: (string | undefined)[] = [];
  return {
    size,
    at: size > KEPT ? (place) => encode(at(place)) : (place) => (kept[place] ??= encode(at(place))),
    pick,
  };
}

function plainDomain(column: Column): Domain {
  const { type, categories, min = 0, max = 0 } = column;
  if (categories) return chosen(categories);
  switch (type) {
    case 'decimal': {
      const digits = column.digits ?? 0;
      const least = scaled(min, digits);
      return evenly(scaled(max, digits) - least + 1, (place) => pointed(least + place, digits));
    }
    case 'boolean': {
      const share = column.true_share ?? 0.5;
      return {
        size: 2,
        at: (place) => (place === 0 ? 't' : 'f'),
        pick: (chance) => (chance < share ? 0 : 1),
      };
    }
    case 'date':
    case 'timestamp': {
      const first = dayOf(column.from!);
      const days = dayOf(column.until!) - first + 1;
      if (type === 'date') return evenly(days, (place) => textOf(first + place));
      const texts: (string | undefined)[] = [];
      return evenly(days * DAY_S, (place) => {
        const second = place % DAY_S;
        const time = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]
          .map(two)
          .join(':');
        const day = Math.floor(place / DAY_S);
        return `${(texts[day] ??= textOf(first + day))} ${time}`;
      });
    }
    case 'text': {
      const pattern = readPattern(column.pattern!)!;
      return evenly(pattern.size, pattern.at);
    }
    default:
      return evenly(max - min + 1, (place) => String(min + place));
  }
}

const evenly = (size: number, at: (place: number) => string): Domain => ({
  size,
  at,
  pick: (chance) => Math.floor(chance * size),
});

function chosen(categories: Record<string, number>): Domain {
  // Whatever order they were written in.
  const values = Object.keys(categories).sort();
  const upTo: number[] = [];
  let total = 0;
  for (const value of values) upTo.push((total += categories[value]!));
  return {
    size: values.length,
    at: (place) => values[place]!,
    pick: (chance) => {
      const wanted = chance * total;
      let [low, high] = [0, values.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (wanted < upTo[middle]!) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/** As a whole number of the smallest step. */
export const scaled = (value: number, digits: number): number => Math.round(value * 10 ** digits);

function pointed(steps: number, digits: number): string {
  if (digits === 0) return String(steps);
  const text = String(Math.abs(steps)).padStart(digits + 1, '0');
  return `${steps < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
