/** Time comes in by argument, so that tests never sleep and replays are exact. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is moved. */
export function fixedClock(iso: string): Clock & { advance(ms: number): void } {
  let at = Date.parse(iso);
  if (Number.isNaN(at)) throw new TypeError(`not a time: ${iso}`);
  return {
    now: () => at,
    advance(ms) {
      at += ms;
    },
  };
}

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The UTC day, `2027-03-01`: what governance dates are compared with. */
export function isoDay(ms: number): string {
  return isoTime(ms).slice(0, 10);
}

export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;
