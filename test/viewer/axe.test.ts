/** Pages are judged at rest: the judge of every browser test, judged. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chrome.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';

const { describe, test } = requires('chromium');

const page = (colour: string) => `<!doctype html><html lang="en"><head><title>A page</title><style>
  button { color: #fff; background: #fff; transition: color 1h linear; }
  .drawn button { color: ${colour}; }
  @keyframes turn { to { rotate: 1turn; } }
  i { display: block; animation: turn 1s infinite; }
</style></head><body><main><h1>A page</h1><button type="button">Sign out</button><i></i></main></body></html>`;

describe('what axe finds', () => {
  let chrome: Browser;
  let tab: Page;
  beforeAll(async () => {
    chrome = await startChromium();
    tab = await (await chrome.newContext()).newPage();
  });
  afterAll(async () => chrome.close());
  async function drawnIn(colour: string): Promise<string[]> {
    await tab.setContent(page(colour));
    await tab.evaluate(() => document.body.classList.add('drawn'));
    return faultsOf(tab);
  }

  test('is found after the colours have come to rest, whatever turns for ever', async () => {
    expect(await drawnIn('#000')).toEqual([]);
  });

  test('is still found when they rest where nobody can read them', async () => {
    expect(await drawnIn('#ddd')).toEqual([expect.stringMatching(/^color-contrast: .*Sign out/)]);
  });
});
