/** What becomes of settings changed by hand: put back, unless governance only wants to know. */
import { expect, test } from '@jest/globals';
import { DRIFT_KINDS, loosens, readGovernance, restrict } from '../../src/governance/governance.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';

const withDrift = (drift: string) => {
  const files = governanceFiles();
  files.set('policies.yml', `${files.get('policies.yml')}drift: ${drift}\n`);
  return files;
};

test('left out, everything is put back; named, one kind is only told', () => {
  expect(aGovernance().policies.drift).toEqual(
    Object.fromEntries(DRIFT_KINDS.map((kind) => [kind, 'put_back'])),
  );
  expect(aGovernance(withDrift('{labels: report}')).policies.drift).toMatchObject({
    labels: 'report',
    teams: 'put_back',
  });
});

test.each(['{label: report}', '{labels: ignore}', 'off'])('%s is a fault on its line', (drift) => {
  const { governance, findings } = readGovernance(withDrift(drift), 'a'.repeat(40));
  expect(governance).toBeUndefined();
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ path }) => path)).toEqual(['policies.yml']);
});

test('of two versions the stricter counts, kind by kind, and only telling is a loosening', () => {
  const [none, one] = [aGovernance(), aGovernance(withDrift('{teams: report, labels: report}'))];
  expect(restrict(one, none).policies.drift).toEqual(none.policies.drift);
  expect(restrict(none, one).policies.drift).toEqual(none.policies.drift);
  expect(restrict(one, one).policies.drift).toEqual(one.policies.drift);
  expect(loosens(none, one).length).toBeGreaterThan(0);
  expect(loosens(one, none)).toEqual([]);
});
