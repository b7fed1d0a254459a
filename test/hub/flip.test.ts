/** Hub and steward over one stand-in for GitHub: a repository that is due becomes public, and stays so. */
import { afterEach, expect, test } from '@jest/globals';
import { proposals } from '../../src/db/schema/stewarding.ts';
import { lookAtClocks } from '../../src/github/github.ts';
import { stepOnce } from '../../src/steward/steward.ts';
import { onOneDatabase } from '../support/database.ts';
import { PROJECT, REPOSITORY } from '../support/governance.ts';
import { provisionWorld, type ProvisionWorld } from '../support/provision-world.ts';
import { ranOnRealData } from '../support/real-run.ts';

let town: ProvisionWorld | undefined;
afterEach(async () => {
  await town?.stop();
  town = undefined;
});

/** The real clock goes by in a test: a repository is due on the day of its first run. */
const AT_ONCE = 'visibility: {months: 0}\n';

onOneDatabase((open) => {
  test('on its day it is looked through, made public by the steward, and not closed again', async () => {
    const t = (town = await provisionWorld(await open()));
    const { world } = t;
    await t.merge({}, { 'policies.yml': `${t.files().get('policies.yml')}${AT_ONCE}` });
    await ranOnRealData(world);
    const parts = await t.steward();
    await t.look(parts);
    expect(world.repo().private).toBe(true);

    const round = async (): Promise<void> => {
      await lookAtClocks(world.hub.room);
      await stepOnce(parts, 0);
      await world.settle();
    };

    await round();
    expect(world.repo().private).toBe(true);
    const body = t.issue(world.repo(), '<!-- sallyport:due:')!.body!;
    const object = /`dummy\/rows\.csv` .* `([0-9a-f]{40})`/.exec(body)![1];
    const project = t.files().get('projects/ns-2026-014.yml')!;
    const cleared = `extensions: [], cleared: [{object: "${object}", reason: Made up, ref: GOV-12}]`;
    await t.merge(
      {},
      {
        'policies.yml': `${t.files().get('policies.yml')}${AT_ONCE}`,
        'projects/ns-2026-014.yml': project.replace('extensions: []', cleared),
      },
    );
    await round();

    expect(world.repo().private).toBe(false);
    expect(t.issue(world.repo(), '<!-- sallyport:due:')).toMatchObject({ state: 'closed' });
    await t.look(parts);
    expect(world.repo().private).toBe(false);
    const told = await world.database.db.select().from(proposals);
    expect(told.map(({ edit }) => edit)).toContainEqual({
      ...{ kind: 'repo-visibility', project: PROJECT },
      ...{ repo: REPOSITORY, visibility: 'public' },
    });
  });

  test('what somebody else opened is closed again by the same steward', async () => {
    const t = (town = await provisionWorld(await open()));
    await t.merge({}, { 'policies.yml': `${t.files().get('policies.yml')}${AT_ONCE}` });
    const parts = await t.steward();
    await t.look(parts);

    t.world.repo().private = false;
    await t.look(parts);

    expect(t.world.repo().private).toBe(true);
  });
});
