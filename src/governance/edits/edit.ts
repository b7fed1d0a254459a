/**
 * A change of governance, typed: what it does, never what a file shall read like.
 *
 * Who carries it out reads the files as they are merged and changes the one place, so two changes of one
 * file do not undo each other, and nobody who asks for a change can write anything else than what it says.
 */
import type { z } from 'zod';
import type { Refusal } from '../../lib/refusal.ts';

/** The text of a file of the version that is changed; undefined where there is none. */
export type Read = (path: string) => string | undefined;

export interface EditedFile {
  path: string;
  text: string;
}

/** One kind of change: what it says, and what it does to the files. */
export interface EditRule<T> {
  schema: z.ZodType<T>;
  apply(read: Read, edit: T): EditedFile[] | Refusal;
}
