/** Facts for looking at a request: what a page or the hub is shown depends on them, nothing is decided. */
import type { Facts, ReleaseRequest } from '../../src/release/release.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { deedsOf } from './command.ts';
import type { Core, Db } from './core.ts';
import { originsOf, standingFacts } from './facts.ts';

/** Undefined while governance or git cannot say. */
export async function commandFacts(core: Core, db: Db, request: ReleaseRequest): Promise<Facts | undefined> {
  const at = core.clock.now();
  const rules = core.rules(at);
  if (!rules) return undefined;
  const deeds = await deedsOf(core, await originsOf(db, request.id));
  if (isRefusal(deeds)) return undefined;
  return {
    ...standingFacts(rules, request.workspace, request.project, at),
    deeds,
    activeRequest: null,
    files: {},
    released: [],
    revoked: [],
    hints: [],
    unchecked: [],
    views: [],
  };
}
