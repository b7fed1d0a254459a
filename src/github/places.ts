/** Where something was said, and where the answer goes. Stored with commands and requests. */
import { z } from 'zod';

export const Place = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('issue'),
    number: z.int(),
    pull: z.boolean(),
    /** Null: the text of the issue itself, as a form makes it. */
    comment: z.int().nullable(),
  }),
  z.strictObject({ kind: z.literal('commit'), sha: z.string(), comment: z.int() }),
  z.strictObject({ kind: z.literal('check'), sha: z.string(), run: z.int() }),
]);
export type Place = z.infer<typeof Place>;

/** Where a request came from: handed to the jobs room and back. */
export const Origin = z.union([
  z.strictObject({ kind: z.enum(['comment', 'button']), place: Place, command: z.string() }),
  z.strictObject({ kind: z.literal('push') }),
]);
export type Origin = z.infer<typeof Origin>;

/** What a command got for an answer. */
export const Answer = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('refused'),
    code: z.string(),
    says: z.string(),
    next: z.string(),
    /** Too many refusals already: only the reaction is shown. */
    silent: z.boolean(),
  }),
  /** Markdown of ours. */
  z.strictObject({ kind: z.literal('text'), text: z.string() }),
  z.strictObject({ kind: z.literal('request'), request: z.string() }),
  /** What follows elsewhere says it. */
  z.strictObject({ kind: z.literal('done') }),
]);
export type Answer = z.infer<typeof Answer>;
