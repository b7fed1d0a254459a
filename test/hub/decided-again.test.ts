/** A decision names the version of governance it was made by: whoever reads that version decides the same again. */
import { afterEach, expect, test } from '@jest/globals';
import { mayRun } from '../../src/governance/governance.ts';
import { onOneDatabase } from '../support/database.ts';
import { aGovernance, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';
import { aWorld, lasting, type World } from '../support/world.ts';

onOneDatabase((open) => {
  let world: World;
  afterEach(() => world.stop());

  test('every decision on a run names its policy commit, and is the same when made again by that commit', async () => {
    world = await aWorld({ database: await open() });
    const files = lasting(governanceFiles());
    const versions = new Map([[world.head('governance'), new Map(files)]]);
    const asks = async (): Promise<void> => {
      world.as('lead').comment(world.as('lead').issue(), '/run model');
      await world.settle();
    };
    const merges = async (path: string, from: string, to: string): Promise<void> => {
      const text = files.get(path) ?? '';
      expect(text).toContain(from);
      files.set(path, text.replace(from, to));
      const sha = await world.as('governor').push({ [path]: files.get(path)! }, { repo: 'governance' });
      versions.set(sha, new Map(files));
      await world.settle();
    };

    await asks();
    await merges('people.yml', 'backends: [{id: attainment, until: 2127-08-31}]', 'backends: []');
    await asks();
    await merges('projects/ns-2026-014.yml', 'status: ongoing', 'status: retired');
    await asks();

    type Leaf = Awaited<ReturnType<World['ledger']>>[number] & { policy_commit: string; time: string };
    const decided = ((await world.ledger()) as Leaf[])
      .filter(({ type, actor }) => ['request', 'refused'].includes(type) && actor.startsWith('person:'))
      .map(({ type, time, policy_commit, body }) => {
        const g = aGovernance(versions.get(policy_commit), policy_commit);
        const question = { person: PEOPLE.lead, project: PROJECT, backend: 'attainment' };
        const again = mayRun(g, { ...question, at: Date.parse(time) });
        return [policy_commit, type === 'refused' ? body['refusal'] : undefined, again?.code];
      });
    expect(new Set(decided.map(([commit]) => commit))).toEqual(new Set(versions.keys()));
    expect(decided.map(([, then]) => then)).toEqual([
      undefined,
      'run.backend-not-granted',
      'run.project-closed',
    ]);
    expect(decided.map(([, , again]) => again)).toEqual(decided.map(([, then]) => then));
  });
});
