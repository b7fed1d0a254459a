/** The task `visibility`: see src/steward/make-public.ts. */
import { join } from 'node:path';
import { makePublic } from '../make-public.ts';
import { Pins } from '../pins.ts';
import { no } from '../words.ts';
import { NotNow } from './not-now.ts';
import type { TaskRule } from './tasks.ts';

/** In the folder of a steward: which repositories it has made public, so that nobody takes that for a change by hand. */
export const OPENED = 'public-repositories.json';

export const makeRepositoryPublic: TaskRule<'visibility'> = {
  async carryOut(parts, payload) {
    const g = await parts.governance();
    if (!g) throw new NotNow(no.governance());
    return makePublic(
      {
        ...{ github: parts.github, clock: parts.clock, opened: new Pins(join(parts.work, '..', OPENED)) },
        folder: (id) => join(parts.work, `history-${id}`),
      },
      g,
      payload,
    );
  },
};
