import { expect, test } from '@jest/globals';
import { PullGitHub, type SeenRepository } from '../../src/steward/pull-github.ts';
import type { StewardGitHub } from '../../src/steward/steward.ts';

const repository: SeenRepository = {
  ...{ id: 7, name: 'codelists', owner: { login: 'org' }, private: false, archived: false },
  default_branch: 'main',
};

test('a pull request from a fork in the same organisation, of a branch with the same name, is not ours', async () => {
  const pull = (number: number, from: number | null) => ({
    ...{ number, state: 'closed', html_url: '', merged_at: null },
    head: { sha: 'c'.repeat(40), repo: from === null ? null : { id: from } },
  });
  const pullOf = (...found: object[]) => {
    const github = { inOrganisation: () => Promise.resolve(found) } as unknown as StewardGitHub;
    return new PullGitHub(github, 'org', 'codelist').pullOf(repository, 'codelist/abc');
  };
  expect(await pullOf(pull(3, 8), pull(2, null), pull(1, 7))).toMatchObject({ number: 1 });
  expect(await pullOf(pull(3, 8), pull(2, null))).toBeUndefined();
});
