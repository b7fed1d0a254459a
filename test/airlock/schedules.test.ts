/** Requests by the clock: made in their author's name, once for each time, under every guard. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import type { Entry, ReleaseRequest } from '../../src/release/release.ts';
import { NUMBERS } from '../deployments/here.ts';
import { AirlockWorld, airlockFiles, airlockGovernance, aTable, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { REPOSITORY } from '../support/governance.ts';

const PROJECT = 'projects/ns-2026-014.yml';
const CONTEXT = [
  'Mean absence by year group, for the weekly bulletin.',
  'Population: pupils of the region',
  'Population size: 120000',
  'n: 118000',
  'Degrees of freedom: 117000',
].join('\\n');

/** Mondays, half past nine: the world begins on a Monday at nine. */
function withSchedule(changes: Record<string, string | undefined> = {}): Map<string, string> {
  const fields: Record<string, string | undefined> = {
    id: 'weekly',
    backend: 'attainment',
    workspace: WORKSPACE,
    author: String(WHO.author),
    cron: "'30 9 * * 1'",
    calendar: 'UTC',
    dirs: '[output/tables, output/notes]',
    supporting: '[output/readme.txt]',
    context: `"${CONTEXT}"`,
    controls: `{threshold: ${NUMBERS.threshold}, base: ${NUMBERS.rounding}, method: rounding, text: All counts are rounded.}`,
    submit: 'true',
    policy_text: "'1'",
    until: '2027-02-28',
    reason: 'bulletin',
    ref: 'GOV-200',
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([key, value], at) =>
    value === undefined ? [] : [`  ${at === 0 ? '-' : ' '} ${key}: ${value}\n`],
  );
  const project = airlockFiles().get(PROJECT)!;
  return airlockFiles({
    [PROJECT]: project.replace('papers: []', `schedules:\n${lines.join('')}papers: []`),
  });
}
const governed = (changes: Record<string, string | undefined> = {}) =>
  airlockGovernance({ [PROJECT]: withSchedule(changes).get(PROJECT) });

