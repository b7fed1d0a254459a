// What may be shown of a group: counts to the nearest five, and nothing about groups of seven or fewer.
export const SMALLEST = 8;

export function shownCount(count) {
  return count < SMALLEST ? '[c]' : Math.round(count / 5) * 5;
}

export function shownMean(values, digits = 1) {
  if (values.length < SMALLEST) return '[c]';
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(digits);
}
