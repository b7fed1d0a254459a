/** How long checking takes, from the airlock's own entries: the hub is not asked. */
import { sql } from 'drizzle-orm';
import { rowsOf, textArray } from '../../../src/db/open.ts';
import {
  FIGURES,
  figuresOfSteps,
  type DecisionDays,
  type DecisionStep,
} from '../../../src/release/release.ts';
import type { Core } from '../core.ts';

const STEPS: readonly DecisionStep['type'][] = [
  'REQUEST_SUBMIT',
  'REQUEST_APPROVE',
  'REQUEST_REJECT',
  'REQUEST_RETURN',
  'REQUEST_EARLY_RETURN',
  'REQUEST_PARTIAL_RELEASE',
];

/** Over all requests of the zone; of the last year. Undefined while no governance is in force. */
export async function decisionFigures(core: Core): Promise<DecisionDays | undefined> {
  const at = core.clock.now();
  const calendar = core.rules(at)?.calendar;
  if (!calendar) return undefined;
  const steps = await rowsOf<DecisionStep & { request: string }>(
    core.db,
    sql`
      select request, type, at::float8 as at,
        case when type = 'REQUEST_PARTIAL_RELEASE' then entry::json ->> 'step' end as step
      from entries where type = any(${textArray(STEPS)}) and at >= ${at - FIGURES.lookBack}::bigint
      order by request, seq`,
  );
  return figuresOfSteps(steps, calendar);
}
