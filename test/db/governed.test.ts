/** A governance version in the log: all of it once, whoever dies, races or lags behind. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf, type Db } from '../../src/db/database.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { recordedVersion, recordGovernance } from '../../src/github/record-governance.ts';
import { recordLogKeys } from '../../src/github/record-told.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { aGovernance, edited, PROJECT } from '../support/governance.ts';
import { onBothDatabases } from '../support/database.ts';
import type { Signer } from '../../src/ledger/ledger.ts';
import { fitting } from '../support/ledger-schema.ts';
import { aSigner, ORIGIN, otherSigner } from '../support/log.ts';

const logger = createLogger('test', { level: 'silent' });
const NOW = Date.parse('2026-11-20T12:00:00Z');
const commit = (n: number): string => String(n).padStart(40, '0');

const ONE = aGovernance(undefined, commit(1));
const TWO = aGovernance(
  edited({ [`projects/${PROJECT}.yml`]: ['reason: writes up', 'reason: writes it up'] }),
  commit(2),
);
const FACTS = { tree: 'a'.repeat(40), files: 7 };

/** Many people with one right each. */
const large = (n: number): Governance => ({
  ...ONE,
  people: Array.from({ length: n }, (_, at) => ({
    ...ONE.people[0]!,
    id: 9_000_000 + at,
    login: `person-${at}`,
    backends: [{ id: 'attainment', until: '2027-08-31' }],
  })),
});

/** A hub that has this version in force. */
function hub(db: Db, current: Governance, isAhead: () => Promise<boolean> = () => Promise.resolve(false)) {
  return {
    db,
    logger,
    clock: { now: () => NOW },
    governance: {
      repositoryId: 9001,
      current: () => current,
      refresh: () => Promise.resolve({ changed: false }),
      propose: () => Promise.reject(new Error('nothing is proposed here')),
      versions: { dir: '/nowhere', facts: () => Promise.resolve(FACTS), isAhead },
    },
  };
}

interface Entry {
  type: string;
  subject: string;
  policy_commit: string;
  body: Record<string, unknown>;
}

/** Of the version and its rights; keys and alerts stand beside them. */
async function entries(db: Db, which = sql`type not in ('key', 'alert')`): Promise<Entry[]> {
  const rows = await rowsOf<{ entry: string }>(
    db,
    sql`select entry from ledger_leaves where ${which} order by id`,
  );
  return rows.map(({ entry }) => JSON.parse(entry) as Entry);
}

const versions = (all: Entry[]) => all.filter(({ type }) => type === 'policy').map(({ body }) => body['new']);

