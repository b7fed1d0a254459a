/** Who gets in, and who does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { hours, minutes } from '../../src/lib/clock.ts';
import { markBrowsers, newBrowsers } from '../../agent/airlock/sign-in/sign-in.ts';
import { sessions, signIns } from '../../agent/airlock/schema/sign-in.ts';
import { setStage, Surfer, type Stage } from './stage.ts';

const ROWAN = 101;
const KIM = 202;

describe('signing in with a code', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage({ limits: { signIns: 10_000, requests: 100_000 } });
    stage.people.set(ROWAN, { login: 'rowan-example', name: 'Rowan Example', roles: ['member'] });
    stage.people.set(KIM, { login: 'kim-example', name: 'Kim Example', roles: ['checker'] });
  });
  afterAll(() => stage.stop());
  beforeEach(() => {
    stage.clock.advance(hours(13));
    stage.hub.away = false;
    stage.entrances.clear();
    stage.lines.length = 0;
  });

  test('a person types the code for the number that the viewer shows, and is in', async () => {
    const browser = new Surfer(stage);
    const number = await browser.start();
    expect(number).toMatch(/^[0-9]{6}$/);
    expect(stage.hub.started.at(-1)?.number).toBe(number);

    stage.codes.set('calm blue heron', { person: ROWAN, login: 'rowan-example' });
    const answer = await browser.post('/sign-in/code', { code: ' calm blue heron ' });

    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    expect((await browser.get('/')).text).toContain('Rowan Example');
    expect(stage.lines.at(-1)).toMatchObject({ type: 'LOGIN', person: ROWAN, details: { strength: 'code' } });
  });

  test('cookies are __Host-, Secure, HttpOnly and SameSite, and the database holds none of them', async () => {
    const browser = new Surfer(stage);
    const answer = await browser.signIn(ROWAN);

    const set = (answer.headers['set-cookie'] ?? []).filter((line) => !line.includes('Max-Age=0'));
    expect(set).toHaveLength(2);
    for (const line of set)
      expect(line).toMatch(/^__Host-sallyport-[a-z]+=.*Path=\/; HttpOnly; SameSite=Lax; Secure/);
    expect(set.join()).not.toMatch(/Domain/i);
    const rows = JSON.stringify(await stage.database.db.select().from(sessions));
    for (const secret of browser.jar.values()) expect(rows).not.toContain(secret);
  });

  test('a session that was there before sign-in is not the one after it', async () => {
    const browser = new Surfer(stage);
    await browser.get('/sign-in');
    const planted = 'A'.repeat(43);
    browser.jar.set('__Host-sallyport-session', planted);
    await browser.signIn(ROWAN);

    expect(browser.jar.get('__Host-sallyport-session')).not.toBe(planted);
    const thief = new Surfer(stage);
    thief.jar.set('__Host-sallyport-session', planted);
    expect((await thief.get('/account')).status).toBe(303);
  });

  test('signing in again gives a new session and ends the one before', async () => {
    const browser = new Surfer(stage);
    await browser.signIn(ROWAN);
    const old = new Surfer(stage);
    old.jar.set('__Host-sallyport-session', browser.jar.get('__Host-sallyport-session') ?? '');
    expect((await old.get('/account')).status).toBe(200);

    await browser.signIn(ROWAN);

    expect((await old.get('/account')).status).toBe(303);
    expect((await browser.get('/account')).status).toBe(200);
  });

  test('a code that was given for another browser is worth nothing here', async () => {
    const victim = new Surfer(stage);
    const thief = new Surfer(stage);
    await victim.start();
    await thief.get('/sign-in');
    stage.codes.set('one two three', { person: ROWAN, login: 'rowan-example' });

    const answer = await thief.post('/sign-in/code', { code: 'one two three' });

    expect(answer.status).toBe(403);
    // It was never sent: no sign-in of that browser waits.
    expect(stage.codes.has('one two three')).toBe(true);
  });

  test.each([
    ['a wrong code', async (browser: Surfer) => void (await browser.start())],
    ['no sign-in waiting', async (browser: Surfer) => void (await browser.get('/sign-in'))],
    [
      'the hub being away',
      async (browser: Surfer) => {
        await browser.start();
        stage.hub.away = true;
      },
    ],
    [
      'a person without rights here',
      async (browser: Surfer) => {
        await browser.start();
        stage.codes.set('guess', { person: 999, login: 'nobody' });
      },
    ],
    [
      'a number that is too old',
      async (browser: Surfer) => {
        await browser.start();
        stage.codes.set('guess', { person: ROWAN, login: 'rowan-example' });
        stage.clock.advance(minutes(11));
      },
    ],
  ])('%s gives the one refusal and no session', async (_case, arrange) => {
    const browser = new Surfer(stage);
    await arrange(browser);

    const answer = await browser.post('/sign-in/code', { code: 'guess' });

    expect(answer.status).toBe(403);
    expect(answer.text).toContain('data-code="sign-in.refused"');
    expect(answer.text).toContain('The sign-in was refused.');
    expect(browser.jar.has('__Host-sallyport-session')).toBe(false);
    expect(stage.lines.at(-1)?.type).toBe('LOGIN_FAILED');
    stage.codes.clear();
  });

  test('five wrong codes use a sign-in up, also when they come at once', async () => {
    const browser = new Surfer(stage);
    await browser.start();
    const before = stage.hub.redeemed.length;

    await Promise.all(
      Array.from({ length: 12 }, (_, at) => browser.post('/sign-in/code', { code: `guess ${at}` })),
    );
    stage.codes.set('right', { person: ROWAN, login: 'rowan-example' });
    const late = await browser.post('/sign-in/code', { code: 'right' });

    expect(stage.hub.redeemed.length - before).toBe(5);
    expect(late.status).toBe(403);
    stage.codes.clear();
  });

  test('two answers to one code open one session', async () => {
    const browser = new Surfer(stage);
    await browser.start();
    const link = stage.signIn.link;
    const both = { ...link, redeem: async () => ({ person: ROWAN, login: 'rowan-example' }) };
    Object.assign(stage.signIn, { link: both });

    const answers = await Promise.all([1, 2].map(() => browser.post('/sign-in/code', { code: 'x' })));
    Object.assign(stage.signIn, { link });

    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
  });

  test('a sign-in form that no page of ours made is refused', async () => {
    const browser = new Surfer(stage);
    await browser.start();
    stage.codes.set('c', { person: ROWAN, login: 'rowan-example' });

    for (const [fields, headers] of [
      [{ code: 'c', _token: 'f'.repeat(64) }, {}],
      [{ code: 'c' }, { 'sec-fetch-site': 'cross-site' }],
      [{ code: 'c' }, { origin: 'https://elsewhere.example' }],
    ] as const) {
      expect((await browser.post('/sign-in/code', fields, headers)).status).toBe(403);
    }
    expect(stage.codes.has('c')).toBe(true);
    stage.codes.clear();
  });

  test('a session ends when it is idle, when it is old, and when it is signed out', async () => {
    const [idle, old, out] = [new Surfer(stage), new Surfer(stage), new Surfer(stage)];
    for (const each of [idle, old, out]) await each.signIn(ROWAN);
    const stolen = new Surfer(stage);
    stolen.jar.set('__Host-sallyport-session', out.jar.get('__Host-sallyport-session') ?? '');

    await out.post('/sign-out', {});
    expect((await stolen.get('/account')).status).toBe(303);

    for (let spent = 0; spent < 11; spent += 1) {
      stage.clock.advance(minutes(59));
      expect((await old.get('/account')).status).toBe(200);
    }
    expect((await idle.get('/account')).status).toBe(303);
    for (let spent = 0; spent < 2; spent += 1) {
      stage.clock.advance(minutes(59));
      await old.get('/account');
    }
    expect((await old.get('/account')).status).toBe(303);
    expect(stage.lines.map(({ details }) => details?.['why'])).toEqual(
      expect.arrayContaining(['idle', 'expired', 'signed-out']),
    );
  });

  test('a session ends for good at the first request after its rights ended', async () => {
    const browser = new Surfer(stage);
    await browser.signIn(ROWAN);
    expect((await browser.get('/account')).status).toBe(200);

    stage.entrances.set(ROWAN, 'closed');
    expect((await browser.get('/account')).status).toBe(303);
    stage.entrances.set(ROWAN, 'open');
    expect((await browser.get('/account')).status).toBe(303);
  });

  test('whoever is signed out because a right ended reads why, until it is renewed', async () => {
    const browser = new Surfer(stage);
    await browser.signIn(ROWAN);
    const rowan = stage.people.get(ROWAN)!;
    stage.people.delete(ROWAN);
    try {
      for (let again = 0; again < 2; again += 1) {
        const { status, text } = await browser.get('/account');
        expect([status, text.includes('You have no business here.')]).toEqual([401, true]);
      }
    } finally {
      stage.people.set(ROWAN, rowan);
    }
    expect((await browser.get('/account')).status).toBe(303);
  });

  test('while governance cannot be read nothing is shown, and the session waits', async () => {
    const browser = new Surfer(stage);
    await browser.signIn(ROWAN);
    stage.entrances.set(ROWAN, 'unknown');

    const answer = await browser.get('/account');
    expect([answer.status, answer.text.includes('Rowan')]).toEqual([503, false]);

    stage.entrances.set(ROWAN, 'open');
    expect((await browser.get('/account')).status).toBe(200);
  });

  test('a first sign-in from a browser is announced once, and the second one is not', async () => {
    const before = await newBrowsers(stage.signIn, 100);
    await markBrowsers(
      stage.signIn,
      before.map(({ id }) => id),
    );
    const browser = new Surfer(stage);
    await browser.signIn(KIM);
    await browser.signIn(KIM);

    const waiting = await newBrowsers(stage.signIn, 100);
    expect(waiting.map(({ person }) => person)).toEqual([KIM]);
    await markBrowsers(
      stage.signIn,
      waiting.map(({ id }) => id),
    );
    expect(await newBrowsers(stage.signIn, 100)).toEqual([]);
  });

  test('a person ends their other sessions, and nobody else’s', async () => {
    const [mine, other, theirs] = [new Surfer(stage), new Surfer(stage), new Surfer(stage)];
    await mine.signIn(ROWAN);
    await other.signIn(ROWAN);
    await theirs.signIn(KIM);
    const rows = await stage.database.db.select().from(sessions);
    const kims = rows.find(({ person, endedAt }) => person === KIM && endedAt === null);

    await mine.post('/account/sessions/end', { session: kims?.id ?? '' });
    await mine.post('/account/sessions/end', { session: 'others' });

    expect((await theirs.get('/account')).status).toBe(200);
    expect((await other.get('/account')).status).toBe(303);
    expect((await mine.get('/account')).status).toBe(200);
  });

  test('numbers are counted: too many starts make everybody wait', async () => {
    const browser = new Surfer(stage);
    await browser.get('/sign-in');
    for (let at = 0; at < 61; at += 1) await browser.post('/sign-in/start', {});

    expect((await browser.post('/sign-in/start', {})).text).toContain('data-code="sign-in.busy"');
    stage.clock.advance(minutes(11));
    expect((await browser.post('/sign-in/start', {})).text).toContain('data-testid="number"');
    expect((await stage.database.db.select().from(signIns)).length).toBeGreaterThan(60);
  });
});
