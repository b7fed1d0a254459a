/**
 * What every line of a log carries while something is being done: which request, delivery, job or task it belongs to.
 *
 * It follows the work through every `await`, so that no function has to pass it on. An own name in a line wins.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogFields {
  /** Of one HTTP request: given by a trusted proxy, or made here. */
  request_id?: string;
  /** GUID of a delivery from GitHub. */
  delivery?: string;
  /** Job request. */
  request?: string;
  job?: string;
  task?: string;
  /** What the steward publishes. */
  publication?: string;
}

const held = new AsyncLocalStorage<LogFields>();

/** Adds to what is held already. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return held.run({ ...held.getStore(), ...fields }, work);
}

export function logFields(): LogFields {
  return held.getStore() ?? {};
}
