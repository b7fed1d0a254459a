/**
 * A hub is upgraded over a migration and taken back, as docs/install/upgrade.md says: its database will not have it, the
 * backup of before will, and what happened in between is in nobody's hub.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { newKeyPair, writePrivateKey } from '../../src/lib/keys.ts';
import { until } from '../e2e/town.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';
import { Crowd } from './support/crowd.ts';
import { buildPrevious, SCHEMA_BEFORE, type PreviousProgram } from './support/previous-program.ts';

const { describe, test } = requires('nginx', 'postgres', 'history');
jest.setTimeout(240_000);

describe('a hub is taken back over a migration', () => {
  let before: PreviousProgram;
  let crowd: Crowd;
  let folder: string;
  /** Of commits whose jobs ended before the backup, and between it and the way back. */
  let old: string;
  let since: string;
  const removes: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    before = buildPrevious(SCHEMA_BEFORE);
    folder = mkdtempSync(path.join(tmpdir(), 'sallyport-rollback-'));
    crowd = await Crowd.start({ hubs: ['hub-a'], hubProgram: before.program, beside: 0 });
  }, 240_000);
  afterAll(async () => {
    await crowd?.stop();
    for (const remove of removes) await remove();
    before?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const to = (name: string): string => path.join(folder, name);
  const hub = (of: string, ...words: string[]) =>
    crowd.hubCommandOf(of, crowd.url, ...words, '--why', 'an upgrade');
  const newest = () =>
    crowd.rows<{ tag: string }>('select tag from schema_migrations order by tag desc limit 1');

  async function emptyDatabase(): Promise<string> {
    const { url, remove } = await (await testPostgres()).createDatabase();
    removes.push(remove);
    return url;
  }

  async function ends(sha: string): Promise<void> {
    await crowd.finished([sha]);
    expect((await crowd.jobs([sha])).map(({ state }) => state)).toEqual(['succeeded']);
  }

  async function runs(branch: string): Promise<string> {
    const sha = await crowd.branch(branch);
    await crowd.ask(sha);
    await ends(sha);
    return sha;
  }

  /** Once the log holds all that was committed so far, what it says of itself. */
  async function checkpoint(file: string): Promise<number> {
    await until('every entry has its number', async () => {
      const [row] = await crowd.rows<{ open: number }>(
        'select count(*)::int as open from ledger_leaves where seq is null',
      );
      return row!.open === 0 ? true : undefined;
    });
    const [row] = await crowd.rows<{ size: number }>('select count(seq)::int as size from ledger_leaves');
    return until('the log is signed so far', async () => {
      const answer = await fetch(`${crowd.town.world.addresses.hub}/log/checkpoint`);
      const text = await answer.text();
      const size = Number(text.split('\n')[1]);
      if (answer.status !== 200 || size < row!.size) return undefined;
      writeFileSync(to(file), text);
      return size;
    });
  }

  async function verifies(...words: string[]): Promise<{ code: number | null; out: string }> {
    const log = `${crowd.town.world.addresses.hub}/log`;
    const key = (await (await fetch(`${log}/key`)).text()).trim().split('\n')[0]!;
    return crowd.sallyport('log', 'verify', log, '--key', key, ...words);
  }

  test('the program of before writes a backup, the one of now brings the database along and works', async () => {
    old = await runs('before');
    const [schema] = await newest();
    await checkpoint('at-backup.txt');
    expect(await hub(before.program, 'backup', '--to', to('backup'))).toMatchObject({ code: 0 });
    crowd.signal('hub-a', 'SIGTERM');
    expect(await crowd.ended('hub-a')).toBe(0);
    await crowd.hub('hub-b');
    expect((await newest())[0]!.tag > schema!.tag).toBe(true);
    since = await runs('since');
    await checkpoint('seen.txt');
    expect(await verifies('--since', to('at-backup.txt'))).toMatchObject({ code: 0 });
    crowd.signal('hub-b', 'SIGTERM');
    expect(await crowd.ended('hub-b')).toBe(0);
  });

  test('the program of before does not start on that database, says why, and leaves it as it is', async () => {
    const schema = await newest();
    const said = await crowd.hub('hub-a', before.program).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(said).toContain('database.newer-schema');
    expect(said).toContain('restore a backup to go back');
    expect(await newest()).toEqual(schema);
    await crowd.hub('hub-b');
    crowd.signal('hub-b', 'SIGTERM');
    expect(await crowd.ended('hub-b')).toBe(0);
  });

  test('the backup is restored by the program that wrote it, and not over what the world has seen of the log', async () => {
    const ofNow = await crowd.hubCommandOn(
      await emptyDatabase(),
      ...['restore', '--from', to('backup'), '--why', 'back again'],
    );
    expect(ofNow.code).toBe(1);
    expect(ofNow.out).toContain('restore.other-version');

    const url = await emptyDatabase();
    const restores = (...words: string[]) =>
      crowd.hubCommandOf(
        before.program,
        url,
        ...['restore', '--from', to('backup'), '--why', 'back again', '--since', to('seen.txt'), ...words],
      );
    const refused = await restores();
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('restore.log-shorter');
    expect(await restores('--accept-fork')).toMatchObject({ code: 0 });
    await crowd.moveTo(url);
  });

  test('the hub of before goes on from it with a new log; whoever kept a checkpoint of the old one is told', async () => {
    const file = path.join(crowd.town.world.folder('hub'), 'hub.yml');
    const settings = parse(readFileSync(file, 'utf8')) as { ledger: object };
    const key = path.join(crowd.town.world.folder('hub'), 'log-2.key');
    writePrivateKey(key, newKeyPair());
    settings.ledger = { origin: 'hub.example.org/log-2', key_file: key };
    writeFileSync(file, stringify(settings));
    await crowd.hub('hub-a', before.program);
    expect((await crowd.jobs([old])).map(({ state }) => state)).toEqual(['succeeded']);
    await runs('after');
    // GitHub had handed it over, and nobody asks for it again.
    expect(await crowd.jobs([since])).toEqual([]);
    await checkpoint('new.txt');
    expect(await verifies('--entries')).toMatchObject({ code: 0 });
    const told = await verifies('--since', to('seen.txt'));
    expect(told.code).not.toBe(0);
    expect(told.out).toMatch(/ledger\.(shorter|fork|other-key|other-log)/);
    const [restored] = await crowd.rows<{ n: number }>(
      `select count(*)::int as n from ledger_leaves where entry like '%"hub-restored"%'`,
    );
    expect(restored!.n).toBe(1);
  });
});
