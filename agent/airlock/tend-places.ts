/** Places by the clock: whoever has not begun gives way, and what stands open is filled. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import {
  barredSeats,
  idleSeats,
  type Command,
  type Facts,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import { commandAll } from './command.ts';
import type { Core, Rules } from './core.ts';
import { inTurn } from './in-turn.ts';

const REVIEW: readonly ReleaseRequest['state'][] = ['submitted', 'reviewing', 'consolidating'];

/** Looks at every place once more: by the clock, and when governance has changed. */
export async function tendPlaces(core: Core): Promise<void> {
  const rows = await rowsOf<{ id: string }>(
    core.db,
    sql`select id from requests where state in ('submitted', 'reviewing', 'consolidating') order by id`,
  );
  await inTurn(rows, async ({ id }) => {
    const rules = core.rules(core.clock.now());
    if (!rules) return;
    const draft = (request: ReleaseRequest, facts: Facts): Command[] => places(request, facts, rules);
    await commandAll(core, id, [], { refill: true, draft }, true);
  });
}

function places(request: ReleaseRequest, facts: Facts, rules: Rules): Command[] {
  if (!REVIEW.includes(request.state)) return [];
  const gone = [
    ...barredSeats(request, facts, rules.release).map(({ checker }) => checker),
    ...idleSeats(request, facts.views, facts.at, rules.release, rules.calendar),
  ];
  return [...new Set(gone)].map((checker) => ({ type: 'unassign', checker, by: { kind: 'airlock' } }));
}
