/** Reading the shown copies of requests. */
import { sql, type SQL } from 'drizzle-orm';
import { rowsOf, type Db } from '../db/database.ts';
import type { ShownRequest } from '../protocol/protocol.ts';
import {
  FIGURES,
  figuresOfSteps,
  FINAL,
  type Calendar,
  type DecisionDays,
  type DecisionStep,
} from '../release/release.ts';
import type { ShownView, StepView } from './types.ts';

interface Row {
  shown: Omit<ShownRequest, 'events'>;
  backend: string;
  airlock: string;
  repository: number;
  updatedAt: number;
}

async function select(db: Db, where: SQL): Promise<ShownView[]> {
  const rows = await rowsOf<Row>(
    db,
    sql`
      select shown, backend, airlock, repository_id::float8 as repository, updated_at::float8 as "updatedAt"
      from shown_requests where ${where} order by created_at desc, id`,
  );
  return rows.map(({ shown, ...rest }) => ({ ...shown, ...rest }));
}

export async function shownRequest(db: Db, id: string): Promise<ShownView | undefined> {
  return (await select(db, sql`id = ${id}`))[0];
}

/** Newest first. */
export function shownOfRepository(db: Db, repository: number): Promise<ShownView[]> {
  return select(db, sql`repository_id = ${repository}`);
}

export function shownOfProject(db: Db, project: string): Promise<ShownView[]> {
  return select(db, sql`project = ${project}`);
}

/** Not at their end: for reminders, and for writing everything on GitHub again. */
export function openRequests(db: Db): Promise<ShownView[]> {
  return select(
    db,
    sql`state <> all(array(select json_array_elements_text(${JSON.stringify(FINAL)}::json)))`,
  );
}

/** Oldest first. */
export async function stepsOf(db: Db, request: string): Promise<StepView[]> {
  const rows = await rowsOf<Record<keyof StepView, unknown>>(
    db,
    sql`
      select seq::float8 as seq, at::float8 as at, what, by::float8 as by, state, category, batch, file
      from shown_steps where request = ${request} order by epoch, seq`,
  );
  return rows.map(({ category, batch, file, ...rest }) => ({
    ...(rest as unknown as StepView),
    ...(category === null ? {} : { category: category as StepView['category'] }),
    ...(batch === null ? {} : { batch: batch as number }),
    ...(file === null ? {} : { file: file as number }),
  }));
}

interface Step {
  request: string;
  what: StepView['what'];
  at: number;
  before: string | null;
}

/** How long decisions of the last year took, over all zones. */
export async function decisionFigures(db: Db, at: number, calendar: Calendar): Promise<DecisionDays> {
  const steps = await rowsOf<Step>(
    db,
    sql`
      select request, what, at::float8 as at, before from (
        select request, epoch, seq, what, at, lag(state) over (partition by request order by epoch, seq) as before
        from shown_steps) as step
      where what in ('submitted', 'resubmitted', 'approved', 'rejected', 'part-released', 'returned')
        and at >= ${at - FIGURES.lookBack}
      order by request, epoch, seq`,
  );
  return figuresOfSteps(steps.map(asEntry), calendar);
}

/** What was shown says less than the entry it was made of; a return before both had signed broke the turn off. */
function asEntry({ request, what, at, before }: Step): DecisionStep & { request: string } {
  const same = { request, at };
  if (what === 'approved') return { ...same, type: 'REQUEST_APPROVE' };
  if (what === 'rejected') return { ...same, type: 'REQUEST_REJECT' };
  if (what === 'part-released') return { ...same, type: 'REQUEST_PARTIAL_RELEASE', step: 'confirmed' };
  if (what !== 'returned') return { ...same, type: 'REQUEST_SUBMIT' };
  return { ...same, type: before === 'consolidating' ? 'REQUEST_RETURN' : 'REQUEST_EARLY_RETURN' };
}
