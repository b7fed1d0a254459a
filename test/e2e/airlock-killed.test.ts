/**
 * The airlock as a process, killed by its id the moment a message of it arrives at the hub. Started again, it
 * ends where it would have ended, and no file is sent twice.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { ReviewDeed, ShownRequest } from '../../src/protocol/protocol.ts';
import { NOW, WHO, WORKSPACE } from '../support/airlock.ts';
import { REPOSITORY } from '../support/governance.ts';
import { CONTEXT, POLICY_TEXT } from '../support/hostile-host.ts';
import { ASKED, FILES, HostileZone, OTHERS } from '../support/hostile-zone.ts';

const many = process.env['SALLYPORT_TEST_SEEDS'] === 'many';
const SLOW = 180_000;

let bundle: string;
let zone: HostileZone;
let child: ChildProcess;
let starts = 0;
let ending = false;

beforeAll(async () => {
  // Inside the checkout, so that packages are found.
  const cache = new URL('../../node_modules/.cache/', import.meta.url).pathname;
  mkdirSync(cache, { recursive: true });
  bundle = path.join(cache, `sallyport-airlock-${process.pid}.mjs`);
  await build({
    entryPoints: [new URL('../support/airlock-child.ts', import.meta.url).pathname],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  zone = await HostileZone.open('hub');
  await zone.airlock.stop();
  // This hub is an honest one: it says what it holds.
  zone.hub.lies.declare = (body) => {
    const { release } = JSON.parse(body.toString()) as { release: string };
    return { json: { held: sentOf(release).map((name) => Number(name.split('/').at(-1))) } };
  };
  await begin();
}, SLOW);

afterAll(async () => {
  ending = true;
  child.kill('SIGKILL');
  await zone.close();
  rmSync(bundle, { force: true });
});

/** Started again whenever it dies. */
async function begin(): Promise<void> {
  starts += 1;
  const started = spawn(process.execPath, [bundle, path.join(zone.dir, 'zone.yml'), NOW], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  started.once('exit', () => {
    if (!ending) void begin();
  });
  await once(started.stdout, 'data');
}

const sentOf = (release: string): string[] =>
  zone.hub.uploads.map(({ path: at }) => at).filter((at) => at.includes(`/${release}/`));

const shownOf = (id: string): ShownRequest | undefined =>
  zone.hub.reports
    .flatMap(({ shown }) => shown)
    .filter((each) => each.id === id)
    .at(-1);

/** Listed again until it is answered, as a hub does. */
async function ordered(actor: number, deed: ReviewDeed): Promise<void> {
  const word = await zone.hub.order(actor, deed);
  while (zone.hub.answerTo(word) === undefined) await zone.hub.says(word);
}

/** What people do next by what they see, until the request is released. */
async function toTheEnd(id: string, file: string): Promise<void> {
  const repository = { id: REPOSITORY, owner: 'northshire-research', name: 'study' };
  const draft = { type: 'release', request: id, workspace: WORKSPACE, repository, branch: 'main' } as const;
  await ordered(WHO.author, { ...draft, patterns: [file] });
  for (let tries = 0; tries < 300; tries += 1) {
    const shown = shownOf(id);
    if (shown?.state === 'released') return;
    try {
      if (shown?.state === 'draft') {
        const said = { threshold: '7', base: '5', method: 'rounding', controls: 'All counts are rounded.' };
        const author = await zone.claimsToBe('author');
        await author.submits(id, 'outputs', { context: CONTEXT, ...said }, POLICY_TEXT);
      } else if (shown?.state === 'submitted' || shown?.state === 'reviewing')
        for (const checker of shown.checkers) {
          const visitor = await zone.claimsToBe(checker);
          await visitor.opens(id, 1);
          await visitor.does(id, 'grade', { path: file, grade: 'approve' });
          await ordered(checker, { type: 'sign', request: id, verdict: 'submit' });
        }
    } catch {
      // It died under them: they look again in a moment.
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`it stays ${shownOf(id)?.state}`);
}

const POINTS = [
  ['upload', 1],
  ['report', 3],
  ...(many
    ? ([
        ['declare', 1],
        ['report', 1],
        ['report', 2],
        ['report', 5],
      ] as const)
    : []),
] as const;

test.each(POINTS.map(([name, at], index) => [name, at, [ASKED, ...OTHERS][index]!] as const))(
  'killed when %s number %d arrives: it ends well, and the file is there once',
  async (name, at, file) => {
    const usual = zone.hub.lies[name];
    const before = starts;
    let left = at as number;
    zone.hub.lies[name] = (body, where) => {
      if ((left -= 1) !== 0) return usual?.(body, where);
      child.kill('SIGKILL');
      return { cut: true };
    };
    const id = `killed${file.replace(/[^a-z]/g, '')}0000000000`.slice(0, 16);
    await toTheEnd(id, file);
    if (usual) zone.hub.lies[name] = usual;
    else delete zone.hub.lies[name];

    expect(starts).toBe(before + 1);
    expect(sentOf(`${id}-1`)).toHaveLength(1);
    const sent = zone.hub.uploads.find(({ path: where }) => where.includes(id));
    expect(sent?.body.toString()).toBe(FILES[file]);
  },
  SLOW,
);
