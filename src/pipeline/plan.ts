/**
 * Which jobs a request needs, and why each runs or does not.
 *
 * | latest job | asked for by name | as a dependency | dependency, forced |
 * |---|---|---|---|
 * | none | run | run | run |
 * | pending, running | wait for it | wait for it | wait for it |
 * | succeeded | run again | reuse | run again |
 * | failed | run again | run again | run again |
 *
 * Under `run_all` every action counts as a dependency. What is reused is not looked behind.
 */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { nearest } from './suggest.ts';
import type { Action, PastJob, Pipeline, Plan, PlannedJob, Reason } from './types.ts';
import * as words from './words-plan.ts';

export const RUN_ALL = 'run_all';

export interface PlanRequest {
  pipeline: Pipeline;
  /** Action names as asked for, `run_all` among them. */
  asked: readonly string[];
  /** By action: the latest job that was not cancelled. */
  latest: ReadonlyMap<string, PastJob>;
  /** Run dependencies again although they succeeded. */
  force: boolean;
  /** Run only what has no good result, as under `run_all`: naming an action is then no reason to run it again. */
  refresh?: boolean;
}

/** Refuses 'plan.nothing-asked' and 'plan.unknown-action'. */
export function plan(request: PlanRequest): Plan | Refusal {
  const { pipeline, asked } = request;
  const actions = new Map(pipeline.actions.map((action) => [action.name, action]));
  if (asked.length === 0) return refusal('plan.nothing-asked', ...words.nothingAsked());
  const unknown = [...new Set(asked)].filter((name) => name !== RUN_ALL && !actions.has(name));
  if (unknown.length > 0) {
    const known = [...actions.keys()];
    return refusal(
      'plan.unknown-action',
      ...words.unknownActions(unknown, known, nearest(unknown[0]!, [...known, RUN_ALL])),
    );
  }
  const all = asked.includes(RUN_ALL);
  const named = new Set(all || request.refresh ? [] : asked);
  return walk(all ? [...actions.keys()] : asked, { ...request, actions, named });
}

interface Walk extends PlanRequest {
  actions: ReadonlyMap<string, Action>;
  named: ReadonlySet<string>;
}

/** Depth first with its own stack: a chain of 10,000 actions is an ordinary project. */
function walk(roots: readonly string[], request: Walk): Plan {
  const jobs: PlannedJob[] = [];
  const reused: Plan['reused'] = [];
  const entered = new Set<string>();
  const waitable = new Set<string>();
  const stack: { action: Action; why: Reason; next: number }[] = [];
  const enter = (name: string): void => {
    if (entered.has(name)) return;
    entered.add(name);
    const fate = fateOf(name, request);
    if (typeof fate === 'string') stack.push({ action: request.actions.get(name)!, why: fate, next: 0 });
    else reused.push(fate);
    if (typeof fate === 'string' || fate.why === 'active') waitable.add(name);
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const need = top.action.needs[top.next];
      top.next += 1;
      if (need !== undefined) {
        enter(need);
        continue;
      }
      stack.pop();
      const { name, needs } = top.action;
      jobs.push({ action: name, why: top.why, waitsFor: needs.filter((each) => waitable.has(each)) });
    }
  }
  return { jobs, reused };
}

function fateOf(name: string, { latest, named, force }: Walk): Reason | Plan['reused'][number] {
  const past = latest.get(name);
  if (past?.state === 'pending' || past?.state === 'running')
    return { action: name, job: past.job, why: 'active' };
  if (named.has(name)) return 'asked-for';
  if (!past) return 'never-run';
  if (past.state === 'failed') return 'failed-before';
  return force ? 'forced' : { action: name, job: past.job, why: 'succeeded' };
}
