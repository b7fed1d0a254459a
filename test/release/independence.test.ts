import { describe, expect, test } from '@jest/globals';
import {
  BARS,
  bars,
  chooseCheckers,
  coAuthorsIn,
  committersOf,
  freePlaces,
  idleSeats,
  peopleFacts,
  seatBars,
  WESTERN,
  words,
  type Deed,
  type Facts,
  type KnownPeople,
  type PersonFacts,
} from '../../src/release/release.ts';
import {
  AT as GOVERNANCE_AT,
  aGovernance,
  edited,
  PEOPLE as NORTHSHIRE,
  PROJECT,
} from '../support/governance.ts';
import { AIRLOCK, aDraft, aRequest, AT, aView, P, PEOPLE } from './world.ts';
import { days } from '../../src/lib/clock.ts';

const ran = (person: number): Deed => ({ known: true, deed: 'ran-a-job', person });
const wrote = (person: number): Deed => ({ known: true, deed: 'committed', person });
const people = (...changed: PersonFacts[]): Partial<Facts> => ({
  people: { ...PEOPLE, ...Object.fromEntries(changed.map((each) => [each.id, each])) },
});

describe('a person who', () => {
  test.each<[string, number, Partial<Facts>, string[]]>([
    ['has nothing to do with it is independent', P.checkerA, {}, []],
    ['asks for the release is its author', P.author, {}, ['author', 'member']],
    [
      'was an author is barred for good',
      P.coAuthor,
      people({ id: P.coAuthor, roles: ['checker'], orgs: [] }),
      ['author'],
    ],
    ['only writes up the project is a member', P.collaborator, {}, ['member']],
    ['leads it is one', P.lead, {}, ['member']],
    ['is its co-pilot', P.copilot, {}, ['copilot']],
    ['ran a job', P.checkerA, { deeds: [ran(P.checkerA)] }, ['ran-a-job']],
    ['wrote a commit', P.checkerA, { deeds: [wrote(P.checkerA)] }, ['committed']],
    [
      'did it all',
      P.author,
      { deeds: [wrote(P.author), ran(P.author), ran(P.author)] },
      ['author', 'member', 'ran-a-job', 'committed'],
    ],
    ['is not the one who did', P.checkerA, { deeds: [wrote(P.checkerB), ran(P.checkerB)] }, []],
    [
      'might be whom nobody knows',
      P.checkerA,
      { deeds: [{ known: false, deed: 'committed', named: 'x@example.org' }] },
      ['unknown'],
    ],
    ['governance does not know', P.stranger, {}, ['unknown']],
  ])('%s', (_case, person, facts, expected) => {
    const story = aDraft().does('author', 'name-co-author', { person: P.coAuthor }).with(facts);
    expect(bars(person, story.now, story.facts)).toEqual(expected);
  });

  test.each([...BARS])('is told of the bar "%s" in words', (bar) => {
    expect(words.BAR_WORDS[bar]).toMatch(/^\w/);
  });
});

describe('where two organisations are asked for, a place is barred to', () => {
  const story = () => aRequest('submitted', { sameOrganisation: false });
  const of = (person: number, facts: Partial<Facts> = {}) => {
    const told = story().with(facts);
    return seatBars(person, told.now, told.facts, told.policy);
  };

  test.each<[string, number, Partial<Facts>, string[]]>([
    ['nobody of a third one', P.checkerC, {}, []],
    ['a colleague of one who sits', P.checkerD, {}, ['same-organisation']],
    [
      'one without an organisation',
      P.checkerC,
      people({ id: P.checkerC, roles: ['checker'], orgs: [] }),
      ['same-organisation'],
    ],
    [
      'the later of two who became colleagues',
      P.checkerB,
      people({ id: P.checkerB, roles: ['checker'], orgs: ['north'] }),
      ['same-organisation'],
    ],
    ['not the earlier', P.checkerA, people({ id: P.checkerB, roles: ['checker'], orgs: ['north'] }), []],
    ['not the colleague of one who is barred anyway', P.checkerD, { deeds: [ran(P.checkerA)] }, []],
    [
      'all beside one whose organisation nobody knows',
      P.checkerC,
      people({ id: P.checkerA, roles: ['checker'], orgs: [] }),
      ['same-organisation'],
    ],
  ])('%s', (_case, person, facts, expected) => {
    expect(of(person, facts)).toEqual(expected);
  });

  test('nobody for that reason where policy allows it', () => {
    const told = aRequest('submitted');
    expect(seatBars(P.checkerD, told.now, told.facts, told.policy)).toEqual([]);
  });
});

