/** Schedules of release requests: every mistake on its line, and what their times come to. */
import { describe, expect, test } from '@jest/globals';
import {
  describeChange,
  dueAt,
  governanceSchemas,
  nextAfter,
  readGovernance,
  restrict,
} from '../../src/governance/governance.ts';
import { aGovernance, COMMIT, edited, PEOPLE } from '../support/governance.ts';

const FIELDS: Record<string, string> = {
  id: 'weekly',
  backend: 'attainment',
  workspace: 'study-main',
  author: String(PEOPLE.lead),
  cron: "'30 6 * * 1'",
  calendar: 'Europe/London',
  dirs: '[output/tables]',
  supporting: '[output/notes.txt]',
  context: 'Weekly absence for the school board.',
  controls: '{threshold: 7, base: 5, method: rounding, text: All counts are rounded.}',
  submit: 'true',
  policy_text: "'1'",
  until: '2027-02-28',
  reason: 'weekly bulletin',
  ref: 'GOV-200',
};

function written(...schedules: Record<string, string | undefined>[]): string {
  const all = schedules.map((changes) =>
    Object.entries({ ...FIELDS, ...changes })
      .filter(([, value]) => value !== undefined)
      .map(([field, value], at) => `  ${at === 0 ? '-' : ' '} ${field}: ${value}\n`)
      .join(''),
  );
  return `papers: []\nschedules:\n${all.join('')}`;
}
const files = (...schedules: Record<string, string | undefined>[]) =>
  edited({ 'projects/ns-2026-014.yml': ['papers: []\n', written(...schedules)] });

/** What is said, with the line it is said on. */
function faults(...schedules: Record<string, string | undefined>[]): string[] {
  const given = files(...schedules);
  const lines = given.get('projects/ns-2026-014.yml')!.split('\n');
  const { findings } = readGovernance(given, COMMIT);
  return findings
    .filter(({ path }) => path.startsWith('projects/'))
    .map(({ line, code, message }) => `${lines[line - 1]!.trim().split(':')[0]} | ${message} (${code})`);
}

describe('a schedule', () => {
  test('is read with everything it says', () => {
    expect(aGovernance(files({})).projects[0]!.schedules).toEqual([
      {
        id: 'weekly',
        backend: 'attainment',
        workspace: 'study-main',
        author: PEOPLE.lead,
        cron: '30 6 * * 1',
        calendar: 'Europe/London',
        dirs: ['output/tables'],
        supporting: ['output/notes.txt'],
        context: 'Weekly absence for the school board.',
        controls: { threshold: 7, base: 5, method: 'rounding', text: 'All counts are rounded.' },
        submit: true,
        policyText: '1',
        until: '2027-02-28',
        reason: 'weekly bulletin',
        ref: 'GOV-200',
      },
    ]);
    expect(aGovernance().projects[0]!.schedules).toEqual([]);
  });

  test('needs neither author nor supporting files, and stays a draft unless it says otherwise', () => {
    const bare = { author: undefined, supporting: undefined, submit: undefined, policy_text: undefined };
    const [schedule] = aGovernance(files(bare)).projects[0]!.schedules;
    expect(schedule).toMatchObject({ supporting: [], submit: false });
    expect(Object.keys(schedule!)).not.toContain('policyText');
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    [
      'every minute',
      { cron: "'* * * * *'" },
      'cron | "cron" must be five fields of cron that begin with one minute and one hour, like "30 6 * * 1". (governance.value)',
    ],
    ['every hour', { cron: "'30 * * * *'" }, 'cron | "cron" must be five fields'],
    ['seconds', { cron: "'0 30 6 * * 1'" }, 'cron | "cron" must be five fields'],
    ['an hour that is none', { cron: "'30 26 * * 1'" }, 'cron | "cron" must be a time that comes'],
    ['a day that never comes', { cron: "'30 6 30 2 *'" }, 'cron | "cron" must be a time that comes'],
    ['a day drawn by lot', { cron: "'30 6 H * *'" }, 'cron | "cron" must be five fields'],
    ['a nickname', { cron: "'@daily'" }, 'cron | "cron" must be five fields'],
    ['no calendar', { calendar: undefined }, '"calendar" is missing. (governance.missing-key)'],
    [
      'a calendar nobody keeps',
      { calendar: 'Europe/Nowhere' },
      'calendar | "calendar" must be a calendar by its time zone',
    ],
    ['an offset for a calendar', { calendar: "'+01:00'" }, 'calendar | "calendar" must be a calendar'],
    ['a folder outside', { dirs: '[../other]' }, 'dirs | This entry must be a folder of the workspace'],
    ['a hidden folder', { dirs: '[output/.git]' }, 'dirs | This entry must be a folder of the workspace'],
    ['no folder', { dirs: '[]' }, 'dirs | "dirs" must be at least one folder'],
    ['a file outside', { supporting: '[/etc/passwd, ../x.txt]' }, 'supporting | This entry must be a folder'],
    ['a method nobody knows', { controls: '{method: magic, text: x}' }, 'controls | "method" must be one of'],
    ['no reason', { reason: undefined }, '"reason" is missing'],
    ['a misspelt key', { untill: '2027-02-28' }, 'untill | Unknown key "untill"'],
    ['submission without the policy text', { policy_text: undefined }, '"policy_text" is missing'],
    [
      'a backend of others',
      { backend: 'rehearsal' },
      'backend | The project has no backend "rehearsal". (governance.unknown-reference)',
    ],
    [
      'an author from elsewhere',
      { author: String(PEOPLE.stranger) },
      `author | ${PEOPLE.stranger} is no member of the project. (governance.unknown-reference)`,
    ],
    [
      'a time beyond the project',
      { until: '2027-03-01' },
      'until | This holds until 2027-03-01, later than the project (2027-02-28). (governance.until-too-late)',
    ],
  ])('says on its line that it has %s', (_what, change, told) => {
    const said = faults(change);
    expect(said.some((each) => each.includes(told))).toBe(true);
    expect(said.length).toBeLessThanOrEqual(2);
  });

  test('says all of it at once', () => {
    expect(faults({ cron: 'x', calendar: 'y', backend: '"?"' }).map((each) => each.split(' ')[0])).toEqual([
      'backend',
      'cron',
      'calendar',
    ]);
    expect(faults({}, {})).toEqual([
      '- id | The schedule "weekly" is given twice. (governance.duplicate-id)',
    ]);
  });

  test('stands in the JSON Schema for editors', () => {
    expect(JSON.stringify(governanceSchemas().find(({ name }) => name === 'project'))).toContain(
      '"calendar"',
    );
  });

  test('is named when it comes, changes and goes', () => {
    const [none, one] = [aGovernance(), aGovernance(files({}))];
    const text = (from: typeof none, to: typeof none) => JSON.stringify(describeChange(from, to));
    expect(text(none, one)).toContain('Schedule weekly asks for releases of project ns-2026-014');
    expect(text(one, aGovernance(files({ dirs: '[output]' })))).toContain(
      'Schedule weekly of project ns-2026-014, dirs',
    );
  });

  test('acts only as far as two versions say the same, word for word', () => {
    const one = aGovernance(files({}));
    expect(restrict(one, aGovernance(files({ until: '2026-12-01' }))).projects[0]!.schedules).toMatchObject([
      { until: '2026-12-01' },
    ]);
    expect(restrict(one, aGovernance(files({ dirs: '[output]' }))).projects[0]!.schedules).toEqual([]);
    expect(restrict(aGovernance(), one).projects[0]!.schedules).toEqual([]);
  });
});

