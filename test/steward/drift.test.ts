/** What somebody changes by hand on GitHub is found at each round, put back or told as policy says, and recorded. */
import { afterEach, expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import type { ToldRound } from '../../src/steward/round-reports.ts';
import { GitHubTrouble, HubTrouble, ProjectRounds } from '../../src/steward/steward.ts';
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
import { memberIds, TEAMS } from '../support/reviews.ts';
import { REPOSITORY } from '../support/governance.ts';
import { WHO } from '../support/publication.ts';

let world: ProjectWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const codes = ({ refused }: { refused: { refusal: { code: string } }[] }): string[] =>
  refused.map(({ refusal }) => refusal.code);
const found = ({ drift }: { drift: { found: string }[] }): string[] => drift.map((one) => one.found);
const policy =
  (drift: string) =>
  (text: string, path: string): string =>
    path === 'policies.yml' ? `${text}drift: ${drift}\n` : text;
const REPORT = '{teams: report, collaborators: report, rulesets: report, visibility: report}';

onOneDatabase((open) => {
  const aWorld = async (): Promise<ProjectWorld> => {
    world = await projectWorld(await open());
    await world.keepNew();
    return world;
  };
  /** Everything that a person with rights could turn. */
  const spoil = (w: ProjectWorld): void => {
    const made = w.made()!;
    const guest = w.sandbox.state.people.user('guest')?.id ?? w.person('guest');
    made.private = false;
    made.collaborators.set(guest, 'admin');
    w.team(NEW)!.members.delete(WHO.lead);
    w.team(NEW)!.members.set(guest, 'maintainer');
    w.team(NEW)!.repos.set(made.id, 'admin');
    w.team(READERS)!.repos.delete(made.id);
    for (const ruleset of made.rulesets!.values())
      ruleset.bypass_actors.push({ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' });
    w.sandbox.state.people.addTeam(w.org, 'friends', {}).repos.set(made.id, 'write');
  };

  test('where GitHub asks for a pause nothing is taken for a refusal, and nobody asks on', async () => {
    const w = await aWorld();
    w.sandbox.state.faults.add({ kind: 'answer', next: 1, status: 403, path: '/teams', retryAfter: 90 });
    // One call alone is answered so: the other parts do not even ask.
    const looks = (await w.rounds(await w.steward()).look())!;
    const passed = looks.filter(({ passing }) => passing);
    const scopes = [`project:${NEW}`, 'project:ns-2026-014', 'teams', 'governance'];
    expect(passed.map(({ scope }) => scope)).toEqual(scopes);
    expect(passed.flatMap(codes)).toEqual(scopes.map(() => 'steward.github'));
    expect((await w.keepNew()).whole).toBe(true);
  });

  test('teams, members, rights, collaborators, rulesets and visibility are put back, and each deed is told', async () => {
    const w = await aWorld();
    spoil(w);
    const kept = await w.keepNew();
    expect([codes(kept), found(kept)]).toEqual([[], []]);
    expect([...kept.deeds].sort()).toEqual([
      'collaborator-removed',
      'made-private',
      'member-added',
      'member-removed',
      'ruleset-set',
      'team-given',
      'team-given',
      'team-right-taken',
    ]);
    expect(wholeProject(w)).toEqual(WHOLE_PROJECT);
    expect([...w.made()!.rulesets!.values()].map(({ bypass_actors }) => bypass_actors)).toEqual([[]]);
    expect(w.team('friends')!.repos.size).toBe(0);
    const { keep } = await w.steward();
    const told = keep.book.waiting(`project:${NEW}`).slice(-kept.deeds.length);
    expect(told.every(({ sure }) => sure)).toBe(true);
    expect(told.find(({ deed }) => deed === 'collaborator-removed')).toMatchObject({
      repository: w.made()!.id,
      person: w.sandbox.state.people.user('guest')!.id,
    });
    expect((await w.keepNew()).deeds).toEqual([]);
  });

  test('where policy only wants to know, all of it is told each time and nothing is touched', async () => {
    const w = await aWorld();
    await w.merge(w.files(policy(REPORT)));
    expect(await w.keepNew()).toMatchObject({ deeds: [], drift: [] });
    spoil(w);
    const before = JSON.stringify([wholeProject(w), [...w.team('friends')!.repos]]);
    for (const _time of [1, 2]) {
      const kept = await w.keepNew();
      expect(kept.deeds).toEqual([]);
      expect([...found(kept)].sort()).toEqual([
        'collaborator',
        'member-missing',
        'member-not-listed',
        'open-to-everybody',
        'right-missing',
        'right-not-given',
        'right-not-given',
        'ruleset-differs',
      ]);
    }
    expect(JSON.stringify([wholeProject(w), [...w.team('friends')!.repos]])).toBe(before);
  });

  test('what governance itself changes is carried out also where changes by hand are only told', async () => {
    const w = await aWorld();
    const changed = (text: string, path: string): string =>
      path === `projects/${NEW}.yml`
        ? text
            .replace(/ {2}- \{id: \d+, roles: \[developer\].*\n/, '')
            .replace('roles: [collaborator]', 'roles: [developer]')
        : policy(REPORT)(text, path);
    await w.merge(w.files(changed));
    const kept = await w.keepNew();
    expect([kept.drift, [...kept.deeds].sort()]).toEqual([
      [],
      ['member-added', 'member-removed', 'member-removed'],
    ]);
    expect([memberIds(w.team(NEW)), memberIds(w.team(READERS))]).toEqual([
      [WHO.lead, WHO.collaborator].sort(),
      [WHO.copilot],
    ]);
    // Put back by hand, it is somebody's change again.
    w.team(NEW)!.members.set(WHO.author, 'member');
    expect(found(await w.keepNew())).toEqual(['member-not-listed']);
  });

  test('somebody whom GitHub does not take into the team keeps what they were given by hand until it does', async () => {
    const w = await aWorld();
    const made = w.made()!;
    w.org.members.delete(WHO.collaborator);
    w.team(READERS)!.members.delete(WHO.collaborator);
    made.collaborators.set(WHO.collaborator, 'read');
    const kept = await w.keepNew();
    expect([codes(kept), found(kept), [...made.collaborators.keys()]]).toEqual([
      ['steward.not-joined'],
      ['member-missing'],
      [WHO.collaborator],
    ]);
    w.org.members.set(WHO.collaborator, 'member');
    expect((await w.keepNew()).deeds).toEqual(['member-added', 'collaborator-removed']);
  });

  test('nobody is put out on half a list: when the second page fails nothing that depends on it is done', async () => {
    const w = await aWorld();
    const team = w.team(NEW)!;
    const many = Array.from({ length: 130 }, (_, n) => w.person(`extra-${n}`));
    for (const id of many) team.members.set(id, 'member');
    let pages = 0;
    const second = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
      if (call === 'members' && (pages += 1) === 2) throw new GitHubTrouble(call, 502);
      return work();
    };
    const cut = await w.keepNew(second);
    expect([cut.whole, cut.passing, cut.deeds, team.members.size]).toEqual([false, true, [], 132]);
    expect((await w.keepNew()).deeds).toHaveLength(130);
    expect(memberIds(team)).toEqual([WHO.lead, WHO.author].sort((a, b) => a - b));
  });

  test('a study that people made is kept too: what governance calls public stays as it is, the rest is put right', async () => {
    const w = await aWorld();
    const study = w.study();
    study.collaborators.set(w.person('guest'), 'write');
    const parts = await w.steward();
    await w.rounds(parts).look();
    expect([study.private, [...study.collaborators.keys()], study.rulesets?.size, study.topics]).toEqual([
      true,
      [],
      1,
      undefined,
    ]);
    expect(w.team('ns-2026-014')!.repos.get(REPOSITORY)).toBe('write');
    study.private = false;
    await w.merge(w.files((text) => text.replace('visibility: private', 'visibility: public')));
    await w.rounds(await w.steward()).look();
    expect(study.private).toBe(false);
  });

  test('teams of teams.yml have exactly their people; those of checkers are left to the part that keeps reviews', async () => {
    const w = await aWorld();
    const parts = await w.steward();
    const rounds = w.rounds(parts);
    await rounds.look();
    const governance = w.team('sp-governance')!;
    expect(memberIds(governance)).toEqual([WHO.governor]);
    expect(w.team(TEAMS.checkers)).toBeUndefined();
    governance.members.set(w.person('mole'), 'maintainer');
    await w.rounds(await w.steward()).look();
    expect(memberIds(governance)).toEqual([WHO.governor]);
  });

  test('the branches of governance and template are looked at and never written', async () => {
    const w = await aWorld();
    const told: ToldRound[] = [];
    const calls: string[] = [];
    const parts = await w.steward(async (call, work) => {
      calls.push(call);
      return work();
    });
    const before = JSON.stringify(
      [9001, TEMPLATE].map((id) => [...w.sandbox.state.repos.byId(id)!.collaborators]),
    );
    await w.rounds(parts, told).look();
    expect(told.find(({ scope }) => scope === 'governance')?.drift).toEqual([
      { found: 'branch-unprotected', repository: 9001 },
      { found: 'branch-unprotected', repository: TEMPLATE },
    ]);
    const [governance, template] = [9001, TEMPLATE].map((id) => w.sandbox.state.repos.byId(id)!);
    expect([governance!.rulesets, template!.rulesets, governance!.topics]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(JSON.stringify([governance, template].map((repo) => [...repo!.collaborators]))).toBe(before);
    expect(calls).toContain('rules');
  });

  test('of two teams with one name neither is touched', async () => {
    const w = await aWorld();
    const clash = (text: string, path: string): string =>
      path === 'teams.yml' ? text.replace('team: sp-governance', `team: ${READERS}`) : text;
    await w.merge(w.files(clash));
    const told: ToldRound[] = [];
    const members = memberIds(w.team(NEW));
    w.made()!.collaborators.set(w.person('guest'), 'read');
    await w.rounds(await w.steward(), told).look();
    expect(told.find(({ scope }) => scope === 'teams')?.refused).toContainEqual({
      code: 'steward.team-twice',
    });
    expect([memberIds(w.team(NEW)), w.made()!.collaborators.size]).toEqual([members, 1]);
  });

  test('where GitHub has no rulesets for private repositories that is said, and the rest is kept', async () => {
    const w = await aWorld();
    const made = w.made()!;
    made.collaborators.set(w.person('guest'), 'read');
    w.sandbox.state.faults.add({ kind: 'answer', next: 1, status: 403, method: 'GET', path: `/rulesets` });
    const kept = await w.keepNew();
    expect([codes(kept), kept.deeds]).toEqual([['steward.no-rulesets'], ['collaborator-removed']]);
  });

  test('it looks at what a merge changed at once, at all of it every hour, and again soon after a failure', async () => {
    const w = await aWorld();
    let now = Date.now();
    const parts = await w.steward();
    const told: ToldRound[] = [];
    const rounds = new ProjectRounds({
      ...parts.keep,
      clock: { now: () => now },
      governance: () => parts.governance(),
      hub: { round: async (round) => void told.push(round) },
    });
    const scopes = async (): Promise<string[]> => (await rounds.look())!.map(({ scope }) => scope);
    expect(await scopes()).toEqual([
      ...[`project:${NEW}`, 'project:ns-2026-014', 'teams', 'governance'],
      ...['intake', 'incidents'],
    ]);
    now += minutes(1);
    expect(await scopes()).toEqual([]);
    const retire = (text: string, path: string): string =>
      path === `projects/${NEW}.yml` ? text.replace('title: Free', 'title: No free') : text;
    await w.merge(w.files(retire));
    expect(await scopes()).toEqual([]);
    await w.merge(w.files((text, path) => (path === 'teams.yml' ? text.replace(/rota/g, 'turns') : text)));
    expect(await scopes()).toEqual(['teams']);
    now += hours(1);
    w.sandbox.state.faults.add({
      kind: 'answer',
      next: 1,
      status: 502,
      method: 'GET',
      path: `/${NEW}$`,
    });
    expect(await scopes()).toHaveLength(6);
    now += minutes(5);
    expect(await scopes()).toEqual([`project:${NEW}`]);
    // Nothing is told for its own sake.
    const count = told.length;
    now += hours(1);
    await rounds.look();
    expect(told).toHaveLength(count);
    expect(
      await new ProjectRounds({
        ...parts.keep,
        governance: async () => undefined,
        hub: { round: async () => undefined },
      }).look(),
    ).toBeUndefined();
  });

  test('of many projects in which nothing changed some wait their turn, and a bug about one keeps nobody from the others', async () => {
    const w = await aWorld();
    const all = w.files();
    const first = all.get('projects/ns-2026-014.yml')!;
    for (let n = 30; n < 45; n += 1)
      all.set(
        `projects/many-${n}.yml`,
        first
          .replace('id: ns-2026-014', `id: many-${n}`)
          .replace('number: NS-2026-014', `number: MANY-${n}`)
          .replace(/^aliases: .*\n/m, '')
          .replace(/repos: .*\n/, `repos: [{id: ${88000 + n}, visibility: private, extensions: []}]\n`),
      );
    // How a number is written is another matter in each deployment.
    const anyNumber = (text: string): string =>
      text.replace(/^project_number: .*$/m, () => "project_number: '^[A-Z0-9-]+$'");
    all.set('deployment.yml', anyNumber(all.get('deployment.yml')!));
    await w.merge(all);
    const parts = await w.steward();
    const boom = parts.keep.isBarred;
    parts.keep.isBarred = (g, id) => {
      if (id === 88031) throw new Error('a bug');
      return boom(g, id);
    };
    const rounds = w.rounds(parts);
    const looked = async (): Promise<number> =>
      (await rounds.look())!.filter(({ scope }) => scope.startsWith('project:')).length;
    // The new one, and ten of sixteen less the one with the bug; then the other six.
    expect([await looked(), await looked(), await looked()]).toEqual([10, 6, 0]);
    expect(w.team('sp-governance')!.members.size).toBe(1);
  });

  test('deeds wait for a hub that is away, over a restart, and are told once when it is back', async () => {
    const w = await aWorld();
    const parts = await w.steward();
    let asked = 0;
    const away = new ProjectRounds({
      ...parts.keep,
      governance: () => parts.governance(),
      hub: {
        round: async () => {
          asked += 1;
          throw new HubTrouble('away');
        },
      },
    });
    await away.look();
    // Once in a look: a hub that hangs must not hold everything up.
    expect(asked).toBe(1);
    const told: ToldRound[] = [];
    const next = w.rounds(await w.steward(), told);
    await next.look();
    await next.look();
    const deeds = told.flatMap(({ scope, deeds }) =>
      deeds.map(({ deed, person = 0, team = '' }) => `${scope} ${deed} ${team} ${person}`),
    );
    expect(deeds).toContain(`project:${NEW} repository-created  0`);
    expect(new Set(deeds).size).toBe(deeds.length);
  });
});
