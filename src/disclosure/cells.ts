/**
 * What one cell says: a number, a redacted or a missing value, or text. Everything here is linear in
 * the cell's length and never throws.
 */

export const MISSING = 0;
export const REDACTED = 1;
export const INTEGER = 2;
export const FLOAT = 3;
export const TEXT = 4;
export type CellKind = typeof MISSING | typeof REDACTED | typeof INTEGER | typeof FLOAT | typeof TEXT;

export interface Cell {
  kind: CellKind;
  /** NaN unless a number, or the count of a composite. */
  value: number;
  /** Digits behind the point, as written. */
  decimals: number;
  /** Written with a % sign. */
  percent?: boolean;
  /** `12 (34.5%)`: the share behind the count. */
  share?: { value: number; decimals: number };
}

const REDACTIONS = new Set([
  '[redacted]',
  'redacted',
  '(redacted)',
  '<redacted>',
  'na',
  'n/a',
  '#n/a',
  'suppressed',
  '[suppressed]',
  'supp',
  '[c]',
  '[x]',
  '[z]',
  '*',
  '**',
  '***',
  '-',
  '--',
  '–',
  '—',
  '..',
  '...',
  '…',
  ':',
  '#',
  'masked',
  'hidden',
  '[low]',
]);
const MISSINGS = new Set(['', 'null', 'none', 'nan', '<na>', '.', 'nil']);
const BELOW = /^\[?(?:<|≤|<=|=<|&lt;|lessthan|under)\d{1,3}\]?$/;
const NUMBER = /^([-+−]?)(\d{1,3}(?:[,   ']\d{3})+|\d+)?(?:\.(\d*))?(?:e([-+]?\d{1,3}))?( ?%)?$/i;
const COMPOSITE =
  /^(\d{1,3}(?:,\d{3})+|\d+)(?: ?\/ ?(?:\d{1,3}(?:,\d{3})+|\d+))? ?[([] ?(\d{1,3})(?:\.(\d+))? ?(%)? ?[)\]]$/;
const LONGEST = 64;

/** Lower case without spaces: how tokens are compared. */
export function token(text: string): string {
  return text.toLowerCase().replace(/\s+/g, '');
}

const nothing = (kind: CellKind): Cell => ({ kind, value: NaN, decimals: 0 });
const MISSING_CELL = nothing(MISSING);
const REDACTED_CELL = nothing(REDACTED);
const TEXT_CELL = nothing(TEXT);

export function readCell(written: string, decimalComma = false): Cell {
  if (written.length > LONGEST) return TEXT_CELL;
  const text = written.trim();
  const short = token(text);
  if (MISSINGS.has(short)) return MISSING_CELL;
  if (REDACTIONS.has(short) || BELOW.test(short)) return REDACTED_CELL;
  return readNumber(text, decimalComma) ?? readComposite(text) ?? TEXT_CELL;
}

function readNumber(written: string, decimalComma: boolean): Cell | undefined {
  const text = decimalComma && /^[-+]?\d+,\d+ ?%?$/.test(written) ? written.replace(',', '.') : written;
  const parts = NUMBER.exec(text);
  if (!parts) return undefined;
  const [, sign, whole, fraction = '', exponent, percent] = parts;
  if (whole === undefined && fraction === '') return undefined;
  const digits = `${whole?.replace(/\D/g, '') ?? '0'}.${fraction || '0'}`;
  const value = Number(
    `${sign === '' || sign === '+' ? '' : '-'}${digits}${exponent === undefined ? '' : `e${exponent}`}`,
  );
  if (!Number.isFinite(value)) return undefined;
  const integer = Number.isInteger(value) && percent === undefined;
  const decimals = exponent === undefined ? fraction.length : fraction.length - Number(exponent);
  return {
    kind: integer ? INTEGER : FLOAT,
    value,
    decimals: Math.max(0, decimals),
    ...(percent !== undefined && { percent: true }),
  };
}

/** `1,234 (56.7%)`, `12/345 (3%)`: a count and what it is of the whole. */
function readComposite(text: string): Cell | undefined {
  const parts = COMPOSITE.exec(text);
  if (!parts) return undefined;
  const [, count, whole, fraction = '', percent] = parts;
  return {
    kind: TEXT,
    value: Number(count?.replace(/,/g, '')),
    decimals: 0,
    ...(percent && { percent: true }),
    share: { value: Number(`${whole}.${fraction || '0'}`), decimals: fraction.length },
  };
}
