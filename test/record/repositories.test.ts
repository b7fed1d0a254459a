/** The register of repositories: by their day, in pages, by state; cheap however many there are. */
import { beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import type { OpenDatabase } from '../../src/db/open.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import {
  repositoriesChanged,
  repositoryCounts,
  repositoryList,
  type RecordDeps,
  type RepositoryState,
} from '../../src/record/record.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, PROJECT, REPOSITORY } from '../support/governance.ts';

onOneDatabase((open) => {
  let database: OpenDatabase;
  let deps: RecordDeps;

  beforeAll(async () => {
    database = await open();
    const governance = aGovernance();
    governance.projects[0]!.repos[0]!.extensions = [
      { on: '2026-10-01', until: '2027-10-01', reason: 'Still at work', ref: 'GOV-7' },
    ];
    const clock = fixedClock('2027-03-10T12:00:00Z');
    deps = {
      ...{ db: database.db, clock, governance: () => governance, signals: new Signals() },
      logger: createLogger('test', { level: 'silent' }),
      ...{ origin: 'https://hub.example', github: 'https://github.example' },
    };
    // 400 with a day each, every tenth of them public; some without any day; some that nothing was run from.
    await database.db.execute(sql`
      insert into repository_clocks (repository, project, started_at, first_job, state, due, flip, why, public_since, updated_at)
      select ${REPOSITORY}::bigint + n, ${PROJECT}, 1772323200000, 'job', case when n % 10 = 0 then 'public' else 'running' end,
        (date '2027-01-01' + n / 2)::text, (date '2027-01-01' + n / 2)::text, 'due', case when n % 10 = 0 then 1 end, n
      from generate_series(0, 399) as n`);
    await database.db.execute(sql`
      insert into repository_clocks (repository, project, state, public_since, updated_at) values
        (80001, ${PROJECT}, 'exempt', null, 5000), (80002, ${PROJECT}, 'public', 1, 1), (80003, ${PROJECT}, 'open-ended', null, 9000)`);
    await database.db.execute(sql`
      insert into repositories (id, owner, name, installation_id, private, updated_at) values (${REPOSITORY}, 'o', 'study', 1, true, 1)`);
  });

  async function all(state?: RepositoryState): Promise<number[]> {
    const found: number[] = [];
    for (let after: string | undefined, pages = 0; pages < 20; pages += 1) {
      const page = (await repositoryList(deps, { state, after }))!;
      expect(page.repositories.length).toBeLessThanOrEqual(50);
      found.push(...page.repositories.map(({ id }) => id));
      after = page.next;
      if (after === undefined) return found;
    }
    throw new Error('the pages do not end');
  }

  test('its pages hold each once, the earliest day first, those without a day last', async () => {
    const ids = await all();

    expect(ids).toHaveLength(402);
    expect(new Set(ids).size).toBe(402);
    expect(ids.slice(0, 2)).toEqual([REPOSITORY, REPOSITORY + 1]);
    expect(ids.slice(-2)).toEqual([80001, 80002]);
  });

  test('states are counted as they are listed, and what is past its day is told apart', async () => {
    const counts = await repositoryCounts(deps);

    for (const state of ['past', 'private', 'public', 'exempt'] as const)
      expect([state, (await all(state)).length]).toEqual([state, counts[state]]);
    // From 2027-01-01 to today there are 69 days of two each.
    expect(counts).toEqual({ past: 138 - 14, private: 262 - 26, public: 41, exempt: 1 });
  });

  test('a row tells its name, its days, and who gave it more time and why', async () => {
    const [row] = (await repositoryList(deps, { limit: 1 }))!.repositories;

    expect(row).toMatchObject({ id: REPOSITORY, name: 'o/study', firstRun: '2026-03-01', due: '2027-01-01' });
    expect(row!.extensions).toMatchObject([{ until: '2027-10-01', reason: 'Still at work' }]);
    expect((await repositoriesChanged(deps, 2)).map(({ id }) => id)).toEqual([80001, REPOSITORY + 399]);
  });

  test.each(['x', '2027-01-01', "2027-01-01.1' or true", '2027-01-01.99999999999999999999', ''])(
    'a place that cannot be, %j, is none',
    async (after) => expect(await repositoryList(deps, { after })).toBeUndefined(),
  );
});
