/** What fails on several hosts is told with everything that the story and every process said. */
import type { Installation } from './installation.ts';
import type { Told } from './steps.ts';

export async function telling<T>(work: Promise<T>, told: Told, here: Installation): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw new Error([says, ...told.lines, here.logs()].join('\n'), { cause: error });
  }
}
