/** Hints of the automatic checks as the file view marks them; null while they run. */
import type { ShownHint } from '../../../agent/airlock/face.ts';
import type { Finding } from '../../../src/disclosure/types.ts';

const SEVERITY = { block: 'B', warn: 'W', inform: 'I' } as const;

export function findingsOf(hints: readonly ShownHint[] | null): Finding[] {
  return (hints ?? []).map(({ check, severity, place, message }) => ({
    check,
    severity: SEVERITY[severity],
    place,
    message,
  }));
}
