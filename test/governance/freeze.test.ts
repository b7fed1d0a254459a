/** What a freeze covers, who may freeze and lift, and what a zone believes. */
import { describe, expect, test } from '@jest/globals';
import {
  freezeOver,
  heard,
  inForce,
  LIFT_WAITS_MS,
  mayFreeze,
  mayLift,
  NOTHING_HELD,
  ownScope,
  scopeRefusal,
  scopeText,
  settled,
  unfreezing,
  type FreezeAct,
  type FreezeScope,
  type Held,
} from '../../src/governance/governance.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT } from '../support/governance.ts';

const SECOND = PEOPLE.lead;
/** The lead sits on the board too. */
const g = aGovernance(
  edited({
    'teams.yml': [
      `- {id: ${PEOPLE.governor}, until: 2027-01-31, reason: board, ref: GOV-1}`,
      `- {id: ${PEOPLE.governor}, until: 2027-01-31, reason: board, ref: GOV-1}\n    - {id: ${SECOND}, until: 2026-12-31, reason: board, ref: GOV-2}`,
    ],
  }),
);
const project: FreezeScope = { kind: 'project', id: PROJECT };
const backend: FreezeScope = { kind: 'backend', id: 'attainment' };
const all: FreezeScope = { kind: 'all' };
const code = (answer: unknown) => (answer as { code?: string } | undefined)?.code ?? answer;

describe('what stands still', () => {
  test.each<[string, FreezeScope, string | null | undefined, string, boolean]>([
    ['everything, everywhere', all, null, 'attainment', true],
    ['a backend, whoever uses it', backend, 'other', 'attainment', true],
    ['not another backend', backend, PROJECT, 'rehearsal', false],
    ['a project on every backend', project, PROJECT, 'rehearsal', true],
    ['not another project', project, 'other', 'attainment', false],
    ['not what is about no project', project, null, 'attainment', false],
    ['what belongs to nobody knows which project', project, undefined, 'attainment', true],
  ])('%s', (_name, scope, where, on, stands) => {
    const found = freezeOver([{ scope, running: 'stop', at: 1 }], { project: where, backend: on });
    expect(found !== undefined).toBe(stands);
  });

  test('since the oldest freeze, and one that stops jobs goes before one that lets them finish', () => {
    const place = { project: PROJECT, backend: 'attainment' };
    const one = (at: number, running: 'stop' | 'finish') => ({ scope: all, running, at });
    expect(freezeOver([one(5, 'stop'), one(3, 'stop')], place)?.at).toBe(3);
    expect(freezeOver([one(1, 'finish'), one(3, 'stop')], place)?.at).toBe(3);
  });

  test('is named by what governance lists', () => {
    expect(scopeRefusal(g, all)).toBeUndefined();
    expect(scopeRefusal(g, project)).toBeUndefined();
    expect(scopeRefusal(g, backend)).toBeUndefined();
    expect(code(scopeRefusal(g, { kind: 'project', id: 'x' }))).toBe('freeze.unknown-scope');
    expect(code(scopeRefusal(g, { kind: 'backend', id: 'x' }))).toBe('freeze.unknown-scope');
    expect(ownScope(g, { kind: 'project', id: 'absence-study' })).toEqual(project);
    expect(ownScope(g, { kind: 'project', id: 'x' })).toEqual({ kind: 'project', id: 'x' });
    expect(ownScope(g, backend)).toEqual(backend);
    expect([all, project].map(scopeText)).toEqual(['everything', `project "${PROJECT}"`]);
  });
});

describe('who', () => {
  test('may freeze: governance, by its number, while the role lasts', () => {
    expect(mayFreeze(g, PEOPLE.governor, AT)).toBeUndefined();
    expect(code(mayFreeze(g, PEOPLE.checker, AT))).toBe('freeze.not-permitted');
    expect(code(mayFreeze(g, SECOND, Date.parse('2027-01-01T00:00:00Z')))).toBe('freeze.not-permitted');
  });

  test('may lift: two different people who may freeze', () => {
    expect(mayLift(g, [PEOPLE.governor, SECOND], AT)).toBeUndefined();
    expect(code(mayLift(g, [SECOND, SECOND], AT))).toBe('freeze.same-person');
    expect(code(mayLift(g, [PEOPLE.stranger, SECOND], AT))).toBe('freeze.not-permitted');
    expect(code(mayLift(g, [SECOND, PEOPLE.stranger], AT))).toBe('freeze.not-permitted');
  });
});

