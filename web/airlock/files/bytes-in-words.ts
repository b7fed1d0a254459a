/** 12 bytes, 3.4 KiB, 5.6 MiB. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} ${size === 1 ? 'byte' : 'bytes'}`;
  const [value, unit] = size < 1024 * 1024 ? [size / 1024, 'KiB'] : [size / 1024 / 1024, 'MiB'];
  return `${value.toFixed(1)} ${unit}`;
}

/** 1,234 and 0.0123: as short as it can be read. */
export function figure(value: number | undefined): string {
  if (value === undefined) return '';
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: 5 });
}
