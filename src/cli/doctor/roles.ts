/** Which checks a role has, in the order in which one would mend them. */
import type { HostCheck } from './checks.ts';
import { HUB_CHECKS, PROXY_CHECKS, STEWARD_CHECKS } from './checks-public.ts';
import { AGENT_CHECKS, AIRLOCK_CHECKS } from './checks-zone.ts';
import type { HostRole } from './host.ts';

const CHECKS: Readonly<Record<HostRole, readonly HostCheck[]>> = {
  hub: HUB_CHECKS,
  steward: STEWARD_CHECKS,
  proxy: PROXY_CHECKS,
  agent: AGENT_CHECKS,
  airlock: AIRLOCK_CHECKS,
};

export const hostChecks = (role: HostRole): readonly HostCheck[] => CHECKS[role];
