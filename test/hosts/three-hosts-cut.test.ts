/**
 * The demo's story on three hosts while links between them are taken away and given back: what people see meanwhile is
 * true, the story goes on without anybody's help, and nothing in it happens twice.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { release } from '../../src/sandbox/demo/release-story.ts';
import type { Stage } from '../../src/sandbox/demo/stage.ts';
import { tell } from '../../src/sandbox/demo/story.ts';
import { requires } from '../support/require.ts';
import { cutAlways, withCuts, type Cut, type Seen } from './support/cuts.ts';
import { Installation } from './support/installation.ts';
import { KINDS, LINKS, type Link } from './support/links.ts';
import { twice } from './support/once.ts';
import { stageOn } from './support/stage.ts';
import { quietScreen, type Around, type Told } from './support/steps.ts';
import { telling } from './support/telling.ts';

const TEN_MINUTES = 600_000;

/** One of each link and both kinds, where a loss would cost most. All pairs are for the long run. */
const CHOSEN: readonly Cut[] = [
  { step: /^git push/, nth: 2, link: 'GitHub and hub', kind: 'silent' },
  { step: /^sallyport\/dummy run/, link: 'hub and database', kind: 'refused' },
  { step: /comments \/run run_all/, nth: 2, link: 'zone and hub', kind: 'silent' },
  { step: /comments \/run quality/, link: 'zone and proxy', kind: 'silent' },
  { step: /comments \/cancel/, link: 'hub and database', kind: 'silent' },
  { step: /comments \/run quality/, nth: 2, link: 'proxy and GitHub', kind: 'refused' },
  { step: /accepts the policy and submits/, link: 'zone and hub', kind: 'refused' },
  { step: /automatic checks look/, link: 'zone and its database', kind: 'refused' },
  { step: /signs in, reads four files/, link: 'desk and airlock', kind: 'refused' },
  { step: /puts the label "verdict: submit"/, link: 'GitHub and hub', kind: 'refused' },
  // A label that comes while it is away, of which nobody in the zone hears a word: the open poll is dead, and does not know it.
  { step: /puts the label "verdict: submit"/, nth: 2, link: 'zone and hub', kind: 'refused' },
  { step: /proposes the part/, link: 'zone and its database', kind: 'silent' },
  { step: /puts the label "verdict: approve"/, nth: 2, link: 'zone and hub', kind: 'silent' },
  { step: /approves there and names/, link: 'GitHub and hub', kind: 'silent' },
];

const whole = process.env['SALLYPORT_TEST_SEEDS'] === 'many';
/** At each of some sixty steps a link is away for four seconds and then found again. */
const STORY_MS = whole ? 3 * TEN_MINUTES : TEN_MINUTES;
/** Where four steps in a row cost a job its code, its third attempt comes a minute after the second. */
const PATIENCE_MS = whole ? 120_000 : 60_000;
/** The zone has its images here: nobody goes to the registry (pulled-images.test.ts is where they do). */
const links = (Object.keys(LINKS) as Link[]).filter((link) => link !== 'proxy and registry');
const { describe } = requires('docker', 'postgres', 'nginx', 'netns');

onHosts('links that fail now and then', (here, stage, told, seen) =>
  withCuts(here, stage, told, CHOSEN, seen),
);
if (whole)
  for (const link of links)
    for (const kind of KINDS)
      onHosts(`${link}, ${kind} at every step`, (here, stage, told, seen) =>
        cutAlways(here, stage, told, { link, kind }, seen),
      );

type Faults = (here: Installation, stage: () => Stage, told: Told, seen: Seen[]) => Around;

function onHosts(name: string, faults: Faults): void {
  describe(name, () => {
    let here: Installation;
    let stage: Stage;
    const told = quietScreen();
    const seen: Seen[] = [];
    const ended = new AbortController();
    beforeAll(async () => {
      here = new Installation();
      await telling(here.start(), told, here);
      stage = await stageOn(here, told.screen, ended.signal, PATIENCE_MS);
      told.around(faults(here, () => stage, told, seen));
    }, TEN_MINUTES);
    afterAll(async () => {
      ended.abort();
      await here?.stop();
    }, TEN_MINUTES);

    test(
      'the story goes on without help, and nothing happens twice',
      async () => {
        // A process that ends, whatever else goes on, is the end of the story.
        const story = tell(stage).then(() => release(stage));
        await telling(Promise.race([story, here.children.lost]), told, here);

        expect(await telling(twice(here, stage), told, here)).toEqual([]);
        expect(here.visits()).toEqual([]);
      },
      STORY_MS,
    );

    test('what was seen meanwhile was true', () => {
      if (!whole) expect(seen).toHaveLength(CHOSEN.length);
      for (const { step, link, kind, hub, viewer, ended: over } of seen) {
        const when = `${step}: ${link}, ${kind}`;
        expect([when, hub]).toEqual([when, link === 'hub and database' ? 'not ok' : 'ok']);
        expect([when, over]).toEqual([when, []]);
        // Reading goes on in the zone whatever is away outside it.
        if (link !== 'desk and airlock' && link !== 'zone and its database')
          expect([when, viewer]).toEqual([when, '200']);
      }
    });
  });
}
