/** Which private repository the reviews of a project are in. */
import { afterEach, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { repositories } from '../../src/db/schema/github.ts';
import { lookAtReviewRepositories, reviewAccess } from '../../src/github/github.ts';
import { reviewRepository } from '../../src/github/release/facts.ts';
import { findReviewRepository } from '../../src/github/release/review-repository.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, edited, governanceFiles, PEOPLE } from '../support/governance.ts';
import { aReleaseWorld, releaseGovernance, REVIEWS, type ReleaseWorld } from '../support/release-world.ts';
import { ORG } from '../support/world-seed.ts';

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

let town: ReleaseWorld | undefined;
afterEach(async () => {
  await town?.world.stop();
  town = undefined;
});

onOneDatabase((open) => {
  const NAMED = `${ORG}/${REVIEWS}`;
  async function naming(): Promise<ReleaseWorld> {
    const deployment = governanceFiles().get('deployment.yml') ?? '';
    const governance = releaseGovernance({
      'deployment.yml': deployment.replace('{default: 9005}', `{default: ${NAMED}}`),
    });
    return (town = await aReleaseWorld({ database: await open(), reviews: false, governance }));
  }

  test('one that governance names is found when it is there, and reviews that waited are opened in it', async () => {
    const t = await naming();
    const { room } = t.world.hub;
    await t.submitted();
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([{ repository: NAMED, reached: false, lacking: [] }]);
    await t.makeReviews();
    t.repo(REVIEWS).collaborators.delete(PEOPLE.checker);
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([
      { repository: t.repo(REVIEWS).id, reached: true, lacking: [PEOPLE.checker] },
    ]);
    await t.world.settle();
    expect(t.review().state).toBe('open');
  });

  test('its number counts from then on: a renamed one is followed, another of its name is not it', async () => {
    const t = await naming();
    const { room } = t.world.hub;
    await t.makeReviews();
    const { id } = t.repo(REVIEWS);
    expect(await findReviewRepository(room, NAMED)).toMatchObject({ id });
    t.repo(REVIEWS).name = 'reviews-before';
    const { repos } = t.world.sandbox.state;
    const other = await repos.add(repos.ownerOf(t.repo('reviews-before')), REVIEWS, { private: true });
    expect(await findReviewRepository(room, NAMED.toUpperCase())).toMatchObject({ id });
    repos.remove(t.repo('reviews-before'));
    await room.db.update(repositories).set({ removedAt: 1 }).where(eq(repositories.id, id));
    expect(await findReviewRepository(room, NAMED)).toBeUndefined();
    expect(await findReviewRepository(room, other.id)).toMatchObject({ id: other.id });
  });

  test('one that everybody can read is not taken', async () => {
    const t = await naming();
    const { room } = t.world.hub;
    await t.makeReviews();
    t.world.sandbox.state.repos.change(t.repo(REVIEWS), { private: false }, null);
    expect(await findReviewRepository(room, NAMED)).toBeUndefined();
    const { repos } = t.world.sandbox.state;
    repos.change(t.repo(REVIEWS), { private: true }, null);
    const { id } = (await findReviewRepository(room, NAMED))!;
    // One that is opened later is named for the operator until it is closed.
    repos.change(t.repo(REVIEWS), { private: false }, null);
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([{ repository: id, reached: true, lacking: [], open: true }]);
    repos.change(t.repo(REVIEWS), { private: true }, null);
    await lookAtReviewRepositories(room);
    expect(await reviewAccess(room)).toEqual([]);
  });
});
