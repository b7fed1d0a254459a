/** Which private repository the reviews of a project are in. */
import { expect, test } from '@jest/globals';
import { reviewRepository } from '../../src/github/release/facts.ts';
import { aGovernance, edited } from '../support/governance.ts';

const REPOS = 'review_repos: {default: 9005}';

test.each<[string, string, string | undefined, number | undefined]>([
  ['everybody’s, where the leading organisation has none', REPOS, 'riverside-university', 9005],
  [
    'its leading organisation’s own',
    'review_repos: {default: 9005, riverside-university: 9100}',
    'riverside-university',
    9100,
  ],
  [
    'never that of another organisation',
    'review_repos: {default: 9005, riverside-university: 9100}',
    'northshire',
    9005,
  ],
  ['everybody’s, for what belongs to no project', REPOS, undefined, 9005],
])('it is %s', (_which, written, lead, repository) => {
  const governance = aGovernance(edited({ 'deployment.yml': [REPOS, written] }));
  const project = lead === undefined ? undefined : { orgs: { lead, others: [] } };

  expect(reviewRepository(governance, project)).toBe(repository);
});

test('without governance there is none', () => {
  expect(reviewRepository(undefined, undefined)).toBeUndefined();
});
