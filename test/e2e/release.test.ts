/**
 * The second life, whole: from outputs in the zone to a publication, through the demo's people, with what
 * GitHub, the hub and the publication say searched for what must not be there; then the pages in a browser.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { sha256 } from '../../src/lib/hash.ts';
import { studyFolder } from '../../src/sandbox/demo/places.ts';
import { release, type Released } from '../../src/sandbox/demo/release-story.ts';
import type { Stage } from '../../src/sandbox/demo/stage.ts';
import { follows } from '../support/navigation.ts';
import { startChromium } from '../support/chrome.ts';
import { isRequired, missing, requires } from '../support/require.ts';
import { unzip } from '../support/unzip.ts';
import { westmere, STUDY, type Town } from './town.ts';

const executor = missing('docker') && !isRequired('docker') ? 'process' : 'docker';
const FIVE_MINUTES = 300_000;
const SHOTS = path.join('dist', 'artefacts', 'e2e');
const REVIEWS = 'westmere-research/reviews';
/** Of files that never left, or that a pattern matched. */
const HELD_BACK = 'by_region_harbour';

let town: Town;
let released: Released;

beforeAll(async () => {
  town = await westmere({ executor });
  released = await toTheEnd(town).catch((error: unknown) => {
    const tails = town.world.children.names.map((name) => `--- ${name}\n${town.world.children.tail(name)}`);
    throw new Error([...town.told, ...tails].join('\n'), { cause: error });
  });
}, FIVE_MINUTES);
afterAll(async () => town.stop());

async function toTheEnd({ stage }: Town): Promise<Released> {
  const { copy, backend } = stage.on;
  copy.add(path.join(studyFolder, '1-first'));
  const sha = await stage.push('Add the analysis of absence and results');
  await stage.allGreen(sha);
  await stage.openIssue('Run the analysis', 'Commands go here.');
  const check = await stage.runToItsEnd(`/run run_all --backend ${backend}`);
  expect(check.conclusion).toBe('success');
  return release(stage);
}

test('three of four outputs got out, in two releases, and one is published', async () => {
  const { wren } = town.stage.on.people;
  const body = (await wren.issue(STUDY, numberOf(released.releaseIssue))).body ?? '';

  expect(body).toContain(`**Release request \`${released.request}\`** is released.`);
  expect(body).toMatch(new RegExp(`release \`${released.request}-1\` \\| released`));
  expect(body).toMatch(new RegExp(`release \`${released.request}-2\` \\| released`));
  const published = await wren.releases(STUDY);
  expect(published.map(({ draft }) => draft)).toEqual([false]);
  expect(published[0]?.assets.map(({ name }) => name).sort()).toEqual([
    'five-safes-ro-crate.zip',
    'manifest.json',
    'output--model.json',
    'provenance.intoto.jsonl',
  ]);
});

test('nothing on GitHub names what did not leave, nor its hash, nor what was said inside', async () => {
  const said = await everythingOnGitHub(town.stage);

  expect(said.length).toBeGreaterThan(2000);
  for (const secret of secretsOf(town.stage)) expect(said).not.toContain(secret);
});

test('nothing in what was published does either', async () => {
  const { person, web } = town.stage.on;
  const [published] = await person('wren').releases(STUDY);
  const parts = await Promise.all(
    (published?.assets ?? []).map(async ({ name }) => {
      const answer = await fetch(`${web}/${STUDY}/releases/download/${published?.tag_name}/${name}`);
      expect(answer.status).toBe(200);
      return [name, Buffer.from(await answer.arrayBuffer())] as const;
    }),
  );
  const crate = parts.find(([name]) => name.endsWith('.zip'))?.[1];
  const bytes = Buffer.concat([
    ...parts.map(([, one]) => one),
    ...unzip(crate ?? Buffer.alloc(0)).values(),
  ]).toString('latin1');
  const payloads = [...bytes.matchAll(/"payload":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, text]) =>
    Buffer.from(text ?? '', 'base64').toString('utf8'),
  );

  expect(payloads.length).toBeGreaterThan(0);
  for (const secret of secretsOf(town.stage)) {
    expect(bytes).not.toContain(secret);
    expect(payloads.join('\n')).not.toContain(secret);
  }
});

requires('chromium').describe('the pages in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await startChromium();
  });
  afterAll(async () => browser.close());

  const freshPage = async (): Promise<Page> =>
    (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();

  test(
    'a checker signs in by number and code, opens the request and a file of it',
    async () => {
      const { on } = town.stage;
      const page = await freshPage();
      await page.goto(`${on.viewer}/sign-in`);
      await follows(page, '[data-testid=start]');
      const number = (await page.getByTestId('number').innerText()).replace(/\D/g, '');
      await page.fill('#code', await on.inViewer('ines').codeFor(number));
      await follows(page, '[data-testid=sign-in]');
      await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));

      await page.goto(`${on.viewer}/requests/${released.request}`);
      await page.screenshot({ path: path.join(SHOTS, 'request.png'), fullPage: true });
      await follows(page, page.getByRole('link', { name: 'output/absence_by_region.csv' }).first());
      await page.locator('[data-testid="file"][data-state="shown"]').waitFor();
      await page.screenshot({ path: path.join(SHOTS, 'file.png') });

      expect(await page.getByTestId('file').innerText()).toContain('free_school_meals');
      await page.context().close();
    },
    FIVE_MINUTES,
  );

  test(
    'what the public reads of a release holds no name of a file',
    async () => {
      const { on } = town.stage;
      const page = await freshPage();
      for (const [name, address] of [
        ['fact', `${on.hub}/releases/${released.request}-1`],
        ['release-issue', released.releaseIssue],
        ['publication', `${on.web}/${STUDY}/releases`],
      ] as const) {
        await page.goto(address);
        await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
        expect(await page.locator('body').innerText()).not.toContain(HELD_BACK);
      }
      await page.context().close();
    },
    FIVE_MINUTES,
  );
});

const numberOf = (address: string): number => Number(address.split('/').at(-1));

/** Names, hashes and words of the zone that nobody let out. */
function secretsOf(stage: Stage): string[] {
  const harbour = readFileSync(path.join(stage.viewable, `output/${HELD_BACK}.csv`));
  return [HELD_BACK, sha256(harbour), 'bands of absence', 'Single regions', 'Whole regions'];
}

/** Every issue, comment, check and annotation in both repositories. */
async function everythingOnGitHub(stage: Stage): Promise<string> {
  const { person } = stage.on;
  const texts: string[] = [await stage.everythingShown()];
  for (const [repository, login] of [
    [STUDY, 'wren'],
    [REVIEWS, 'ines'],
  ] as const) {
    for (const issue of await person(login).issues(repository)) {
      const comments = await person(login).comments(repository, issue.number);
      texts.push(issue.title, issue.body ?? '', ...comments.map(({ body }) => body));
    }
  }
  return texts.join('\n');
}
