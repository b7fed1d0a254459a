/** Where files come from: what git and the signed manifest say, kept and looked at again; and job logs. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Standing } from '../../agent/airlock/deeds/standing.ts';
import { minutes, seconds } from '../../src/lib/clock.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, aTable, COMMIT, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const LOG = 'metadata/tables.log';
const text = 'fitting the model\nTraceback (most recent call last):\n';

onOneDatabase((open) => {
  let world: AirlockWorld;
  let looks: string[];
  let standing: Standing;
  afterEach(() => world.close());

  const opened = async (): Promise<void> => {
    looks = [];
    standing = 'default';
    const parts = {
      standing: (file: { commit: string }) => {
        looks.push(file.commit);
        return Promise.resolve(standing);
      },
    };
    world = await AirlockWorld.open(await open(), { parts });
  };
  const said = async (id: string): Promise<string[]> =>
    ((await world.page('author', id)).files[0]!.hints ?? [])
      .filter(({ check, severity }) => check === 'R3' && severity === 'warn')
      .map(({ message }) => message);
  const seen = async (id: string): Promise<string[]> => {
    await world.page('author', id);
    await world.room.settled();
    return said(id);
  };
  /** A run of the action that left these bytes as its log, and made no output. */
  const ran = (state: 'succeeded' | 'nonzero_exit', log = text): void => {
    world.job({}, { run: { state, log: { path: LOG, content_hash: sha256(log), size: log.length } } });
    writeFileSync(path.join(world.medium, LOG), log);
  };

  test('a merged commit and an action that succeeded last give nothing to warn of', async () => {
    await opened();
    const id = await world.draft(['output/table.csv']);
    await world.room.settled();

    expect(await said(id)).toEqual([]);
    expect(looks).toEqual([COMMIT]);
  });

  test('a commit that is not merged is warned of until it is, without the author changing anything', async () => {
    await opened();
    standing = 'branch';
    const id = await world.draft(['output/table.csv']);
    await world.room.settled();
    expect(await said(id)).toEqual([expect.stringContaining('not on the repository')]);

    standing = 'default';
    world.clock.advance(minutes(10) - 1);
    expect(await seen(id)).toHaveLength(1);
    world.clock.advance(1);
    expect(await seen(id)).toEqual([]);
    expect(looks).toHaveLength(2);
  });

  test('with git away it is unknown at first, and says so; what was seen once holds for a day', async () => {
    await opened();
    standing = 'unknown';
    const id = await world.draft(['output/table.csv']);
    await world.room.settled();
    expect(await said(id)).toEqual([expect.stringContaining('is unknown')]);

    standing = 'none';
    world.clock.advance(minutes(1));
    expect(await seen(id)).toEqual([expect.stringContaining('no branch')]);
    standing = 'unknown';
    world.clock.advance(minutes(60));
    expect(await seen(id)).toEqual([expect.stringContaining('no branch')]);
    world.clock.advance(minutes(24 * 60));
    expect(await seen(id)).toEqual([expect.stringContaining('is unknown')]);
  });

  test('git that never answers holds up no check for longer than its time', async () => {
    world = await AirlockWorld.open(await open(), {
      parts: { standing: () => new Promise<Standing>(() => undefined) },
    });
    const aborted = AbortSignal.timeout;
    AbortSignal.timeout = (ms) => {
      expect(ms).toBeLessThanOrEqual(seconds(30));
      return AbortSignal.abort();
    };
    const id = await world.draft(['output/table.csv']);
    await world.room.settled().finally(() => (AbortSignal.timeout = aborted));

    expect(await said(id)).toEqual([expect.stringContaining('is unknown')]);
  });

  test('an action that was run again and failed, one that is gone, and a manifest that says nothing are told apart', async () => {
    await opened();
    const id = await world.draft(['output/table.csv']);
    await world.room.settled();

    ran('nonzero_exit');
    await world.room.tend();
    await world.room.settled();
    expect(await said(id)).toEqual([expect.stringContaining('ran again, and that run did not succeed')]);

    world.job({ 'output/table.csv': aTable() }, { entry: { out_of_date_action: true } });
    await world.room.tend();
    await world.room.settled();
    expect(await said(id)).toEqual([expect.stringContaining('no longer in project.yaml')]);

    world.job(
      { 'output/table.csv': aTable() },
      { entry: { out_of_date_output: true }, manifest: { runs: undefined } },
    );
    await world.room.tend();
    await world.room.settled();
    expect(await said(id)).toEqual([
      expect.stringContaining('no longer makes this file'),
      expect.stringContaining("How the action's last run ended is unknown"),
    ]);
  });

  test("a job's log is listed, viewed, and taken as a supporting file, whatever types may leave", async () => {
    await opened();
    ran('nonzero_exit');

    const page = await world.room.workspaceFile(WHO.author, WORKSPACE, LOG);
    if (isRefusal(page)) throw new Error(page.code);
    expect(page).toMatchObject({ sha256: sha256(text), provenance: { action: 'tables', commit: COMMIT } });
    const id = await world.draft(['output/table.csv']);
    const wish = { by: world.inViewer('author'), workspace: WORKSPACE, request: id, group: 'results' };
    expect(await world.room.addFiles({ ...wish, as: 'output', paths: [LOG] })).toMatchObject({
      refused: [{ path: LOG, refusal: { code: 'release.file-type' } }],
    });
    expect(await world.room.addFiles({ ...wish, as: 'supporting', paths: [LOG] })).toMatchObject({
      done: [LOG],
      refused: [],
    });
    expect(await world.ask('author', id, 'retype-file', { path: LOG, as: 'output' })).toMatchObject({
      code: 'release.file-type',
    });
    await world.room.settled();
    const file = (await world.page('author', id)).files.find((each) => each.path === LOG)!;
    expect(file).toMatchObject({ type: 'supporting', sha256: sha256(text) });
    const checks = file.hints!.map(({ check, message }) => `${check} ${message}`);
    expect(checks).toContainEqual(expect.stringMatching(/^R3 The job that made this file failed/));
    expect(checks).not.toContainEqual(expect.stringMatching(/^TXT-3 .*output/));
  });

  test('where logs may leave, one that is asked for as an output is warned of', async () => {
    await opened();
    world.rules = { release: { ...world.rulesAt(0).release, types: ['csv', 'log'] } };
    ran('succeeded', 'a line\n');
    const id = await world.draft(['output/table.csv', LOG]);
    await world.room.settled();

    const file = (await world.page('author', id)).files.find((each) => each.path === LOG)!;
    expect(file.hints!.map(({ check, severity }) => [check, severity])).toContainEqual(['TXT-3', 'warn']);
  });

  test('a log that is not what the agent signed is neither shown nor taken', async () => {
    await opened();
    ran('succeeded');
    writeFileSync(path.join(world.medium, LOG), text.replace('model', 'mode1'));

    expect(await world.room.workspaceFile(WHO.author, WORKSPACE, LOG)).toMatchObject({ refused: true });
    const wish = { by: world.inViewer('author'), workspace: WORKSPACE, group: 'results' };
    expect(await world.room.addFiles({ ...wish, as: 'supporting', paths: [LOG] })).toMatchObject({
      done: [],
      refused: [{ path: LOG }],
    });
  });

  test('of a manifest from before logs were signed, a log is shown as ever, and cannot be asked for', async () => {
    await opened();
    world.job({ 'output/table.csv': aTable() }, { manifest: { runs: undefined } });
    writeFileSync(path.join(world.medium, LOG), text);

    expect(await world.room.workspaceFile(WHO.author, WORKSPACE, LOG)).toMatchObject({
      sha256: sha256(text),
    });
    const wish = { by: world.inViewer('author'), workspace: WORKSPACE, group: 'results' };
    expect(await world.room.addFiles({ ...wish, as: 'supporting', paths: [LOG] })).toMatchObject({
      done: [],
      refused: [{ path: LOG }],
    });
  });
}, AIRLOCK_MIGRATIONS);
