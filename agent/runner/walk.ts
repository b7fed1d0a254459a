/** Looks through what a program left in its folder: the same in the zone and on the laptop. */
import { TooManyFiles, walkBeneath, type Found } from '../store/beneath.ts';
import { isReserved } from './collect.ts';
import * as words from './words.ts';

/** Too deep for any path, or closed to whoever looks: made so by the job. */
const UNREADABLE = ['ENAMETOOLONG', 'EACCES', 'EPERM'];

/** The files, or why they cannot be looked through. */
export async function walkLeft(work: string): Promise<Found[] | string> {
  try {
    return await walkBeneath(work, isReserved);
  } catch (error) {
    if (error instanceof TooManyFiles) return words.TOO_MANY_FILES;
    if (UNREADABLE.includes((error as NodeJS.ErrnoException).code ?? '')) return words.UNREADABLE_FOLDERS;
    throw error;
  }
}
