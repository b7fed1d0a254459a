/** The viewer over a real room, in a real browser: sign-in through a hub played by hand. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { signInOfRoom, type SignInParts } from '../../agent/airlock/sign-in/sign-in.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { startViewer, type RunningViewer } from '../../web/airlock/viewer.ts';
import { AirlockWorld, WHO, type AirlockWorldOptions, type Name } from '../support/airlock.ts';
import { startChromium } from '../support/chrome.ts';
import { AIRLOCK_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { follows } from '../support/navigation.ts';
import { builtAssets } from './stage.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export interface RealViewer {
  world: AirlockWorld;
  signIn: SignInParts;
  url: string;
  browser: Browser;
  /** A browser of its own, signed in. */
  as(who: Name): Promise<Page>;
  context(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

export async function realViewer(
  options: AirlockWorldOptions & { trust?: 'hub' | 'zone' } = {},
): Promise<RealViewer> {
  const database = await ownDatabase(AIRLOCK_MIGRATIONS);
  const world = await AirlockWorld.open(database, options);
  const [appPort, contentPort] = [await freePort(), await freePort()];
  const url = `http://localhost:${appPort}`;
  const codes = new Map<string, number>();
  const { room, clock, ids, parts } = world;
  const signIn = signInOfRoom({
    room,
    db: database.db,
    clock,
    ids,
    link: {
      start: async (_session, number) => {
        codes.set(`the code ${number}`, 0);
        return { address: 'https://hub.example/airlock-login', expiresAt: clock.now() + 600_000 };
      },
      redeem: async (_session, code) => {
        const person = codes.get(code);
        codes.delete(code);
        return person ? { person, login: 'as-on-github' } : refusal('sign-in.refused', 'No.');
      },
    },
    trust: () => options.trust ?? 'hub',
    zone: 'Northshire schools',
    appOrigin: url,
  });
  const viewer: RunningViewer = await startViewer(
    {
      room,
      signIn,
      clock,
      ids,
      logger: parts.logger,
      zone: 'Northshire schools',
      appOrigin: url,
      contentOrigin: `http://127.0.0.1:${contentPort}`,
      assetsDir: await builtAssets(),
      limits: { requests: 100_000, signIns: 10_000 },
    },
    {
      app: { listen: { host: '127.0.0.1', port: appPort } },
      content: { listen: { host: '127.0.0.1', port: contentPort } },
    },
  );
  const browser = await startChromium();
  const context = () => browser.newContext({ viewport: { width: 1280, height: 860 } });
  return {
    world,
    signIn,
    url,
    browser,
    context,
    async as(who) {
      const page = await (await context()).newPage();
      await page.goto(`${url}/sign-in`);
      await follows(page, '[data-testid=start]');
      const number = await page.textContent('[data-testid=number]');
      codes.set(`the code ${number}`, WHO[who]);
      await page.fill('#code', `the code ${number}`);
      await follows(page, '[data-testid=sign-in]');
      await page.waitForSelector('[data-testid=person]');
      return page;
    },
    async stop() {
      await browser.close();
      await viewer.stop();
      await world.close();
      await database.close();
    },
  };
}

/** Kept when SALLYPORT_SHOTS names a folder; `docs` means the documentation's pictures alone. */
export async function shot(page: Page, name: string): Promise<void> {
  const dir = process.env['SALLYPORT_SHOTS'];
  if (!dir || dir === 'docs') return;
  mkdirSync(dir, { recursive: true });
  await page.screenshot({ path: join(dir, `${name}.png`), fullPage: true });
}
