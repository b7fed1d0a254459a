#!/usr/bin/env node
// The command. In a checkout it builds itself when a source is newer than dist/; an installed package
// has no sources and starts at once. Whoever starts several of these (the demo, the tests) has built
// already and says so: a file saved meanwhile must not change the program between two of its processes.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const tools = new URL('../../.tools/stale.mjs', import.meta.url);
const built = new URL('../../dist/sallyport.js', import.meta.url);

if (!process.env.SALLYPORT_BUILT && existsSync(fileURLToPath(tools))) {
  const { isStale } = await import(tools.href);
  if (isStale()) {
    const { buildIfStale } = await import(new URL('../../.tools/ready.mjs', import.meta.url).href);
    await buildIfStale();
  }
}
await import(built.href);
