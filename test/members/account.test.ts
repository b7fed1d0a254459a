/** A person's own sessions and what was done in their name. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newBrowsers } from '../../src/db/schema/outputs.ts';
import { minutes } from '../../src/lib/clock.ts';
import { browserName } from '../../src/members/sessions.ts';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { AT, PEOPLE } from '../support/governance.ts';
import { hiddenFields, hubPages, type Browser, type HubPages } from './world.ts';

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
  const sessionIds = (text: string): string[] =>
    [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id ?? '');
  const isIn = async (browser: Browser): Promise<boolean> => (await browser.get('/account')).status === 200;

  test('one session is ended from another browser, or all others at once', async () => {
    const [first, second, third] = [await hub.as('lead'), await hub.as('lead'), await hub.as('lead')];
    const page = (await first.get('/account')).text;
    expect(page.match(/<td>Firefox on Linux/g)).toHaveLength(3);
    expect(page.match(/this one/g)).toHaveLength(1);
    const { _token = '' } = hiddenFields(page, '/account/end');
    const others = sessionIds((await second.get('/account')).text);
    const own = /value="([^"]+)"\/><button class="btn btn-sm btn-danger"/.exec(page)?.[1] ?? '';
    expect(others).toContain(own);

    await first.post('/account/end', { _token });

    expect([await isIn(first), await isIn(second), await isIn(third)]).toEqual([true, false, false]);
  });

  test('ending the session one is in signs out', async () => {
    const browser = await hub.as('lead');
    const page = (await browser.get('/account')).text;
    const answer = await browser.post('/account/end', hiddenFields(page, '/account/end'));
    expect([answer.location, await isIn(browser)]).toEqual(['/', false]);
  });

  test("nobody ends somebody else's session, whatever id they name", async () => {
    const [victim, other] = [await hub.as('lead'), await hub.as('stranger')];
    const [id = ''] = sessionIds((await victim.get('/account')).text);
    const { _token = '' } = hiddenFields((await other.get('/account')).text, '/account/end');
    expect(id).toMatch(/^[a-z0-9]{16}$/);

    await other.post('/account/end', { _token, session: id });
    await other.post('/account/end', { _token });

    expect(await isIn(victim)).toBe(true);
  });

  test("the page shows one's own sign-ins, codes and new browsers, and nobody else's", async () => {
    const [lead, other] = [await hub.as('lead'), await hub.as('checker')];
    hub.outputs.waiting.set('111222', { backend: 'attainment', startedAt: AT });
    await lead.submit('/airlock-login?number=111222', '/airlock-login');
    await database.db.insert(newBrowsers).values({
      id: 'a'.repeat(16),
      backend: 'attainment',
      airlock: 'x',
      person: PEOPLE.lead,
      at: AT + minutes(3),
    });

    const own = (await lead.get('/account')).text;
    const foreign = (await other.get('/account')).text;

    for (const shown of [
      'Got a code for a viewer',
      'Signed in here',
      '12:03 UTC',
      'Pupil attainment warehouse',
    ])
      expect(own).toContain(shown);
    expect(foreign).not.toContain('Got a code');
    expect(foreign).not.toContain('12:03 UTC');
  });
});

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  ['<script>alert(1)</script>', 'A browser on an unknown system'],
])('%s is called %s', (agent, name) => {
  expect(browserName(agent)).toBe(name);
});
