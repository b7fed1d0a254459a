/** The malware scan of what is asked for: no exception, no way round, and no poll on anybody's way. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { clamdScanner, type ScanAnswer, type Scanner } from '../../agent/airlock/scan/scanner.ts';
import { rowsOf } from '../../src/db/open.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { AirlockWorld, aTable, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { requires } from '../support/require.ts';
import { MARKED, startClamd } from '../support/scanners.ts';

const CLEAN: ScanAnswer = { result: 'clean' };
const FOUND: ScanAnswer = { result: 'found', name: 'Sallyport.Test' };
const TIMEOUT: ScanAnswer = { result: 'unconfirmed', why: 'timeout' };

class Engine implements Scanner {
  answers: (hash: string) => ScanAnswer = () => CLEAN;
  called: string | undefined = 'ClamAV 1.4.6/27000';
  scanned: string[] = [];

  version(): Promise<string | undefined> {
    return Promise.resolve(this.called);
  }
  answering: Promise<void> = Promise.resolve();
  async scan({ sha256 }: { sha256: string }): Promise<ScanAnswer> {
    this.scanned.push(sha256);
    await this.answering;
    return this.answers(sha256);
  }
}

const TWO = { 'output/table.csv': aTable(), 'output/notes.csv': aTable(2) };

onOneDatabase((open) => {
  let world: AirlockWorld;
  let engine: Engine;
  afterEach(() => world.close());

  const opened = async (files: Record<string, string> = TWO): Promise<void> => {
    engine = new Engine();
    world = await AirlockWorld.open(await open(), { files, parts: { scanner: engine } });
  };
  const malware = async (id: string, who: Name = 'author') =>
    (await world.page(who, id)).files.flatMap(({ path, hints }) =>
      (hints ?? []).filter(({ check }) => check === 'R7').map(({ severity }) => [path, severity]),
    );
  /** A draft with a table, and another file that supports it. */
  const withSupport = async (): Promise<string> => {
    const id = await world.draft(['output/table.csv']);
    await world.room.addFiles({
      ...{ by: world.inViewer('author'), workspace: WORKSPACE, request: id, group: 'results' },
      ...{ as: 'supporting', paths: ['output/notes.csv'] },
    });
    await world.explained(id);
    return id;
  };
  const submitted = async (): Promise<string> => {
    const id = await withSupport();
    await world.answered(id, 'author');
    await world.does('author', id, 'submit', {});
    await world.room.settled();
    return id;
  };

  test('what it finds in a supporting file stops the request, and nobody can make an exception', async () => {
    await opened();
    const id = await world.draft(['output/table.csv']);
    const notes = (await world.room.addFiles({
      ...{ by: world.inViewer('author'), workspace: WORKSPACE, request: id, group: 'results' },
      ...{ as: 'supporting', paths: ['output/notes.csv'] },
    })) as { done: string[] };
    expect(notes.done).toEqual(['output/notes.csv']);
    const { files } = await world.state(id);
    const bad = files.find(({ path }) => path === 'output/notes.csv')!.sha256;
    engine.answers = (hash) => (hash === bad ? FOUND : CLEAN);
    engine.called = 'ClamAV 1.4.6/27001';
    await world.explained(id);

    expect(await malware(id)).toEqual([['output/notes.csv', 'block']]);
    const hint = (await world.page('author', id)).files[1]!.hints!.find(({ check }) => check === 'R7')!;
    expect(hint).toMatchObject({ final: true });
    expect(hint.message).not.toContain('Sallyport.Test');
    expect(
      await world.ask('author', id, 'except-hint', { hint: hint.id, reason: 'It is a false alarm.' }),
    ).toMatchObject({ code: 'release.no-exception' });
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ code: 'release.final-hints' });

    await world.does('author', id, 'withdraw-file', { path: 'output/notes.csv' });
    await world.room.settled();
    await world.answered(id, 'author');
    expect(await world.ask('author', id, 'submit', {})).toBeUndefined();
  });

  test('away, nothing is confirmed; when it answers, everything is, without anybody doing anything', async () => {
    await opened();
    engine.called = undefined;
    const id = await withSupport();
    expect(await malware(id)).toEqual([
      ['output/table.csv', 'block'],
      ['output/notes.csv', 'block'],
    ]);
    expect(engine.scanned).toEqual([]);

    engine.called = 'ClamAV 1.4.6/27000';
    world.clock.advance(minutes(1));
    await world.room.tend();
    await world.room.settled();

    expect(await malware(id)).toEqual([]);
    expect(engine.scanned).toHaveLength(2);
    await world.answered(id, 'author');
    expect(await world.ask('author', id, 'submit', {})).toBeUndefined();
  });

  test('a page that is opened asks again too, and does not wait for the answer', async () => {
    await opened();
    engine.called = undefined;
    const id = await withSupport();
    engine.called = 'ClamAV 1.4.6/27000';
    let answer: () => void = () => undefined;
    engine.answering = new Promise((resolve) => (answer = resolve));
    world.clock.advance(minutes(1));

    expect(await malware(id)).toHaveLength(2);
    answer();
    await world.room.settled();
    expect(await malware(id)).toEqual([]);
  });

  test('an engine that takes too long is not waited for file by file, and one slow file keeps no other waiting', async () => {
    await opened();
    const id = await withSupport();
    const tended = async (): Promise<void> => {
      await world.room.tend();
      await world.room.settled();
    };
    engine.scanned = [];
    engine.answers = () => TIMEOUT;
    engine.called = 'ClamAV 1.4.6/27001';
    await tended();
    expect(engine.scanned).toHaveLength(1);
    expect(await malware(id)).toHaveLength(1);

    const [slow] = engine.scanned;
    engine.answers = (hash) => (hash === slow ? TIMEOUT : CLEAN);
    world.clock.advance(minutes(10));
    await tended();

    const other = (await world.state(id)).files.map(({ sha256 }) => sha256).find((hash) => hash !== slow);
    expect(engine.scanned.slice(1)).toEqual([other, slow]);
    expect(await malware(id)).toHaveLength(1);
  });

  test('the same bytes are asked about once per version of engine and signatures, also after a restart', async () => {
    await opened();
    const id = await withSupport();
    await world.does('author', id, 'explain', { group: 'results', context: 'Another one.', controls: null });
    await world.room.settled();
    await world.room.close();
    await world.start();
    await world.room.settled();
    expect(engine.scanned).toHaveLength(2);

    engine.called = 'ClamAV 1.4.6/27001';
    await world.room.tend();
    await world.room.settled();

    expect(engine.scanned).toHaveLength(4);
    const rows = await rowsOf(world.database.db, sql`select result, engine from scans`);
    expect(rows).toEqual([1, 2].map(() => ({ result: 'clean', engine: 'ClamAV 1.4.6/27001' })));
  });

  test('a file that it does not get through is tried again later and later, and what was found stays found', async () => {
    await opened({ 'output/table.csv': aTable() });
    engine.answers = () => FOUND;
    const id = await world.draft(['output/table.csv']);
    await world.explained(id);
    engine.answers = () => TIMEOUT;
    const waits = [hours(1), minutes(1), minutes(2), minutes(4)];
    for (const [times, wait] of waits.entries()) {
      world.clock.advance(wait - 1);
      await world.room.tend();
      await world.room.settled();
      expect(engine.scanned).toHaveLength(times + 1);
      world.clock.advance(1);
      await world.room.tend();
      await world.room.settled();
      expect(engine.scanned).toHaveLength(times + 2);
      expect(await malware(id)).toHaveLength(1);
    }
    expect((await world.page('author', id)).files[0]!.hints!.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/found something/),
    );
  });

  test('newer signatures that find something under review keep it inside, whoever approved', async () => {
    await opened();
    const id = await submitted();
    const [first, second] = await world.checkers(id);
    await world.reviews(first!, id);
    engine.answers = () => FOUND;
    engine.called = 'ClamAV 1.4.6/27001';
    await world.room.tend();
    await world.room.settled();
    await world.reviews(second!, id);

    expect(await malware(id, second)).toHaveLength(2);
    expect(await world.state(id)).toMatchObject({ state: 'consolidating', batches: [] });
    expect(await world.ask(first!, id, 'queue-release', {})).toMatchObject({ code: 'release.final-hints' });

    engine.answers = () => CLEAN;
    engine.called = 'ClamAV 1.4.6/27002';
    await world.room.tend();
    await world.room.settled();
    expect(await world.ask(first!, id, 'queue-release', {})).toBeUndefined();
  });

  test('without an engine nothing is said of malware, unless governance or zone.yml require the scan', async () => {
    world = await AirlockWorld.open(await open(), { files: TWO });
    const id = await withSupport();
    expect(await malware(id)).toEqual([]);

    world.rules = { mustScan: true };
    expect((await world.page('author', id)).checked).toBe(false);
    await world.does('author', id, 'explain', { group: 'results', context: 'Anew.', controls: null });
    await world.room.settled();

    expect(await malware(id)).toHaveLength(2);
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ refused: true });
  });

  requires('clamav').test('clamd itself keeps a marked table inside and lets the other one go', async () => {
    const clamd = await startClamd();
    const scanner = clamdScanner({ path: clamd.socket }, { timeoutMs: 20_000 });
    const marked = aTable().replace('year 1', MARKED);
    world = await AirlockWorld.open(await open(), {
      files: { ...TWO, 'output/notes.csv': marked },
      parts: { scanner },
    });
    const id = await withSupport();
    await clamd.stop();

    expect(await malware(id)).toEqual([['output/notes.csv', 'block']]);
    expect(await world.ask('author', id, 'submit', {})).toMatchObject({ refused: true });
  });
}, AIRLOCK_MIGRATIONS);