describe('the airlock chooses', () => {
  const submitted = () => aDraft().does('author', 'submit', {});
  const none = { load: {}, away: [] };
  const choose = (story = submitted(), rota: { load: Record<number, number>; away: number[] } = none) =>
    chooseCheckers(story.now, story.facts, story.policy, rota);

  test('the two least busy, the smaller id when two are equal', () => {
    expect(choose().chosen).toEqual([P.checkerA, P.checkerB]);
    expect(choose(submitted(), { load: { [P.checkerA]: 2, [P.checkerB]: 1 }, away: [] }).chosen).toEqual([
      P.checkerC,
      P.checkerD,
    ]);
    expect(choose(submitted(), { load: {}, away: [P.checkerA, P.checkerC] }).chosen).toEqual([
      P.checkerB,
      P.checkerD,
    ]);
  });

  test('nobody who is barred, and records whom it passed over and why', () => {
    const choice = choose(submitted().with({ deeds: [ran(P.checkerA), wrote(P.checkerB)] }));
    expect(choice).toEqual({
      chosen: [P.checkerC, P.checkerD],
      passedOver: [
        { person: P.checkerA, bars: ['ran-a-job'] },
        { person: P.checkerB, bars: ['committed'] },
      ],
      short: 0,
    });
  });

  test('a pair that fits, even when the least busy fits beside nobody', () => {
    const story = submitted().with(
      people(
        { id: P.checkerA, roles: ['checker'], orgs: ['north', 'south'] },
        { id: P.checkerC, roles: [], orgs: [] },
        { id: P.checkerD, roles: ['checker'], orgs: ['north'] },
      ),
    );
    story.policy = { ...story.policy, sameOrganisation: false };
    expect(choose(story).chosen).toEqual([P.checkerB, P.checkerD]);
  });

  test('as many as there are, and says how many are missing', () => {
    const story = submitted().with({ deeds: [ran(P.checkerA), ran(P.checkerB), ran(P.checkerC)] });
    expect(choose(story)).toMatchObject({ chosen: [P.checkerD], short: 1 });
    expect(
      choose(submitted().with({ deeds: [{ known: false, deed: 'ran-a-job', named: 'job-1' }] })),
    ).toMatchObject({ chosen: [], short: 2 });
  });

  test('the least busy one, where nobody fits beside another', () => {
    const story = submitted().with(
      people(
        ...[P.checkerA, P.checkerB, P.checkerC, P.checkerD].map(
          (id): PersonFacts => ({ id, roles: ['checker'], orgs: ['north'] }),
        ),
      ),
    );
    story.policy = { ...story.policy, sameOrganisation: false };
    expect(choose(story)).toMatchObject({ chosen: [P.checkerA], short: 1 });
  });

  test('one to follow somebody who is barred by now, none for places that are taken', () => {
    const story = aRequest('submitted');
    expect(choose(story)).toMatchObject({ chosen: [], short: 0 });
    expect(freePlaces(story.now, story.facts, story.policy)).toBe(0);
    expect(choose(story.with({ deeds: [ran(P.checkerA)] }))).toMatchObject({
      chosen: [P.checkerC],
      short: 0,
    });
  });

  test('no arbiter by itself', () => {
    expect(choose(aRequest('consolidating'))).toMatchObject({ chosen: [], short: 0 });
  });

  test('others where somebody has not begun for more than five working days', () => {
    const story = aRequest('submitted').with({ views: [] });
    const idle = (later: number) =>
      idleSeats(story.now, story.facts.views, AT + days(later), story.policy, WESTERN);
    expect(idle(7)).toEqual([]);
    expect(idle(8)).toEqual([P.checkerA, P.checkerB]);
    story.with({ views: [aView(P.checkerB, 'x', { at: AT + days(1) })] });
    expect(idle(8)).toEqual([P.checkerA]);
    story.opens('checkerA').grades('checkerA', 'approve').with({ views: [] });
    expect(idle(8)).toEqual([P.checkerB]);
  });

  test('others where somebody has not begun again since the request came back', () => {
    const story = aRequest('submitted').with({ views: [aView(P.checkerA, 'x'), aView(P.checkerB, 'x')] });
    const now = { ...story.now, submittedAt: AT + days(2) };
    const idle = (views: Facts['views']) => idleSeats(now, views, AT + days(10), story.policy, WESTERN);

    expect(idle(story.facts.views)).toEqual([P.checkerA, P.checkerB]);
    expect(idle([...story.facts.views, aView(P.checkerB, 'x', { at: AT + days(3) })])).toEqual([P.checkerA]);
  });

  test('counts a signature as having begun, and a draft never submitted as nothing', () => {
    const story = aRequest('reviewing').with({ views: [] });
    const now = { ...story.now, grades: [], submittedAt: null };
    expect(idleSeats(now, [], AT + days(30), story.policy, WESTERN)).toEqual([P.checkerB]);
  });
});

