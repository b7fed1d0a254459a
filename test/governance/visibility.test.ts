/** What governance may write about repositories becoming public, and what it may not. */
import { expect, test } from '@jest/globals';
import { aGovernance, edited } from '../support/governance.ts';
import { told } from './told.ts';

const P = 'projects/ns-2026-014.yml';
const REPO = 'visibility: private, extensions: []';
const POLICY = 'closing_days: 14';

test('extensions, exemptions and cleared files are read, and all that is not said has its standard', () => {
  const text = `visibility: private, extensions: [{on: 2026-10-01, until: 2027-09-01, reason: At work, ref: GOV-7}], exempt: {reason: A tool, ref: GOV-8}`;
  const governance = aGovernance(edited({ [P]: [REPO, text] }));

  expect(governance.projects[0]!.repos[0]).toMatchObject({
    extensions: [{ on: '2026-10-01', until: '2027-09-01', reason: 'At work', ref: 'GOV-7' }],
    exempt: { reason: 'A tool', ref: 'GOV-8' },
    cleared: [],
  });
  expect(governance.policies.visibility).toMatchObject({ pending_days: 14, exempt_topic: 'non-research' });
  expect(governance.policies.visibility.scan.types).toContain('csv.gz');
});

test.each([
  [
    'an extension that ends before it is given',
    P,
    'extensions: [{on: 2027-10-01, until: 2027-09-01, reason: x, ref: G}]',
  ],
  [
    'an extension without a reason',
    P,
    'extensions: [{on: 2026-10-01, until: 2027-09-01, reason: "", ref: G}]',
  ],
  ['an exemption that nobody has written down', P, 'extensions: [], exempt: {reason: x}'],
  ['a cleared file by its name', P, 'extensions: [], cleared: [{object: data.csv, reason: x, ref: G}]'],
  ['part of an object', P, 'extensions: [], cleared: [{object: abcdef, reason: x, ref: G}]'],
  ['more than 14 days for the undecided', 'policies.yml', 'visibility: {pending_days: 15}'],
  ['a folder that leads out', 'policies.yml', 'visibility: {scan: {allow: [../codelists]}}'],
  ['a folder that is everything', 'policies.yml', 'visibility: {scan: {allow: [""]}}'],
  ['a pattern in place of a type', 'policies.yml', "visibility: {scan: {types: ['*']}}"],
  ['no limit for the size of a file', 'policies.yml', 'visibility: {scan: {max_file: 0}}'],
])('%s is refused', (_what, path, text) => {
  const files =
    path === P
      ? edited({ [P]: [REPO, `visibility: private, ${text}`] })
      : edited({ [path]: [POLICY, `${POLICY}\n${text}`] });

  expect(told(files)).toHaveLength(1);
});