const FILES = {
  'output/tables/a.csv': aTable(1),
  'output/tables/deep/b.csv': aTable(2),
  'output/notes/c.csv': aTable(3),
  'output/readme.txt': 'Read me.\n',
  'output/other.csv': aTable(4),
};

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function begun(
    changes: Record<string, string | undefined> = {},
    files: Record<string, string> = FILES,
  ) {
    world = await AirlockWorld.open(await open(), { governance: governed(changes), files });
    await tends();
  }
  async function tends(): Promise<void> {
    await world.room.tend();
    await world.room.settled();
  }
  /** So much later, twice: made, then looked at by the checks and submitted. */
  async function later(ms: number): Promise<void> {
    world.clock.advance(ms);
    await tends();
    await tends();
  }
  async function requests(): Promise<ReleaseRequest[]> {
    const rows = await rowsOf<{ folded: string }>(
      world.database.db,
      sql`select folded from requests order by created_at, id`,
    );
    return rows.map(({ folded }) => JSON.parse(folded) as ReleaseRequest);
  }
  async function outcomes(): Promise<string[]> {
    const state = await world.room.operations(WHO.operator1);
    if (isRefusal(state)) throw new Error(state.code);
    const rows = await rowsOf<{ due: number; outcome: string; code: string | null }>(
      world.database.db,
      sql`select due::float8 as due, outcome, code from schedule_times order by due`,
    );
    return rows.map(({ due, outcome, code }) =>
      [new Date(due).toISOString().slice(0, 16), outcome, code].filter(Boolean).join(' '),
    );
  }
  /** Every warning of the standard world is of files and not of the schedule: it has none. */
  const clean = { supporting: '[]', dirs: '[output/tables]' };

  describe('a request', () => {
    test('is made when its time has come, not before, and says in its record that a schedule made it', async () => {
      await begun();
      await later(minutes(29));
      expect(await requests()).toEqual([]);
      await later(minutes(1));

      const [request, ...more] = await requests();
      expect(more).toEqual([]);
      expect(request).toMatchObject({ author: WHO.author, workspace: WORKSPACE, automated: true });
      expect(request!.files.map(({ path, group, type }) => [path, group, type])).toEqual([
        ['output/notes/c.csv', 'output notes', 'output'],
        ['output/tables/a.csv', 'output tables', 'output'],
        ['output/tables/deep/b.csv', 'output tables', 'output'],
        ['output/readme.txt', 'output notes', 'supporting'],
      ]);
      expect(request!.groups.map(({ controls }) => controls?.base)).toEqual([
        NUMBERS.rounding,
        NUMBERS.rounding,
      ]);
      const entries = await rowsOf<{ entry: string }>(
        world.database.db,
        sql`select entry from entries where request = ${request!.id} and actor is not null order by seq`,
      );
      const by = entries.map(({ entry }) => (JSON.parse(entry) as Entry).by);
      expect(by.length).toBeGreaterThan(5);
      expect(by.every((each) => each.kind === 'person' && each.automated === true)).toBe(true);
      const told = await world.room.activityOf(WHO.author, request!.id);
      if (isRefusal(told)) throw new Error(told.code);
      expect(told.at(-1)).toMatchObject({ type: 'REQUEST_CREATE', automated: true });
      expect((await world.page('author', request!.id)).request.automated).toBe(true);
      expect((await world.room.shown([request!.id]))[0]).toMatchObject({ automated: true });
    });

    test('is submitted by itself when nothing stands against it', async () => {
      await begun(clean);
      await later(minutes(30));

      const [request] = await requests();
      expect([request?.state, request?.seats.length]).toEqual(['submitted', 2]);
      expect(await outcomes()).toEqual(['2026-10-05T09:00 begun', '2026-10-05T09:30 submitted']);
    });

    test.each<[string, Record<string, string | undefined>, Record<string, string>, string]>([
      [
        'a blocking hint is open',
        clean,
        { 'output/tables/a.csv': 'year_group,count\na,3\nb,11\nc,22\nd,41\n' },
        'release.blocking-hints',
      ],
      ['a warning is open', clean, { 'output/tables/a.csv': `${aTable()}year 7,0\n` }, 'release.open-hints'],
      [
        'it accepts an older policy text',
        { ...clean, policy_text: "'0'" },
        FILES,
        'release.policy-not-accepted',
      ],
    ])('stays a draft when %s, and keeps the code', async (_when, changes, files, code) => {
      await begun(changes, files);
      await later(minutes(30));
      expect((await requests()).map(({ state }) => state)).toEqual(['draft']);
      expect((await outcomes()).at(-1)).toBe(`2026-10-05T09:30 draft ${code}`);
    });

    test('stays a draft when its schedule says no more, and when its author has gone on with it', async () => {
      await begun({ ...clean, submit: 'false', policy_text: undefined });
      await later(minutes(30));
      const [left] = await requests();
      expect(left?.state).toBe('draft');
      expect((await world.page('author', left!.id)).checked).toBe(true);
      await world.close();

      await begun(clean);
      world.clock.advance(minutes(30));
      await world.room.tend();
      const [request] = await requests();
      await world.does('author', request!.id, 'withdraw-file', { path: 'output/tables/a.csv' });
      await tends();
      await tends();
      expect((await requests()).map(({ state }) => state)).toEqual(['draft']);
      expect((await outcomes()).at(-1)).toBe('2026-10-05T09:30 draft');
    });

    test('without an author is made for whoever asked for the run behind the newest output', async () => {
      await begun({ ...clean, author: undefined });
      world.clock.advance(minutes(5));
      world.job({ 'output/tables/deep/b.csv': aTable(7) }, { user: WHO.coAuthor });
      await later(minutes(25));
      expect((await requests()).map(({ author }) => author)).toEqual([WHO.coAuthor]);
    });
  });

  describe('no request is made', () => {
    test.each<[string, Record<string, string | undefined>, Record<string, string>, string]>([
      ['there is nothing in its folders', { dirs: '[output/none]' }, FILES, 'skipped schedule.nothing-there'],
      ['its workspace is unknown', { workspace: 'elsewhere' }, FILES, 'refused airlock.unknown-workspace'],
      [
        'nothing of it may be asked for',
        clean,
        { 'output/tables/a.png': 'no picture' },
        'refused release.type-mismatch',
      ],
    ])('when %s', async (_when, changes, files, told) => {
      await begun(changes, files);
      await later(minutes(30));
      expect(await requests()).toEqual([]);
      expect((await outcomes()).at(-1)).toBe(`2026-10-05T09:30 ${told}`);
      await later(minutes(5));
      expect((await outcomes()).length).toBe(2);
    });

    test('while its author has another one there', async () => {
      await begun();
      const id = await world.draft(['output/other.csv']);
      await later(minutes(30));
      expect((await requests()).map((each) => each.id)).toEqual([id]);
      expect((await outcomes()).at(-1)).toBe('2026-10-05T09:30 skipped schedule.under-review');
    });

    test('when all of it is released already; one new file is asked for alone', async () => {
      await begun(clean);
      await later(minutes(30));
      const [first] = await requests();
      const [one, two] = await world.checkers(first!.id);
      await world.reviews(one!, first!.id);
      await world.reviews(two!, first!.id);
      expect((await world.state(first!.id)).state).toBe('approved');
      await later(hours(7 * 24));
      expect((await outcomes()).at(-1)).toBe('2026-10-12T09:30 skipped schedule.all-released');

      world.job({ 'output/tables/new.csv': aTable(9) });
      await later(hours(7 * 24));
      const [, second] = await requests();
      expect(second!.files.map(({ path }) => path)).toEqual(['output/tables/new.csv']);
    });

    test('when it would be more files than two people can look at: a part of them would look like all', async () => {
      const many = Array.from({ length: 501 }, (_, n) => [`output/tables/${n}.txt`, 'Nothing.\n']);
      await begun(clean, { ...FILES, ...Object.fromEntries(many) });
      await later(minutes(30));
      expect((await outcomes()).at(-1)).toBe('2026-10-05T09:30 refused schedule.too-many');
      expect(await requests()).toEqual([]);
    });

    test('for a person who has lost the role, in a project that is closed, in a zone of another backend', async () => {
      await begun();
      const left = withSchedule({ author: undefined }).get(PROJECT)!;
      world.governance = airlockGovernance({
        [PROJECT]: left
          .replace(/  - \{id: 5550101, roles.*\n/, '')
          .replace('roles: [developer]', 'roles: [lead]'),
      });
      await later(minutes(30));
      expect(await requests()).toEqual([]);
      expect((await outcomes()).at(-1)).toBe('2026-10-05T09:30 refused release.not-member');

      const closed = withSchedule().get(PROJECT)!.replace('status: ongoing', 'status: retired');
      world.governance = airlockGovernance({ [PROJECT]: closed });
      await later(hours(7 * 24));
      expect((await outcomes()).at(-1)).toMatch(/refused release\.(not-member|project-closed)/);

      const before = (await outcomes()).length;
      const elsewhere = withSchedule({ backend: 'rehearsal' }).get(PROJECT)!;
      world.governance = airlockGovernance({
        [PROJECT]: elsewhere.replace('backends: [attainment]', 'backends: [attainment, rehearsal]'),
      });
      await later(hours(7 * 24));
      expect((await outcomes()).length).toBe(before);
    });

    test('in a workspace of another project, whatever the schedule says', async () => {
      await begun();
      world.job(
        { 'output/tables/x.csv': aTable() },
        { workspace: 'theirs', manifest: { workspace: 'theirs', repository: REPOSITORY + 1 } },
      );
      world.governance = governed({ workspace: 'theirs' });
      await tends();
      await later(minutes(30));
      expect(await requests()).toEqual([]);
      expect((await outcomes()).at(-1)).toContain('refused airlock.unknown-workspace');
    });
  });

  describe('a time', () => {
    test('that passed while nothing ran is made up once, for the latest of them, and never twice', async () => {
      await begun({ ...clean, submit: 'false', policy_text: undefined });
      await world.room.close();
      world.clock.advance(hours(15 * 24));
      await world.start();
      await tends();
      await tends();
      await world.room.close();
      await world.start();
      await tends();
      expect(await requests()).toHaveLength(1);
      expect(await outcomes()).toEqual(['2026-10-05T09:00 begun', '2026-10-19T09:30 draft']);
    });

    test('is not lost while git is away: it is made when it is back', async () => {
      await begun(clean);
      world.gitAway = true;
      await later(minutes(30));
      expect(await requests()).toEqual([]);
      expect(await outcomes()).toEqual(['2026-10-05T09:00 begun']);
      world.gitAway = false;
      await later(minutes(10));
      expect((await outcomes()).at(-1)).toBe('2026-10-05T09:30 submitted');
    });

    test('that two try to make at once is made by one of them', async () => {
      await begun(clean);
      world.clock.advance(minutes(30));
      await Promise.all([world.room.tend(), world.room.tend()]);
      expect(await requests()).toHaveLength(1);
    });

    test('of a clock that was changed begins with the change: nothing is made up of before', async () => {
      await begun({ ...clean, cron: "'0 8 1 1 *'" });
      world.clock.advance(hours(3));
      world.governance = governed({ ...clean, cron: "'30 9 * * 1'" });
      await tends();
      await tends();
      expect(await requests()).toEqual([]);
      await later(hours(7 * 24));
      expect(await requests()).toHaveLength(1);
    });
  });

  test('a schedule that fails keeps neither another one nor anything else that is tended from being done', async () => {
    const [first, second] = [{ ...clean, id: 'broken' }, clean].map(
      (each) => withSchedule(each).get(PROJECT)!,
    );
    const entry = second!.slice(second!.indexOf('  - id: weekly'), second!.indexOf('papers: []'));
    const both = first!.replace('papers: []', `${entry}papers: []`);
    const database = await open();
    world = await AirlockWorld.open(database, {
      governance: airlockGovernance({ [PROJECT]: both }),
      files: FILES,
    });
    await tends();
    world.clock.advance(hours(25));
    let failed = 0;
    database.faults.at = (statement) =>
      statement.includes('insert into schedule_times') && (failed += 1) === 1;

    await expect(world.room.tend()).rejects.toThrow('insert into schedule_times');

    expect((await requests()).length).toBe(1);
    const [row] = await rowsOf<{ value: string }>(
      world.database.db,
      sql`select value from airlock_settings where key = 'chain-checked-at'`,
    );
    expect(Number(row!.value)).toBe(world.clock.now());
    // The checks have looked at what was made, and only then is it submitted.
    await world.room.settled();
    await tends();
    expect((await outcomes()).map((each) => each.slice(17)).sort()).toEqual([
      'begun',
      'begun',
      'skipped schedule.under-review',
      'submitted',
    ]);
  });

  test('operators see each schedule with its next time and what became of the last', async () => {
    await begun(clean);
    await later(minutes(30));
    const state = await world.room.operations(WHO.operator1);
    if (isRefusal(state)) throw new Error(state.code);
    const [request] = await requests();
    expect(state.schedules).toEqual([
      {
        schedule: 'ns-2026-014/weekly',
        workspace: WORKSPACE,
        clock: '30 9 * * 1 UTC',
        next: Date.parse('2026-10-12T09:30Z'),
        last: {
          due: Date.parse('2026-10-05T09:30Z'),
          outcome: 'submitted',
          code: null,
          request: request!.id,
        },
      },
    ]);
  });
}, AIRLOCK_MIGRATIONS);
