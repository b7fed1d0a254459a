import { open, rename } from 'node:fs/promises';

/** Written beside, forced to disk, then renamed: a reader finds the old or the new text, never half of one. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}