describe('a word for lifting', () => {
  const by = (person: number, at = AT - 1000) => ({ lift: { by: person, at } });
  const none = { lift: null };
  test.each<[string, Parameters<typeof unfreezing>[1], Parameters<typeof unfreezing>[2], string]>([
    ['of somebody else is none', [none], { person: PEOPLE.checker, at: AT }, 'freeze.not-permitted'],
    ['about what is not frozen is none', [], { person: SECOND, at: AT }, 'freeze.not-frozen'],
    ['that is the first begins it', [none], { person: SECOND, at: AT }, 'asked'],
    ['of a second person ends it', [by(SECOND)], { person: PEOPLE.governor, at: AT }, 'lifted'],
    ['of the same person ends nothing', [by(SECOND)], { person: SECOND, at: AT }, 'freeze.same-person'],
    ['that is heard twice is one', [by(SECOND)], { person: SECOND, at: AT, heardAt: AT - 2000 }, 'asked'],
    [
      'is void when it was frozen again in between',
      [by(SECOND), none],
      { person: PEOPLE.governor, at: AT },
      'asked',
    ],
    [
      'counts for one of two freezes only, so both begin again',
      [by(SECOND), by(PEOPLE.governor)],
      { person: PEOPLE.governor, at: AT },
      'asked',
    ],
    [
      'is void after a day',
      [by(SECOND, AT - LIFT_WAITS_MS - 1)],
      { person: PEOPLE.governor, at: AT },
      'asked',
    ],
    [
      'is void when whoever said it lost the role',
      [by(PEOPLE.checker)],
      { person: PEOPLE.governor, at: AT },
      'asked',
    ],
  ])('%s', (_name, on, said, expected) => {
    expect(code(unfreezing(g, on, said))).toBe(expected);
  });
});

describe('a zone', () => {
  const first = 'a'.repeat(16);
  const again = 'b'.repeat(16);
  const freeze = (seq: number, id = first): FreezeAct => ({
    ...{ act: 'freeze', seq, id, scope: project, running: 'stop', at: AT },
  });
  const lift = (seq: number, by: [number, number], id = first): FreezeAct => ({
    ...{ act: 'lift', seq, id, by, at: AT },
  });
  const two: [number, number] = [PEOPLE.governor, SECOND];
  const now = { at: AT };
  const on = (held: Held) => inForce(held).map(({ id }) => id);

  test('freezes on anybody’s word, and remembers what it heard last', () => {
    const held = heard(NOTHING_HELD, [freeze(3)]);
    expect(held.seq).toBe(3);
    expect(on(held)).toEqual([first]);
  });

  test('lifts when its own governance knows two people who may, and not before', () => {
    const told = heard(NOTHING_HELD, [freeze(1), lift(2, two)]);
    expect(on(told)).toEqual([first]);
    expect(on(settled(told, undefined, now))).toEqual([first]);
    expect(on(settled(told, aGovernance(), now))).toEqual([first]);
    expect(on(settled(told, g, now))).toEqual([]);
  });

  test.each<[string, [number, number]]>([
    ['one person twice', [SECOND, SECOND]],
    ['people who may not', [PEOPLE.checker, PEOPLE.lead]],
    ['people nobody knows', [1, 2]],
  ])('does not lift for %s', (_name, by) => {
    const told = heard(NOTHING_HELD, [freeze(1), lift(2, by)]);
    const after = settled(told, g, now);
    expect(after).toBe(told);
    expect(on(after)).toEqual([first]);
  });

  test('that believes nobody outside waits for its own operator as well', () => {
    const told = heard(NOTHING_HELD, [freeze(1), lift(2, two)]);
    expect(on(settled(told, g, { at: AT, confirmed: () => false }))).toEqual([first]);
    expect(on(settled(told, g, { at: AT, confirmed: (id) => id === first }))).toEqual([]);
    const only = heard(NOTHING_HELD, [freeze(1)]);
    expect(on(settled(only, g, { at: AT, confirmed: () => true }))).toEqual([first]);
  });

  test('hears an old lifting again, and no other freeze ends by it', () => {
    const lifted = settled(heard(NOTHING_HELD, [freeze(1), lift(2, two)]), g, now);
    const frozenAgain = heard(lifted, [freeze(3, again)]);
    const replayed = settled(
      heard(frozenAgain, [freeze(1), lift(2, two), lift(9, two, 'z'.repeat(16))]),
      g,
      now,
    );
    expect(on(replayed)).toEqual([again]);
    expect(replayed.seq).toBe(9);
  });

  test('counts on from where a restored hub stands, and holds what that has forgotten', () => {
    const before = heard(NOTHING_HELD, [freeze(3), freeze(100, again)]);
    const restored = heard(before, [freeze(3), lift(4, two)]);
    expect(restored.seq).toBe(4);
    expect(on(settled(restored, g, now))).toEqual([again]);
    expect(heard(restored, []).seq).toBe(4);
  });

  test('remembers the last thousand that were lifted, and every one that is not', () => {
    const acts = Array.from({ length: 1001 }, (_, n) => n).flatMap((n) => {
      const id = String(n).padStart(16, '0');
      return [freeze(2 * n + 1, id), lift(2 * n + 2, two, id)];
    });
    const held = settled(heard(NOTHING_HELD, [...acts, freeze(5000)]), g, now);
    const next = heard(held, []);
    expect(next.freezes).toHaveLength(1001);
    expect(next.freezes.some(({ id }) => id === '0'.repeat(16))).toBe(false);
    expect(on(next)).toEqual([first]);
  });
});
