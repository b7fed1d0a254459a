/** What becomes of an application: states, decisions, seals and numbers. */
import { expect, test } from '@jest/globals';
import {
  APPLICATION_STATES,
  decideBy,
  isDecided,
  nextState,
  seal,
  sealedText,
  type ApplicationFacts,
  type ApplicationState,
} from '../../src/applications/applications.ts';
import { idOf, nextNumber } from '../../src/applications/number.ts';
import { NEXT } from '../../src/applications/states.ts';

const FACTS: ApplicationFacts = { whole: true, seal: 'a', closedByApplicant: false, closedAs: 'deferred' };
const step = (state: ApplicationState, facts: Partial<ApplicationFacts> = {}, sealed: string | null = 'a') =>
  nextState({ state, seal: sealed }, { ...FACTS, ...facts });

test.each<[string, ApplicationState, Partial<ApplicationFacts>, ApplicationState | undefined]>([
  ['a draft that is not whole waits', 'draft', { whole: false }, undefined],
  ['a draft that is whole is submitted', 'draft', {}, 'submitted'],
  ['a submitted one waits for its pull request', 'submitted', { proposal: 'asked' }, undefined],
  ['with its pull request it is in review', 'submitted', { proposal: 'opened' }, 'in_review'],
  ['what is in review stays', 'in_review', { proposal: 'opened' }, undefined],
  ['changed answers are submitted anew', 'in_review', { seal: 'b' }, 'submitted'],
  ['changed and no longer whole, it is returned', 'in_review', { seal: 'b', whole: false }, 'returned'],
  ['returned stays returned until it is whole', 'returned', { seal: 'b', whole: false }, undefined],
  ['returned and changed is submitted', 'returned', { seal: 'b' }, 'submitted'],
  ['deferred and changed is submitted', 'deferred', { seal: 'b' }, 'submitted'],
  ['closed unmerged is deferred', 'in_review', { proposal: 'closed' }, 'deferred'],
  [
    'closed unmerged with a label is rejected',
    'in_review',
    { proposal: 'closed', closedAs: 'rejected' },
    'rejected',
  ],
  ['closed after it was returned changes nothing', 'returned', { proposal: 'closed' }, undefined],
  [
    'in force is approved, whatever else',
    'in_review',
    { inForce: 'approved', seal: 'b', closedByApplicant: true },
    'approved',
  ],
  ['closed by its applicant is withdrawn', 'in_review', { closedByApplicant: true }, 'withdrawn'],
  ['what is decided stays so', 'rejected', { seal: 'b', inForce: 'approved' }, undefined],
])('%s', (_says, state, facts, expected) => {
  expect(step(state, facts)).toBe(expected);
});

test('every step leads where the table lets it, and to rest when taken again', () => {
  const proposals = [undefined, 'asked', 'opened', 'merged', 'closed', 'refused'] as const;
  for (const state of APPLICATION_STATES)
    for (const proposal of proposals)
      for (const whole of [true, false])
        for (const now of ['a', 'b'])
          for (const closedByApplicant of [true, false])
            for (const inForce of [undefined, 'approved_with_conditions'] as const) {
              const facts = {
                ...FACTS,
                whole,
                seal: now,
                closedByApplicant,
                ...(proposal && { proposal }),
                ...(inForce && { inForce }),
              };
              const next = nextState({ state, seal: 'a' }, facts);
              if (next === undefined) continue;
              expect(NEXT[state]).toContain(next);
            }
  expect(APPLICATION_STATES.filter(isDecided)).toEqual([
    'approved',
    'approved_with_conditions',
    'rejected',
    'withdrawn',
  ]);
});

test('only a person who may decide and takes no part decides, and only what is open', () => {
  const by = (id: number, mayDecide: boolean, state: ApplicationState = 'in_review') =>
    decideBy({ state, seal: 'a' }, 'rejected', { id, mayDecide, applicants: [1, 2] });
  expect(by(3, true)).toBe('rejected');
  expect(by(2, true)).toMatchObject({ code: 'application.own' });
  expect(by(3, false)).toMatchObject({ code: 'application.may-not-decide' });
  expect(by(3, true, 'draft')).toMatchObject({ code: 'application.not-now' });
  expect(by(3, true, 'approved_with_conditions')).toMatchObject({
    says: 'An application that is approved with conditions cannot become rejected.',
  });
});

test('a seal says nothing and holds every answer', () => {
  const text = (body: string, applicant = 1) => sealedText(applicant, [body, '### B\n2']);
  expect(text('### A\n1\n### B\n1')).toBe('{"answers":[["A","1"],["B","2"]],"applicant":1}');
  const sealed = seal('salt', text('### A\n1'));
  expect(sealed).toMatch(/^sha256:[0-9a-f]{64}$/);
  for (const other of [
    seal('salt2', text('### A\n1')),
    seal('salt', text('### A\n2')),
    seal('salt', text('### A\n1', 2)),
  ])
    expect(other).not.toBe(sealed);
  expect(seal('salt', text('### A\r\n\r\n1\r\n'))).toBe(sealed);
  expect(sealedText(1, ['### A\n\uD800'])).toContain('\uFFFD');
});

test.each<[string, string, string[], string | undefined]>([
  [
    'the year after 20',
    '^NS-20[0-9]{2}-[0-9]{3}$',
    ['NS-2026-014', 'NS-2025-099', 'NS-2026-x'],
    'NS-2026-015',
  ],
  ['the first of a year', '^NS-20[0-9]{2}-[0-9]{3}$', ['NS-2025-099'], 'NS-2026-001'],
  ['four digits as the year', 'P\\d{4}/[0-9][0-9]', ['P2026/09'], 'P2026/10'],
  ['digits that are no year', 'A[0-9]{3}-\\d{2}x', [], 'A000-01x'],
  ['a plain count', '[0-9]{4}', ['0007'], '0008'],
  ['two digits as the year', 'X[0-9]{2}\\.[0-9]{2}', ['X26.01', 'X25.09'], 'X26.02'],
  ['none is left', 'N[0-9]', ['N9'], undefined],
  ['a pattern that says more than digits', '^(NS|HW)-[0-9]+$', [], undefined],
  ['no digits at all', '^NS-A$', [], undefined],
])('the next number: %s', (_says, pattern, used, expected) => {
  expect(nextNumber(pattern, used, 2026)).toBe(expected);
});

test('the file of a project is named after its number', () => {
  expect(idOf('NS-2026-014')).toBe('ns-2026-014');
  expect(idOf('/P 2026/09')).toBe('p-2026-09');
});
