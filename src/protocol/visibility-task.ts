/** The task `visibility`: a repository is to become public, after everything that was ever in it was looked through. */
import { z } from 'zod';
import { FOUND, SECRETS } from '../visibility/visibility.ts';

const day = z.iso.date();
const count = z.int().min(0);

/** Of what was found, as many as a person reads; the count is of all. */
export const MOST_FOUND = 200;

const object = z.string().regex(/^[0-9a-f]{40}$/);
/** Where something was found and what it is; never a piece of it. */
export const foundFile = z.strictObject({
  why: z.enum(FOUND),
  path: z.string().max(300),
  object,
  size: count.nullable(),
  /** In which the file came. */
  commit: object.optional(),
  secret: z.enum(SECRETS).optional(),
});

export const visibilityTask = {
  payload: z.strictObject({
    repository: z.int().positive(),
    owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/),
    /** Day of the first run on real data; null where it is due without one. The steward bounds it by the project's start. */
    start: day.nullable(),
  }),
  result: z.discriminatedUnion('state', [
    z.strictObject({
      state: z.literal('public'),
      /** It was so before. */
      already: z.boolean(),
      files: count,
      /** Rulesets that were in force and are not any more, whatever was tried. */
      rulesets_lost: count,
    }),
    z.strictObject({
      state: z.literal('found'),
      count: z.int().min(1),
      files: z.array(foundFile).min(1).max(MOST_FOUND),
    }),
  ]),
};
