/** A browser without a window, as every test that drives pages has it. */
import { chromium, type Browser } from 'playwright-core';
import { chromiumPath } from './require.ts';

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: QUIET });
}

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
