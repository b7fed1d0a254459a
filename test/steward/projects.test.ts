/** A merged project gets its repository, teams and settings from the steward, once, whatever happens in between. */
import { afterEach, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import {
  NEW,
  projectWorld,
  READERS,
  TEMPLATE,
  WHOLE_PROJECT,
  wholeProject,
  type ProjectWorld,
} from '../support/projects.ts';
import { memberIds } from '../support/reviews.ts';
import { WHO } from '../support/publication.ts';
import { ORG } from '../support/world-seed.ts';

let world: ProjectWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

class Died extends Error {}

const codes = ({ refused }: { refused: { refusal: { code: string } }[] }): string[] =>
  refused.map(({ refusal }) => refusal.code);

/** Whether it was cut off when its n-th call to GitHub was done and nobody heard: so it is cut off before the next, too. */
async function dies(w: ProjectWorld, n: number): Promise<boolean> {
  let calls = Number.NEGATIVE_INFINITY;
  const around = async <T>(_call: string, work: () => Promise<T>): Promise<T> => {
    calls += 1;
    const last = calls === n;
    const done = await work().catch((error: unknown) => Promise.reject(last ? new Died() : error));
    if (last) throw new Died();
    return done;
  };
  return w
    .keepNew(around, () => (calls = 0))
    .then(
      () => false,
      (error: unknown) => {
        if (error instanceof Died) return true;
        throw error;
      },
    );
}

onOneDatabase((open) => {
  const aWorld = async (): Promise<ProjectWorld> => (world = await projectWorld(await open()));

  test('a merged project gets a private repository from the template, its teams, topics and ruleset, once', async () => {
    const w = await aWorld();
    const first = await w.keepNew();
    expect(codes(first)).toEqual([]);
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
    const made = w.made()!;
    expect(first.made).toBe(made.id);
    const git = w.sandbox.state.repos.git(made);
    const commit = await git.commitAt(git.branch('main')!);
    expect((await git.tree(commit!.tree))!.map(({ name }) => name)).toEqual(['README.md', 'project.yaml']);
    expect(first.deeds).toEqual([
      'repository-created',
      'topics-set',
      'ruleset-set',
      'team-created',
      'member-added',
      'member-added',
      'team-created',
      'member-added',
      'member-added',
      'team-given',
      'team-given',
    ]);
    expect(await w.keepNew()).toMatchObject({ deeds: [], drift: [], refused: [], made: made.id });
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
  });

  test('cut off at each call, the next one finishes, and there is one repository', async () => {
    const w = await aWorld();
    let n = 1;
    while (await dies(w, n)) n += 1;
    expect(n).toBeGreaterThan(10);
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
  }, 120_000);

  test('when GitHub makes the repository and the answer is lost, it is known again as ours, and told as unsure', async () => {
    const w = await aWorld();
    w.sandbox.state.faults.add({ kind: 'after-effect', next: 1, method: 'POST', path: '/generate$' });
    const lost = await w.keepNew();
    expect([lost.passing, lost.whole, codes(lost)]).toEqual([true, false, ['steward.github']]);
    expect(codes(await w.keepNew())).toEqual([]);
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
    const { keep } = await w.steward();
    const told = keep.book.waiting(`project:${NEW}`).map(({ deed, sure }) => [deed, sure]);
    expect(told.slice(0, 2)).toEqual([
      ['repository-created', false],
      ['repository-adopted', true],
    ]);
  });

  test('a project begins on its day, and people whose place has not begun, or is over, are in no team', async () => {
    const w = await aWorld();
    const from = (text: string, path: string) =>
      path === `projects/${NEW}.yml` ? text.replace('on: 2026-03-01', 'on: 2126-03-01') : text;
    await w.merge(w.files(from));
    expect(await w.keepNew()).toMatchObject({ deeds: [], refused: [] });
    expect(w.made()).toBeUndefined();
    const some = (text: string, path: string) =>
      path === `projects/${NEW}.yml`
        ? text
            .replace('roles: [developer], until', 'roles: [developer], from: 2126-01-01, until')
            .replace(/(roles: \[collaborator\], until: )[0-9-]+/, '$12026-01-31')
        : text;
    await w.merge(w.files(some));
    await w.keepNew();
    expect([memberIds(w.team(NEW)), memberIds(w.team(READERS))]).toEqual([[WHO.lead], [WHO.copilot]]);
  });

  test('what a co-pilot may see, and what anybody may write, ends with its day', async () => {
    const w = await aWorld();
    await w.keepNew();
    const over = (text: string, path: string) =>
      path === `projects/${NEW}.yml`
        ? text.replace(
            /support_until: [0-9-]+, access_until: [0-9-]+/,
            'support_until: 2026-04-01, access_until: 2026-05-01',
          )
        : text;
    await w.merge(w.files(over));
    await w.keepNew();
    expect(memberIds(w.team(READERS))).toEqual([WHO.collaborator]);
    const retired = (text: string, path: string) =>
      path === `projects/${NEW}.yml`
        ? text.replace('status: ongoing', 'status: retired\nstatus_reason: Done')
        : text;
    await w.merge(w.files(retired));
    await w.keepNew();
    expect(w.team(NEW)!.repos.get(w.made()!.id)).toBe('read');
  });

  test('a repository of the name that was there before is nobody to us: a squatter gains nothing', async () => {
    const w = await aWorld();
    const squatted = await w.sandbox.state.repos.add(w.org, NEW, { private: true });
    const squatter = w.person('squatter');
    squatted.collaborators.set(squatter, 'admin');
    expect(codes(await w.keepNew())).toEqual(['steward.project-taken']);
    expect([w.team(NEW), squatted.rulesets]).toEqual([undefined, undefined]);
    // Nor when they made it from our template, closed it, and went out.
    squatted.madeFrom = TEMPLATE;
    squatted.collaborators.clear();
    expect(codes(await w.keepNew())).toEqual(['steward.project-taken']);
    w.sandbox.state.repos.remove(squatted);
    expect(codes(await w.keepNew())).toEqual([]);
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
  });

  test.each([
    ['open to everybody', (w: ProjectWorld) => void (w.made()!.private = false)],
    [
      'with somebody let in',
      (w: ProjectWorld) => void w.made()!.collaborators.set(w.person('guest'), 'read'),
    ],
    ['not from our template', (w: ProjectWorld) => void delete w.made()!.madeFrom],
  ])('one that came while ours was being made is not taken when it is %s', async (_what, spoil) => {
    const w = await aWorld();
    w.sandbox.state.faults.add({ kind: 'after-effect', next: 1, method: 'POST', path: '/generate$' });
    await w.keepNew();
    spoil(w);
    expect(codes(await w.keepNew())).toEqual(['steward.project-taken']);
    expect(w.team(NEW)).toBeUndefined();
  });

  test('a repository that is lost is not made anew, a renamed one is still it, and a later one of its name is not', async () => {
    const w = await aWorld();
    await w.keepNew();
    const made = w.made()!;
    made.name = 'renamed';
    expect(await w.keepNew()).toMatchObject({ deeds: [], refused: [], made: made.id });
    await w.sandbox.state.repos.add(w.org, NEW, { private: true });
    expect(await w.keepNew()).toMatchObject({ deeds: [], made: made.id });
    w.sandbox.state.repos.remove(made);
    expect(codes(await w.keepNew())).toEqual(['steward.project-gone']);
    expect(w.sandbox.state.repos.find(ORG, NEW)!.rulesets).toBeUndefined();
  });

  test('without a template, or with one that is none, nothing is made, and it is said why', async () => {
    const w = await aWorld();
    w.sandbox.state.repos.byId(TEMPLATE)!.isTemplate = false;
    expect(codes(await w.keepNew())).toEqual(['steward.template-lost']);
    await w.merge(
      w.files((text, path) =>
        path === 'deployment.yml' ? text.replace(`template: ${TEMPLATE}, `, '') : text,
      ),
    );
    expect(codes(await w.keepNew())).toEqual(['steward.no-template']);
    expect(w.made()).toBeUndefined();
  });

  test.each([9001, TEMPLATE])(
    'a project file that names the repository %i, which holds governance or the template, gives nobody a right there',
    async (id) => {
      const w = await aWorld();
      const naming = (text: string, path: string) =>
        path === `projects/${NEW}.yml`
          ? text.replace('repos: []', `repos: [{id: ${id}, visibility: private, extensions: []}]`)
          : text;
      await w.merge(w.files(naming));
      const before = JSON.stringify([...w.sandbox.state.repos.byId(id)!.collaborators]);
      expect(codes(await w.keepNew())).toEqual(['steward.project-elsewhere']);
      const repo = w.sandbox.state.repos.byId(id)!;
      expect([w.team(NEW)?.repos.has(id) ?? false, repo.rulesets, repo.private]).toEqual([
        false,
        undefined,
        id !== 9001,
      ]);
      expect(JSON.stringify([...repo.collaborators])).toBe(before);
    },
  );

  test('a proposal that nobody merged makes nothing', async () => {
    const w = await aWorld();
    const OTHER = 'ns-2026-021';
    const all = w.files();
    all.set(
      `projects/${OTHER}.yml`,
      all.get(`projects/${NEW}.yml`)!.replaceAll(NEW, OTHER).replace('NS-2026-020', 'NS-2026-021'),
    );
    await w.merge(all, 'proposal');
    const parts = await w.steward();
    await w.rounds(parts).look();
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
    expect(w.sandbox.state.repos.find(ORG, OTHER)).toBeUndefined();
  });
});
