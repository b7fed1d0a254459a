/**
 * No network of its own: with the executor `process`, which isolates nothing, a job reaches the database as
 * this machine does. Rights still come from the account it is given. For the demo only.
 */
import type { DatabaseNetwork } from './network.ts';

export function directNetwork({ host }: { host: string }): DatabaseNetwork {
  return {
    hostInside: host,
    open: () => Promise.resolve({ kind: 'none' }),
    close: () => Promise.resolve(),
    closeAllBut: () => Promise.resolve(),
  };
}
