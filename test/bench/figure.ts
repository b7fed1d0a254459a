/** One line of the bench: what was measured against what, and whether it meets the goal. */
export interface Figure {
  id: string;
  title: string;
  /** The measured ratio; undefined when it could not run here. */
  value?: number;
  unit: string;
  must: Goal;
  stretch: Goal;
  /** Undefined when it did not run. */
  ok?: boolean;
  /** Quartiles, absolute times, baselines: context, not the result. */
  detail: string;
}

export interface Goal {
  /** `<=`: smaller is better. */
  is: '<=' | '>=';
  than: number;
}

export function meets(value: number, goal: Goal): boolean {
  return goal.is === '<=' ? value <= goal.than : value >= goal.than;
}

export const goalText = (goal: Goal): string => `${goal.is === '<=' ? '≤' : '≥'} ${goal.than}`;

export function figure(parts: Omit<Figure, 'ok'>): Figure {
  return { ...parts, ok: parts.value === undefined ? undefined : meets(parts.value, parts.must) };
}

/** A figure's measurement: run lazily, so that `--only` costs nothing for the rest. */
export interface Measure {
  id: string;
  run(): Promise<Figure[]>;
}
