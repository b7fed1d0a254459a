/** A real browser without a window, or why there is none. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function chromiumIn(): Promise<Browser | string> {
  const executablePath = PLACES.find((place) => existsSync(place));
  if (!executablePath) return 'Chromium is not installed';
  const { chromium } = await import('playwright-core');
  const quiet = ['--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-sync', ...quiet] });
}
