/** What an author says of a column, against the checks: run again with it, kept apart, seen by the checkers. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

/** Years of birth, headed so that they are taken for a count. */
const TABLE = 'group,number\na,1983\nb,1991\nc,2004\n';
const [FILE, TWIN] = ['output/table.csv', 'output/twin.csv'];
const SAID = { path: FILE, column: 'number', as: 'other', reason: 'These are years of birth.' } as const;

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function drafted(files: Record<string, string> = { [FILE]: TABLE }): Promise<string> {
    world = await AirlockWorld.open(await open(), { files });
    const id = await world.draft(Object.keys(files));
    await world.explained(id);
    return id;
  }
  const checks = async (id: string, path: string = FILE) =>
    (await world.page('author', id)).files
      .find((file) => file.path === path)!
      .hints!.map(({ check }) => check);
  async function say(id: string, more: Partial<typeof SAID> = {}): Promise<void> {
    await world.does('author', id, 'set-role', { ...SAID, ...more });
    await world.room.settled();
  }

  test('the checks run again with it, and what it silences is told in its place', async () => {
    const id = await drafted();
    expect(await checks(id)).toContain('C6');
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: 'release.blocking-hints' });

    await world.does('author', id, 'set-role', SAID);
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: 'release.checks-running' });
    await world.room.settled();
    expect(await checks(id)).not.toContain('C6');
    expect(await checks(id)).toContain('F4');

    await world.does('author', id, 'clear-role', { path: FILE, column: 'number' });
    await world.room.settled();
    expect(await checks(id)).toContain('C6');
    expect(await checks(id)).not.toContain('F4');
  });

  test('a checker is shown who said it and why, and cannot sign without an answer of their own', async () => {
    const id = await drafted();
    await say(id);
    for (const { id: hint, severity, byAuthor } of (await world.page('author', id)).files[0]!.hints!) {
      if (severity === 'warn' && !byAuthor)
        await world.does('author', id, 'resolve-hint', { hint, reason: 'Looked at.' });
    }
    await world.does('author', id, 'submit', {});
    await world.room.settled();
    const [first] = await world.checkers(id);
    const file = (await world.page(first!, id)).files[0]!;
    expect(file.roles).toEqual([
      { column: 'number', as: 'other', by: WHO.author, login: 'rowan-example', reason: SAID.reason },
    ]);

    await world.readsAll(first!, id);
    await world.does(first!, id, 'grade', { path: FILE, grade: 'approve' });
    const signs = () => world.ask({ kind: 'person', id: WHO[first!] }, id, 'sign', { verdict: 'submit' });
    expect(await signs()).toMatchObject({ code: 'release.open-hints' });
    await world.answered(id, first!);
    expect(await signs()).toBeUndefined();
  });

  test('the same bytes beside it, of which nobody said anything, keep their hints', async () => {
    const id = await drafted({ [FILE]: TABLE, [TWIN]: TABLE });
    await say(id);

    expect(await checks(id)).not.toContain('C6');
    expect(await checks(id, TWIN)).toContain('C6');
    const kept = await rowsOf<{ facts: string }>(
      world.database.db,
      sql`select distinct facts from checks where sha256 = (select sha256 from request_files where path = ${FILE})`,
    );
    expect(kept.length).toBe(3);
  });

  test('a column called like something every object has is taken by its name alone', async () => {
    const id = await drafted({ [FILE]: TABLE.replace('number', '__proto__') });
    await say(id, { column: '__proto__' as 'number', as: 'count' as 'other' });
    expect(await checks(id)).toEqual(expect.arrayContaining(['F4', 'C6']));
  });

  test('it is in the record with who, what and why, and the request page says it to its readers', async () => {
    const id = await drafted();
    await say(id);
    const told = await world.room.activityOf(WHO.author, id);
    if (isRefusal(told)) throw new Error(told.code);
    expect(told.find(({ type }) => type === 'ROLE_OVERRIDE')).toMatchObject({
      login: 'rowan-example',
      path: FILE,
      column: 'number',
      role: 'other',
      reason: SAID.reason,
    });
  });

  test('nobody but its authors says it, and not under review', async () => {
    const id = await drafted();
    for (const who of ['checkerA', 'copilot', 'operator1'] as const)
      expect(await world.ask(who, id, 'set-role', SAID)).toBeDefined();
    await world.answered(id, 'author');
    await world.does('author', id, 'submit', {});
    expect(await world.ask('author', id, 'set-role', SAID)).toMatchObject({ code: 'release.state' });
    expect((await world.state(id)).files[0]).not.toHaveProperty('roles');
  });
}, AIRLOCK_MIGRATIONS);
