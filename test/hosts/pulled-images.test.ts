/**
 * Runs on real data whose images the zone does not have: its agent pulls them through the proxy from a registry outside,
 * and goes on, ends or waits as it should when that registry is away.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { CheckRun } from '../../src/sandbox/demo/as-person.ts';
import { studyFolder } from '../../src/sandbox/demo/places.ts';
import { textOf, type Stage } from '../../src/sandbox/demo/stage.ts';
import { requires } from '../support/require.ts';
import { Installation } from './support/installation.ts';
import { cut, restore } from './support/links.ts';
import { addressOf, NAMES } from './support/places.ts';
import { asks } from './support/probe.ts';
import { stageOn } from './support/stage.ts';
import { quietScreen } from './support/steps.ts';
import { telling } from './support/telling.ts';

const TEN_MINUTES = 600_000;
/** An image has its time: a run that waits for one may take longer than what a story waits for. */
const FOUR_MINUTES = 240_000;
const IMAGES = ['node', 'sqlrunner'] as const;

requires('docker', 'postgres', 'nginx', 'netns', 'registry').describe('images that the zone pulls', () => {
  let here: Installation;
  let stage: Stage;
  const told = quietScreen();
  const ended = new AbortController();

  /** A test that tells, when it fails, what the story and every process said. */
  const hosted = (name: string, work: () => Promise<void>): void =>
    test(name, () => telling(work(), told, here), TEN_MINUTES);

  beforeAll(async () => {
    here = new Installation({ pulled: true });
    await here.start().catch((error: unknown) => {
      throw new Error(here.logs(), { cause: error });
    });
    stage = await stageOn(here, told.screen, ended.signal);
  }, TEN_MINUTES);
  afterAll(async () => {
    ended.abort();
    await here?.stop();
  }, TEN_MINUTES);

  hosted('a run is green whose images were not there, and they came through the proxy alone', async () => {
    expect(await imagesInZone(here)).toEqual([]);
    stage.on.copy.add(path.join(studyFolder, '1-first'));
    await stage.allGreen(await stage.push('Add the analysis of absence and results'));
    await stage.openIssue('Run the analysis', 'Commands go here.');

    const check = await ends(stage, `/run run_all --backend ${stage.on.backend}`);

    expect([check.conclusion, stage.outputs('high')]).toEqual([
      'success',
      expect.arrayContaining(['output/pupils.csv', 'output/model.json']),
    ]);
    expect(await imagesInZone(here)).toEqual(IMAGES.map((name) => here.zone.imageInZone(name)));
    expect(pulled(here)).toEqual(
      expect.arrayContaining(
        here.zone.images.map(({ image }) =>
          expect.objectContaining({ rule: 'image-blob', agent: here.folders.ids.zone, image, status: 200 }),
        ),
      ),
    );
    // Neither the engine's way to a name nor to an image leads elsewhere.
    expect(here.network.called('zone')).toEqual(
      [`${addressOf('warehouse')}:5432`, `${addressOf('public')}:443`, `${addressOf('boundary')}:443`].sort(),
    );
    expect(here.network.counters('zone', 'sallyport')).toMatchObject(NOTHING_REFUSED);
    expect(here.network.counters('boundary', 'sallyport')).toMatchObject(NOTHING_REFUSED);
    expect(here.visits()).toEqual([]);
  });

  hosted('from the zone nobody comes to the registry, nor to the proxy without a certificate', async () => {
    expect(await asks(here, 'zone', `https://${NAMES.registry}/v2/`, { silent: false })).toBe(
      'no connection',
    );
    expect(await asks(here, 'zone', `https://${NAMES.proxy}/v2/`, { silent: false })).toMatch(
      /certificate required/,
    );
  });

  hosted('a registry that is away keeps nobody from what the proxy has in its store', async () => {
    await here.registry?.stop();
    await here.children.stop('proxy');
    await forgetInZone(here);
    const before = pulled(here).length;
    await here.startProxy();

    const check = await ends(stage, `/run describe --backend ${stage.on.backend}`);

    expect(check.conclusion).toBe('success');
    const blobs = pulled(here).slice(before);
    expect(blobs.map(({ cached }) => cached)).toEqual(blobs.map(() => true));
    expect(blobs).not.toEqual([]);
  });

  hosted(
    'with the store lost too, the run ends and says why; when the registry is back it is run again',
    async () => {
      await nothingKept(here);

      const red = await ends(stage, `/run describe --backend ${stage.on.backend}`);

      expect(red.conclusion).toBe('failure');
      expect(textOf(red)).toContain('its image is not there');
      // An engine asks for a manifest without wanting to read an answer's sentence.
      expect(readFileSync(here.children.logFile('agent'), 'utf8')).toContain('502 Bad Gateway');
      expect(readFileSync(here.children.logFile('proxy'), 'utf8')).toContain('"proxy.registry-away"');
      const outside = await stage.everythingShown();
      for (const name of [NAMES.registry, NAMES.proxy, '502 Bad', 'sha256:'])
        expect([name, outside.includes(name)]).toEqual([name, false]);

      await here.registry?.start();
      const green = await ends(stage, `/run describe --backend ${stage.on.backend}`);

      expect(green.conclusion).toBe('success');
      expect(await imagesInZone(here)).toEqual([here.zone.imageInZone('node')]);
    },
  );

  hosted(
    'a way to the registry that swallows every word holds a run no longer than it has time',
    async () => {
      await nothingKept(here);
      const before = linesOf(here, '"proxy.registry-away"').length;
      cut(here.network, 'proxy and registry', 'silent');

      const red = await ends(stage, `/run describe --backend ${stage.on.backend}`).finally(() =>
        restore(here.network, 'proxy and registry'),
      );

      expect(red.conclusion).toBe('failure');
      expect(textOf(red)).toContain('its image is not there');
      expect(linesOf(here, '"proxy.registry-away"').length).toBeGreaterThan(before);
      const green = await ends(stage, `/run describe --backend ${stage.on.backend}`);
      expect(green.conclusion).toBe('success');
    },
  );
});

const NOTHING_REFUSED = { refused_in: 0, refused_out: 0, refused_through: 0 };

/** The check of a run that has ended. */
async function ends(stage: Stage, text: string): Promise<CheckRun> {
  const { name } = await stage.run(text, () => true);
  return stage.on.changes.until(
    `${name} has ended`,
    async () => (await stage.runs()).find((one) => one.name === name && one.status === 'completed'),
    FOUR_MINUTES,
  );
}

/** Names with digests, as the engine has them. */
async function imagesInZone(here: Installation): Promise<string[]> {
  const found = await here.zone.engine.listImages();
  return found.flatMap(({ RepoDigests: names }) => names ?? []).sort();
}

/** Neither in the zone's engine nor in the proxy's store. */
async function nothingKept(here: Installation): Promise<void> {
  await here.children.stop('proxy');
  rmSync(here.folders.folder('proxy', 'images'), { recursive: true });
  await forgetInZone(here);
  await here.startProxy();
}

/** No layer of it stays. */
async function forgetInZone(here: Installation): Promise<void> {
  for (const name of await imagesInZone(here)) await here.zone.engine.getImage(name).remove({ force: true });
  expect(await imagesInZone(here)).toEqual([]);
}

/** What the proxy wrote of layers that it gave away. */
function pulled(here: Installation): Record<string, unknown>[] {
  return linesOf(here, '"image-blob"').map((line) => JSON.parse(line) as Record<string, unknown>);
}

function linesOf(here: Installation, part: string): string[] {
  const log = readFileSync(here.children.logFile('proxy'), 'utf8');
  return log.split('\n').filter((line) => line.includes(part));
}
