/**
 * Airlock, steward and proxy are taken to the version before and forth again in the middle of a release: nothing is lost
 * and nothing is done twice. The demo's people act; between two of their steps a program is replaced.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import { ChildLost } from '../../src/sandbox/demo/children.ts';
import { program, studyFolder } from '../../src/sandbox/demo/places.ts';
import { release, type Released } from '../../src/sandbox/demo/release-story.ts';
import type { Screen } from '../../src/sandbox/demo/screen.ts';
import { Stage } from '../../src/sandbox/demo/stage.ts';
import { STUDY, westmere, type Role, type Town } from '../e2e/town.ts';
import { requires } from '../support/require.ts';
import { buildPrevious, type PreviousProgram } from './support/previous-program.ts';

const { describe, test } = requires('postgres', 'history');
const TEN_MINUTES = 600_000;
jest.setTimeout(TEN_MINUTES);

type Version = 'before' | 'now';
interface Swap {
  role: Role;
  to: Version;
  /** A sentence of the story. */
  at: RegExp;
  /** Of that step. */
  side: 'first' | 'then';
}

/** In the order of the story; the airlock, the proxy and the steward begin it as they were before. */
const SWAPS: readonly Swap[] = [
  { role: 'airlock', to: 'now', at: /accepts the policy and submits/, side: 'then' },
  { role: 'airlock', to: 'before', at: /puts the label "verdict: submit"/, side: 'first' },
  { role: 'proxy', to: 'now', at: /tells Wren what to change/, side: 'first' },
  // Files are on their way out.
  { role: 'airlock', to: 'now', at: /proposes the part/, side: 'then' },
  { role: 'airlock', to: 'before', at: /withdraws the region, says so, submits/, side: 'then' },
  { role: 'steward', to: 'now', at: /comments \/publish/, side: 'first' },
  // The publication is approved, and nobody has made it yet.
  { role: 'steward', to: 'before', at: /Perry, who had no part/, side: 'then' },
];

describe('airlock, steward and proxy of the version before and of this one', () => {
  let previous: PreviousProgram;
  let town: Town;
  let released: Released;
  const done: Swap[] = [];
  beforeAll(async () => {
    previous = buildPrevious();
    town = await westmere({ executor: 'process', hubOn: 'PostgreSQL' });
  }, TEN_MINUTES);
  afterAll(async () => {
    await town?.stop();
    previous?.remove();
  });

  const programOf = (version: Version): string => (version === 'now' ? program : previous.program);

  async function become(role: Role, version: Version): Promise<void> {
    await town.kill(role);
    await town.start(role, {}, programOf(version));
  }

  /** As its operator had it before the upgrade. */
  const proxyFile = () => path.join(town.world.folder('proxy'), 'proxy.yml');
  let ofNow = '';

  async function proxyBecomes(version: Version): Promise<void> {
    await town.kill('proxy');
    const { hub: _hub, ...settings } = parse(ofNow) as { hub: object; github: Record<string, unknown> };
    delete settings.github['private'];
    writeFileSync(proxyFile(), version === 'now' ? ofNow : stringify(settings));
    await town.start('proxy', {}, programOf(version));
  }

  const swap = async (one: Swap): Promise<void> => {
    done.push(one);
    await (one.role === 'proxy' ? proxyBecomes(one.to) : become(one.role, one.to));
  };

  /** Its steps wait while a program is replaced. */
  function interrupted(screen: Screen): Screen {
    const left = [...SWAPS];
    const due = async (doing: string, side: Swap['side']): Promise<void> => {
      while (left[0]?.side === side && left[0].at.test(doing)) await swap(left.shift()!);
    };
    return {
      ...screen,
      step: async (doing, work) => {
        await due(doing, 'first');
        const answer = await screen.step(doing, work);
        await due(doing, 'then');
        return answer;
      },
    };
  }

  test('a proxy of before refuses settings it does not know, and takes its own', async () => {
    ofNow = readFileSync(proxyFile(), 'utf8');
    await town.kill('proxy');
    const refused = await town.start('proxy', {}, previous.program).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ChildLost);
    expect((refused as ChildLost).tail).toMatch(/hub/);
    await proxyBecomes('before');
  });

  test('a release goes from draft to publication while each of them is replaced under it', async () => {
    await become('airlock', 'before');
    await become('steward', 'before');
    const stage = new Stage({ ...town.stage.on, screen: interrupted(town.stage.screen) });
    released = await story(stage).catch((error: unknown) => {
      const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
      throw new Error([...town.told, ...new Set(tails)].join('\n'), { cause: error });
    });
    expect(done).toEqual(SWAPS);
  });

  test('each of it happened once', async () => {
    const { wren, ines } = town.stage.on.people;
    const [published, ...more] = await wren.releases(STUDY);
    expect(more).toEqual([]);
    expect(published?.assets.map(({ name }) => name).sort()).toEqual([
      'five-safes-ro-crate.zip',
      'manifest.json',
      'output--model.json',
      'provenance.intoto.jsonl',
    ]);
    const review = Number(released.reviewIssue.split('/').at(-1));
    const comments = await ines.comments(town.stage.on.reviews, review);
    const signed = comments.filter(({ body }) => /review \d of \d received/i.test(body));
    expect(signed).toHaveLength(4);
    expect(await eventsOf(released.request)).toMatchInlineSnapshot(`
     [
       "release: release created",
       "release: release submitted",
       "release: release assigned",
       "release: release assigned",
       "release: verdict review-received",
       "release: verdict reviewed",
       "release: release part-released",
       "release: release releasing",
       "release: release received",
       "release: release released",
       "release: release resubmitted",
       "release: verdict review-received",
       "release: verdict reviewed",
       "release: release approved",
       "release: release releasing",
       "release: release received",
       "release: release released",
       "publication: publication requested",
       "publication: publication owner-told",
       "publication: publication approved",
       "publication: publication published",
     ]
    `);
  });

  /** What the public log says of a request, its releases and its publication. */
  async function eventsOf(request: string): Promise<string[]> {
    const db = new pg.Client(town.world.hubDatabase);
    await db.connect();
    try {
      const { rows } = await db.query<{ subject: string; entry: string }>(
        `select subject, entry from ledger_leaves where subject in
           (select subject from ledger_leaves where entry like $1) order by id`,
        [`%${request}%`],
      );
      return rows.map(({ subject, entry }) => {
        const { type, body } = JSON.parse(entry) as { type: string; body: { event?: string } };
        return `${subject.replace(/:.*/, '')}: ${type} ${body.event}`;
      });
    } finally {
      await db.end();
    }
  }
});

async function story(stage: Stage): Promise<Released> {
  const { copy, backend } = stage.on;
  copy.add(path.join(studyFolder, '1-first'));
  const sha = await stage.push('Add the analysis of absence and results');
  await stage.allGreen(sha);
  await stage.openIssue('Run the analysis', 'Commands go here.');
  const check = await stage.runToItsEnd(`/run run_all --backend ${backend}`);
  if (check.conclusion !== 'success') throw new Error(`${check.name} is ${check.conclusion}`);
  return release(stage);
}
