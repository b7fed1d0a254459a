/** Files this program wrote, by what it wrote: what reads otherwise was changed by a person. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { Refused } from '../../lib/refusal.ts';
import { put, textOf } from './files.ts';
import { no } from './words.ts';

const Sums = z.record(z.string(), z.string());

export class Written {
  readonly #file: string;
  #sums: Record<string, string>;

  /** Throws Refused `setup.torn`. */
  constructor(dir: string) {
    this.#file = path.join(dir, 'setup', 'written.json');
    this.#sums = keptJson(this.#file, Sums, REMEDY) ?? {};
  }

  isOurs(file: string, text: string): boolean {
    return this.#sums[file] === sum(text);
  }

  keep(file: string, text: string): void {
    this.#sums = { ...this.#sums, [file]: sum(text) };
    put(this.#file, `${JSON.stringify(this.#sums, null, 2)}\n`, 0o644);
  }
}

const REMEDY =
  'Take it back from a backup, or remove it: files that differ then count as changed by hand, and --replace has them written anew.';

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Undefined where there is none. Throws Refused `setup.torn` for half of one. */
export function keptJson<T>(file: string, schema: z.ZodType<T>, remedy: string): T | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Refused(no.torn(file, text.trim() === '' ? 'is empty' : 'is not whole', remedy), {
      cause: error,
    });
  }
}
