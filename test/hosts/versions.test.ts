/** The version before and this one side by side, with the programs as they were: agents of either work for hubs of either, and both hubs beside each other. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { requires } from '../support/require.ts';
import { Crowd } from './support/crowd.ts';
import { buildPrevious, type PreviousProgram } from './support/previous-program.ts';

const { describe, test } = requires('nginx', 'postgres', 'history');
jest.setTimeout(120_000);

describe('the version before', () => {
  let previous: PreviousProgram;
  let crowd: Crowd;
  let branches = 0;
  beforeAll(async () => {
    previous = buildPrevious();
    crowd = await Crowd.start({ hubs: ['hub-a'], hubProgram: previous.program, beside: 0 });
  }, 240_000);
  afterAll(async () => {
    await crowd?.stop();
    previous?.remove();
  });

  async function aJobIsDone(): Promise<void> {
    const sha = await crowd.branch(`version-${(branches += 1)}`);
    await crowd.ask(sha);
    await crowd.finished([sha]);
    expect(await crowd.jobs([sha])).toMatchObject([{ state: 'succeeded', attempts: 1 }]);
    const [said] = (await crowd.ledger([sha])).values();
    expect(said).toEqual([expect.stringMatching(/^started /), 'ended succeeded']);
  }

  const migrations = () =>
    crowd.rows<{ tag: string }>('select tag from schema_migrations order by tag desc limit 1');

  test('an agent of this version works for a hub of the version before', async () => {
    expect(await migrations()).toEqual([{ tag: '0023_reuse_of_dummy_data' }]);
    await aJobIsDone();
  });

  test('a hub of this version starts beside it and brings the database along, while the other works on', async () => {
    await crowd.hub('hub-b');
    expect((await migrations())[0]!.tag > '0023').toBe(true);
    await aJobIsDone();
    // The version before alone, on the database as this version has it.
    crowd.signal('hub-b', 'SIGTERM');
    expect(await crowd.ended('hub-b')).toBe(0);
    await aJobIsDone();
  });

  test('an agent is taken back to the version before, and works for hub and proxy of this one that let it', async () => {
    await crowd.hub('hub-b');
    crowd.signal('hub-a', 'SIGTERM');
    expect(await crowd.ended('hub-a')).toBe(0);
    // It hands no tasks over, so the proxy cannot know which commits were approved for it.
    appendFileSync(path.join(crowd.town.world.folder('proxy'), 'proxy.yml'), '\nwants: any\n');
    await crowd.town.kill('proxy');
    await crowd.town.start('proxy');
    await crowd.agentAs('zone', previous.program);
    await aJobIsDone();
    // And forward again, on the same folder.
    await crowd.agentAs('zone', crowd.program);
    await aJobIsDone();
  });
});
