/** What should never have been merged: told by name, and the last good version stays in force until it is repaired. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGovernanceMirror } from '../../src/governance/governance.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { governanceFiles, PEOPLE } from '../support/governance.ts';
import { gitUpstream, type GitUpstream } from '../support/git-upstream.ts';

const GOOD = Object.fromEntries(governanceFiles());
const people = (from: string, to: string): Record<string, string> => {
  const text = GOOD['people.yml'] ?? '';
  if (!text.includes(from)) throw new Error(`people.yml does not hold ${from}`);
  return { 'people.yml': text.replace(from, to) };
};

let upstream: GitUpstream;
beforeAll(async () => {
  upstream = await gitUpstream();
});
afterAll(() => upstream.close());

let count = 0;
test.each<[string, Record<string, string>, path: string, code: string]>([
  [
    'a person with two ids',
    people(`- {id: ${PEOPLE.checker}, `, `- {id: ${PEOPLE.checker}, id: 77, `),
    'people.yml',
    'governance.duplicate-key',
  ],
  [
    'a login under two ids',
    people(
      `{id: ${PEOPLE.stranger}, `,
      `{id: 77, login: rowan-example, name: R, until: 2027-08-31}\n- {id: ${PEOPLE.stranger}, `,
    ),
    'people.yml',
    'governance.duplicate-id',
  ],
  [
    'aliases that hold each other',
    { 'orgs.yml': '- &a {id: x, name: *b}\n- &b {id: y, name: *a}\n' },
    'orgs.yml',
    'governance.alias',
  ],
  [
    'a grant without end',
    people('{id: attainment, until: 2027-08-31}', '{id: attainment}'),
    'people.yml',
    'governance.missing-key',
  ],
  [
    'a file of 20 MB',
    { 'people.yml': `${GOOD['people.yml'] ?? ''}${'# more\n'.repeat(3_000_000)}` },
    'people.yml',
    'governance.too-large',
  ],
  [
    'more files than anyone can read',
    Object.fromEntries(
      Array.from({ length: 12 }, (_, n) => [
        `forms/a${n + 10}.yml`,
        '# more text of no use\n'.repeat(90_000),
      ]),
    ),
    'forms/a21.yml',
    'governance.too-much',
  ],
])('%s is refused by name; the last good version stays, and its repair is taken', async (...given) => {
  const [, bad, path, code] = given;
  const repository = `northshire-research/bad-${(count += 1)}`;
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bad-version-'));
  try {
    const pinned = upstream.repository(repository, GOOD);
    const governance = await openGovernanceMirror({
      dir,
      remote: `${upstream.origin}/${repository}`,
      branch: 'main',
      logger: createLogger('test', { level: 'silent' }),
      pinned,
    });
    await governance.refresh();
    upstream.commit(repository, bad);

    const { changed, findings, refused } = await governance.refresh();

    expect(changed).toBe(false);
    expect(refused).toMatchObject({ code: 'governance.invalid' });
    expect(findings?.map((one) => `${one.path} ${one.code}`)).toContain(`${path} ${code}`);
    expect(governance.current()).toMatchObject({ commit: pinned });
    expect(governance.current()?.people).toHaveLength(Object.keys(PEOPLE).length);

    const repaired = upstream.commit(repository, {
      ...Object.fromEntries(Object.keys(bad).map((file) => [file, GOOD[file] ?? '[]\n'])),
      'orgs.yml': '- {id: riverside-university, name: Riverside}\n',
    });
    expect(await governance.refresh()).toEqual({ changed: true });
    expect(governance.current()?.commit).toBe(repaired);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
