/** Signing in with GitHub, and everything that somebody could try instead. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { hours, minutes } from '../../src/lib/clock.ts';
import { forgetEnded } from '../../src/members/members.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { aGovernance, edited, PEOPLE } from '../support/governance.ts';
import { hubPages, type HubPages } from './world.ts';

onOneDatabase((open) => {
  let database: TestDatabase;
  let hub: HubPages;
  beforeEach(async () => {
    database = await open();
    hub = await hubPages(database);
  });
  afterEach(async () => {
    expect(hub.state.faults).toEqual([]);
    await hub.stop();
  });
  const COOKIE = 'sallyport-hub';

  test('whoever governance knows signs in with GitHub and goes on to where they wanted', async () => {
    const browser = hub.browser();
    expect((await browser.get('/account?x=1')).location).toBe('/login?next=%2Faccount%3Fx%3D1');
    const page = await browser.get('/login?next=%2Faccount%3Fx%3D1');
    expect(page.text).toContain('Sign in with GitHub');

    const back = await browser.signIn('lead', '/account?x=1');

    expect([back.status, back.location]).toEqual([303, '/account?x=1']);
    expect((await browser.get('/releases')).text).toContain('Rowan Example');
    expect(await hub.log()).toMatchObject([{ what: 'LOGIN', person: PEOPLE.lead }]);
  });

  test('GitHub is asked with a state, an S256 challenge and the one registered address', async () => {
    const begun = await hub.browser().post('/login', { next: '/' });
    const url = new URL(begun.location);

    expect(url.origin + url.pathname).toBe(`${hub.sandbox.url}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: hub.sandbox.apps['sallyport']?.clientId,
      redirect_uri: `${hub.origin}/login/callback`,
      state: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  test('no token is kept: GitHub knows none any more, database and log hold neither it nor the secret of a cookie', async () => {
    const browser = await hub.as('lead');
    const secret = browser.cookies.get(COOKIE) ?? '';

    const kinds = [...hub.sandbox.state.data.tokens.values()].map(({ kind }) => kind);
    expect(kinds).not.toContain('user');
    const rows = JSON.stringify([
      await rowsOf(database.db, sql`select * from member_sessions`),
      await rowsOf(database.db, sql`select * from member_log`),
    ]);
    const everything = rows + hub.logs.join('');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(everything).not.toContain(secret);
    expect(everything).not.toMatch(/gh[ur]_/);
    expect(everything).not.toContain(hub.deps.github?.clientSecret);
    expect(rows).toContain(createHash('sha256').update(secret).digest('hex'));
  });

  test('a token that GitHub does not end in time lets the person in all the same, and is told in the log', async () => {
    hub.deps.github = { ...hub.deps.github!, places: { ...hub.deps.github!.places } };
    hub.sandbox.state.oauth.endToken = () => 'not_found';

    const back = await hub.browser().signIn('lead');

    expect(back.status).toBe(303);
    expect(hub.logs.join('')).toContain('members.token-kept');
  });

  test.each([
    ['the browser never asked', async (mine: string, _other: string) => ({ path: mine, withCookie: false })],
    [
      'the state is of another browser',
      async (_mine: string, other: string) => ({ path: other, withCookie: true }),
    ],
    [
      'the state was changed',
      async (mine: string) => ({
        path: mine.replace(/state=(.)/, (_all, first) => `state=${first === 'A' ? 'B' : 'A'}`),
        withCookie: true,
      }),
    ],
    [
      'there is no state',
      async (mine: string) => ({ path: mine.replace(/&?state=[^&]*/, ''), withCookie: true }),
    ],
    ['the state stands twice', async (mine: string) => ({ path: `${mine}&state=x`, withCookie: true })],
  ])('nobody is signed in when %s', async (_case, forge) => {
    const [victim, attacker] = [hub.browser(), hub.browser()];
    const own = await victim.post('/login', { next: '/' });
    const foreign = await attacker.post('/login', { next: '/' });
    const { path, withCookie } = await forge(
      victim.agree('lead', own.location),
      attacker.agree('stranger', foreign.location),
    );
    const browser = withCookie ? victim : hub.browser();

    const back = await browser.get(path);

    expect([back.status, browser.cookies.has(COOKIE)]).toEqual([403, false]);
    expect(back.text).toContain('members.state');
    expect((await hub.log()).at(-1)).toMatchObject({ what: 'LOGIN_FAILED', code: 'members.state' });
  });

  test('an answer of GitHub is taken once, and within ten minutes', async () => {
    const browser = hub.browser();
    const path = browser.agree('lead', (await browser.post('/login', { next: '/' })).location);
    const attempt = browser.cookies.get(`${COOKIE}-sign-in`) ?? '';
    expect((await browser.get(path)).status).toBe(303);

    const replay = hub.browser();
    replay.cookies.set(`${COOKIE}-sign-in`, attempt);
    expect((await replay.get(path)).text).toContain('members.state');

    const late = hub.browser();
    const slow = late.agree('lead', (await late.post('/login', { next: '/' })).location);
    hub.clock.advance(minutes(10));
    expect((await late.get(slow)).text).toContain('members.state');
  });

  test('a code that another browser brought in is worth nothing here: the proof does not fit', async () => {
    const [attacker, victim] = [hub.browser(), hub.browser()];
    const stolen = attacker.agree('stranger', (await attacker.post('/login', { next: '/' })).location);
    const own = new URL((await victim.post('/login', { next: '/' })).location).searchParams.get('state');
    const code = new URL(stolen, hub.origin).searchParams.get('code');

    const back = await victim.get(`/login/callback?code=${code}&state=${own}`);

    expect([back.status, victim.cookies.has(COOKIE)]).toEqual([403, false]);
    expect(back.text).toContain('members.github-refused');
  });

  test('a session that was planted before signing in is not the session afterwards, and ends', async () => {
    const attacker = await hub.as('stranger');
    const planted = attacker.cookies.get(COOKIE) ?? '';
    const victim = hub.browser();
    victim.cookies.set(COOKIE, planted);

    await victim.signIn('lead');

    expect(victim.cookies.get(COOKIE)).not.toBe(planted);
    expect((await attacker.get('/account')).location).toMatch(/^\/login/);
    expect((await victim.get('/account')).text).toContain('Rowan Example');
  });

  test('made-up cookies are nobody, also when one stands beside the right one', async () => {
    const browser = await hub.as('lead');
    const secret = browser.cookies.get(COOKIE) ?? '';
    const asking = async (cookie: string) => (await hub.browser().get('/account', { cookie })).status;

    expect([
      await asking(`${COOKIE}=${secret}`),
      await asking(`${COOKIE}=${secret}x`),
      await asking(`${COOKIE}=`),
      await asking(`${COOKIE}=${'a'.repeat(5000)}`),
      await asking(`${COOKIE}=${secret}; ${COOKIE}=other`),
      await asking(`x${COOKIE}=${secret}`),
    ]).toEqual([200, 303, 303, 303, 303, 303]);
  });

  test('cookies are out of reach for scripts and foreign forms', async () => {
    const browser = hub.browser();
    const begun = await browser.post('/login', { next: '/' });
    const back = await browser.get(browser.agree('lead', begun.location));

    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^sallyport-hub-sign-in=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
      ),
    ]);
    expect(back.headers.getSetCookie()).toEqual([
      'sallyport-hub-sign-in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
      expect.stringMatching(/^sallyport-hub=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test('whom governance does not know, or no longer, is told so and gets no session', async () => {
    const browser = hub.browser();
    const unknown = await browser.signIn('nobody');
    expect([unknown.status, browser.cookies.has(COOKIE)]).toEqual([403, false]);
    expect(unknown.text).toContain('val-example');
    expect(unknown.text).toContain('members.unknown-person');

    hub.state.governance = undefined;
    expect((await hub.browser().signIn('lead')).text).toContain('members.no-governance');
  });

  test('a session ends with the rights: the very next look finds nobody, for good', async () => {
    const browser = await hub.as('stranger');
    const last = 'Lee Example, until: ';
    const ended = edited({ 'people.yml': [`${last}2027-08-31`, `${last}2026-09-30`] });
    hub.state.governance = aGovernance(ended);
    expect((await browser.get('/account')).location).toBe('/login?next=%2Faccount');

    hub.state.governance = aGovernance();
    expect((await browser.get('/account')).status).toBe(303);
  });

  test('while no governance is in force nobody is let in, and sessions outlast it', async () => {
    const browser = await hub.as('lead');
    const before = hub.state.governance;
    hub.state.governance = undefined;
    expect((await browser.get('/account')).status).toBe(303);
    hub.state.governance = before;
    expect((await browser.get('/account')).status).toBe(200);
  });

  test('a session ends an hour after its last use and twelve hours after its start', async () => {
    const [idle, busy] = [await hub.as('lead'), await hub.as('collaborator')];
    hub.clock.advance(minutes(59));
    expect((await busy.get('/account')).status).toBe(200);
    hub.clock.advance(minutes(1));
    expect((await idle.get('/account')).status).toBe(303);
    for (let n = 0; n < 21; n += 1) {
      hub.clock.advance(minutes(30));
      expect((await busy.get('/account')).status).toBe(200);
    }
    hub.clock.advance(minutes(30));
    expect((await busy.get('/account')).status).toBe(303);

    await hub.browser().post('/login', { next: '/' });
    hub.clock.advance(hours(1));
    await forgetEnded(hub.deps);
    const left = await rowsOf(
      database.db,
      sql`select secret from member_sessions union all select state from member_attempts`,
    );
    expect(left).toEqual([]);
  });

  test('signing out ends the session on both sides', async () => {
    const browser = await hub.as('lead');
    const secret = browser.cookies.get(COOKIE) ?? '';
    expect((await browser.submit('/account', '/logout')).location).toBe('/');

    expect(browser.cookies.has(COOKIE)).toBe(false);
    browser.cookies.set(COOKIE, secret);
    expect((await browser.get('/account')).status).toBe(303);
    expect((await hub.log()).map(({ what }) => what)).toEqual(['LOGIN', 'LOGOUT']);
  });

  test.each([
    'https://evil.example.org/',
    '//evil.example.org/',
    '/\\evil.example.org/',
    '/\t/evil.example.org/',
    '/.//evil.example.org/',
    '/x/..//evil.example.org',
    'javascript:alert(1)',
    'releases',
    '/login?next=/login',
    '/logout',
    `/${'x'.repeat(600)}`,
  ])('after signing in nobody is led to %j', async (next) => {
    const browser = hub.browser();
    expect((await browser.signIn('lead', next)).location).toBe('/');
    expect((await browser.get(`/login?next=${encodeURIComponent(next)}`)).location).toBe('/');
  });

  test('saying no to GitHub, and GitHub being away, is told without blame', async () => {
    const no = hub.browser();
    const state = new URL((await no.post('/login', { next: '/' })).location).searchParams.get('state');
    expect((await no.get(`/login/callback?error=access_denied&state=${state}`)).text).toContain(
      'members.denied',
    );

    const away = hub.browser();
    const path = away.agree('lead', (await away.post('/login', { next: '/' })).location);
    await hub.sandbox.stop();
    expect((await away.get(path)).text).toContain('members.github-away');
  });

  test('a preview of the link that GitHub sends back to does not use it up', async () => {
    const browser = hub.browser();
    const path = browser.agree('lead', (await browser.post('/login', { next: '/' })).location);
    expect((await browser.get(path, {}, 'HEAD')).status).toBe(204);
    expect((await browser.get(path)).status).toBe(303);
  });

  test('sign-ins are not begun without end from one address, whatever address a header claims', async () => {
    const browser = hub.browser();
    const statuses = new Set<number>();
    for (let n = 0; n < 125; n += 1) {
      const claimed = { 'x-forwarded-for': `10.0.0.${n}`, forwarded: `for=10.0.0.${n}` };
      statuses.add((await browser.post('/login', { next: '/' }, claimed)).status);
    }
    expect([...statuses]).toEqual([303, 429]);
    expect((await browser.get('/')).status).toBe(200);
  });
});
