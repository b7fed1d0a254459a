/** The steward makes the repository that checkers work in, and keeps it and its teams as governance says. */
import { afterEach, expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import { keepReviews, ReviewRounds } from '../../src/steward/steward.ts';
import { onOneDatabase } from '../support/database.ts';
import { PROJECT, REPOSITORY } from '../support/governance.ts';
import {
  memberIds,
  NAMED,
  REVIEWS,
  reviewWorld,
  TEAMS,
  WHOLE,
  whole,
  type ReviewWorld,
} from '../support/reviews.ts';
import { WHO } from '../support/publication.ts';
import { ORG, STUDY } from '../support/world-seed.ts';

let world: ReviewWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

class Died extends Error {}

/** Whether it was cut off at its n-th call to GitHub: before it, or when it was done and nobody heard. */
async function dies(w: ReviewWorld, n: number, when: 'before' | 'after'): Promise<boolean> {
  let calls = Number.NEGATIVE_INFINITY;
  const parts = await w.steward(async (_call, work) => {
    calls += 1;
    const last = calls === n;
    if (last && when === 'before') throw new Died();
    // A "no" is not heard either.
    const done = await work().catch((error: unknown) => Promise.reject(last ? new Died() : error));
    if (last) throw new Died();
    return done;
  });
  const g = await parts.governance();
  calls = 0;
  return keepReviews(parts, g!).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Died) return true;
      throw error;
    },
  );
}

