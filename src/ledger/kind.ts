/** What kinds of entry are made of: a kind of a life of its own stands in `kinds-<life>.ts`, and is spread into KINDS. */
import { z } from 'zod';
import type { LedgerType } from './entry.ts';

export interface Kind {
  type: LedgerType;
  /** What its subject begins with. */
  of: string;
  event: readonly string[];
  says: string;
  body: Record<string, z.ZodType>;
}

export const sha = z.string().regex(/^[0-9a-f]{40}$/);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const time = z.iso.datetime({ precision: 3 });
export const day = z.iso.date();
export const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,149}$/);
export const code = z.string().regex(/^[a-z][a-z0-9._-]{0,99}$/);
export const text = z.string().max(5000);
export const id = z.int().positive();
export const count = z.int().min(0);
/** As it is while it is short, else its length and digest. */
export const list = z.union([
  z.strictObject({ count, list: z.array(z.string()) }),
  z.strictObject({ count, sha256 }),
]);
export const repository = z.strictObject({ id });
