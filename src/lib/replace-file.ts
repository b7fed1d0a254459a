/** Files that outlive a power cut. */
import { open, rename } from 'node:fs/promises';

/** Written beside, forced to disk, then renamed: a reader finds the old or the new content, never half of one. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o644);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}
