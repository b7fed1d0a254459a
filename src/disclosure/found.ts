/** Gathers findings: a bounded number of places per check, the rest as a count. */
import { CHECKS, type CheckId } from './catalogue.ts';
import type { Finding, Place, Severity } from './types.ts';
import * as words from './words.ts';

export class Found {
  readonly findings: Finding[] = [];
  private readonly most: number;
  private readonly counts = new Map<CheckId, number>();

  constructor(mostPlaces: number) {
    this.most = mostPlaces;
  }

  add(check: CheckId, place: Place, message: string, severity: Severity = CHECKS[check][0]): void {
    const count = (this.counts.get(check) ?? 0) + 1;
    this.counts.set(check, count);
    if (count <= this.most) this.findings.push({ check, severity, place, message });
  }

  has(check: CheckId): boolean {
    return this.counts.has(check);
  }

  /** Findings of another file or part, at their place in this one. */
  take(others: readonly Finding[], at: (place: Place) => Place): void {
    for (const { check, severity, place, message } of others) {
      this.add(check as CheckId, at(place), message, severity);
    }
  }

  done(): Finding[] {
    const all = [...this.findings];
    for (const [check, count] of this.counts) {
      if (count > this.most) {
        const severity = CHECKS[check][0];
        all.push({ check, severity, place: {}, message: words.more(count - this.most) });
      }
    }
    return all;
  }
}

/** A check that breaks is a finding that blocks: nothing may pass because we failed. */
export function guarded(found: Found, subject: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    found.add('F3', {}, words.crashed(subject, (error as Error).name));
  }
}
