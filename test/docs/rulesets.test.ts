/** The rulesets of docs/install/steward.md, read as GitHub would: they are about the tags that the steward really makes. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { editionTag } from '../../src/protocol/steward.ts';

const page = readFileSync(new URL('../../docs/install/steward.md', import.meta.url), 'utf8');
const ruleset = z.strictObject({
  name: z.string(),
  target: z.enum(['branch', 'tag']),
  enforcement: z.literal('active'),
  bypass_actors: z.array(
    z.strictObject({
      actor_id: z.int(),
      actor_type: z.enum(['Integration', 'RepositoryRole']),
      bypass_mode: z.literal('always'),
    }),
  ),
  conditions: z.strictObject({
    ref_name: z.strictObject({ include: z.array(z.string()), exclude: z.array(z.string()) }),
  }),
  rules: z.array(
    z.strictObject({
      type: z.enum(['creation', 'update', 'deletion', 'non_fast_forward', 'pull_request']),
      parameters: z.record(z.string(), z.union([z.boolean(), z.int()])).optional(),
    }),
  ),
});
const written = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) =>
  ruleset.parse(JSON.parse(text!)),
);
const APP = Number(/app_id: (\d+)/.exec(page)?.[1]);

const matches = (pattern: string, ref: string): boolean =>
  pattern === '~ALL' || new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`).test(ref);
const meets = ({ conditions: { ref_name: name } }: (typeof written)[number], ref: string): boolean =>
  name.include.some((each) => matches(each, ref)) && !name.exclude.some((each) => matches(each, ref));
/** Whether the App, which has no role, may do this to the ref under all of these. */
const appMay = (what: 'creation' | 'update' | 'deletion', target: 'branch' | 'tag', ref: string): boolean =>
  written
    .slice(0, 3)
    .filter((each) => each.target === target && meets(each, ref))
    .every(
      ({ rules, bypass_actors: past }) =>
        !rules.some(({ type }) => type === what) ||
        past.some(({ actor_type: kind, actor_id: id }) => kind === 'Integration' && id === APP),
    );

test('the App makes and removes the tags of its editions, and touches nothing else', () => {
  expect(written.map(({ name }) => name)).toEqual([
    'Published outputs',
    'Not the steward',
    'Not the steward (tags)',
    'Governance by pull request',
  ]);
  const tag = 'outputs-publication00001.1';
  expect(editionTag.safeParse(tag).success).toBe(true);
  for (const what of ['creation', 'update', 'deletion'] as const) {
    expect([what, appMay(what, 'tag', `refs/tags/${tag}`)]).toEqual([what, true]);
    expect([what, appMay(what, 'tag', 'refs/tags/v1.0')]).toEqual([what, false]);
    for (const branch of ['main', 'feature/x', 'outputs-publication00001.1'])
      expect([what, appMay(what, 'branch', `refs/heads/${branch}`)]).toEqual([what, false]);
  }
});

test('nobody but the App makes a tag that could be taken for an edition, and no App changes governance past a review', () => {
  const [tags, , , governance] = written;
  expect(tags!.bypass_actors).toEqual([{ actor_id: APP, actor_type: 'Integration', bypass_mode: 'always' }]);
  expect(governance!.bypass_actors).toEqual([]);
  expect(governance!.rules.find(({ type }) => type === 'pull_request')?.parameters).toMatchObject({
    required_approving_review_count: 2,
  });
});
