/** What the stand-in for GitHub answers, when a test counts on a yes. */
import { isFailure, type Failure } from '../../src/sandbox/github/github.ts';

export function must<T>(value: T | Failure): T {
  if (isFailure(value)) throw new Error(`GitHub said ${value.status}: ${value.message}`);
  return value as T;
}

export function ok(value: Failure | undefined): void {
  if (isFailure(value)) throw new Error(`GitHub said ${value.status}: ${value.message}`);
}
