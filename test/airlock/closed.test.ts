/** What governance closes is looked at only while its project runs, and nothing in it moves but a withdrawal. */
import { afterEach, expect, test } from '@jest/globals';
import { isRefusal } from '../../src/lib/refusal.ts';
import { airlockFiles, airlockGovernance, AirlockWorld, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const PROJECT = 'projects/ns-2026-014.yml';
const TABLE = 'output/table.csv';
const QUERY = { dir: '', sort: 'name', order: 'up', search: '', from: 0, count: 50, stale: false } as const;

const CLOSED = [
  ['an archived workspace', 'papers: []', `papers: []\narchived: [${WORKSPACE}]`, 'release.archived', false],
  ['a retired project', 'status: ongoing', 'status: retired', 'release.project-closed', 'run.project-closed'],
  [
    'a project that was completed and is closed',
    'status: ongoing',
    'status: completed_linked\nstatus_since: 2026-03-02',
    'release.project-closed',
    'run.project-closed',
  ],
] as const;

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  function close(from: string, to: string): void {
    world.governance = airlockGovernance({ [PROJECT]: airlockFiles().get(PROJECT)!.replace(from, to) });
  }

  test.each(CLOSED)(
    'in %s nothing is begun or submitted, and a draft can be withdrawn',
    async (_name, from, to, code, looked) => {
      world = await AirlockWorld.open(await open());
      const id = await world.draft([TABLE]);
      await world.explained(id);
      await world.answered(id, 'author');

      close(from, to);

      const listed = await world.room.listing(WHO.author, WORKSPACE, QUERY);
      expect(isRefusal(listed) ? listed.code : listed.workspace.mayRequest).toBe(looked);
      expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: looked || code });
      expect(await world.ask('author', id, 'withdraw', {})).toBeUndefined();
      const draft = { id: 'b'.repeat(16), workspace: WORKSPACE, project: '', author: WHO.author };
      expect(await world.ask('author', null, 'create', draft)).toMatchObject({ code });
    },
  );

  test.each(CLOSED)(
    'of %s nothing leaves that was approved before',
    async (_name, from, to, code, _looked) => {
      world = await AirlockWorld.open(await open());
      const id = await world.submitted();
      for (const who of await world.checkers(id)) await world.reviews(who, id);
      expect((await world.state(id)).state).toBe('approved');

      close(from, to);

      expect(await world.room.uploads.start(id, 1)).toMatchObject({ code });
      close('', '');
      expect(isRefusal(await world.room.uploads.start(id, 1))).toBe(false);
    },
  );
}, AIRLOCK_MIGRATIONS);
