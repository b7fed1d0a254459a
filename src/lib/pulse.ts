/** Whether the loops of a process still turn: each tells when it did, and has so long for its next turn. */
export interface Pulse {
  /** The loop `name` turned just now. The first call makes it known. */
  beat(name: string, withinMs: number): void;
  /** It has ended on purpose. */
  rest(name: string): void;
  /** Loops that are overdue, by name. */
  late(): string[];
}

/** By a clock that nobody sets: after a jump of the host's time no loop is late. */
export function createPulse(now: () => number = () => performance.now()): Pulse {
  const due = new Map<string, number>();
  return {
    beat: (name, withinMs) => void due.set(name, now() + withinMs),
    rest: (name) => void due.delete(name),
    late: () => [...due].filter(([, at]) => at < now()).map(([name]) => name),
  };
}
