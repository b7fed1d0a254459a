/** The task `visibility`: see src/steward/make-public.ts. */
import { join } from 'node:path';
import { makePublic } from '../make-public.ts';
import { no } from '../words.ts';
import { NotNow } from './not-now.ts';
import type { TaskRule } from './tasks.ts';

export const makeRepositoryPublic: TaskRule<'visibility'> = {
  async carryOut(parts, payload) {
    const g = await parts.governance();
    if (!g) throw new NotNow(no.governance());
    return makePublic(
      {
        ...{ github: parts.github, clock: parts.clock, opened: parts.keep.opened },
        isPublished: (id) => parts.keep.published.get(String(id)) !== undefined,
        isBarred: (id) => parts.keep.isBarred(g, id),
        folder: (id) => join(parts.work, `history-${id}`),
      },
      g,
      payload,
    );
  },
};