onOneDatabase((open) => {
  const aWorld = async (): Promise<ReviewWorld> => (world = await reviewWorld(await open()));

  test('it makes a private, empty repository and the two teams with exactly their people, once', async () => {
    const w = await aWorld();
    const first = await w.keep();
    expect(w.codes(first)).toEqual([]);
    expect(whole(w)).toEqual(WHOLE);
    expect(w.sandbox.state.repos.git(w.reviews()!).branches()).toEqual([]);
    expect(first.deeds.slice(0, 2)).toEqual(['repository-created', 'team-created']);
    expect(await w.keep()).toMatchObject({ deeds: [], refused: [] });
    expect(whole(w)).toEqual(WHOLE);
  });

  test('what people change by hand is put back', async () => {
    const w = await aWorld();
    await w.keep();
    const repo = w.reviews()!;
    const checkers = w.team(TEAMS.checkers)!;
    w.sandbox.state.repos.change(repo, { private: false, hasIssues: false }, null);
    checkers.repos.delete(repo.id);
    checkers.members.delete(WHO.checker1);
    checkers.members.set(w.person('mole'), 'member');
    w.team(TEAMS.publishers)!.repos.set(repo.id, 'admin');
    expect((await w.keep()).deeds).toEqual([
      'made-private',
      'issues-switched-on',
      'member-removed',
      'member-added',
      'team-given',
      'team-given',
    ]);
    expect(whole(w)).toEqual(WHOLE);
  });

  test('whoever governance takes out of a team leaves it on GitHub, and a right that ended ends there', async () => {
    const w = await aWorld();
    await w.keep();
    const without = (text: string, path: string) =>
      path === 'teams.yml'
        ? text
            .replace(new RegExp(`    - \\{id: ${WHO.checker2},.*\\n`), '')
            .replace(new RegExp(`(\\{id: ${WHO.publisher2}, until: )[0-9-]+`), '$12026-01-31')
        : text;
    await w.merge(w.naming(`{default: ${NAMED}}`, without));
    await w.keep();
    expect(memberIds(w.team(TEAMS.checkers))).toEqual([WHO.checker1, WHO.checker3].sort());
    expect(memberIds(w.team(TEAMS.publishers))).not.toContain(WHO.publisher2);
    const nobody = (text: string, path: string) =>
      path === 'teams.yml' ? text.replaceAll('until: 2127', 'until: 2026') : text;
    await w.merge(w.naming(`{default: ${NAMED}}`, nobody));
    await w.keep();
    expect([memberIds(w.team(TEAMS.checkers)), memberIds(w.team(TEAMS.publishers))]).toEqual([[], []]);
    expect(w.team(TEAMS.checkers)!.repos.size).toBe(0);
  });

  test('a proposal that nobody merged, and a history that was rewritten, change nothing', async () => {
    const w = await aWorld();
    await w.keep();
    const { state } = w.sandbox;
    const governance = state.repos.find(ORG, 'governance')!;
    const forged = w.naming(`{default: ${ORG}/mine}`, (text, path) =>
      path === 'teams.yml' ? text.replaceAll(String(WHO.checker2), String(WHO.stranger)) : text,
    );
    await w.merge(forged, 'proposal');
    await w.keep();
    // Moved back behind what was accepted, then on to the other line.
    const user = state.people.user('olive-owner')!;
    governance.collaborators.set(user.id, 'admin');
    await state.repos.moveRef(
      { kind: 'person', user },
      governance,
      'refs/heads/main',
      w.settings.governance.commit,
      true,
    );
    await w.merge(forged);
    await w.keep();
    expect(state.repos.find(ORG, 'mine')).toBeUndefined();
    expect(whole(w)).toEqual(WHOLE);
  });

  test.each(['before', 'after'] as const)(
    'cut off %s each call, the next one finishes',
    async (when) => {
      const w = await aWorld();
      let n = 1;
      while (await dies(w, n, when)) n += 1;
      // The last one had nothing left to do but to look.
      expect(n).toBeGreaterThan(20);
      expect(whole(w)).toEqual(WHOLE);
    },
    120_000,
  );

  test.each([
    ['a creation', 'POST', '/orgs/.*/repos$'],
    ['a team', 'POST', '/teams$'],
    ['a right', 'PUT', '/teams/.*/repos/'],
  ])('when GitHub does %s and the answer is lost, it is not done twice', async (_what, method, path) => {
    const w = await aWorld();
    w.sandbox.state.faults.add({ kind: 'after-effect', next: 1, method, path });
    const lost = await w.keep();
    expect([lost.passing, w.codes(lost)]).toEqual([true, ['steward.github']]);
    expect(w.codes(await w.keep())).toEqual([]);
    expect(whole(w)).toEqual(WHOLE);
  });

  test('it looks at the start, when governance moves and every hour; what is opened is closed within a minute', async () => {
    const w = await aWorld();
    let now = Date.now();
    const parts = await w.steward();
    const rounds = new ReviewRounds({ ...parts, clock: { now: () => now } });
    expect((await rounds.look())?.deeds).toContain('repository-created');
    const checkers = w.team(TEAMS.checkers)!;
    const repo = w.reviews()!;
    const spoil = () => checkers.repos.delete(repo.id);
    spoil();
    w.sandbox.state.repos.change(repo, { private: false }, null);
    now += minutes(1);
    expect((await rounds.look())?.deeds).toEqual(['made-private']);
    expect([repo.private, checkers.repos.has(repo.id)]).toEqual([true, false]);
    now += hours(1);
    expect((await rounds.look())?.deeds).toEqual(['team-given']);
    spoil();
    await w.merge(w.naming(`{default: ${NAMED}}`, (text) => `${text}# a word\n`));
    expect((await rounds.look())?.deeds).toEqual(['team-given']);
    w.sandbox.state.faults.add({
      kind: 'answer',
      next: 1,
      status: 502,
      method: 'GET',
      path: `/repos/${NAMED}$`,
    });
    now += hours(1);
    expect(await rounds.look()).toMatchObject({ passing: true });
    spoil();
    now += minutes(5);
    expect((await rounds.look())?.deeds).toEqual(['team-given']);
    expect(await new ReviewRounds({ ...parts, governance: async () => undefined }).look()).toBeUndefined();
  });

  test('an organisation may have its own: only those who check or publish there are let in', async () => {
    const w = await aWorld();
    const repos = `{default: ${NAMED}, riverside-university: ${ORG}/reviews-riverside}`;
    const elsewhere = (text: string, path: string) =>
      path === 'teams.yml'
        ? text.replaceAll(
            /(\{id: (?:5550110|5550140|5550141)), until/g,
            '$1, scope: {projects: [' + PROJECT + ']}, until',
          )
        : text;
    await w.merge(w.naming(repos, elsewhere));
    expect(w.codes(await w.keep())).toEqual([]);
    const riverside = w.sandbox.state.repos.find(ORG, 'reviews-riverside')!;
    const level = (slug: string, id: number) => w.team(slug)!.repos.get(id);
    expect([level(TEAMS.checkers, riverside.id), level(TEAMS.checkers, w.reviews()!.id)]).toEqual([
      'triage',
      undefined,
    ]);
    w.team(TEAMS.checkers)!.repos.set(w.reviews()!.id, 'triage');
    expect((await w.keep()).deeds).toEqual(['team-right-taken']);
    expect(level(TEAMS.checkers, w.reviews()!.id)).toBeUndefined();
    expect([level(TEAMS.publishers, riverside.id), level(TEAMS.publishers, w.reviews()!.id)]).toEqual([
      'read',
      'read',
    ]);
  });

  test('one that is named by its number is kept too, and never made', async () => {
    const w = await aWorld();
    await w.merge(w.naming('{default: 9005}'));
    expect(w.codes(await w.keep())).toEqual(['steward.review-gone']);
    expect(w.reviews()).toBeUndefined();
    await w.sandbox.state.repos.add(w.org, REVIEWS, { id: 9005 });
    expect((await w.keep()).deeds).toContain('made-private');
    expect(whole(w)).toEqual(WHOLE);
  });

  test('it touches nothing that governance does not name', async () => {
    const w = await aWorld();
    const untouched = w.org.teams.size;
    const others = await w.sandbox.state.repos.add(w.org, 'library', {});
    const before = JSON.stringify([others, w.study()]);
    w.sandbox.state.people.addTeam(w.org, 'sp-governance', {}).members.set(WHO.stranger, 'member');
    await w.keep();
    expect(JSON.stringify([others, w.study()])).toBe(before);
    expect(memberIds(w.team('sp-governance'))).toEqual([WHO.stranger]);
    expect([untouched, w.study().id, w.study().name]).toEqual([0, REPOSITORY, STUDY]);
  });
});
