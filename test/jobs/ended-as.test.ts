/** What a request is kept as once it has ended is what its view says, for every way of ending. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { cancelRequest, REQUESTS_CHANNEL, refuseRequest, requestView } from '../../src/jobs/jobs.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { eachDatabase } from '../support/database.ts';
import { aRequest, aWorld, type World } from '../support/jobs.ts';

eachDatabase((open) => {
  const kept = async (world: World, id: string): Promise<string | null | undefined> => {
    const rows = await rowsOf<{ as: string | null }>(
      world.deps.db,
      sql`select ended_as as "as" from job_requests where id = ${id}`,
    );
    return rows[0]?.as;
  };
  const both = async (world: World, id: string) => [
    await kept(world, id),
    (await requestView(world.deps, id))?.state,
  ];

  test('succeeded, failed, cancelled, refused and nothing to do are kept as they are shown', async () => {
    const world = aWorld(await open());
    const agent = world.agent();

    const { request: good } = await world.submit();
    expect(await both(world, good)).toEqual([null, 'pending']);
    await agent.finishes();
    expect(await both(world, good)).toEqual(['succeeded', 'succeeded']);

    const { request: again } = await world.submit({ id: 'again00000000000' });
    expect(await both(world, again)).toEqual(['nothing_to_do', 'nothing_to_do']);

    const bad = await world.submit({ id: 'bad0000000000000', branch: 'other' });
    const [task] = await agent.runs();
    await agent.report(task!, 'nonzero_exit');
    await agent.finishes();
    expect(await both(world, bad.request)).toEqual(['failed', 'failed']);

    const gone = await world.submit({ id: 'gone000000000000', branch: 'third' });
    await cancelRequest(world.deps, { request: gone.request, by: 7 });
    for (const each of await agent.runs()) await agent.report(each, 'cancelled_by_user');
    expect(await both(world, gone.request)).toEqual(['cancelled', 'cancelled']);

    const no = aRequest({ id: 'no00000000000000' });
    await refuseRequest(world.deps, no, refusal('run.not-permitted', 'No.', 'Ask.'));
    expect(await both(world, no.id)).toEqual(['refused', 'refused']);
  });

  test('whoever listens is told the id of a request that changed, with the commit', async () => {
    const database = await open();
    const heard: string[] = [];
    let told = (): void => undefined;
    const first = new Promise<void>((resolve) => (told = resolve));
    const end = await database.listen(REQUESTS_CHANNEL, (id) => {
      heard.push(id);
      told();
    });
    const { request } = await aWorld(database).submit();
    await first;
    expect(heard[0]).toBe(request);
    await end();
  });
});
