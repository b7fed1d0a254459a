/** `sallyport doctor <role>` on a host: reachability both ways, clock, disk, permissions, engine, versions. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { minutes, seconds } from '../lib/clock.ts';
import { doctorCommand, type HostDoctor } from './doctor.ts';
import type { Diagnosis } from './doctor-work.ts';
import { HOST_ROLES, type HostRole } from './doctor/host.ts';

const FILES: Readonly<Record<HostRole, string>> = {
  hub: '/etc/sallyport/hub.yml',
  steward: '/etc/sallyport/steward-config.yml',
  proxy: '/etc/sallyport/proxy.yml',
  agent: '/etc/sallyport/zone.yml',
  airlock: '/etc/sallyport/zone.yml',
};

const MORE = `
On a host, with a role: run it as root, there, before and after starting the role. What must answer is asked, and what
must not answer is tried: from the zone the internet, GitHub, DNS and the address where clouds keep credentials; from
outside the hub's doors for operators and metrics. A unit that was started a moment ago is given two minutes.
`;

const PATIENT = 'Something is missing, and a unit was started here only just: looking again for a while.\n';

const HOSTS: HostDoctor = {
  roles: HOST_ROLES,
  more: MORE,
  async diagnose(role, file): Promise<Diagnosis[]> {
    const { hostChecks } = await import('./doctor/roles.ts');
    const { hostFacts } = await import('./doctor/gather.ts');
    const { diagnose } = await import('./doctor-work.ts');
    const { isStarting } = await import('./doctor/starting.ts');
    const own = role as HostRole;
    // One that ends and is started again and again is always young.
    let isTold = false;
    for (const until = Date.now() + minutes(2); ; await wait(seconds(1))) {
      const found = await diagnose(hostChecks(own), await hostFacts(own, file ?? FILES[own]));
      const isWell = !found.some(({ state }) => state === 'missing');
      if (isWell || Date.now() > until || !(await isStarting())) return found;
      if (!isTold) process.stderr.write(PATIENT);
      isTold = true;
    }
  },
};

export const registerHostDoctor = (root: Command): void => doctorCommand(root, HOSTS);
