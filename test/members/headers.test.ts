/** What every page says to the browser, and which requests a page of ours did not make. */
import { afterEach, expect, test } from '@jest/globals';
import { onOneDatabase } from '../support/database.ts';
import { hubPages, type HubPages } from './world.ts';

onOneDatabase((open) => {
  let hub: HubPages;
  const opened = async (options?: Parameters<typeof hubPages>[1]): Promise<HubPages> =>
    (hub = await hubPages(await open(), options));
  afterEach(async () => {
    expect(hub.state.faults).toEqual([]);
    await hub.stop();
  });

  test('pages run nothing, load nothing from elsewhere, stand in no frame and are kept nowhere', async () => {
    await opened();
    const member = await hub.as('lead');
    const release = hub.outputs.release({ 'a.csv': 'a\n1\n' });
    const paths = ['/', '/releases', `/releases/${release.id}`, `/releases/${release.id}/files/1`];
    for (const path of [...paths, '/figures', '/account', '/airlock-login', '/releases/none']) {
      const { headers, text } = await member.get(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none';style-src 'self';img-src 'self' data:;form-action 'self';frame-ancestors 'none';base-uri 'none'",
      );
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
        'private, no-store',
        'nosniff',
      ]);
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(text).not.toMatch(/<script|<style| style=| on[a-z]+=|javascript:/);
    }
  });

  test('figures are for everybody, and for programs too: nothing is said of fewer than ten decisions', async () => {
    await opened();
    const asked = async () => JSON.parse((await hub.browser().get('/figures.json')).text) as unknown;
    const span = { since: '2025-10-01', until: '2026-10-01', fewest: 10 };
    Object.assign(hub.outputs.figures, { decided: 9 });
    expect(await asked()).toEqual({ ...span, decisions: null, workingDays: { median: null, p90: null } });
    Object.assign(hub.outputs.figures, { decided: 10, median: 2, p90: 6 });
    expect(await asked()).toEqual({ ...span, decisions: 10, workingDays: { median: 2, p90: 6 } });
  });

  test('only the sign-in page may lead a form to GitHub', async () => {
    await opened();
    const { headers } = await hub.browser().get('/login');
    expect(headers.get('content-security-policy')).toContain(`form-action 'self' ${hub.sandbox.url};`);
  });

  test('under https cookies belong to this host alone, and browsers are held to https', async () => {
    await opened({ origin: 'https://hub.example.edu' });
    const headers = { origin: 'https://hub.example.edu' };
    const begun = await hub.browser().post('/login', { next: '/' }, headers);

    expect(begun.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-sallyport-hub-sign-in=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/,
      ),
    ]);
    expect(new URL(begun.location).searchParams.get('redirect_uri')).toBe(
      'https://hub.example.edu/login/callback',
    );
    expect((await hub.browser().get('/')).headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  test('a session cookie without its prefix is nobody under https', async () => {
    await opened({ origin: 'https://hub.example.edu' });
    const cookie = `sallyport-hub=${'a'.repeat(43)}`;
    expect((await hub.browser().get('/account', { cookie })).status).toBe(303);
  });

  test('plain http on loopback does not promise https', async () => {
    await opened();
    expect((await hub.browser().get('/')).headers.get('strict-transport-security')).toBeNull();
  });

  test.each<[string, Record<string, string | undefined>]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.org' }],
    ['another site that hides its name', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
    ['an old browser at another site', { 'sec-fetch-site': undefined, origin: 'https://evil.example.org' }],
    ['somebody who says nothing', { 'sec-fetch-site': undefined, origin: undefined }],
  ])('a form of %s changes nothing, even with the right token', async (_who, headers) => {
    await opened();
    const member = await hub.as('lead');
    const { text } = await member.get('/account');
    const token = /name="_token" value="([^"]+)"/.exec(text)?.[1] ?? '';

    const answer = await member.post('/logout', { _token: token }, headers);
    const begun = await hub.browser().post('/login', { next: '/' }, headers);

    expect([answer.status, begun.status]).toEqual([403, 403]);
    expect(answer.text).toContain('members.form');
    expect((await member.get('/account')).status).toBe(200);
    expect((await hub.log()).at(-1)).toMatchObject({ what: 'ACCESS_DENIED', code: 'members.form' });
  });

  test("a form without the session's own token changes nothing", async () => {
    await opened();
    const [member, other] = [await hub.as('lead'), await hub.as('collaborator')];
    const foreign = /name="_token" value="([^"]+)"/.exec((await other.get('/account')).text)?.[1] ?? '';
    expect(foreign).toMatch(/^[0-9a-f]{64}$/);

    for (const fields of [{}, { _token: '' }, { _token: 'x' }, { _token: foreign }])
      for (const path of ['/logout', '/account/end', '/airlock-login'])
        expect((await member.post(path, fields as Record<string, string>)).status).toBe(403);
    expect((await member.get('/account')).status).toBe(200);
  });

  test('pictures, scripts and frames of other sites get nothing; links from there do', async () => {
    await opened();
    const member = await hub.as('lead');
    const as = async (mode: string, dest: string, site = 'cross-site') =>
      (
        await member.get('/releases', {
          'sec-fetch-site': site,
          'sec-fetch-mode': mode,
          'sec-fetch-dest': dest,
        })
      ).status;
    expect([
      await as('navigate', 'document'),
      await as('navigate', 'iframe'),
      await as('no-cors', 'image'),
      await as('no-cors', 'script', 'same-site'),
      await as('navigate', 'document', 'none'),
    ]).toEqual([200, 403, 403, 403, 200]);
  });

  test('a form that is too large or broken is refused, not a fault', async () => {
    await opened();
    const member = await hub.as('lead');
    expect((await member.post('/account/end', { x: 'y'.repeat(20_000) })).status).toBe(413);
  });

  test('fields named like parts of objects are nothing special', async () => {
    await opened();
    const member = await hub.as('lead');
    expect((await member.get('/airlock-login?__proto__=1&constructor=2&number[a]=1')).status).toBe(200);
    expect((await member.post('/logout', { __proto__: 'x', toString: 'y' } as never)).status).toBe(403);
  });

  test('without a client secret the pages say what the operator must set, and nobody is signed in', async () => {
    await opened({ signIn: false });
    const browser = hub.browser();
    expect((await browser.get('/login')).text).toContain('members.not-set-up');
    const begun = await browser.post('/login', { next: '/' });
    expect([begun.status, browser.cookies.size]).toEqual([503, 0]);
    expect((await browser.get('/login/callback?code=x&state=y')).text).toContain('members.not-set-up');
  });

  test('the doors of machines are not pages', async () => {
    await opened();
    for (const path of ['/webhooks', '/zone/v1/x', '/operator/x', '/healthz']) {
      const { status, headers } = await hub.browser().get(path);
      expect([status, headers.get('content-security-policy')]).toEqual([404, null]);
    }
  });

  test('the style sheet is kept for ever under the name of its content, and no other file is served', async () => {
    await opened();
    const href = /href="(\/assets\/[^"]+)"/.exec((await hub.browser().get('/')).text)?.[1] ?? '';
    const sheet = await hub.browser().get(href);
    expect([sheet.status, sheet.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    for (const path of ['/assets/other.css', '/assets/..%2f..%2fpackage.json'])
      expect((await hub.browser().get(path)).status).toBe(404);
  });
});
