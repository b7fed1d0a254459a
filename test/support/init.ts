/** `sallyport init` in a folder of a test. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { initHere } from '../../src/cli/init-work.ts';
import type { InitFlags } from '../../src/cli/init.ts';
import { Refused } from '../../src/lib/refusal.ts';

/** Names of all files below, but git's own. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.startsWith('.git/'))
    .sort();
}

/** What is printed, with the folder of the test as /work. */
export async function initIn(
  top: string,
  folder: string,
  flags: Partial<InitFlags> = {},
): Promise<{ code: number; said: string }> {
  let said = '';
  const out = { write: (text: string) => (said += text) };
  const all = { example: false, git: false, workflow: true, force: [], ...flags };
  const code = await initHere(path.join(top, folder), all, out);
  return { code, said: said.replaceAll(top, '/work') };
}

/** What it was refused with. */
export async function refusedIn(
  top: string,
  folder: string,
  flags: Partial<InitFlags> = {},
): Promise<string> {
  try {
    await initIn(top, folder, flags);
  } catch (error) {
    if (error instanceof Refused) return error.message.replaceAll(top, '/work');
    throw error;
  }
  throw new Error('it was not refused');
}
