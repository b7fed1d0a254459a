/** What is left of a completed project, and when its access ends. */
import { expect, test } from '@jest/globals';
import {
  closesOn,
  completionItems,
  endedLook,
  isCompleted,
  lookRefusals,
  runRefusals,
  tickedIn,
  type CompletionFacts,
} from '../../src/governance/governance.ts';
import { NUMBERS } from '../deployments/here.ts';
import { days, isoDay } from '../../src/lib/clock.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT } from '../support/governance.ts';

/** Completed so long ago that today is the last day, or the day after it. */
const LAST = isoDay(AT - days(NUMBERS.closingDays));
const OVER = isoDay(AT - days(NUMBERS.closingDays + 1));

const FACTS: CompletionFacts = {
  workspaces: [{ name: 'study-main', purpose: true }],
  repositories: [{ id: 70011, called: 'study', public: true, names: ['readme.md', 'LICENCE'] }],
  unpublished: 0,
};
const completed = (since?: string, status = 'completed_linked') =>
  aGovernance(
    edited({
      'projects/ns-2026-014.yml': [
        'status: ongoing',
        `status: ${status}${since === undefined ? '' : `\nstatus_since: ${since}`}`,
      ],
    }),
  );
const left = (facts: Partial<CompletionFacts> = {}, ticked: string[] = [], since = '2026-01-01') => {
  const g = completed(since);
  const items = completionItems(g, g.projects[0]!, { ...FACTS, ...facts }, new Set(ticked), AT);
  return items.filter(({ done }) => !done).map(({ id, left: what }) => [id, ...what].join(' '));
};

test('what can be seen is done or named; what only a lead knows waits for a tick', () => {
  expect(left()).toEqual(['papers']);
  expect(left({}, ['papers'])).toEqual([]);
  expect(
    left({
      workspaces: [
        { name: 'study-main', purpose: true },
        { name: 'study-old', purpose: false },
      ],
      repositories: [{ id: 70011, called: 'study', public: false, names: ['src', 'READMEs', 'licenses'] }],
      unpublished: 3,
    }),
  ).toEqual([
    'purposes study-old',
    'texts README of study licence of study',
    'papers',
    'outputs 3',
    'public study',
  ]);
  expect(left({ repositories: [undefined], unpublished: 1 }, ['outputs', 'public', 'texts'])).toEqual([
    'texts README of repository 70011 licence of repository 70011',
    'papers',
    'public repository 70011',
  ]);
});

test('members and grants are ended when they are, or when the days of closing are over', () => {
  expect(left({}, ['papers'], LAST)).toEqual([
    `ended member ${PEOPLE.lead} member ${PEOPLE.collaborator} results`,
  ]);
  expect(left({}, ['papers'], OVER)).toEqual([]);
  const g = completed();
  expect(closesOn(g, g.projects[0]!)).toBeUndefined();
  const items = completionItems(g, g.projects[0]!, FACTS, new Set(), AT);
  expect(items.find(({ id }) => id === 'ended')?.done).toBe(false);
});

test('a paper on record needs no tick', () => {
  const g = completed('2026-01-01');
  const paper = { title: 'P', authors: ['A'], on: '2026-01-01', state: 'published' as const, repos: [] };
  const items = completionItems(g, { ...g.projects[0]!, papers: [paper] }, FACTS, new Set(), AT);
  expect(items.every(({ done }) => done)).toBe(true);
});

test('boxes are read by their names, wherever they stand', () => {
  const body =
    '- [x] <!-- item:papers --> a\r\n- [ ] <!-- item:outputs --> b\n- [X] <!-- item:public --> c\n- [x] d';
  expect([...tickedIn(body)]).toEqual(['papers', 'public']);
});

test('closing ends access at the command, in the zone and in the viewer on the same day', () => {
  const last = completed(LAST);
  const over = completed(OVER);
  expect([isCompleted(last.projects[0]!), isCompleted(aGovernance().projects[0]!)]).toEqual([true, false]);
  expect([closesOn(last, last.projects[0]!), closesOn(over, over.projects[0]!)]).toEqual([
    isoDay(AT),
    isoDay(AT - days(1)),
  ]);
  const question = {
    person: PEOPLE.lead,
    project: PROJECT,
    backend: 'attainment',
    data: 'real',
    at: AT,
  } as const;
  const codes = (found: readonly { code: string }[]) => found.map(({ code }) => code);
  expect(codes(runRefusals(last, question))).toEqual([]);
  expect(codes(runRefusals(over, question))).toEqual(['run.project-closed']);
  expect(codes(lookRefusals(last, question))).toEqual([]);
  expect(codes(lookRefusals(over, question))).toEqual(['run.project-closed']);
  expect(endedLook(last, question)).toBeUndefined();
  expect(endedLook(over, question)).toMatchObject({ code: 'run.project-closed' });
});
