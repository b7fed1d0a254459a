/** The short way from a screen inside a zone to the issue on which a review is signed. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { PROJECT, REPOSITORY } from '../support/governance.ts';
import { hubPages, type HubPages, type Role } from './world.ts';

const REQUEST = 'r'.repeat(16);
const AT = `/reviews/${REQUEST}`;

onOneDatabase((open) => {
  let database: TestDatabase;
  let hub: HubPages;
  beforeEach(async () => {
    database = await open();
    hub = await hubPages(database);
    const { db } = database;
    await db.execute(sql`
      insert into shown_requests (id, backend, airlock, version, workspace, project, repository_id, state, created_at, shown, updated_at)
      values (${REQUEST}, 'attainment', 'a', 1, 'study-main', ${PROJECT}, ${REPOSITORY}, 'submitted', 1, '{}', 1)`);
    await db.execute(sql`
      insert into repositories (id, owner, name, installation_id, private, updated_at)
      values (9005, 'northshire-research', 'reviews', 1, true, 1)`);
    await db.execute(sql`
      insert into github_objects (key, kind, repository_id, number, updated_at)
      values (${`issue:review:${REQUEST}`}, 'issue', 9005, 12, 1)`);
  });
  afterEach(async () => {
    expect(hub.state.faults).toEqual([]);
    await hub.stop();
  });

  test('a checker of the project is sent to the issue', async () => {
    const answer = await (await hub.as('checker')).get(AT);

    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toMatch(/\/northshire-research\/reviews\/issues\/12$/);
  });

  test.each<Role>(['lead', 'collaborator', 'copilot', 'stranger'])(
    'for %s there is nothing',
    async (role) => {
      const browser = await hub.as(role);
      const [there, unknown] = [await browser.get(AT), await browser.get(`/reviews/${'x'.repeat(16)}`)];

      expect(there.status).toBe(404);
      expect(there.text.replaceAll(REQUEST, '')).toBe(unknown.text.replaceAll('x'.repeat(16), ''));
    },
  );

  test('who is not signed in is asked to, and comes back', async () => {
    const answer = await hub.browser().get(AT);

    expect(answer.headers.get('location')).toBe(`/login?next=${encodeURIComponent(AT)}`);
  });

  test('without an issue, and without governance, there is nothing', async () => {
    const checker = await hub.as('checker');
    await database.db.execute(sql`delete from github_objects`);
    expect((await checker.get(AT)).status).toBe(404);

    hub.state.governance = undefined;
    expect((await checker.get(AT)).headers.get('location') ?? '').not.toContain('github');
  });
});
