/** What the steward is asked to do in the registry of codelists. */
import { z } from 'zod';
import { id, sha } from './messages.ts';

const repository = z.int().positive();
const number = z.int().positive();
/** `owner/slug/version`: what a tag is called, and where a file stands. */
const part = '[a-z0-9]+(?:[._-][a-z0-9]+)*';
const line = z
  .string()
  .max(250)
  .regex(new RegExp(`^(user/)?${part}/${part}/${part}$`));
const person = z.strictObject({ id: number, login: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/) });

/** A tag for a published version, on the commit that brought it. */
export const codelistTag = {
  payload: z.strictObject({
    repository,
    line,
    pull: number,
    /** Signed off. */
    head: sha,
    /** Of the default branch. */
    commit: sha,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  result: z.strictObject({ tag: z.string().max(250), commit: sha }),
};

/** A version that was built on the hub's pages, as a pull request. */
export const codelistPull = {
  payload: z.strictObject({
    repository,
    draft: id,
    round: z.int().min(1),
    line,
    /** For a list that has none yet. */
    meta: z.strictObject({
      name: z.string().min(1).max(200),
      description: z.string().max(5000),
      coding_system: z.string().min(1).max(60),
      owner: z.string().min(1).max(130),
      source: z.string().max(1000),
    }),
    csv: z.string().max(30_000_000),
    history: z.string().max(5_000_000),
    askedBy: person,
    why: z.string().max(5000),
  }),
  result: z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('open'), pull: number, url: z.string().max(1000), head: sha }),
    /** Merged or closed before. */
    z.strictObject({ state: z.literal('ended'), pull: number }),
  ]),
};
