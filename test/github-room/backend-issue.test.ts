/** The issue of a backend: made once, kept, pinned, and one comment for each change. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { lookAtBackends } from '../../src/github/github.ts';
import { backendChanges } from '../../src/jobs/jobs.ts';
import { pauseBackend } from '../../src/jobs/pause.ts';
import { onOneDatabase } from '../support/database.ts';
import { edited } from '../support/governance.ts';
import { ORG } from '../support/world-seed.ts';
import { aWorld, type World } from '../support/world.ts';

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  const repo = () => world.sandbox.state.repos.find(ORG, 'governance')!;
  const issues = () => [...repo().issues.values()].filter(({ title }) => /[🟢🟡🔴⚪]/u.test(title));
  const look = async (): Promise<boolean> => {
    const changed = await lookAtBackends(world.hub.room);
    await world.settle();
    return changed;
  };

  test('it follows the backend, is put back when somebody changes it, and comments once for each change', async () => {
    const governance = edited({
      'deployment.yml': ['{governance: 9001}', '{governance: 9001, status: 9001}'],
    });
    world = await aWorld({ database: await open(), governance });
    const { db } = world.hub.room;
    expect(await look()).toBe(true);
    const [first] = issues();
    expect(issues().map(({ title }) => title)).toEqual([
      '🟢 Pupil attainment warehouse: working',
      expect.any(String),
    ]);
    expect(first!.body).toContain('is **working**');
    expect(await look()).toBe(false);

    const since = world.hub.room.clock.now() - 60_000;
    await db.execute(
      sql`insert into backend_silences (backend, began) values ('attainment', ${since}::bigint)`,
    );
    expect(await look()).toBe(true);
    await world.settle();
    expect(first!.title).toBe('🔴 Pupil attainment warehouse: silent');
    const comments = () => [...repo().comments.values()].filter(({ issue }) => issue === first!.number);
    expect(comments().map(({ body }) => body.split('\n')[1])).toEqual([
      expect.stringMatching(/^Pupil attainment warehouse is silent: no agent calls since \d{4}-/),
    ]);

    await db.execute(sql`update backend_silences set ended = ${since + 1000}::bigint`);
    await pauseBackend(world.hub.room.jobs, { backend: 'attainment', paused: true, why: 'a secret reason' });
    expect(await look()).toBe(true);
    await pauseBackend(world.hub.room.jobs, { backend: 'attainment', paused: false, why: 'over' });
    expect(await look()).toBe(true);
    expect(first!.title).toBe('🟢 Pupil attainment warehouse: working');
    expect(comments()).toHaveLength(3);
    expect(issues()).toHaveLength(2);
    expect(repo().pinned).toContain(first!.number);
    expect(JSON.stringify([first!.body, comments()])).not.toContain('secret');
    expect(
      (await backendChanges(db, ['attainment'], { now: world.hub.room.clock.now() }))
        .map(({ word }) => word)
        .sort(),
    ).toEqual([...['paused', 'silent', 'working', 'working']]);
  });

  test('where governance names no repository for it, there is none', async () => {
    world = await aWorld({ database: await open() });
    expect(await look()).toBe(false);
    expect(issues()).toEqual([]);
  });
});
