/** The real room behind the real viewer, on this machine's two names, and people in real browsers. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AirlockWorld, WHO, type AirlockWorldOptions, type Name } from '../support/airlock.ts';
import { startChromium } from '../support/chrome.ts';
import { AIRLOCK_MIGRATIONS, ownDatabase } from '../support/database.ts';
import { follows } from '../support/navigation.ts';
import { setStage, type Stage } from '../viewer/stage.ts';
import { freePort } from '../../src/sandbox/demo/ports.ts';

export interface ReviewStage {
  world: AirlockWorld;
  viewer: Stage;
  origin: string;
  /** A browser of this person's, signed in. */
  as(who: Name): Promise<Page>;
  /** Pages open without a script. */
  plain(who: Name): Promise<Page>;
  close(): Promise<void>;
}

export async function startReview(options: AirlockWorldOptions = {}): Promise<ReviewStage> {
  const database = await ownDatabase(AIRLOCK_MIGRATIONS);
  const world = await AirlockWorld.open(database, options);
  const [app, content] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${app}`;
  const viewer = await setStage({
    appOrigin: origin,
    contentOrigin: `http://localhost:${content}`,
    room: world.room,
    clock: world.clock,
  });
  for (const [login, id] of Object.entries(WHO)) viewer.people.set(id, { login, name: login, roles: [] });
  const browser: Browser = await startChromium();
  const contexts = new Map<string, BrowserContext>();

  async function pageOf(who: Name, javaScriptEnabled: boolean): Promise<Page> {
    const key = `${who} ${javaScriptEnabled}`;
    const known = contexts.get(key);
    if (known) return known.newPage();
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, javaScriptEnabled });
    contexts.set(key, context);
    const page = await context.newPage();
    await page.goto(`${origin}/sign-in`);
    await follows(page, 'form[action="/sign-in/start"] button');
    const code = `code-${key}`;
    viewer.codes.set(code, { person: WHO[who], login: who });
    await page.fill('[name=code]', code);
    await follows(page, 'form[action="/sign-in/code"] button');
    return page;
  }

  return {
    world,
    viewer,
    origin,
    as: (who) => pageOf(who, true),
    plain: (who) => pageOf(who, false),
    async close() {
      await browser.close();
      await viewer.stop();
      await world.close();
      await database.close();
    },
  };
}
