/** What stands still by governance's word, for everybody: what and since when, never why or by whom. */
import { freezesOn } from '../freezes/freezes.ts';
import type { Freeze } from '../governance/governance.ts';
import { isoTime } from '../lib/clock.ts';
import type { RecordDeps } from './types.ts';

export type Paused = Pick<Freeze, 'scope' | 'at'>;

/** Oldest first; each scope once. */
export async function pausedNow({ db }: Pick<RecordDeps, 'db'>): Promise<Paused[]> {
  const all = (await freezesOn(db)).map(({ scope, at }) => ({ scope, at }));
  return all.filter(({ scope }, at) => all.findIndex((each) => same(each.scope, scope)) === at);
}

/** Of those, what concerns a page about this project, or this backend; about neither: what concerns everybody. */
export function pausedFor(
  all: readonly Paused[],
  { projects = [], backends = [] }: { projects?: readonly string[]; backends?: readonly string[] },
): Paused[] {
  return all.filter(({ scope }) => {
    if (scope.kind === 'all') return true;
    return (scope.kind === 'project' ? projects : backends).includes(scope.id);
  });
}

/** As programs read it. */
export function pausedJson(all: readonly Paused[]): object[] {
  return all.map(({ scope, at }) => ({
    scope: scope.kind,
    id: scope.kind === 'all' ? null : scope.id,
    since: isoTime(at),
  }));
}

const same = (a: Paused['scope'], b: Paused['scope']): boolean => JSON.stringify(a) === JSON.stringify(b);
