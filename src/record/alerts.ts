/** What everybody is told for a while, by governance in force. Pure. */
import type { Alert, Governance } from '../governance/types.ts';

/** What a page is about: alerts of other projects and backends are not for it. */
export interface About {
  projects?: readonly string[];
  backends?: readonly string[];
}

/** Worst first. */
const LEVELS: readonly Alert['level'][] = ['danger', 'warning', 'info'];

export const isShown = ({ from, until }: Alert, now: number): boolean => from <= now && now < until;

/** Those that hold now and are for everybody or for what the page is about; the worst first, then the newest. */
export function alertsFor(g: Governance | undefined, about: About, now: number): Alert[] {
  return (g?.alerts ?? [])
    .filter((alert) => isShown(alert, now) && concerns(alert, about))
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.from - a.from);
}

/** An alert for projects and backends is for pages of any of them. */
function concerns({ scope }: Alert, { projects = [], backends = [] }: About): boolean {
  if (!scope || (scope.projects.length === 0 && scope.backends.length === 0)) return true;
  return (
    projects.some((id) => scope.projects.includes(id)) || backends.some((id) => scope.backends.includes(id))
  );
}

/** All that governance holds: what is shown or to come first, the newest first. */
export function allAlerts(
  g: Governance | undefined,
  now: number,
): { alert: Alert; when: 'now' | 'later' | 'over' }[] {
  const order = ['now', 'later', 'over'] as const;
  return (g?.alerts ?? [])
    .map((alert) => ({
      alert,
      when: isShown(alert, now)
        ? ('now' as const)
        : now < alert.from
          ? ('later' as const)
          : ('over' as const),
    }))
    .sort((a, b) => order.indexOf(a.when) - order.indexOf(b.when) || b.alert.from - a.alert.from);
}
