/** Codelists as people see them, and as they build them; the forms alone, as without a script. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { hiddenFields, hubPages, LOGINS, type Browser, type HubPages } from '../members/world.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { PEOPLE } from '../support/governance.ts';
import { aRegistry, SYSTEM, V1, V2, withRegistry, type RegistryWorld } from './world.ts';

const ID = 'org/asthma/v1';
const HOME = '/codelists/build';

onOneDatabase((open) => {
  let database: TestDatabase;
  let hub: HubPages;
  let registry: RegistryWorld;
  beforeEach(async () => {
    database = await open();
    [hub, registry] = [await hubPages(database), await aRegistry(database)];
    hub.state.governance = withRegistry(hub.state.governance);
    await registry.take();
  });
  afterEach(async () => {
    const { faults } = hub.state;
    await hub.stop();
    await registry.stop();
    expect(faults).toEqual([]);
  });
  const read = async (path: string, browser: Browser = hub.browser()) => (await browser.get(path)).text;
  const rows = (html: string, name: string): string[] => {
    const found = new RegExp(`data-testid="${name}"[\\s\\S]*?</(?:table|ul)>`).exec(html)?.[0] ?? '';
    return [...found.matchAll(/<(?:tr|li)[^>]*>([\s\S]*?)<\/(?:tr|li)>/g)].map(([, inner]) =>
      (inner ?? '')
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
  };
  const begin = async (browser: Browser, changes: Record<string, string> = {}) =>
    browser.submit(HOME, HOME, {
      ...{ owner: `user/${LOGINS.lead}`, slug: 'chest', version: 'v1', name: 'Chest', system: 'chest' },
      ...{ description: '', source: '', ...changes },
    });
  const decide = (browser: Browser, page: string, fields: Record<string, string>) =>
    browser.submit(page, `${page}/decide`, { why: '', ...fields });

  test('what is published is found by words, system and owner', async () => {
    await registry.publish(ID, V1);
    await registry.publish('user/someone/heart/v1', V2, { meta: { name: 'Heart failure', description: '' } });
    const found = async (query: string) => rows(await read(`/codelists${query}`), 'codelists').length - 1;
    expect([
      await found(''),
      await found('?q=hea fail'),
      await found('?q=asthma'),
      await found('?q=none'),
    ]).toEqual([2, 1, 1, 0]);
    expect([await found('?system=chest'), await found('?system=other'), await found('?owner=org')]).toEqual([
      2, 0, 1,
    ]);
    expect(await found("?q=%27%3B--&before=9.'x")).toBe(0);
    for (const query of ['?q=%00', '?owner=%00', '?before=9.%00', '?q=%ff', `?q=${'a'.repeat(5000)}`])
      expect((await hub.browser().get(`/codelists${query}`)).status).toBe(200);
  });

  test('feeds and copies hold the same', async () => {
    await registry.publish(ID, V1, { meta: { name: '=SUM(A1), "x"' } });
    expect(await read('/codelists.atom')).toContain(`/codelist/${ID}</id>`);
    expect(JSON.parse(await read('/codelists.feed'))).toMatchObject({
      items: [{ title: `=SUM(A1), "x": ${ID}` }],
    });
    expect((await read('/codelists.csv')).split('\n')[1]).toContain(
      `org/asthma,"'=SUM(A1), ""x""",org,chest,${ID},2,1,`,
    );
    expect(JSON.parse(await read('/codelists.json'))).toMatchObject({
      codelists: [{ id: 'org/asthma', codes: 2 }],
    });
  });

  test('a version shows its codes, its hierarchy, who signed it and that it is outdated', async () => {
    await registry.publish(ID, V1);
    hub.clock.advance(1000);
    await registry.publish('org/asthma/v2', V2, { how: { now: hub.clock.now() } });
    const page = await read(`/codelist/${ID}/`);
    expect(rows(page, 'codes').slice(1)).toEqual(['A1 Asthma', 'A11 Childhood asthma']);
    expect(page).toContain('This version is outdated');
    expect(rows(page, 'versions')[1]).toMatch(/^v2 newest signed off by .* 2 2026-/);
    expect(rows(await read(`/codelist/${ID}?view=tree`), 'tree').length).toBeGreaterThan(0);
    expect(await read('/codelist/org/asthma/v2')).not.toContain('outdated:');
    expect((await hub.browser().get('/codelist/org/asthma')).location).toBe('/codelist/org/asthma/v2');
    expect(await read(`/codelist/${ID}?view=history`)).toContain('was not built on a page');
  });

  test('two versions are compared both ways', async () => {
    await registry.publish(ID, V1);
    await registry.publish('org/asthma/v2', V2);
    expect(rows(await read('/codelist/org/asthma/v2/diff/v1'), 'difference').slice(1)).toEqual([
      'added A12 Exercise asthma',
      'removed A11 Childhood asthma',
    ]);
    expect(await read(`/codelist/${ID}/diff/v2`)).toContain('From v2 to v1');
    for (const other of ['v9', '%00', 'v2%2fx'])
      expect([other, (await hub.browser().get(`/codelist/${ID}/diff/${other}`)).status]).toEqual([
        other,
        404,
      ]);
  });

  test.each([
    '/codelist/org/none/v1',
    '/codelist/org',
    '/codelist/..%2f..%2fetc/x/y',
    '/codelist/%00/a/b',
    '/codelist/a/diff/b',
  ])('%s is not found', async (path) => expect((await hub.browser().get(path)).status).toBe(404));

  test('a long list costs a page of it', async () => {
    const codes = Array.from({ length: 5000 }, (_, n) => `C${String(n).padStart(5, '0')},Code ${n}`);
    await registry.take('long', `code,term,parent\nC,Top,\n${codes.map((each) => `${each},C`).join('\n')}\n`);
    await registry.publish('org/long/v1', `code,term\nC,Top\n${codes.join('\n')}\n`, {
      meta: { coding_system: 'long' },
    });
    const page = await read('/codelist/org/long/v1');
    expect(rows(page, 'codes')).toHaveLength(201);
    expect(page).toContain('/codelist/org/long/v1?after=200');
    expect(rows(await read('/codelist/org/long/v1?after=4990'), 'codes')).toHaveLength(12);
    expect(rows(await read('/codelist/org/long/v1?view=tree'), 'tree')).toEqual(['C Top 5000 below']);
    expect(rows(await read('/codelist/org/long/v1?view=tree&under=C'), 'tree')).toHaveLength(200);
  });

  test('building takes somebody whom governance knows, and an owner that is theirs', async () => {
    expect((await hub.browser().get(HOME)).location).toBe(`/login?next=${encodeURIComponent(HOME)}`);
    // Whom governance does not know cannot sign in at all.
    expect((await (await hub.as('nobody')).get(HOME)).status).toBe(303);
    const lead = await hub.as('lead');
    expect((await begin(lead, { owner: `user/${LOGINS.checker}` })).status).toBe(400);
    for (const slug of ['../x', 'A', 'a/b', 'a..b', ''])
      expect((await begin(lead, { slug })).status).toBe(400);
    for (const version of ['..', 'v1/../..', 'V']) expect((await begin(lead, { version })).status).toBe(400);
    expect((await begin(lead, { system: 'none' })).status).toBe(400);
    expect((await begin(lead, { name: '' })).status).toBe(400);
    await registry.publish(`user/${LOGINS.lead}/chest/v1`, V1);
    expect((await begin(lead)).text).toContain('is published already');
    expect((await begin(lead, { version: 'v2' })).location).toMatch(/^\/codelists\/build\/[a-z0-9]{16}$/);
  });

  test('codes are searched, included with all below, excluded again, each with who, when and why', async () => {
    const lead = await hub.as('lead');
    const page = (await begin(lead)).location;
    expect(rows(await read(`${page}?q=asth`, lead), 'choices').slice(1)).toHaveLength(3);
    expect(rows(await read(`${page}?q=A1`, lead), 'choices')[1]).toMatch(/^A1 Asthma/);
    for (const query of ['?q=%00', '?under=%00', '?after=%00', '?from=%00', '?q=%26%7C%21%28', '?under=none'])
      expect((await lead.get(`${page}${query}`)).status).toBe(200);
    await decide(lead, page, { include: 'A', below: 'yes', why: 'The chest' });
    await decide(lead, page, { exclude: 'A12', why: 'Not this <b>one</b>' });
    const built = await read(page, lead);
    expect(rows(built, 'members')).toEqual(['A Chest', 'A1 Asthma', 'A11 Childhood asthma', 'A2 Wheeze']);
    expect(built).toContain('Not this &lt;b>one&lt;/b>');
    expect(rows(built, 'decisions')[0]).toMatch(/^Excluded A12 Exercise asthma: Not this/);
    expect(rows(built, 'decisions')[0]).toContain(LOGINS.lead);
    const [undo] = [...built.matchAll(/name="decision" value="(\d+)"/g)].map(([, id]) => id ?? '');
    await lead.submit(page, `${page}/undo`, { decision: undo ?? '' });
    const after = await read(page, lead);
    expect(rows(after, 'members')).toContain('A12 Exercise asthma');
    expect(after).toContain('taken back');
  });

  test('two tabs add to the same list: nothing that one does is lost to the other', async () => {
    const lead = await hub.as('lead');
    const page = (await begin(lead)).location;
    const token = hiddenFields(await read(page, lead), `${page}/decide`);
    const codes = ['A', 'A1', 'A11', 'A12', 'A2', 'B', 'B1'];
    await Promise.all(codes.map((include) => lead.post(`${page}/decide`, { ...token, include, why: '' })));
    expect(rows(await read(page, lead), 'members')).toHaveLength(codes.length);
  });

  test('nobody sees, changes or saves the draft of another', async () => {
    const [lead, checker] = [await hub.as('lead'), await hub.as('checker')];
    const page = (await begin(lead)).location;
    expect((await checker.get(page)).status).toBe(404);
    const { _token = '' } = hiddenFields(await read(HOME, checker), HOME);
    for (const [path, fields] of [
      ['decide', { include: 'A', why: '' }],
      ['undo', { decision: '1' }],
      ['save', { why: '' }],
    ] as const)
      expect((await checker.post(`${page}/${path}`, { _token, ...fields })).status).toBe(400);
    expect(rows(await read(page, lead), 'members')).toEqual([]);
  });

  test('a form of another site, a code that is none, and a reason that is a book are refused', async () => {
    const lead = await hub.as('lead');
    const page = (await begin(lead)).location;
    const token = hiddenFields(await read(page, lead), `${page}/decide`);
    expect((await lead.post(`${page}/decide`, { include: 'A', why: '' })).status).toBe(403);
    expect(
      (await lead.post(`${page}/decide`, { ...token, include: 'A' }, { origin: 'https://evil.example' }))
        .status,
    ).toBe(403);
    expect((await decide(lead, page, { include: 'ZZ' })).status).toBe(400);
    expect((await decide(lead, page, {})).status).toBe(400);
    expect((await decide(lead, page, { include: 'A', why: 'x'.repeat(1001) })).status).toBe(400);
    expect((await decide(lead, page, { include: 'A', back: 'https://evil.example/' })).location).toBe(page);
  });

  test('saved, it is asked of the steward with the person, the codes and the decisions; once is enough', async () => {
    const lead = await hub.as('lead');
    const page = (await begin(lead)).location;
    expect((await lead.submit(page, `${page}/save`, { why: '' })).text).toContain('holds no code');
    await decide(lead, page, { include: 'A1', below: 'yes', why: 'Asthma' });
    expect((await lead.submit(page, `${page}/save`, { why: 'For a study' })).status).toBe(303);
    const [task] = await registry.tasks();
    expect(task).toMatchObject({
      do: 'codelist-pull',
      payload: {
        line: `user/${LOGINS.lead}/chest/v1`,
        askedBy: { id: PEOPLE.lead, login: LOGINS.lead },
        csv: 'code,term\nA1,Asthma\nA11,Childhood asthma\nA12,Exercise asthma\n',
        why: 'For a study',
      },
    });
    expect(JSON.parse(String(task?.payload['history']))).toMatchObject({
      system: 'chest',
      decisions: [{ code: 'A1', what: 'include', descendants: true, why: 'Asthma', by: PEOPLE.lead }],
    });
    expect(await read(page, lead)).toContain('being saved as a pull request');
  });

  test('the next version begins with what the last one holds', async () => {
    await registry.publish(`user/${LOGINS.lead}/chest/v1`, V1);
    const lead = await hub.as('lead');
    const from = `${HOME}?since=${encodeURIComponent(`user/${LOGINS.lead}/chest/v1`)}`;
    const fields = hiddenFields(await read(from, lead), HOME);
    const made = await lead.post(HOME, {
      ...fields,
      ...{ owner: `user/${LOGINS.lead}`, slug: 'chest', version: 'v2', name: 'Chest', system: 'chest' },
    });
    expect(rows(await read(made.location, lead), 'members')).toEqual(['A1 Asthma', 'A11 Childhood asthma']);
  });

  test('a system of a hundred thousand codes is searched and included from by index', async () => {
    const codes = Array.from(
      { length: 100_000 },
      (_, n) => `C${n},Term number${n} of thing${n % 100},${n === 0 ? '' : `C${Math.floor((n - 1) / 10)}`}`,
    );
    await registry.take('huge', `code,term,parent\n${codes.join('\n')}\n`);
    await database.db.execute(sql`analyze codelist_codes, codelist_edges`);
    const lead = await hub.as('lead');
    const page = (await begin(lead, { system: 'huge' })).location;
    const plan = await rowsOf<{ 'QUERY PLAN': string }>(
      database.db,
      sql`
        explain select code from codelist_codes
        where system = 'huge' and to_tsvector('simple', term) @@ to_tsquery('simple', 'number777:*') limit 100`,
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('codelist_codes_words');
    expect(rows(await read(`${page}?q=number777`, lead), 'choices').length).toBeGreaterThan(10);
    await decide(lead, page, { include: 'C1', below: 'yes' });
    const built = await read(page, lead);
    expect(rows(built, 'members')).toHaveLength(200);
    expect(built).toContain('Further codes of the list');
  });

  test('a system that has faults stays as it was; the same one is not read twice', async () => {
    expect(await registry.take()).toBe('unchanged');
    expect(await registry.take('chest', `${SYSTEM}A1,again,\n`)).toBe('faulty');
    expect(await registry.take('chest', `${SYSTEM}A3,Cough,A\n`)).toBe('taken');
    const [count] = await rowsOf<{ codes: number }>(database.db, sql`select codes from codelist_systems`);
    expect(count).toEqual({ codes: 8 });
  });
});
