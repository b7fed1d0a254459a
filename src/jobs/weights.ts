/** How much of a pool a job takes: the backend's table for its workspace, then the default one, else 1. */
import type { Backend } from '../governance/types.ts';
import type { Action, Pool } from '../pipeline/pipeline.ts';

type Rule = Backend['weights']['default'][number];

/** An operator's pattern meets a researcher's text: a long one could keep the hub busy. The rest is not looked at. */
const MOST_MATCHED = 500;

export const poolOf = (action: Pick<Action, 'isDatabase'>): Pool =>
  action.isDatabase ? 'database' : 'general';

/** Workspace rules are matched with the action's name, default rules with the whole command; both in full, case-sensitive. */
export function weigher(
  backend: Backend,
  workspace: string,
): (action: Pick<Action, 'name' | 'run'>) => number {
  const own = compiled(backend.weights.workspaces[workspace] ?? []);
  const general = compiled(backend.weights.default);
  return ({ name, run }) => first(own, name) ?? first(general, run) ?? 1;
}

function compiled(rules: readonly Rule[]): { matches: RegExp; weight: number }[] {
  return rules.map(({ match, weight }) => ({ matches: new RegExp(`^(?:${match})$`, 'u'), weight }));
}

function first(rules: readonly { matches: RegExp; weight: number }[], text: string): number | undefined {
  const looked = text.slice(0, MOST_MATCHED);
  return rules.find(({ matches }) => matches.test(looked))?.weight;
}
