import { describe, expect, test } from '@jest/globals';
import type { Governance, Repository } from '../../src/governance/governance.ts';
import {
  addDays,
  addMonths,
  daysBetween,
  dueDay,
  extendedTo,
  isExempt,
  paperDay,
  placeOf,
  reminderDue,
  visibilityOf,
  type Place,
  type Question,
} from '../../src/visibility/visibility.ts';
import { aGovernance, REPOSITORY } from '../support/governance.ts';
import { fc } from '../support/properties.ts';

const day = (from: string, to: string) =>
  fc
    .date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
const anyDay = day('2024-01-01', '2032-12-31');

describe('months of the calendar', () => {
  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2027-02-28', 12, '2028-02-28'],
    ['2026-12-31', 2, '2027-02-28'],
    ['2026-08-31', 1, '2026-09-30'],
    ['2026-11-30', 3, '2027-02-28'],
    ['2026-05-15', 0, '2026-05-15'],
    ['2026-11-20', 12, '2027-11-20'],
  ])('%s and %i months is %s', (from, count, to) => expect(addMonths(from, count)).toBe(to));

  test('never reach into the month after, and never go back', () => {
    fc.assert(
      fc.property(anyDay, fc.nat(48), (from, count) => {
        const to = addMonths(from, count);
        const months = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
        expect(months(to) - months(from)).toBe(count);
        expect(Number(to.slice(8))).toBeLessThanOrEqual(Number(from.slice(8)));
        expect(to >= from).toBe(true);
      }),
    );
  });

  test('keep the order of days', () => {
    fc.assert(
      fc.property(anyDay, anyDay, fc.nat(48), (a, b, count) => {
        const [first, second] = a <= b ? [a, b] : [b, a];
        expect(addMonths(first, count) <= addMonths(second, count)).toBe(true);
      }),
    );
  });

  test('days are counted over leap days and back', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -800, max: 800 }), (from, count) => {
        expect(daysBetween(from, addDays(from, count))).toBe(count);
      }),
    );
  });
});

function world(
  repository: Partial<Repository> = {},
  more: {
    visibility?: Partial<Governance['policies']['visibility']>;
    papers?: [on: string, repo: number][];
  } = {},
): { g: Governance; place: Place } {
  const g = aGovernance();
  const place = placeOf(g, REPOSITORY)!;
  Object.assign(place.repository, repository);
  Object.assign(g.policies.visibility, more.visibility);
  const paper = { title: 'A paper', authors: ['A'], state: 'published' as const };
  place.project.papers = (more.papers ?? []).map(([on, repo]) => ({ ...paper, on, repos: [repo] }));
  return { g, place };
}
const asks = (question: Partial<Question> & { today: string }): Question => ({
  start: '2026-03-01',
  ...question,
});
const extension = (until: string) => ({ on: '2027-01-15', until, reason: 'Still at work', ref: 'GOV-9' });