onBothDatabases((open, kind) => {
  test('a version is one entry, and each right that it gives another', async () => {
    const { db } = await open();
    await recordGovernance(hub(db, ONE));
    const first = await entries(db);
    const [version, ...rights] = first;
    expect(version).toMatchObject({
      type: 'policy',
      subject: `policy:${commit(1)}`,
      body: { event: 'in-force', old: null, new: commit(1), ...FACTS, rights: { ended: 0, changed: 0 } },
    });
    expect(version?.body['rights']).toMatchObject({ given: rights.length });
    expect(rights.length).toBeGreaterThan(10);
    expect(rights.every(({ body }) => body['event'] === 'given')).toBe(true);
    expect(rights.every((right) => right.policy_commit === commit(1))).toBe(true);

    await recordGovernance(hub(db, ONE));
    expect(await entries(db)).toEqual(first);

    await recordGovernance(hub(db, TWO));
    expect((await entries(db)).slice(first.length)).toMatchObject([
      {
        body: { old: commit(1), new: commit(2), rights: { given: 0, ended: 0, changed: 1 } },
      },
      {
        type: 'membership',
        subject: `project:${PROJECT}`,
        body: {
          event: 'changed',
          what: 'member',
          project: PROJECT,
          person: { login: 'ash-example' },
          reason: 'writes it up',
          was_until: '2027-02-28',
        },
      },
    ]);
    expect(await numberLeaves(db)).toBe((await entries(db, sql`true`)).length);
  });

  test('a hub that dies at any statement has written all of a version or nothing, and the next one writes it', async () => {
    const database = await open();
    const { db, faults } = database;
    await recordGovernance(hub(db, ONE));
    const before = await entries(db);
    let died = 0;
    for (let k = 1; ; k++) {
      let count = 0;
      faults.at = (statement) => !/^(begin|rollback)/.test(statement) && ++count >= k;
      const end = await recordGovernance(hub(db, TWO)).catch((error: unknown) => error);
      faults.at = undefined;
      if (end === undefined) break;
      expect(end).toBeInstanceOf(Error);
      died += 1;
      expect(await entries(db)).toEqual(before);
    }
    expect(died).toBeGreaterThan(5);
    expect(versions(await entries(db))).toEqual([commit(1), commit(2)]);
    expect(await entries(db)).toHaveLength(before.length + 2);
  });

  test('two hubs that see a version at once write it once', async () => {
    const database = await open();
    const other = (await database.another()) ?? database;
    const both = [database, other, database, other];
    await Promise.all(both.map(({ db }) => recordGovernance(hub(db, ONE))));
    const all = await entries(database.db);
    expect(versions(all)).toEqual([commit(1)]);
    expect(new Set(all.map((entry) => JSON.stringify(entry))).size).toBe(all.length);
    await Promise.all(both.map(({ db }) => recordGovernance(hub(db, TWO))));
    expect(versions(await entries(database.db))).toEqual([commit(1), commit(2)]);
    expect(await entries(database.db)).toHaveLength(all.length + 2);
  });

  test('its keys and alerts are told with it, once, and when they change', async () => {
    const { db } = await open();
    const told = () => entries(db, sql`type in ('key', 'alert')`);
    await recordGovernance(hub(db, ONE));
    const first = fitting(await told());
    expect(first.length).toBeGreaterThan(1);
    await recordGovernance(hub(db, ONE));
    expect(await told()).toEqual(first);
    const alert = {
      id: 'away',
      level: 'info' as const,
      title: 'Away',
      text: 'Back soon.',
      from: NOW,
      until: NOW + 1,
    };
    const next = { ...ONE, commit: commit(2), backends: ONE.backends.slice(1), alerts: [alert] };
    await recordGovernance(hub(db, next));
    const changes = fitting(await told()).slice(first.length);
    expect(changes.map(({ type, subject, body }) => `${String(body['event'])} ${type} ${subject}`)).toEqual([
      ...first
        .filter(({ subject }) => subject === 'backend:attainment')
        .map(() => 'ended key backend:attainment'),
      'given alert alert:away',
    ]);
    // A hub from before there were such entries tells all of them once it is replaced.
    await db.execute(sql`delete from settings where key = 'governance:told'`);
    await recordGovernance(hub(db, next));
    expect((await told()).length).toBeGreaterThan(first.length + changes.length);
    expect(versions(await entries(db))).toEqual([commit(1), commit(2)]);
  });

  test('the keys of the log are told once each, and when one is replaced', async () => {
    const { db } = await open();
    const at = { db, clock: { now: () => NOW } };
    const log = (...signers: Signer[]) => ({ origin: ORIGIN, signers });
    await recordLogKeys(at, undefined);
    await recordLogKeys(at, log(aSigner()));
    await recordLogKeys(at, log(aSigner()));
    await recordLogKeys(at, log(aSigner(), otherSigner()));
    await recordLogKeys(at, log(otherSigner()));
    const said = fitting(await entries(db, sql`type = 'key'`));
    expect(said.map(({ subject, body }) => [subject, body['event'], body['key']])).toEqual([
      [`log:${ORIGIN}`, 'given', aSigner().text],
      [`log:${ORIGIN}`, 'given', otherSigner().text],
      [`log:${ORIGIN}`, 'ended', aSigner().text],
    ]);
  });

  test('thousands of rights come in batches, and others have their turn in between', async () => {
    const { db, faults } = await open();
    let statements = 0;
    let turns = 0;
    let turning = true;
    const turn = (): void => {
      turns += 1;
      if (turning) setImmediate(turn);
    };
    faults.at = (statement) => {
      if (statement.includes('insert into ledger_leaves')) statements += 1;
      return false;
    };
    setImmediate(turn);
    await recordGovernance(hub(db, large(1000)));
    turning = false;
    faults.at = undefined;
    const [count] = await rowsOf<{ n: number }>(
      db,
      sql`select count(*)::int as n from ledger_leaves where type <> 'key'`,
    );
    expect(count?.n).toBeGreaterThan(2000);
    // The version's own, its keys, and batches of 250.
    expect(statements).toBe(2 + Math.ceil(((count?.n ?? 0) - 1) / 250));
    expect(turns).toBeGreaterThanOrEqual(statements - 2);
    await recordGovernance(hub(db, large(1000)));
    expect(await rowsOf(db, sql`select count(*)::int as n from ledger_leaves where type <> 'key'`)).toEqual([
      count,
    ]);
  });

  if (kind !== 'pglite') return;

  test('a hub that lags behind undoes nothing, nor one that cannot tell', async () => {
    const { db } = await open();
    await recordGovernance(hub(db, ONE));
    await recordGovernance(hub(db, TWO));
    const all = await entries(db);
    await recordGovernance(hub(db, ONE, () => Promise.resolve(true)));
    await recordGovernance(hub(db, ONE, () => Promise.reject(new Error('no network'))));
    // Recorded by another hub after this one looked.
    await recordGovernance(
      hub(db, ONE, () => Promise.resolve(true)),
      commit(1),
    );
    expect(await entries(db)).toEqual(all);
    // The branch itself went back: looked at with success after that version was recorded.
    await recordGovernance(
      hub(db, ONE, () => Promise.resolve(true)),
      await recordedVersion(db),
    );
    expect(versions(await entries(db))).toEqual([commit(1), commit(2), commit(1)]);
    expect((await entries(db)).at(-1)?.body).toMatchObject({ event: 'changed', reason: 'writes up' });
  });

  test('a log that knows a version but none of its rights is told them, without the version again', async () => {
    const { db } = await open();
    await recordGovernance(hub(db, ONE));
    const [, ...rights] = await entries(db);
    await db.execute(sql`delete from settings where key = 'governance:rights'`);
    await db.execute(sql`delete from ledger_leaves`);
    await recordGovernance(hub(db, ONE));
    expect(await entries(db)).toEqual(rights);
  });

  test('a right for more projects than an entry holds is written with their number and digest', async () => {
    const { db } = await open();
    const [team] = ONE.teams;
    const projects = Array.from({ length: 3000 }, (_, at) => `a-project-with-a-long-name-${at}`);
    const members = [{ ...team!.members[0]!, scope: { orgs: ['riverside-university'], projects } }];
    await recordGovernance(hub(db, { ...ONE, teams: [{ ...team!, members }] }));
    const said = fitting(await entries(db)).find(({ body }) => body['what'] === 'team');
    expect(said?.body['scope']).toEqual({ count: 3001, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  test('before a version is in force nothing is written', async () => {
    const { db } = await open();
    const none = hub(db, ONE);
    await recordGovernance({ ...none, governance: { ...none.governance, current: () => undefined } });
    expect(await recordedVersion(db)).toBeNull();
    expect(await entries(db)).toEqual([]);
  });
});
