import { describe, expect, test } from '@jest/globals';
import {
  ACTIVE,
  ALLOWED,
  DEFAULT_POLICY,
  FINAL,
  NEXT,
  OWNER,
  PHASE,
  STATES,
  WHO,
  withinFloors,
  words,
} from '../../src/release/release.ts';
import { apply } from '../../src/release/apply.ts';
import { aRequest, AT } from './world.ts';

describe('every state', () => {
  test.each([...STATES])('%s has a row, one owner, one phase and a name', (state) => {
    expect(NEXT[state]).toBeDefined();
    expect(['author', 'checker', 'system']).toContain(OWNER[state]);
    expect(['author', 'independent', 'consolidating', 'complete']).toContain(PHASE[state]);
    expect(words.STATE_WORDS[state]).toMatch(/^\w/);
  });

  test.each([...STATES])('%s is reached by a story that folds to it', (state) => {
    expect(aRequest(state).agrees().state).toBe(state);
  });

  test('the tables name each state once and no other', () => {
    for (const table of [NEXT, OWNER, PHASE, words.STATE_WORDS]) {
      expect(Object.keys(table).sort()).toEqual([...STATES].sort());
    }
  });

  test('owner and phase tell the same', () => {
    for (const state of STATES) {
      const { author, checker, system } = {
        author: ['author'],
        checker: ['independent', 'consolidating'],
        system: ['complete'],
      };
      expect({ author, checker, system }[OWNER[state]]).toContain(PHASE[state]);
    }
  });

  test('every state but the last ones leads on, and each is led to', () => {
    for (const state of STATES) {
      expect(NEXT[state].length === 0).toBe(['rejected', 'withdrawn', 'revoked'].includes(state));
      const before = STATES.filter((from) => (NEXT[from] as readonly string[]).includes(state));
      expect(before.length > 0).toBe(state !== 'draft');
    }
  });

  test('what is active is not final, and only a queued or running upload is neither', () => {
    const both = [...ACTIVE, ...FINAL] as string[];
    expect(new Set(both).size).toBe(both.length);
    expect(STATES.filter((state) => !both.includes(state))).toEqual(['approved', 'releasing']);
  });
});

test('every command has a row for who and for when, and at least one state', () => {
  expect(Object.keys(ALLOWED).sort()).toEqual(Object.keys(WHO).sort());
  expect(Object.keys(words.COMMAND_WORDS).sort()).toEqual([...Object.keys(WHO), 'create'].sort());
  for (const states of Object.values(ALLOWED)) expect(states.length).toBeGreaterThan(0);
});

test('nobody writes on what the system owns, but to move bytes, halt, close, recall or end an incident', () => {
  const system = STATES.filter((state) => OWNER[state] === 'system');
  const there = Object.entries(ALLOWED)
    .filter(([, states]) => system.some((state) => (states as readonly string[]).includes(state)))
    .map(([command]) => command);
  expect(there.sort()).toEqual(
    [
      'close-by-operators',
      'close-incident',
      'confirm-upload',
      'fail-upload',
      'halt',
      'revoke',
      'start-upload',
    ].sort(),
  );
});

describe('entries are applied in order, each once:', () => {
  const { entries } = aRequest('submitted');

  test('a repeated entry is a bug', () => {
    const [first] = entries;
    expect(() => apply(apply(undefined, first!), first!)).toThrow('entry 1 does not follow 1');
  });

  test('a lost entry is a bug', () => {
    expect(() => apply(apply(undefined, entries[0]!), entries[2]!)).toThrow('entry 3 does not follow 1');
    expect(() => apply(undefined, entries[1]!)).toThrow('entry 2 does not follow nothing');
  });

  test('a request begins with its creation and only once', () => {
    expect(() => apply(undefined, { ...entries[1]!, seq: 1 })).toThrow('a request begins once');
    expect(() => apply(apply(undefined, entries[0]!), { ...entries[0]!, seq: 2 })).toThrow(
      'a request begins once',
    );
  });

  test('a state that the table does not allow is a bug', () => {
    const story = aRequest('draft');
    const entry = {
      ...entries[0]!,
      type: 'REQUEST_REJECT',
      to: 'approved',
      category: 'unsafe',
      decisions: {},
      seq: story.now.seq + 1,
      at: AT,
    } as never;
    expect(() => apply(story.now, entry)).toThrow('approved does not follow draft');
  });
});

describe('governance', () => {
  test('tightens what the zone sets', () => {
    const wanted = {
      trust: 'zone',
      blind: 'strict',
      confirm: true,
      sameOrganisation: false,
      types: ['csv', 'exe'],
      maxFile: 10,
      policyText: '2',
      freshMs: 5,
      workingDays: 3,
      incidentMs: 1000,
      signingCode: 'required',
    } as const;
    expect(withinFloors(DEFAULT_POLICY, wanted)).toEqual({ ...wanted, types: ['csv'] });
  });

  test('never loosens it', () => {
    const floor = {
      ...DEFAULT_POLICY,
      trust: 'zone',
      blind: 'strict',
      confirm: true,
      sameOrganisation: false,
    } as const;
    const wanted = {
      trust: 'hub',
      blind: 'open',
      confirm: false,
      sameOrganisation: true,
      maxFile: 1e12,
      freshMs: 1e12,
    } as const;
    expect(withinFloors(floor, wanted)).toEqual(floor);
    expect(withinFloors(floor, {})).toEqual(floor);
    expect(withinFloors(DEFAULT_POLICY, {})).toEqual(DEFAULT_POLICY);
  });
});
