/** The automatic checks: at job end, when a file is added, over the whole request; in a thread that may die. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { inlineChecks } from '../../agent/airlock/checks/run.ts';
import type { CheckRunner } from '../../agent/airlock/checks/runner.ts';
import { contextFields, contextText } from '../../agent/airlock/context.ts';
import { DEFAULT_POLICY } from '../../src/disclosure/disclosure.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { AirlockWorld, aTable, CONTROLS, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const BAD = 'year_group,count\na,3\nb,11\nc,22\nd,41\n';

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  test('outputs are checked when their job has ended, before anybody asks for them', async () => {
    world = await AirlockWorld.open(await open(), { files: { 'output/table.csv': BAD } });
    await world.room.settled();

    const page = await world.room.workspaceFile(WHO.author, WORKSPACE, 'output/table.csv');

    if (isRefusal(page)) throw new Error(page.code);
    expect(page.hints?.map(({ check }) => check)).toEqual(expect.arrayContaining(['C5', 'C6']));
    expect(page.file.hints).toMatchObject({
      block: page.hints!.filter(({ severity }) => severity === 'block').length,
    });
  });

  test('author and checkers are shown the same hints, and a blocking one stops the submission', async () => {
    world = await AirlockWorld.open(await open(), { files: { 'output/table.csv': BAD } });
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: 'release.blocking-hints' });
    await world.answered(id, 'author');
    await world.does('author', id, 'submit', {});
    await world.room.settled();
    const [first, second] = await world.checkers(id);

    const hints = async (who: 'author' | typeof first) =>
      (await world.page(who!, id)).files[0]!.hints!.map(({ id: hint, message }) => [hint, message]);
    const own = await hints('author');
    expect(own.length).toBeGreaterThan(0);
    expect(await hints(first)).toEqual(own);
    expect(await hints(second)).toEqual(own);
  });

  test('a file is looked at once for its author and both checkers, also after a restart', async () => {
    const asked: string[] = [];
    const inline = inlineChecks();
    const file: CheckRunner['file'] = (job) => {
      asked.push(`${job.sha256} ${job.path} ${JSON.stringify(job.facts)}`);
      return inline.file(job);
    };
    world = await AirlockWorld.open(await open(), { parts: { checks: { ...inline, file } } });
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    await world.room.close();
    await world.start();
    await world.page('author', id);
    await world.room.settled();

    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('nothing is submitted while the checks have not looked at it as it is', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    await world.answered(id, 'author');
    const change = world.does('author', id, 'explain', {
      group: 'results',
      context: 'Something else.',
      controls: CONTROLS,
    });
    const submitted = change.then(() => world.ask('author', id, 'submit', {}));

    expect(await submitted).toMatchObject({ refused: true });
    await world.room.settled();
    expect((await world.page('author', id)).checked).toBe(true);
  });

  test('a table that differs by a few people from one that is out is pointed at', async () => {
    const rows = (extra: number) =>
      `year_group,count\n${[1, 2, 3, 4, 5, 6].map((year) => `year ${year},${year * 101 + extra}`).join('\n')}\n`;
    world = await AirlockWorld.open(await open(), { files: { 'output/table.csv': rows(0) } });
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    await world.room.uploads.start(id, 1);
    await world.room.uploads.confirm(
      { request: id, batch: 1, number: 1 },
      (await world.state(id)).files[0]!.sha256,
    );
    world.job({ 'output/table.csv': rows(3) });
    const second = await world.draft(['output/table.csv']);
    await world.room.settled();

    const page = await world.page('author', second);
    expect(page.files[0]!.hints!.map(({ check }) => check)).toContain('D1');
    expect(page.files[0]!.previous).toMatchObject({ request: id });
  });

  test('bytes that are out are only supporting, under any path', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    world.job({ 'output/same.csv': aTable() });
    const wish = {
      by: world.inViewer('author'),
      workspace: WORKSPACE,
      group: 'g',
      paths: ['output/same.csv'],
    };

    expect(await world.room.addFiles({ ...wish, as: 'output' })).toMatchObject({
      refused: [{ refusal: { code: 'release.already-released' } }],
    });
    expect(await world.room.addFiles({ ...wish, as: 'supporting' })).toMatchObject({
      done: ['output/same.csv'],
    });
  });
}, AIRLOCK_MIGRATIONS);

test('in a worker thread a job that takes too long ends in a finding that blocks, and the next is checked', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-test-checks-'));
  const bundled = (source: string): void => {
    const at = (place: string): string => fileURLToPath(new URL(`../../${place}`, import.meta.url));
    const out = path.join(dir, `${path.basename(source, '.ts')}.mjs`);
    const args = [
      at(source),
      `--outfile=${out}`,
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--log-level=error',
    ];
    expect(spawnSync(at('node_modules/.bin/esbuild'), args, { encoding: 'utf8' })).toMatchObject({
      status: 0,
    });
  };
  bundled('agent/airlock/checks/worker.ts');
  bundled('agent/airlock/checks/threaded.ts');
  writeFileSync(path.join(dir, 'table.csv'), BAD);
  writeFileSync(path.join(dir, 'hangs.mjs'), 'for (;;);');
  const job = {
    kind: 'file',
    place: path.join(dir, 'table.csv'),
    path: 'table.csv',
    sha256: sha256(BAD),
    policy: DEFAULT_POLICY,
    facts: {},
  };
  const program = `
    import { threadedChecks } from './threaded.mjs';
    const job = ${JSON.stringify(job)};
    const script = ${JSON.stringify(path.join(dir, 'worker.mjs'))};
    const impatient = threadedChecks({ script: ${JSON.stringify(path.join(dir, 'hangs.mjs'))}, timeoutMs: 1 });
    const late = (await impatient.file(job)).report.findings;
    const checks = threadedChecks({ script });
    const { report, tables } = await checks.file(job);
    const other = await checks.file({ ...job, sha256: '0'.repeat(64) });
    console.log(JSON.stringify({ late, found: report.findings.map(({ check }) => check), tables: tables.length, other: other.report ?? null }));
    await impatient.close();
    await checks.close();`;
  writeFileSync(path.join(dir, 'program.mjs'), program);

  const { stdout, status } = spawnSync(process.execPath, [path.join(dir, 'program.mjs')], {
    encoding: 'utf8',
  });
  rmSync(dir, { recursive: true });

  expect(status).toBe(0);
  const told = JSON.parse(stdout) as { late: unknown; found: string[]; tables: number; other: unknown };
  expect(told.late).toMatchObject([{ check: 'F3', severity: 'B' }]);
  expect(told.found).toContain('C5');
  expect(told).toMatchObject({ tables: 1, other: null });
});

test('a context is one text, and its figures are read from it again', () => {
  const fields = {
    text: 'Why.\n\nMore.',
    population: 'pupils',
    populationSize: '1,200',
    n: '900',
    df: '880',
  };

  expect(contextFields(contextText(fields))).toEqual(fields);
  expect(contextFields('Only words: here')).toMatchObject({ text: 'Only words: here', population: '' });
});
