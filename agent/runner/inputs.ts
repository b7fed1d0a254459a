/**
 * Outputs of other actions into a job's folder: hard links to the store where the job's user is
 * another than the agent's (it can then remove its link, and nothing else), copies otherwise.
 */
import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Store } from '../store/store.ts';
import { before } from './collect.ts';
import { makeFolders, type Owner } from './export.ts';
import type { Baseline, Input } from './types.ts';

export function placeInputs(
  inputs: readonly Input[],
  store: Store,
  work: string,
  owner: Owner,
  baseline: Baseline,
): void {
  const shared = owner.uid !== process.getuid?.();
  for (const input of inputs) {
    const target = path.join(work, input.path);
    makeFolders(work, path.posix.dirname(input.path), owner);
    // A checked-out file of the same name gives way: results win over what was committed.
    rmSync(target, { force: true });
    store.place(input.hash, target, { shared, owner });
    baseline[input.path] = before(lstatSync(target, { bigint: true }));
  }
}
