/** Whom the zone names as reviewers when files leave: also those who were against it, and nobody of a turn under way. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { AirlockWorld, WHO, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  const ALL = ['checkerA', 'checkerB', 'checkerC'] as const satisfies readonly Name[];
  const sorted = (...people: Name[]): number[] => people.map((who) => WHO[who]).sort((a, b) => a - b);
  async function reviewers(id: string): Promise<number[] | undefined> {
    const [due] = await world.room.uploads.due();
    expect(due?.request).toBe(id);
    await world.room.uploads.start(id, due!.batch);
    return (await world.room.uploads.declaration(id, due!.batch))?.reviewers;
  }

  test('a checker who was against it and was overruled by a third is named', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [against, first] = (await world.checkers(id)) as [Name, Name];
    const third = ALL.find((who) => who !== against && who !== first)!;
    await world.reviews(against, id, 'changes');
    await world.reviews(first, id);
    await world.does(third, id, 'claim', {});
    await world.does(third, id, 'arbitrate', { reason: 'All counts are rounded.' });
    await world.reviews(third, id);
    const request = await world.state(id);
    if (request.state !== 'approved') await world.does(third, id, 'queue-release', {});

    expect(await reviewers(id)).toEqual(sorted(...ALL));
    const declared = await world.room.uploads.declaration(id, 1);
    expect(declared?.files[0]?.approvals.map(({ checker }) => checker).sort()).toEqual(sorted(first, third));
    // Who was against it is no business of the public.
    const signed = declared!.statements.map(({ payload }) => Buffer.from(payload, 'base64').toString('utf8'));
    for (const statement of signed) expect(statement).not.toContain(String(WHO[against]));
  });

  test('a checker who gave their grades and their place back is named', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [leaver, first] = (await world.checkers(id)) as [Name, Name];
    const third = ALL.find((who) => who !== leaver && who !== first)!;
    await world.readsAll(leaver, id);
    await world.does(leaver, id, 'grade', { path: 'output/table.csv', grade: 'changes' });
    await world.does(leaver, id, 'unclaim', {});
    if (!(await world.checkers(id)).includes(third)) await world.does(third, id, 'claim', {});
    await world.reviews(first, id);
    await world.reviews(third, id);

    expect(await reviewers(id)).toEqual(sorted(...ALL));
  });

  test('what is sent again while a new turn is under way names nobody of that turn', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = (await world.checkers(id)) as [Name, Name];
    const third = ALL.find((who) => who !== first && who !== second)!;
    await world.reviews(first, id);
    await world.reviews(second, id);
    expect(await reviewers(id)).toEqual(sorted(first, second));
    // As an entry that comes later would stand in the log; no place of this request takes one any more.
    await world.database.db.execute(sql`
      insert into entries (request, seq, type, at, actor, entry, previous, hash)
      select request, seq + 1, 'REQUEST_FILE_APPROVE', at, actor,
        json_build_object('checker', ${WHO[third]}::int)::text, hash, repeat('0', 64)
      from entries where request = ${id} order by seq desc limit 1`);
    expect((await world.room.uploads.declaration(id, 1))?.reviewers).toEqual(sorted(first, second));
  });
}, AIRLOCK_MIGRATIONS);
