/** What the steward is asked to commit to the public log repository. It looks at the log itself: a note is only a sign that there is more. */
import { z } from 'zod';
import { sha } from './messages.ts';

const size = z.int().min(0);

export const commitLog = {
  payload: z.strictObject({
    /** The checkpoint as the log signed it. */
    note: z.string().min(1).max(10_000),
    /** Whether entries are copied, too. */
    entries: z.boolean(),
  }),
  result: z.strictObject({
    repository: z.int().positive(),
    commit: sha,
    /** Entries of the newest checkpoint that is there. */
    size,
    /** Entries copied there. */
    exported: size,
  }),
};
