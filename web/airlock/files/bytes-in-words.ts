/** 12 bytes, 3.4 KiB, 5.6 MiB. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} ${size === 1 ? 'byte' : 'bytes'}`;
  const [value, unit] = size < 1024 * 1024 ? [size / 1024, 'KiB'] : [size / 1024 / 1024, 'MiB'];
  return `${value.toFixed(1)} ${unit}`;
}

// Made once: a page of a wide table shows hundreds of figures.
const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 });

/** 1,234 and 0.0123: as short as it can be read. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '';
  return (Number.isInteger(value) ? WHOLE : SHORT).format(value);
}
