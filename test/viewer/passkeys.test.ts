/** Passkeys under `review.trust: zone`, with a real browser and an authenticator it simulates. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { eq } from 'drizzle-orm';
import type { CDPSession, Page } from 'playwright-core';
import {
  confirmAtHost,
  confirmPasskey,
  findSession,
  passkeySignIn,
  type Browser,
} from '../../agent/airlock/sign-in/sign-in.ts';
import { passkeys } from '../../agent/airlock/schema/sign-in.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { parsedAnswer } from '../../web/airlock/server/passkey-answer.ts';
import { WHO, type Name } from '../support/airlock.ts';
import { follows } from '../support/navigation.ts';
import { requires } from '../support/require.ts';
import { faultsOf } from '../support/axe.ts';
import { realViewer, shot, type RealViewer } from './real.ts';

const { describe, test } = requires('chromium');

describe('passkeys', () => {
  let viewer: RealViewer;
  const pages = new Map<Name, { page: Page; cdp: CDPSession }>();
  beforeAll(async () => {
    viewer = await realViewer({ trust: 'zone' });
  });
  afterAll(() => viewer.stop());

  async function someone(who: Name): Promise<Page> {
    const held = pages.get(who);
    if (held) return held.page;
    const page = await viewer.as(who);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    pages.set(who, { page, cdp });
    return page;
  }

  /** Makes a key on the account page and gives the mark it shows. */
  async function enrolled(who: Name): Promise<string> {
    const page = await someone(who);
    await page.goto(`${viewer.url}/account`);
    await page.fill('#label', `Key of ${who}`);
    await follows(page, '[data-testid=enrol]');
    await page.waitForSelector('[data-testid=passkeys] .va-mark');
    return (await page.textContent('[data-testid=passkeys] .va-mark')) ?? '';
  }

  async function comesWithPasskey(who: Name): Promise<Page> {
    const page = await someone(who);
    await page.goto(`${viewer.url}/sign-in`);
    await follows(page, '[data-testid=passkey]');
    return page;
  }

  const confirm = async (operator: Name, mark: string) => {
    const page = await someone(operator);
    await page.goto(`${viewer.url}/operations/passkeys`);
    const row = page.locator('[data-testid=passkeys] li', { hasText: mark });
    await follows(page, row.locator('button:has-text("Confirm")'));
    if ((await page.locator('[data-testid=flash]').count()) > 0) return 'done';
    return page.getAttribute('[data-testid=refusal]', 'data-code');
  };

  test('a new key opens nothing until it is confirmed', async () => {
    const mark = await enrolled('checkerA');
    expect(mark).toMatch(/^[0-9a-f]{4}(-[0-9a-f]{4}){3}$/);

    const page = await comesWithPasskey('checkerA');
    expect(await page.getAttribute('[data-testid=refusal]', 'data-code')).toBe('passkey.refused');
  });

  test('operators who came with a code of the hub cannot confirm one, nor can anybody else', async () => {
    const mark = await enrolled('operator1');
    await enrolled('operator2');
    const kims = (await viewer.signIn.db.select().from(passkeys)).find(
      ({ person }) => person === WHO.checkerA,
    );
    expect(kims?.state).toBe('waiting');
    const page = await someone('operator1');
    await page.goto(`${viewer.url}/operations/passkeys`);
    await shot(page, 'passkeys-to-confirm');
    expect(await faultsOf(page)).toEqual([]);
    expect(await page.textContent('main')).toContain(mark);

    const row = page.locator('[data-testid=passkeys] li', { hasText: 'kim-example' });
    expect(await row.locator('button:has-text("Confirm")').isDisabled()).toBe(true);
    expect(await row.locator('[data-code]').getAttribute('data-code')).toBe('passkey.operator-session');
    const own = page.locator('[data-testid=passkeys] li', { hasText: mark });
    expect(await own.locator('[data-code]').getAttribute('data-code')).toBe('passkey.own');
    // A form that is sent all the same.
    await row.locator('button:has-text("Confirm")').evaluate((button) => button.removeAttribute('disabled'));
    await follows(page, row.locator('button:has-text("Confirm")'));
    expect(await page.getAttribute('[data-testid=refusal]', 'data-code')).toBe('passkey.operator-session');
    const stranger = await viewer.as('author');
    expect((await stranger.goto(`${viewer.url}/operations/passkeys`))?.status()).toBe(404);
  });

  test('the first keys are confirmed on the host; then two operators let a third person in', async () => {
    const all = await viewer.signIn.db.select().from(passkeys);
    for (const operator of ['operator1', 'operator2'] as const) {
      const page = await someone(operator);
      await page.goto(`${viewer.url}/account`);
      const mark = (await page.textContent('[data-testid=passkeys] .va-mark')) ?? '';
      expect(isRefusal(await confirmAtHost(viewer.signIn, mark))).toBe(false);
      expect(isRefusal(await confirmAtHost(viewer.signIn, mark))).toBe(true);
    }
    expect(isRefusal(await confirmAtHost(viewer.signIn, '0000-0000-0000-0000'))).toBe(true);
    expect(all).toHaveLength(3);
    for (const operator of ['operator1', 'operator2'] as const) {
      expect(await (await comesWithPasskey(operator)).locator('[data-testid=person]').count()).toBe(1);
    }

    const kim = await someone('checkerA');
    await kim.goto(`${viewer.url}/account`);
    const mark = (await kim.textContent('[data-testid=passkeys] .va-mark')) ?? '';
    expect(await confirm('operator1', mark)).toBe('done');
    expect(await confirm('operator1', mark)).toBe('passkey.confirmed-already');
    expect(await (await comesWithPasskey('checkerA')).locator('[data-testid=refusal]').count()).toBe(1);
    expect(await confirm('operator2', mark)).toBe('done');

    const page = await comesWithPasskey('checkerA');
    expect(await page.locator('[data-testid=person]').count()).toBe(1);
    await page.goto(`${viewer.url}/account`);
    await shot(page, 'account-passkey');
    expect(await page.textContent('[data-testid=sessions]')).toContain('with a passkey');
  });

  test('nobody confirms their own key, and only operators confirm any', async () => {
    const { db } = viewer.signIn;
    const own = (await db.select().from(passkeys)).find(({ person }) => person === WHO.operator1);
    const id = own?.id ?? '';
    await db.update(passkeys).set({ state: 'waiting' }).where(eq(passkeys.id, id));
    const as = (who: Name, strength: 'code' | 'passkey') =>
      confirmPasskey(
        viewer.signIn,
        { id: `s-${who}`, person: WHO[who], login: who, strength, signedInAt: 0 },
        id,
      );

    expect(await as('operator1', 'passkey')).toMatchObject({ code: 'passkey.own' });
    expect(await as('operator2', 'code')).toMatchObject({ code: 'passkey.operator-session' });
    expect(await as('checkerB', 'passkey')).toMatchObject({ code: 'passkey.not-operator' });
    expect(await as('operator2', 'passkey')).toEqual({ confirmed: false });
    await db.update(passkeys).set({ state: 'confirmed' }).where(eq(passkeys.id, id));
    expect(await as('operator2', 'passkey')).toMatchObject({ code: 'passkey.unknown' });
  });

  test('an answer that was seen once is worth nothing, nor is one to another question, nor a removed key', async () => {
    const page = await someone('checkerA');
    await page.goto(`${viewer.url}/sign-in`);
    const posted = page.waitForRequest(
      (request) => request.url().endsWith('/sign-in/passkey') && request.method() === 'POST',
    );
    await follows(page, '[data-testid=passkey]');
    const answer = new URLSearchParams((await posted).postData() ?? '').get('answer') ?? '';
    await page.waitForSelector('[data-testid=person]');
    const browser: Browser = { visitor: 'v'.repeat(43), device: undefined, secret: undefined, name: 'test' };
    const { askPasskey } = await import('../../agent/airlock/sign-in/sign-in.ts');

    for (const ask of [false, true]) {
      if (ask) await askPasskey(viewer.signIn, browser.visitor);
      expect(isRefusal(await passkeySignIn(viewer.signIn, browser, parsedAnswer(answer)))).toBe(true);
    }
    for (const odd of [
      '',
      '{}',
      '[]',
      'null',
      '{"id":{}}',
      '{"id":"x","rawId":"x","type":"public-key","response":{}}',
    ]) {
      await askPasskey(viewer.signIn, browser.visitor);
      expect(isRefusal(await passkeySignIn(viewer.signIn, browser, parsedAnswer(odd)))).toBe(true);
    }

    await page.goto(`${viewer.url}/account`);
    await follows(page, page.locator('[data-testid=passkeys] button:has-text("Remove")').first());
    const after = await comesWithPasskey('checkerA');
    expect(await after.getAttribute('[data-testid=refusal]', 'data-code')).toBe('passkey.refused');
  });

  test('a person whose rights ended is not let in by their key', async () => {
    const { governance } = viewer.world;
    viewer.world.governance = {
      ...governance,
      people: governance.people.filter(({ id }) => id !== WHO.operator2),
      teams: governance.teams.map((team) => ({
        ...team,
        members: team.members.filter(({ id }) => id !== WHO.operator2),
      })),
    };
    const page = await comesWithPasskey('operator2');
    viewer.world.governance = governance;

    expect(await page.getAttribute('[data-testid=refusal]', 'data-code')).toBe('passkey.refused');
    expect(await findSession(viewer.signIn, 'x')).toBe('none');
  });
});
