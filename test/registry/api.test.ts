/** What programs ask of the registry, attacked as strangers would. */
import { request as ask } from 'node:http';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { keepPull } from '../../src/registry/registry.ts';
import { faultOfKind, type LedgerEntry } from '../../src/ledger/ledger.ts';
import { onBothDatabases, type TestDatabase } from '../support/database.ts';
import { aRegistry, V1, V2, type RegistryWorld } from './world.ts';

const ID = 'org/asthma/v1';
const sha1 = (text: string): string => createHash('sha1').update(text.replace(/\n$/, '')).digest('hex');

onBothDatabases((open) => {
  let database: TestDatabase;
  let world: RegistryWorld;
  beforeEach(async () => {
    database = await open();
    world = await aRegistry(database);
  });
  afterEach(() => world.stop());

  const check = async (fields: Record<string, string> | string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${world.origin}/api/v1/check/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: typeof fields === 'string' ? fields : new URLSearchParams(fields).toString(),
    });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  const manifest = (...entries: [id: string, sha: string][]): string =>
    JSON.stringify({
      files: Object.fromEntries(
        entries.map(([id, sha], n) => [`${n}.csv`, { id, url: 'x', downloaded_at: 'x', sha }]),
      ),
    });
  /** As it is written on the wire: fetch would put a path in order first. */
  const raw = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(world.origin);
      const sent = ask({ port, host: '127.0.0.1', path, method: 'GET' }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.on('error', reject);
      sent.end();
    });

  test('a published version is served as its bytes are, for good, to whoever asks', async () => {
    await world.publish(ID, V1);
    const answer = await fetch(`${world.origin}/codelist/${ID}/download.csv`);
    expect([answer.status, await answer.text()]).toEqual([200, V1]);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="org-asthma.csv"');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const again = await fetch(`${world.origin}/codelist/${ID}/download.csv`, {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('what is published stays as it is: publishing other bytes under its name does nothing', async () => {
    expect(await world.publish(ID, V1)).toBe(true);
    expect(await world.publish(ID, V2)).toBe(false);
    expect(await (await fetch(`${world.origin}/codelist/${ID}/download.csv`)).text()).toBe(V1);
    expect(await world.entries()).toHaveLength(1);
  });

  test('publishing is one leaf of the public log and one tag to be made', async () => {
    await world.publish(ID, V1);
    const [leaf] = await world.entries();
    const entry = JSON.parse(leaf?.entry ?? '') as LedgerEntry;
    expect(faultOfKind(entry)).toBeUndefined();
    expect(entry).toMatchObject({
      subject: `codelist:${ID}`,
      body: { event: 'codelist-published', codes: 2 },
    });
    expect(await world.tasks()).toMatchObject([{ do: 'codelist-tag', payload: { line: ID, pull: 1 } }]);
  });

  test('the database itself refuses a version that fewer than two people signed', async () => {
    await expect(world.publish(ID, V1, { how: { signers: [1] } })).rejects.toThrow();
    expect(await world.entries()).toEqual([]);
  });

  test.each([
    sql`update codelist_versions set content = 'code\nX\n'`,
    sql`update codelist_versions set sha256 = 'x', signers = '[1, 2]'::jsonb`,
    sql`delete from codelist_versions`,
    sql`update codelist_entries set code = 'X'`,
    sql`delete from codelist_hashes`,
  ])('the database itself refuses to change what is published', async (change) => {
    await world.publish(ID, V1);
    await expect(database.db.execute(change)).rejects.toThrow();
    await database.db.execute(sql`update codelist_versions set tagged_at = 1`);
    expect(await (await fetch(`${world.origin}/codelist/${ID}/download.csv`)).text()).toBe(V1);
  });

  test('drafts and what is under review are refused, and said to be so', async () => {
    await keepPull(
      database.db,
      {
        ...{ number: 7, head: 'a'.repeat(40), state: 'open', title: 'New', author: { id: 1, login: 'x' } },
        ...{ versions: ['org/asthma/v2'], faults: 0, signers: [], said: null },
      },
      1,
    );
    const answer = await fetch(`${world.origin}/codelist/org/asthma/v2/download.csv`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
    expect(await answer.text()).toBe(
      '"org/asthma/v2" is not published. Use a published version, or wait for its two sign-offs.\n',
    );
  });

  test.each([
    '/codelist/org/asthma/v9/download.csv',
    '/codelist/org/asthma/download.csv',
    '/codelist/../../etc/passwd/download.csv',
    '/codelist/org/../org/asthma/v1/download.csv',
    '/codelist/org%2Fasthma%2Fv1/x/download.csv',
    '/codelist/org//asthma/v1/download.csv',
    '/codelist/org/asthma/v1%00/download.csv',
    "/codelist/org/asthma/v1';--/download.csv",
    `/codelist/${'a/'.repeat(500)}download.csv`,
  ])('%s is no version', async (path) => {
    await world.publish(ID, V1);
    expect(await raw(path)).toBe(404);
  });

  test('a study with the published bytes is answered ok', async () => {
    await world.publish(ID, V1);
    await world.publish('user/someone/heart/v1', V2);
    expect(
      await check({
        codelists: `# lists\n${ID}\nuser/someone/heart/v1/\n`,
        manifest: manifest([ID, sha1(V1)], ['user/someone/heart/v1', sha1(V2)]),
      }),
    ).toEqual({ status: 200, body: { status: 'ok' } });
  });

  test('what was added, removed and changed is told, with 200', async () => {
    await world.publish(ID, V1);
    await world.publish('org/heart/v1', V2);
    expect(
      await check({
        codelists: `${ID}\norg/heart/v1`,
        manifest: manifest([ID, 'f'.repeat(40)], ['org/gone/v1', 'x']),
      }),
    ).toEqual({
      status: 200,
      body: { status: 'error', data: { added: ['org/heart/v1'], removed: ['org/gone/v1'], changed: [ID] } },
    });
  });

  test('a list may have several accepted hashes', async () => {
    const other = 'e'.repeat(40);
    await world.publish(ID, V1, { meta: { accepted: { v1: [other], v2: ['d'.repeat(40)] } } });
    const with_ = (sha: string) => check({ codelists: ID, manifest: manifest([ID, sha]) });
    expect((await with_(other)).body).toEqual({ status: 'ok' });
    expect((await with_('d'.repeat(40))).body).toMatchObject({ status: 'error' });
  });

  test('an older version is still right here: it is what it was', async () => {
    await world.publish(ID, V1);
    await world.publish('org/asthma/v2', V2);
    expect((await check({ codelists: ID, manifest: manifest([ID, sha1(V1)]) })).body).toEqual({
      status: 'ok',
    });
  });

  test('an unknown list is an error in words', async () => {
    expect(await check({ codelists: 'org/none/v1', manifest: '{"files":{}}' })).toEqual({
      status: 200,
      body: { status: 'error', data: { error: 'The registry has no published codelist "org/none/v1".' } },
    });
  });

  test.each<[string, Record<string, string> | string, Record<string, string>]>([
    ['nothing', {}, {}],
    ['one field', { codelists: ID }, {}],
    ['a field twice', `codelists=a&codelists=b&manifest={}`, {}],
    ['a line that is none', { codelists: '../x', manifest: '{"files":{}}' }, {}],
    ['a manifest that is none', { codelists: ID, manifest: 'files' }, {}],
    ['JSON instead of a form', '{"codelists":"","manifest":""}', { 'content-type': 'application/json' }],
    ['three megabytes', { codelists: '#'.repeat(3_000_000), manifest: '{"files":{}}' }, {}],
    [
      'a charset nobody reads',
      { codelists: '', manifest: '' },
      { 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' },
    ],
  ])('%s is a bad request', async (_case, fields, headers) => {
    const { status, body } = await check(fields, headers);
    expect([status, body]).toMatchObject([400, { status: 'error', data: { error: expect.any(String) } }]);
  });

  test('it is asked by POST alone', async () => {
    const answer = await fetch(`${world.origin}/api/v1/check/`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('a deployment without a registry says so', async () => {
    const { governance } = world.state;
    world.state.governance = governance && {
      ...governance,
      deployment: { ...governance.deployment, github: { ...governance.deployment.github, repos: {} } },
    };
    expect((await check({ codelists: '', manifest: '{"files":{}}' })).status).toBe(404);
  });

  test('whoever asks too often waits', async () => {
    const answers = await Promise.all(
      Array.from({ length: 310 }, () => fetch(`${world.origin}/codelist/org/none/v1/download.csv`)),
    );
    expect(answers.map(({ status }) => status)).toContain(429);
  });

  test('codes of a version are kept by their place, and its bytes are those of the hash', async () => {
    await world.publish(ID, V1);
    const { rows } = (await database.db.execute(
      sql`select n, code from codelist_entries where version = ${ID} order by n`,
    )) as unknown as { rows: unknown[] };
    expect(rows).toEqual([
      { n: 1, code: 'A1' },
      { n: 2, code: 'A11' },
    ]);
  });
});
