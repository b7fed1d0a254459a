/** What keeps the steward from a review repository: a code and a next step for the operator, and nothing is touched. */
import { afterEach, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import { NAMED, REVIEWS, reviewWorld, TEAMS, WHOLE, whole, type ReviewWorld } from '../support/reviews.ts';
import { WHO } from '../support/publication.ts';
import { ORG, STUDY } from '../support/world-seed.ts';

let world: ReviewWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

onOneDatabase((open) => {
  const aWorld = async (): Promise<ReviewWorld> => (world = await reviewWorld(await open()));
  const installation = (w: ReviewWorld) => {
    const { apps } = w.sandbox.state;
    return apps.find(apps.named('steward')!, w.org.id)!;
  };

  test('a public repository that has the name is left as it is', async () => {
    const w = await aWorld();
    const repo = await w.sandbox.state.repos.add(w.org, REVIEWS, {});
    const kept = await w.keep();
    expect(w.codes(kept)).toEqual(['steward.review-taken']);
    expect(kept.refused[0]!.next).toMatch(/private yourself/);
    expect([repo.private, w.org.teams.size]).toEqual([false, 0]);
  });

  test('a private one that has the name is kept, unless somebody has let people in', async () => {
    const w = await aWorld();
    const repo = await w.sandbox.state.repos.add(w.org, REVIEWS, { private: true });
    const squatter = w.person('squatter');
    repo.collaborators.set(squatter, 'admin');
    const kept = await w.keep();
    expect(w.codes(kept)).toEqual(['steward.review-readers']);
    expect(kept.refused[0]!.says).toContain(String(squatter));
    expect(w.org.teams.size).toBe(0);
    repo.collaborators.clear();
    expect(w.codes(await w.keep())).toEqual([]);
    expect(whole(w)).toEqual(WHOLE);
  });

  test('people who can read it later are told of, and the teams are kept all the same', async () => {
    const w = await aWorld();
    await w.keep();
    w.org.base = 'read';
    w.team(TEAMS.checkers)!.repos.clear();
    const kept = await w.keep();
    expect(w.codes(kept)).toEqual(['steward.review-readers']);
    expect(kept.deeds).toEqual(['team-given']);
  });

  test('one that was deleted is not made anew, and another of its name is not it', async () => {
    const w = await aWorld();
    await w.keep();
    w.sandbox.state.repos.remove(w.reviews()!);
    expect(w.codes(await w.keep())).toEqual(['steward.review-gone']);
    const other = await w.sandbox.state.repos.add(w.org, REVIEWS, { private: true });
    expect(w.codes(await w.keep())).toEqual(['steward.review-gone']);
    expect(w.team(TEAMS.checkers)!.repos.has(other.id)).toBe(false);
  });

  test('an archived one waits for people', async () => {
    const w = await aWorld();
    await w.keep();
    w.sandbox.state.repos.change(w.reviews()!, { archived: true }, null);
    w.team(TEAMS.checkers)!.repos.clear();
    expect(await w.keep()).toMatchObject({ deeds: [], refused: [{ code: 'steward.review-archived' }] });
  });

  test.each([
    ['a study', `${ORG}/${STUDY}`],
    ['the governance repository', '9001'],
  ])('%s is never taken for it, and stays public', async (_what, named) => {
    const w = await aWorld();
    await w.merge(w.naming(`{default: ${named}}`));
    const was = [w.study().private, w.sandbox.state.repos.find(ORG, 'governance')!.private];
    expect(w.codes(await w.keep())).toEqual(['steward.review-elsewhere']);
    expect([w.study().private, w.sandbox.state.repos.find(ORG, 'governance')!.private]).toEqual(was);
    expect(was).toEqual([false, false]);
  });

  test('an App that is not on the organisation, or may not administer, says so', async () => {
    const w = await aWorld();
    const { apps } = w.sandbox.state;
    const held = installation(w);
    held.permissions = { contents: 'write', metadata: 'read' };
    expect(w.codes(await w.keep())).toEqual(['steward.review-out-of-reach']);
    held.permissions = { ...held.permissions, administration: 'write', members: 'read' };
    expect(w.codes(await w.keep())).toEqual(['steward.review-out-of-reach']);
    expect(w.org.teams.size).toBe(0);
    await w.merge(w.naming('{default: elsewhere-org/reviews}'));
    w.sandbox.state.people.addOrg('elsewhere-org', {});
    expect(w.codes(await w.keep())).toEqual(['steward.review-not-installed']);
    expect(apps.of(apps.named('steward')!)).toHaveLength(1);
  });

  test('an App on chosen repositories makes it, and then asks to be let in', async () => {
    const w = await aWorld();
    const { apps, repos } = w.sandbox.state;
    const held = installation(w);
    const chosen = [repos.find(ORG, 'governance')!.id, w.study().id];
    apps.setRepositories(held, chosen);
    const kept = await w.keep();
    expect([kept.deeds[0], w.codes(kept)]).toEqual(['repository-created', ['steward.review-out-of-reach']]);
    apps.setRepositories(held, [...chosen, w.reviews()!.id]);
    expect(w.codes(await w.keep())).toEqual([]);
    expect(whole(w)).toEqual(WHOLE);
  });

  test('a private repository that the App cannot see is not written over', async () => {
    const w = await aWorld();
    const { apps, repos } = w.sandbox.state;
    const there = await repos.add(w.org, REVIEWS, { private: true });
    apps.setRepositories(installation(w), [repos.find(ORG, 'governance')!.id]);
    expect(w.codes(await w.keep())).toEqual(['steward.review-name']);
    expect([w.reviews(), w.org.teams.size]).toEqual([there, 0]);
  });

  test('a team that is listed for another role too gets nothing, and nobody is taken in or out', async () => {
    const w = await aWorld();
    const shared = (text: string, path: string) =>
      path === 'teams.yml' ? text.replace('team: sp-governance', `team: ${TEAMS.checkers}`) : text;
    await w.merge(w.naming(`{default: ${NAMED}}`, shared));
    const kept = await w.keep();
    expect(w.codes(kept)).toEqual(['steward.team-shared']);
    expect([...w.org.teams.keys()]).toEqual([TEAMS.publishers]);
  });

  test('somebody who is not of the organisation, or is gone, is named, and the others are taken in', async () => {
    const w = await aWorld();
    w.org.members.delete(WHO.checker2);
    w.sandbox.state.data.users.delete(WHO.publisher);
    const kept = await w.keep();
    expect(kept.refused.map(({ code, says }) => `${code} ${says.replace(/.*: /, '')}`)).toEqual([
      `steward.not-joined ${WHO.checker2}.`,
      `steward.not-joined ${WHO.publisher}.`,
    ]);
    expect(w.team(TEAMS.checkers)!.members.has(WHO.checker1)).toBe(true);
  });

  test('a name that GitHub writes otherwise is told, and no right is given to it', async () => {
    const w = await aWorld();
    const parts = await w.steward(async (call, work) => {
      const done = await work();
      return call === 'create-team' ? ({ ...(done as object), slug: 'another' } as typeof done) : done;
    });
    const g = (await parts.governance())!;
    const { keepReviews } = await import('../../src/steward/steward.ts');
    const kept = await keepReviews(parts, g);
    expect(w.codes(kept)).toEqual(['steward.team-name', 'steward.team-name']);
    expect([...w.org.teams.values()].map(({ repos }) => repos.size)).toEqual([0, 0]);
  });

  test('what GitHub forbids is told with what to look at', async () => {
    const w = await aWorld();
    w.sandbox.state.faults.add({ kind: 'answer', next: 1, status: 403, method: 'POST', path: '/repos$' });
    const kept = await w.keep();
    expect([w.codes(kept), kept.passing]).toEqual([['steward.review-forbidden'], false]);
  });
});
