import type { ShownHint } from '../../../agent/airlock/face.ts';
import type { Finding } from '../../../src/disclosure/types.ts';

const LETTER = { block: 'B', warn: 'W', inform: 'I' } as const;

/** Hints as a file view marks them. */
export function findingsOf(hints: readonly ShownHint[] | null): Finding[] {
  return (hints ?? []).map(({ check, severity, place, message }) => ({
    check,
    severity: LETTER[severity],
    place,
    message,
  }));
}
