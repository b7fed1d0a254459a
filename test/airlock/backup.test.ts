/** A backup brings everything back elsewhere, verified; a damaged one brings nothing. */
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, expect, jest, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { backUp, noteDeed, restore, verifyAll } from '../../agent/airlock/backup.ts';
import { openDatabase, rowsOf, type OpenDatabase } from '../../src/db/open.ts';
import { days } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { ReleaseRequest } from '../../src/release/release.ts';
import { AirlockWorld, WHO } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, copyPglite, onOneDatabase, ownDatabase } from '../support/database.ts';

// Each story opens two or three databases, on a machine that does other things too.
jest.setTimeout(120_000);

onOneDatabase((open) => {
  let world: AirlockWorld;
  afterEach(() => world.close());

  /** Another machine's database, empty. */
  async function elsewhere(name: string): Promise<OpenDatabase> {
    mkdirSync(path.join(world.dir, name), { recursive: true });
    return ownDatabase(AIRLOCK_MIGRATIONS);
  }

  /** One on PGlite, whatever the backup was made from. */
  async function elsewhereOnPglite(name: string): Promise<OpenDatabase> {
    const dir = path.join(world.dir, name, 'database');
    await copyPglite(AIRLOCK_MIGRATIONS, dir);
    const logger = createLogger('test', { level: 'silent' });
    return openDatabase({ dir, migrations: AIRLOCK_MIGRATIONS, logger });
  }

  async function lived(): Promise<string> {
    world = await AirlockWorld.open(await open());
    const id = await world.submitted();
    for (const checker of await world.checkers(id)) await world.reviews(checker, id);
    await world.room.tend();
    return id;
  }

  const parts = (database: OpenDatabase, name: string) => ({
    database,
    dir: path.join(world.dir, name),
    at: world.clock.now(),
  });

  test('it restores elsewhere: chains hold, copies match, and work goes on', async () => {
    const id = await lived();
    // A text may hold what others take for the end of a line.
    await world.room.log({ type: 'LOGIN', person: WHO.author, details: { browser: 'a\u2028b\r\nc' } });
    const to = path.join(world.dir, 'backup');
    writeFileSync(path.join(world.dir, 'airlock/zone.key'), 'secret');
    await backUp(parts(world.database, 'airlock'), to);
    const before = await world.state(id);

    const second = await elsewhereOnPglite('second');
    expect(await restore(parts(second, 'second'), to)).toEqual([]);
    expect(readdirSync(path.join(world.dir, 'second'))).toContain('zone.key');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('already holds');
    const lines = await rowsOf<{ id: number }>(second.db, sql`select max(id)::float8 as id from log`);
    await world.room.close();
    await world.start(second);
    await world.room.log({ type: 'LOGIN', person: WHO.author });
    const now = await rowsOf<{ id: number }>(second.db, sql`select max(id)::float8 as id from log`);
    expect(now[0]!.id).toBe(lines[0]!.id + 1);
    // What was queued waits for two people again.
    expect(before.state).toBe('approved');
    expect(await world.page('author', id)).toMatchObject({ request: { state: 'returned' } });
    await second.close();
  });

  test('of a backup in which anything is amiss nothing is written, and a folder with a secret of its own is left alone', async () => {
    await lived();
    const to = path.join(world.dir, 'backup');
    writeFileSync(path.join(world.dir, 'airlock/zone.key'), 'secret');
    const { copies } = await backUp(parts(world.database, 'airlock'), to);
    const second = await elsewhere('second');
    const into = path.join(world.dir, 'second');
    const was = readdirSync(into).sort();
    const last = copies.at(-1)!;
    for (const part of [
      'tables/requests.jsonl',
      'tables/log.jsonl',
      `copies/${last.slice(0, 2)}/${last}`,
      'zone.key',
    ]) {
      const file = path.join(to, part);
      const whole = readFileSync(file);
      chmodSync(file, 0o600);
      const flipped = Buffer.from(whole);
      flipped[flipped.length - 1]! ^= 1;
      for (const bytes of [flipped, whole.subarray(0, -1), Buffer.alloc(0)]) {
        writeFileSync(file, bytes);
        await expect(restore(parts(second, 'second'), to)).rejects.toMatchObject({
          refusal: { code: 'backup.damaged' },
        });
        expect(readdirSync(into).sort()).toEqual(was);
        expect(await rowsOf(second.db, sql`select 1 from log`)).toEqual([]);
      }
      writeFileSync(file, whole);
    }

    writeFileSync(path.join(into, 'zone.key'), 'another');
    await expect(restore(parts(second, 'second'), to)).rejects.toMatchObject({
      refusal: { code: 'backup.in-use' },
    });
    expect(readFileSync(path.join(into, 'zone.key'), 'utf8')).toBe('another');
    rmSync(path.join(into, 'zone.key'));
    expect(await restore(parts(second, 'second'), to)).toEqual([]);
    await second.close();
  });

  test('nobody is signed in by a backup: what ended since then stays ended', async () => {
    await lived();
    const at = world.clock.now();
    await world.database.db.execute(sql`
      insert into sessions (id, secret, person, login, strength, browser, signed_in_at, seen_at)
      values ('s', ${'a'.repeat(64)}, ${WHO.author}, 'rowan-example', 'code', 'a browser', ${at}, ${at})`);
    const to = path.join(world.dir, 'backup');
    const { tables } = await backUp(parts(world.database, 'airlock'), to);
    expect(Object.keys(tables)).toContain('passkeys');

    const second = await elsewhere('second');
    expect(await restore(parts(second, 'second'), to)).toEqual([]);

    expect(await rowsOf(second.db, sql`select 1 from sessions`)).toEqual([]);
    await second.close();
  });

  async function stateIn({ db }: OpenDatabase, id: string): Promise<ReleaseRequest> {
    const [row] = await rowsOf<{ folded: string }>(db, sql`select folded from requests where id = ${id}`);
    return JSON.parse(row!.folded) as ReleaseRequest;
  }

  /** Lived, backed up, and restored into another airlock that works on. */
  async function restoredFrom(what: () => Promise<string>): Promise<{ id: string; second: OpenDatabase }> {
    const id = await what();
    const to = path.join(world.dir, 'backup');
    await backUp(parts(world.database, 'airlock'), to);
    world.clock.advance(days(1));
    const second = await elsewhere('second');
    expect(await restore(parts(second, 'second'), to)).toEqual([]);
    await world.room.close();
    await world.start(second);
    return { id, second };
  }

  test('a passkey that was removed since the backup does not live again: each waits for two operators', async () => {
    const { second } = await restoredFrom(async () => {
      const id = await lived();
      const { db } = world.database;
      for (const [key, state] of [
        ['confirmed-key', 'confirmed'],
        ['removed-key', 'removed'],
      ] as const)
        await db.execute(sql`
          insert into passkeys (id, person, login, label, public_key, counter, transports, state, made_in, made_at)
          values (${key}, ${WHO.checkerA}, 'kim-example', 'a key', 'x', 0, '', ${state}, 's', 1)`);
      for (const operator of [WHO.operator1, WHO.operator2])
        await db.execute(sql`
          insert into passkey_confirmations (passkey, operator, session, at)
          values ('confirmed-key', ${operator}, ${String(operator)}, 1)`);
      return id;
    });

    expect(await rowsOf(second.db, sql`select id, state from passkeys order by id`)).toEqual([
      { id: 'confirmed-key', state: 'waiting' },
      { id: 'removed-key', state: 'removed' },
    ]);
    expect(await rowsOf(second.db, sql`select 1 from passkey_confirmations`)).toEqual([]);
    await second.close();
  });

  test('what was queued does not leave, and neither old words nor old looks count', async () => {
    const { id, second } = await restoredFrom(lived);
    expect(await world.room.uploads.due()).toEqual([]);
    const [checker] = await world.checkers(id);
    const sign = async (order: string) => {
      const deed = { type: 'sign', request: id, verdict: 'approve' } as const;
      const answer = await world.room.order({ id: order, actor: WHO[checker!], at: 0, deed });
      return answer.code ?? answer.outcome;
    };
    expect(await sign('replay0000000001')).toBe('release.state');

    await world.says('author', id, 'As before.');
    await world.room.settled();
    await world.does('author', id, 'submit', {});
    expect(await sign('replay0000000002')).toBe('release.not-opened');
    for (const who of await world.checkers(id)) await world.reviews(who, id);
    const { batches, epoch } = await stateIn(second, id);
    expect(batches.map(({ number, state }) => [number > epoch, state])).toEqual([
      [false, 'halted'],
      [true, 'queued'],
    ]);
    expect((await world.room.uploads.due()).map(({ batch }) => batch)).toEqual([batches[1]!.number]);
    await second.close();
  });

  test('the hub is told everything anew, as of another epoch, until it has heard of it', async () => {
    const { id, second } = await restoredFrom(async () => {
      const made = await lived();
      await world.room.markShown([{ id: made, version: 1000 }]);
      expect(await world.room.pendingShown(10)).toEqual([]);
      return made;
    });

    expect(await world.room.pendingShown(10)).toEqual([id]);
    const [shown] = await world.room.shown([id]);
    const { epoch } = await stateIn(second, id);
    expect(shown).toMatchObject({ epoch, state: 'returned' });
    expect(shown!.events.map(({ what, epoch: of }) => [what, of ?? 0])).toEqual([
      ...shown!.events.slice(0, -1).map(({ what }) => [what, 0]),
      ['restored', epoch],
    ]);
    const told = await world.room.restored!();
    expect(told).toMatchObject({ epoch, at: world.clock.now(), asOf: world.clock.now() - days(1) });
    await world.room.markRestored!({ epoch: epoch - 1 });
    expect(await world.room.restored!()).toEqual(told);
    await world.room.markRestored!({ epoch });
    expect(await world.room.restored!()).toBeUndefined();
    await second.close();
  });

  test('two restores of one backup are two epochs, and an older clock makes no older one', async () => {
    const { id, second } = await restoredFrom(lived);
    const { epoch } = await stateIn(second, id);
    const to = path.join(world.dir, 'again');
    await backUp(parts(second, 'second'), to);
    await second.close();

    const third = await elsewhere('third');
    await restore({ ...parts(third, 'third'), at: world.clock.now() - days(3) }, to);
    const rows = await rowsOf<{ value: string }>(
      third.db,
      sql`select value from airlock_settings where key = 'epoch'`,
    );
    expect(rows).toEqual([{ value: String(epoch + 1) }]);
    await third.close();
  });

  test('a damaged copy or table is refused, an unfinished backup too', async () => {
    await lived();
    const to = path.join(world.dir, 'backup');
    const { copies } = await backUp(parts(world.database, 'airlock'), to);
    await expect(backUp(parts(world.database, 'airlock'), to)).rejects.toThrow('not empty');
    const second = await elsewhere('second');
    appendFileSync(path.join(to, 'tables/entries.jsonl'), '\n');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('damaged');
    await expect(restore(parts(second, 'second'), world.dir)).rejects.toThrow('no whole backup');
    await second.close();
    expect(copies.length).toBeGreaterThan(0);
  });

  test('a backup that somebody touched, or another airlock made, is refused: its list is signed', async () => {
    await lived();
    const key = newKeyPair();
    const own = { ...parts(world.database, 'airlock'), key };
    writeFileSync(path.join(world.dir, 'airlock/zone.key'), 'secret');
    const good = path.join(world.dir, 'good');
    await noteDeed(own, 'backed-up', 'every night');
    const [deed] = await rowsOf(
      world.database.db,
      sql`select type, details from log order by id desc limit 1`,
    );
    expect(deed).toMatchObject({ type: 'OPERATOR_DEED' });
    expect(JSON.stringify(deed)).toContain('every night');
    await backUp(own, good);
    const to = path.join(world.dir, 'spoilt');
    const second = await elsewhere('second');
    const attack = async (spoil: (at: (file: string) => string) => void, as: object = {}) => {
      cpSync(good, to, { recursive: true });
      spoil((file) => path.join(to, file));
      const answer = await restore({ ...parts(second, 'second'), key, ...as }, to).then(
        () => 'restored',
        (error: { refusal?: { code: string } }) => error.refusal?.code,
      );
      rmSync(to, { recursive: true });
      return answer;
    };
    const edit = (file: string, from: string, into: string): void =>
      writeFileSync(file, readFileSync(file, 'utf8').replace(from, into));

    expect({
      row: await attack((at) => edit(at('tables/requests.jsonl'), 'approved', 'released')),
      secret: await attack((at) => writeFileSync(at('zone.key'), 'secreT')),
      noSecret: await attack((at) => rmSync(at('zone.key'))),
      gone: await attack((at) => rmSync(at('tables/log.jsonl'))),
      swapped: await attack((at) => {
        cpSync(at('tables/log.jsonl'), at('tables/requests.jsonl'));
      }),
      list: await attack((at) => edit(at('backup.json'), '"at": ', '"at": 1')),
      unsigned: await attack((at) => {
        const { contents } = JSON.parse(readFileSync(at('backup.json'), 'utf8')) as { contents: object };
        writeFileSync(at('backup.json'), JSON.stringify(contents));
      }),
      otherKey: await attack(() => undefined, { key: newKeyPair() }),
    }).toEqual({
      row: 'backup.damaged',
      secret: 'backup.damaged',
      noSecret: 'backup.damaged',
      gone: 'backup.damaged',
      swapped: 'backup.damaged',
      list: 'backup.none',
      unsigned: 'backup.none',
      otherKey: 'backup.none',
    });
    expect(await attack(() => undefined)).toBe('restored');
    await second.close();
  });

  test('a restore that was broken off is done again: rows come last, so that none ever names a missing copy', async () => {
    const id = await lived();
    const to = path.join(world.dir, 'backup');
    writeFileSync(path.join(world.dir, 'airlock/zone.key'), 'secret');
    const { copies } = await backUp(parts(world.database, 'airlock'), to);
    const last = path.join(to, 'copies', copies.at(-1)!.slice(0, 2), copies.at(-1)!);
    renameSync(last, `${last}.away`);
    const second = await elsewhere('second');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('damaged');
    expect(await rowsOf(second.db, sql`select 1 from requests`)).toEqual([]);

    renameSync(`${last}.away`, last);
    expect(await restore(parts(second, 'second'), to)).toEqual([]);
    expect(readFileSync(path.join(world.dir, 'second/zone.key'), 'utf8')).toBe('secret');
    expect(await stateIn(second, id)).toMatchObject({ state: 'returned' });
    // A folder in use keeps its key.
    writeFileSync(path.join(world.dir, 'second/zone.key'), 'another');
    await expect(restore(parts(second, 'second'), to)).rejects.toThrow('already holds');
    expect(readFileSync(path.join(world.dir, 'second/zone.key'), 'utf8')).toBe('another');
    await second.close();
  });

  test('verify finds a changed copy and a state that its entries do not tell of', async () => {
    const id = await lived();
    expect(await verifyAll(parts(world.database, 'airlock'))).toEqual([]);
    const { sha256: hash } = (await world.state(id)).files[0]!;
    const place = path.join(world.dir, 'airlock/copies', hash.slice(0, 2), hash);
    chmodSync(place, 0o600);
    appendFileSync(place, 'x');
    await world.database.db.execute(
      sql`update requests set folded = replace(folded, '"state":"approved"', '"state":"released"') where id = ${id}`,
    );

    expect(await verifyAll(parts(world.database, 'airlock'))).toEqual([
      { what: 'folded', where: id },
      { what: 'copy', where: hash },
    ]);
  });
}, AIRLOCK_MIGRATIONS);
