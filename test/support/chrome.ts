/** A browser without a window, as every test that drives pages has it. */
import { jest } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { chromiumPath } from './require.ts';

// Longer than the browser waits for anything: it says what it waited for, a test that is broken off does not.
jest.setTimeout(120_000);

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
