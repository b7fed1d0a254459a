/**
 * Canonical JSON (RFC 8785): one byte sequence per value, so that a hash means the value.
 *
 * Keys are sorted by UTF-16 code units, numbers and strings are written as ECMAScript does.
 * Refused with a TypeError: what JSON cannot hold (undefined in arrays, functions, NaN, bigint,
 * lone surrogates). Keys whose value is undefined are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON holds no NaN or infinity');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, held]) => held !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, held]) => `${canonicalString(key)}:${canonicalJson(held)}`).join(',')}}`;
  }
  throw new TypeError(`canonical JSON holds no ${typeof value}`);
}

function canonicalString(text: string): string {
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)) {
    throw new TypeError('canonical JSON holds no lone surrogate');
  }
  return JSON.stringify(text);
}
