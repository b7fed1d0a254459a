/** What is compared with what: every table of the project that is out, whichever rules it left under and wherever it lay. */
import { afterEach, expect, test } from '@jest/globals';
import { hours } from '../../src/lib/clock.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { disclosurePolicy } from '../../src/release/release.ts';
import { AirlockWorld, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const FILE = 'output/table.csv';
const SIDE = 'study-side';
/** `more` people in every year. */
const table = (more: number): string =>
  `year_group,count\n${[1, 2, 3, 4, 5, 6].map((year) => `year ${year},${year * 101 + more}`).join('\n')}\n`;

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  async function opened(): Promise<void> {
    world = await AirlockWorld.open(await open(), { files: { [FILE]: table(0) } });
  }

  /** The table as it is now leaves the zone. */
  async function leaves(): Promise<void> {
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    await world.room.uploads.start(id, 1);
    const { sha256 } = (await world.state(id)).files[0]!;
    await world.room.uploads.confirm({ request: id, batch: 1, number: 1 }, sha256);
  }

  async function hintsOnDraft(workspace: string): Promise<{ check: string; message: string }[]> {
    const by = world.inViewer('author');
    const wish = { by, workspace, group: 'results', as: 'output', paths: [FILE] } as const;
    const answer = await world.room.addFiles(wish);
    if (isRefusal(answer)) throw new Error(answer.code);
    await world.room.settled();
    return (await world.page('author', answer.request)).files[0]!.hints!;
  }

  test('a table that left before the thresholds changed is compared with its successor all the same', async () => {
    await opened();
    await leaves();
    world.rules = { disclosure: { ...disclosurePolicy(world.governance, {}), minDf: 11 } };
    world.job({ [FILE]: table(3) });

    expect((await hintsOnDraft(WORKSPACE)).map(({ check }) => check)).toContain('D1');
  });

  test('a table of the same name in another workspace is compared too, and named', async () => {
    await opened();
    await leaves();
    world.job({ [FILE]: table(3) }, { workspace: SIDE });

    const found = (await hintsOnDraft(SIDE)).filter(({ check }) => check === 'D3');
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]!.message).toContain(`${FILE} of workspace ${WORKSPACE}`);
  });

  test('with the version before the last one, a table is compared as with any other', async () => {
    await opened();
    await leaves();
    world.clock.advance(hours(1));
    world.job({ [FILE]: table(500) });
    await leaves();
    world.job({ [FILE]: table(3) });

    const hints = await hintsOnDraft(WORKSPACE);
    expect(hints.map(({ check }) => check)).toContain('D3');
    expect(hints.map(({ check }) => check)).not.toContain('D1');
  });
}, AIRLOCK_MIGRATIONS);