describe('addresses of commits', () => {
  const known: KnownPeople = {
    people: [
      { id: 5, commitEmails: ['Rowan@Example.edu'] },
      { id: 6, commitEmails: [] },
    ],
    since: AT,
    bots: [700],
  };
  const commit = (author: string, more: Partial<Parameters<typeof committersOf>[0][number]> = {}) => ({
    at: AT,
    author,
    committer: 'rowan@example.edu',
    coAuthors: [],
    ...more,
  });
  const found = (...commits: ReturnType<typeof commit>[]) =>
    committersOf(commits, known).map((deed) => (deed.known ? deed.person : deed.named));

  test.each<[string, ReturnType<typeof commit>, (number | string)[]]>([
    ['are whose governance says', commit('rowan@example.EDU '), [5]],
    ['hold an id in the no-reply form', commit('123+somebody@users.noreply.github.com'), [123, 5]],
    [
      'hold only a login in the older form, which is nobody',
      commit('somebody@users.noreply.github.com'),
      [5, 'somebody@users.noreply.github.com'],
    ],
    ['that nobody knows are named', commit('x@example.org'), [5, 'x@example.org']],
    ['of listed bots are nobody’s deed', commit('700+robot[bot]@users.noreply.github.com'), [5]],
    [
      'of GitHub itself are ignored where it commits a merge',
      commit('rowan@example.edu', { committer: 'noreply@GitHub.com' }),
      [5],
    ],
    ['of GitHub itself hide nobody as an author', commit('noreply@github.com'), [5, 'noreply@github.com']],
    [
      'of co-authors count',
      commit('rowan@example.edu', { coAuthors: ['9+kim@users.noreply.github.com'] }),
      [5, 9],
    ],
    ['before the project are nobody’s deed', commit('x@example.org', { at: AT - 1 }), []],
  ])('%s', (_case, given, expected) => {
    expect(found(given)).toEqual(expected);
  });

  test('are named once however often they come', () => {
    expect(found(commit('x@example.org'), commit('X@example.org'), commit('rowan@example.edu'))).toEqual([
      5,
      'x@example.org',
    ]);
  });

  test('of co-authors are read from the message', () => {
    const message =
      'Round counts\n\nco-authored-by: Kim Example <kim@example.org>\n  Co-Authored-By: Lee <lee@example.org>\nnot Co-authored-by: No <no@example.org>\nCo-authored-by: broken\n';
    expect(coAuthorsIn(message)).toEqual(['kim@example.org', 'lee@example.org']);
  });
});

describe('governance says who is', () => {
  const trained = (text: string) => ({
    'people.yml': [
      `login: kim-example, name: Kim Example,`,
      `login: kim-example, name: Kim Example, ${text}`,
    ] as [string, string],
  });
  const rolesIn = (edits: Parameters<typeof edited>[0], who: number, more?: { untrained: boolean }) =>
    peopleFacts(aGovernance(edited(edits)), PROJECT, GOVERNANCE_AT, more)[who]?.roles;

  test('member, lead, co-pilot, data owner, or nobody in particular', () => {
    expect(rolesIn({}, NORTHSHIRE.lead)).toEqual(['lead', 'member']);
    expect(rolesIn({}, NORTHSHIRE.collaborator)).toEqual(['collaborator']);
    expect(rolesIn({}, NORTHSHIRE.copilot)).toEqual(['copilot']);
    expect(rolesIn({}, NORTHSHIRE.governor)).toEqual(['data-owner', 'auditor']);
    expect(rolesIn({}, NORTHSHIRE.stranger)).toEqual([]);
    expect(rolesIn({}, 1)).toBeUndefined();
  });

  test('a checker, while their training is in date', () => {
    expect(rolesIn({}, NORTHSHIRE.checker)).toEqual([]);
    expect(rolesIn({}, NORTHSHIRE.checker, { untrained: true })).toEqual(['checker']);
    expect(
      rolesIn(
        trained('training: {course: outputs, passed: 2026-01-01, expires: 2026-10-01},'),
        NORTHSHIRE.checker,
      ),
    ).toEqual(['checker']);
    expect(
      rolesIn(
        trained('training: {course: outputs, passed: 2026-01-01, expires: 2026-09-30},'),
        NORTHSHIRE.checker,
      ),
    ).toEqual([]);
  });

  test('nothing that this room knows of, for other roles', () => {
    const teams = { 'teams.yml': ['role: governance', 'role: repo_clearer'] as [string, string] };
    expect(rolesIn(teams, NORTHSHIRE.governor)).toEqual([]);
  });
});

test('a place is only given while there is something to check', () => {
  expect(aDraft().code(AIRLOCK, 'assign', { checker: P.checkerA })).toBe('release.state');
});