describe('the time of a schedule', () => {
  const at = (text: string): number => Date.parse(text);
  const iso = (ms: number): string => new Date(ms).toISOString();
  const mondays = (calendar: string) => ({ cron: '30 6 * * 1', calendar });

  test('is meant in its calendar, which knows when clocks change', () => {
    expect(iso(dueAt(mondays('UTC'), at('2026-10-07T00:00:00Z')))).toBe('2026-10-05T06:30:00.000Z');
    expect(iso(dueAt(mondays('Europe/London'), at('2026-10-07T00:00:00Z')))).toBe('2026-10-05T05:30:00.000Z');
    expect(iso(dueAt(mondays('Europe/London'), at('2026-10-28T00:00:00Z')))).toBe('2026-10-26T06:30:00.000Z');
  });

  test('has come when its second has, and not before', () => {
    const due = at('2026-10-05T06:30:00Z');
    expect(iso(dueAt(mondays('UTC'), due))).toBe('2026-10-05T06:30:00.000Z');
    expect(iso(dueAt(mondays('UTC'), due - 1))).toBe('2026-09-28T06:30:00.000Z');
    expect(iso(nextAfter(mondays('UTC'), due))).toBe('2026-10-12T06:30:00.000Z');
  });

  test('that clocks leave out comes once, and one they repeat comes once', () => {
    const nightly = { cron: '30 1 * * *', calendar: 'Europe/London' };
    const from = (text: string) => {
      const times: string[] = [];
      for (let now = at(text); times.length < 4; ) times.push(iso((now = nextAfter(nightly, now))));
      return times;
    };
    expect(new Set(from('2026-03-27T12:00:00Z')).size).toBe(4);
    const days = from('2026-10-23T12:00:00Z').map((text) => text.slice(0, 10));
    expect(new Set(days).size).toBe(4);
    // As it is asked by who makes the requests: every quarter of an hour, over both nights.
    const seen = (day: string) => {
      const asked = Array.from({ length: 24 * 4 }, (_, n) => at(`${day}T00:00:00Z`) + n * 15 * 60_000);
      return [...new Set(asked.map((now) => iso(dueAt(nightly, now))))].filter((due) => due.startsWith(day));
    };
    expect(seen('2026-03-29')).toEqual(['2026-03-29T01:30:00.000Z']);
    expect(seen('2026-10-25')).toEqual(['2026-10-25T00:30:00.000Z']);
  });
});
