/** Numbers straight from bytes: most cells of a table never become a string. */

/** `-12.50` and the like; NaN for anything stranger. */
export function plainNumber(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const negative = bytes[at] === 45;
  if (negative) at += 1;
  let whole = 0;
  let scale = 1;
  let digits = 0;
  let point = false;
  for (; at < to; at += 1) {
    const byte = bytes[at]!;
    if (byte >= 48 && byte <= 57) {
      whole = whole * 10 + (byte - 48);
      digits += 1;
      if (point) scale *= 10;
    } else if (byte === 46 && !point) point = true;
    else return NaN;
  }
  if (digits === 0) return NaN;
  return (negative ? -whole : whole) / scale;
}

const TENS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/** Of a field of up to ten letters, digits and one point: its digits as a whole number, and how many stand behind. */
export function decimal(digits: number, behind: number): number {
  return digits / TENS[behind]!;
}

/** value % by for whole numbers: in integers where it fits, many times as fast. */
export function remainder(value: number, by: number): number {
  return value < 0x7fffffff && value > -0x7fffffff ? (value | 0) % (by | 0) : value % by;
}
