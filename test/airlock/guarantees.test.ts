/** What must hold whatever happens: one transition at a time, one active request, files as they were approved. */
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync, rmSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { brokenAt, fold, type Chained, type Entry } from '../../src/release/release.ts';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { signManifest } from '../../agent/store/manifest.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { AirlockWorld, aTable, WHO, WORKSPACE } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, eachDatabase } from '../support/database.ts';

eachDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());
  const draftWish = () => ({
    by: world.inViewer('author'),
    workspace: WORKSPACE,
    group: 'results',
    as: 'output' as const,
    paths: ['output/table.csv'],
  });

  test('of two submissions at once one waits and then takes its own transition', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    await world.answered(id, 'author');

    const [one, two] = await Promise.all([
      world.ask('author', id, 'submit', {}),
      world.ask('author', id, 'submit', {}),
    ]);

    expect([one?.code, two?.code].sort()).toEqual(['release.state', undefined]);
    expect((await world.state(id)).turn).toBe(1);
  });

  test('two drafts at once in one workspace leave one, and the other is refused by its rule', async () => {
    world = await AirlockWorld.open(await open());

    const create = (id: string) =>
      world.ask('author', null, 'create', { id, workspace: WORKSPACE, project: '', author: WHO.author });
    const codes = await Promise.all([create('a'.repeat(16)), create('b'.repeat(16))]);

    expect(codes.map((each) => each?.code).sort()).toEqual(['release.active-request', undefined]);
  });

  test('the database itself refuses a second active request of one author in one workspace', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.draft(['output/table.csv']);

    const copied = world.database.db.execute(sql`
      insert into requests select 'zzzzzzzzzzzzzzzz', workspace, project, author, state, turn, seq, created_at,
        submitted_at, changed_at, head, folded from requests where id = ${id}`);
    await expect(copied).rejects.toThrow();
  });

  test('the database itself refuses a release that one person approved twice, or its author', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.draft(['output/table.csv']);
    const row = (first: number, second: number) =>
      world.database.db.execute(sql`
      insert into released values (${id}, 1, 1, 'w', 'p', 'x.csv', 'h', 'h', 1, 1, 'queued', 0, 0,
        ${WHO.author}::bigint, ${first}::bigint, ${second}::bigint)`);

    await expect(row(WHO.checkerA, WHO.checkerA)).rejects.toThrow();
    await expect(row(WHO.checkerA, WHO.author)).rejects.toThrow();
    await row(WHO.checkerA, WHO.checkerB);
  });

  test('a workspace of somebody else is no workspace', async () => {
    world = await AirlockWorld.open(await open());

    const answer = await world.room.addFiles({ ...draftWish(), by: world.inViewer('stranger') });

    expect(answer).toMatchObject({ code: 'airlock.unknown-workspace' });
    expect(await world.room.workspaces(WHO.stranger)).toEqual([]);
  });

  test.each([
    ['a path upwards', '../../../../etc/passwd'],
    ['an absolute path', '/etc/passwd'],
    ['the manifest itself', 'metadata/manifest.json'],
    ['a name that is not listed', 'output/other.csv'],
    ['a name of the prototype', '__proto__'],
  ])('%s is neither shown nor copied', async (_name, file) => {
    world = await AirlockWorld.open(await open());

    const added = await world.room.addFiles({ ...draftWish(), paths: [file] });
    const session = world.session('author');
    const opened = await world.room.open(
      WHO.author,
      { session, method: 'GET', purpose: 'page', range: false },
      { kind: 'workspace', workspace: WORKSPACE, path: file },
    );

    expect(added).toMatchObject({ done: [], refused: [{ refusal: { code: 'airlock.unknown-file' } }] });
    expect(opened).toMatchObject({ code: 'airlock.unknown-file' });
  });

  test('a listed file that has become a link, or lies behind one, is not followed', async () => {
    world = await AirlockWorld.open(await open(), {
      files: { 'output/table.csv': aTable(), 'deep/a.csv': aTable() },
    });
    const outside = path.join(world.dir, 'outside');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'a.csv'), aTable());
    rmSync(path.join(world.medium, 'output/table.csv'));
    symlinkSync(path.join(outside, 'a.csv'), path.join(world.medium, 'output/table.csv'));
    renameSync(path.join(world.medium, 'deep'), path.join(world.dir, 'moved'));
    symlinkSync(outside, path.join(world.medium, 'deep'));

    const answer = await world.room.addFiles({ ...draftWish(), paths: ['output/table.csv', 'deep/a.csv'] });

    expect(answer).toMatchObject({ done: [], refused: [{}, {}] });
  });

  test('bytes that are not what the manifest says are not copied', async () => {
    world = await AirlockWorld.open(await open());
    writeFileSync(path.join(world.medium, 'output/table.csv'), aTable(2));

    expect(await world.room.addFiles(draftWish())).toMatchObject({
      done: [],
      refused: [{ refusal: { code: 'airlock.copy-differs' } }],
    });
  });

  test('a manifest that nobody signed, that another key signed, or of another workspace holds nothing', async () => {
    world = await AirlockWorld.open(await open());
    const good = world.room.listing(WHO.author, WORKSPACE, LISTING);
    expect(isRefusal(await good)).toBe(false);
    const manifest = JSON.parse(
      (await import('node:fs')).readFileSync(path.join(world.medium, 'metadata/manifest.json'), 'utf8'),
    ) as Parameters<typeof signManifest>[0];

    for (const text of [
      JSON.stringify({ ...manifest, sequence: 9 }),
      JSON.stringify(signManifest(manifest, newKeyPair())),
      '{',
    ]) {
      world.writeManifest(WORKSPACE, text);
      expect(await world.room.listing(WHO.author, WORKSPACE, LISTING)).toMatchObject({ refused: true });
    }
  });

  test('a request keeps its copy when the file on disk changes, and its author is told', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.draft(['output/table.csv']);
    const before = (await world.state(id)).files[0]!.sha256;
    world.job({ 'output/table.csv': aTable(3) });

    expect((await world.page('author', id)).files[0]).toMatchObject({
      sha256: before,
      newer: true,
      status: 'updated',
    });
    const listing = await world.room.listing(WHO.author, WORKSPACE, LISTING);
    expect(listing).toMatchObject({ changed: ['output/table.csv'] });

    await world.room.updateFiles(world.inViewer('author'), id, ['output/table.csv']);
    expect((await world.state(id)).files[0]!.sha256).not.toBe(before);
    expect((await world.page('author', id)).files[0]).toMatchObject({ newer: false });
  });

  test('a stored copy that was changed is neither shown nor sent, and the operators see it', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    const hash = (await world.state(id)).files[0]!.sha256;
    const place = path.join(world.dir, 'airlock/copies', hash.slice(0, 2), hash);
    chmodSync(place, 0o600);
    writeFileSync(place, aTable(9));

    expect(await world.room.uploads.start(id, 1)).toMatchObject({ code: 'release.bytes-changed' });
    const opened = await world.room.open(
      WHO.author,
      { session: world.session('author'), method: 'GET', purpose: 'page', range: false },
      { kind: 'request', request: id, file: 1 },
    );
    expect(opened).toMatchObject({ code: 'airlock.stored-copy' });
    world.clock.advance(25 * 3_600_000);
    await world.room.tend();
    expect(await world.room.operations(WHO.operator1)).toMatchObject({ copies: { broken: [hash] } });
  });

  test('every entry is there, chained, and folds to the state', async () => {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id, 'changes');
    await world.reviews(second!, id);
    await world.does(first!, id, 'return', { category: 'incomplete-context' });

    const rows = await rowsOf<{ entry: string; previous: string; hash: string }>(
      world.database.db,
      sql`select entry, previous, hash from entries where request = ${id} order by seq`,
    );
    const chain = rows.map(
      ({ entry, ...link }): Chained<Entry> => ({ entry: JSON.parse(entry) as Entry, ...link }),
    );
    expect(brokenAt(chain)).toBeUndefined();
    expect(fold(chain.map(({ entry }) => entry))).toEqual(await world.state(id));
  });

  test('what was half copied when the process died is gone after a start', async () => {
    world = await AirlockWorld.open(await open());
    const incoming = path.join(world.dir, 'airlock/copies/incoming');
    writeFileSync(path.join(incoming, 'half'), 'half');
    await world.room.close();
    await world.start();

    expect(readdirSync(incoming)).toEqual([]);
  });
}, AIRLOCK_MIGRATIONS);

const LISTING = {
  dir: '',
  sort: 'name',
  order: 'up',
  search: '',
  from: 0,
  count: 100,
  stale: false,
} as const;