describe('the day on which a repository has to be public', () => {
  test('is found for repositories of projects, by their number', () => {
    const { g } = world();

    expect(placeOf(g, REPOSITORY)?.project.id).toBe(g.projects[0]!.id);
    expect(placeOf(g, 1)).toBeUndefined();
  });

  test('does not come before there was a run on real data', () => {
    const { g, place } = world();

    expect(visibilityOf(g, place, { start: undefined, today: '2040-01-01' })).toEqual({ is: 'open-ended' });
  });

  test('is twelve months after the first run', () => {
    const { g, place } = world();

    expect(visibilityOf(g, place, asks({ today: '2027-02-28' }))).toEqual({
      is: 'running',
      due: '2027-03-01',
      flip: '2027-03-01',
      why: 'due',
    });
    expect(visibilityOf(g, place, asks({ today: '2027-03-01' }))).toEqual({
      is: 'due',
      due: '2027-03-01',
      why: 'due',
    });
  });

  test('is as many months later as the policy says', () => {
    const { g, place } = world({}, { visibility: { months: 6 } });

    expect(dueDay(g, place, '2026-08-31')).toBe('2027-02-28');
  });

  test('is the latest day that an extension gives, and never earlier for one', () => {
    const { g, place } = world({ extensions: [extension('2028-03-01'), extension('2027-09-01')] });

    expect(dueDay(g, place, '2026-03-01')).toBe('2028-03-01');
    place.repository.extensions = [extension('2027-02-01')];
    expect(dueDay(g, place, '2026-03-01')).toBe('2027-03-01');
    expect(extendedTo(g, place, '2026-03-01')).toBe('2028-03-01');
  });

  test('is the day of the first paper, if that is earlier', () => {
    const papers: [string, number][] = [
      ['2026-12-24', REPOSITORY],
      ['2026-11-01', REPOSITORY],
      ['2026-11-30', REPOSITORY],
      ['2026-01-01', 1],
    ];
    const { g, place } = world({}, { papers });

    expect(paperDay(place)).toBe('2026-11-01');
    expect(visibilityOf(g, place, asks({ today: '2026-11-01' }))).toMatchObject({ is: 'due', why: 'paper' });
    expect(visibilityOf(g, place, asks({ today: '2026-10-31' }))).toMatchObject({
      is: 'running',
      flip: '2026-11-01',
      why: 'paper',
    });
    expect(visibilityOf(g, place, { start: undefined, today: '2026-11-01' })).toMatchObject({ why: 'paper' });
    expect(visibilityOf(g, place, asks({ start: '2025-01-01', today: '2026-11-01' }))).toMatchObject({
      why: 'due',
    });
  });

  test('is today when something is published from it, unless it is exempt', () => {
    const { g, place } = world({ exempt: { reason: 'A tool', ref: 'GOV-1' } });
    const asked = { start: undefined, published: true, today: '2026-05-05' };

    expect(visibilityOf(g, place, asked)).toEqual({ is: 'due', due: '2026-05-05', why: 'publication' });
    expect(visibilityOf(g, place, { ...asked, topics: ['non-research'] }).is).toBe('exempt');
  });

  test('is today when governance says public', () => {
    const { g, place } = world({ visibility: 'public', exempt: { reason: 'A tool', ref: 'GOV-1' } });

    expect(visibilityOf(g, place, { start: undefined, today: '2026-05-05' })).toEqual({
      is: 'due',
      due: '2026-05-05',
      why: 'governance',
    });
  });

  test('does not exist for what is no research: governance and a topic have to say so, neither alone', () => {
    const { g, place } = world({ exempt: { reason: 'A tool', ref: 'GOV-1' } });
    const topics = ['r', g.policies.visibility.exempt_topic];
    const at = { today: '2030-01-01' };

    expect(isExempt(g, place)).toBe(false);
    expect(visibilityOf(g, place, asks({ ...at, topics }))).toEqual({
      is: 'exempt',
      reason: 'A tool',
      ref: 'GOV-1',
    });
    expect(visibilityOf(g, place, asks({ ...at, topics: ['r'] })).is).toBe('due');
    expect(visibilityOf(g, place, asks(at)).is).toBe('due');
    delete place.repository.exempt;
    expect(visibilityOf(g, place, asks({ ...at, topics })).is).toBe('due');
  });

  test('is held back by an undecided request, at most 14 days', () => {
    const { g, place } = world();
    const at = (pending: boolean, today: string): unknown => {
      const found = visibilityOf(g, place, asks({ pending, today }));
      return found.is === 'running' ? found.flip : found.is;
    };

    expect(at(false, '2027-01-01')).toBe('2027-03-01');
    expect(at(true, '2027-01-01')).toBe('2027-03-15');
    expect(at(true, '2027-03-14')).toBe('2027-03-15');
    expect(at(true, '2027-03-15')).toBe('due');
    expect(at(false, '2027-03-14')).toBe('due');
  });

  test('is never put off by more than extensions and 14 days, whatever is asked when', () => {
    fc.assert(
      fc.property(anyDay, fc.boolean(), anyDay, (start, pending, today) => {
        const { g, place } = world();
        const found = visibilityOf(g, place, { start, pending, today });
        const due = addMonths(start, 12);
        if (today >= addDays(due, 14)) expect(found.is).toBe('due');
        if (today < due) expect(found.is).toBe('running');
        if (found.is === 'running' && !pending) expect(found.flip).toBe(due);
      }),
    );
  });

  test('once due stays due, however a clock of a day earlier or later sees it', () => {
    fc.assert(
      fc.property(anyDay, anyDay, fc.integer({ min: -1, max: 1 }), (start, today, skew) => {
        const { g, place } = world();
        const seen = visibilityOf(g, place, { start, today: addDays(today, skew) });
        const off = daysBetween(addMonths(start, 12), today);
        if (off >= 1) expect(seen.is).toBe('due');
        if (off <= -2) expect(seen.is).toBe('running');
      }),
    );
  });
});

describe('reminders', () => {
  test.each([
    [61, undefined],
    [60, 60],
    [31, 60],
    [30, 30],
    [8, 30],
    [7, 7],
    [1, 7],
    [0, 0],
    [-5, 0],
  ])('%i days ahead: the one of %s days', (left, wanted) => {
    const { g } = world();

    expect(reminderDue(g, addDays('2027-03-01', left), '2027-03-01')).toBe(wanted);
  });

  test('are none where the policy names none', () => {
    expect(
      reminderDue(world({}, { visibility: { remind: [] } }).g, '2027-03-01', '2027-03-01'),
    ).toBeUndefined();
  });

  test('come in order over the days, each at most once, under a clock that goes forwards', () => {
    const { g } = world();
    const said = Array.from({ length: 80 }, (_, at) =>
      reminderDue(g, '2027-03-01', addDays('2026-12-20', at)),
    );
    const changes = said.filter((each, at) => each !== undefined && each !== said[at - 1]);

    expect(changes).toEqual([60, 30, 7, 0]);
  });
});
