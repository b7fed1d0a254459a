/** Of each check of each role: where it holds, and where it fails, with the remedy. Facts are given, no network is asked. */
import { expect, test } from '@jest/globals';
import { diagnose } from '../../../src/cli/doctor-work.ts';
import { HOST_ROLES, type HostFacts, type HostRole } from '../../../src/cli/doctor/host.ts';
import { hostChecks } from '../../../src/cli/doctor/roles.ts';
import { common } from './common.ts';
import { doors } from './doors.ts';
import { facts } from './host.ts';
import { publicHost } from './public.ts';
import { zone } from './zone.ts';

const FAILING = [...common, ...publicHost, ...zone, ...doors];

async function found(role: HostRole, id: string, more: Partial<HostFacts>) {
  const all = await diagnose(hostChecks(role), facts(role, more));
  return all.find((one) => one.id === id);
}

test.each(HOST_ROLES)('on a %s where all is well every check holds', async (role) => {
  const all = await diagnose(hostChecks(role), facts(role));
  expect(all.filter(({ state }) => state !== 'ok')).toEqual([]);
});

test.each(FAILING)('%s, %s: %s', async (role, id, _what, more, state, says, mend) => {
  const answer = await found(role, id, more);
  expect(answer).toMatchObject({ state });
  expect(answer?.says).toMatch(says);
  expect(answer?.mend ?? '').toMatch(mend);
});

test('no check is without a case in which it fails', () => {
  const failing = new Set(FAILING.map(([, id]) => id));
  const all = new Set(HOST_ROLES.flatMap((role) => hostChecks(role).map(({ id }) => id)));
  expect([...all].filter((id) => !failing.has(id))).toEqual([]);
});

test.each(HOST_ROLES)(
  'on a %s whose settings cannot be read, nothing is said to be right that was not looked at',
  async (role) => {
    const nothing = {
      ...{
        settings: { file: 'x', fault: 'no' },
        secrets: [],
        folders: [],
        closed: [],
        names: [],
        tls: [],
        listens: [],
        notes: { real: true },
      },
      ...{
        store: undefined,
        github: undefined,
        hub: undefined,
        proxy: undefined,
        enrolled: undefined,
        barred: undefined,
        trust: undefined,
        watch: undefined,
        webhook: undefined,
      },
      ...{
        app: undefined,
        database: undefined,
        docker: undefined,
        dockerGroup: undefined,
        settingsFile: undefined,
      },
    };
    const all = await diagnose(hostChecks(role), facts(role, nothing));
    const right = all.filter(({ state }) => state === 'ok').map(({ id }) => id);
    expect(right.filter((id) => !['node', 'git', 'tls.env', 'version', 'scanner'].includes(id))).toEqual([]);
  },
);
