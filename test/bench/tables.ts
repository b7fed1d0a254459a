/** Tables for the disclosure figures: the kind of columns studies release, in any number of rows. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { randomFrom } from '../disclosure/labelled/random.ts';

const REGIONS = ['North East', 'North West', 'London', 'South West', 'East'];
const AGES = ['18-39', '40-64', '65-79', '80+'];
const HEAD = 'region,sex,age_group,month,n,denominator,rate,mean_bmi\n';

/** Rows of a released table: rounded counts, a rate computed from them, a mean. */
export function tableRows(rows: number, seed: number): string {
  const random = randomFrom(seed);
  const lines: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const whole = 5 * random.int(100, 1900);
    const part = 5 * random.int(2, Math.floor(whole / 20));
    lines.push(
      `${random.pick(REGIONS)},${random.pick(['F', 'M'])},${random.pick(AGES)},2023-${String(1 + (row % 12)).padStart(2, '0')},${part},${whole},${((1000 * part) / whole).toFixed(2)},${(22 + 8 * random.next()).toFixed(1)}\n`,
    );
  }
  return lines.join('');
}

export const table = (rows: number, seed: number): string => HEAD + tableRows(rows, seed);

/** A file of at least this size, written in pieces of a megabyte. */
export function writeLarge(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  try {
    let size = writeSync(file, HEAD);
    const pieces = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => Buffer.from(tableRows(20_000, seed)));
    for (let index = 0; size < bytes; index += 1) size += writeSync(file, pieces[index % pieces.length]!);
  } finally {
    closeSync(file);
  }
}

const COMMA = 44;
const QUOTE = 34;
const LINE = 10;

const places = new Int32Array(4096);

/**
 * A plain CSV scan, one thread, no rules: where each field of each record begins and ends, quotes
 * respected. Answers the number of records.
 */
export function plainScan(bytes: Uint8Array, length: number): number {
  let records = 0;
  let fields = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at]!;
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === COMMA || byte === LINE)) {
      const place = (fields & 1023) << 1;
      places[place] = from;
      places[place + 1] = at;
      from = at + 1;
      fields += 1;
      if (byte === LINE) {
        records += 1;
        fields = 0;
      }
    }
  }
  return records;
}
