/** The task `onboard`: a repository without project.yaml is offered the skeleton of a study, in one pull request. */
import { z } from 'zod';

export const onboardTask = {
  payload: z.strictObject({
    repository: z.int().positive(),
    owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/),
    /** How often people asked for it: what they closed is opened again only when one of them asks. */
    round: z.int().min(1).max(100),
  }),
  result: z.discriminatedUnion('state', [
    z.strictObject({
      state: z.literal('open'),
      pull: z.int().positive(),
      /** Digest of what is offered. */
      skeleton: z.string().regex(/^[0-9a-f]{64}$/),
      /** People changed it: it is theirs now, and left as it is. */
      touched: z.boolean(),
    }),
    z.strictObject({ state: z.enum(['merged', 'closed']), pull: z.int().positive() }),
    /** It has a project.yaml. */
    z.strictObject({ state: z.literal('not-needed') }),
  ]),
};
