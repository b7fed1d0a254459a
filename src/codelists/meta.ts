/** `meta.yml` of a list and the history of a version's decisions: what is said beside the codes. */
import { z } from 'zod';
import { readYaml } from '../lib/yaml.ts';

const text = (most: number) => z.string().trim().min(1).max(most);
const hash = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a SHA-1 or SHA-256 in lower-case hex');

export const ListMeta = z.strictObject({
  name: text(200),
  description: z.string().trim().max(5000).default(''),
  /** The name of a file in `systems/`. */
  coding_system: text(60),
  owner: text(130),
  /** Where the list comes from: a paper, another registry. */
  source: z.string().trim().max(1000).default(''),
  /** By version: further bytes that hold the same list, as another registry serves them. */
  accepted: z.record(z.string(), z.array(hash).max(20)).default({}),
});
export type ListMeta = z.infer<typeof ListMeta>;

export const Decision = z.strictObject({
  code: text(100),
  what: z.enum(['include', 'exclude']),
  descendants: z.boolean(),
  why: z.string().max(1000),
  /** By numeric GitHub id. */
  by: z.int().positive(),
  at: z.iso.datetime(),
});
export type Decision = z.infer<typeof Decision>;
export const History = z.strictObject({ system: text(60), decisions: z.array(Decision).max(20_000) });
export type History = z.infer<typeof History>;

const MOST_META = 64 * 1024;
const MOST_HISTORY = 5 * 1024 * 1024;

/** What was read, or what is wrong with it in a few words. */
export type Read<T> = { value: T } | { fault: string; line: number };

export function readMeta(bytes: Uint8Array): Read<ListMeta> {
  if (bytes.length > MOST_META) return { fault: 'it is longer than 64 KB', line: 1 };
  const yaml = readYaml(new TextDecoder().decode(bytes));
  const [document, more] = yaml?.documents ?? [];
  if (!yaml || !document || more) return { fault: 'it is not one YAML document', line: 1 };
  const [error] = document.errors;
  if (error) return { fault: 'it is not YAML', line: yaml.lines.linePos(error.pos[0]).line };
  try {
    return parsed(ListMeta, document.toJS({ maxAliasCount: 0 }));
  } catch {
    // The package throws at the first alias.
    return { fault: 'it has an alias (*name): write the value again', line: 1 };
  }
}

export function readHistory(bytes: Uint8Array): Read<History> {
  if (bytes.length > MOST_HISTORY) return { fault: 'it is longer than 5 MB', line: 1 };
  try {
    return parsed(History, JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return { fault: 'it is not JSON', line: 1 };
  }
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): Read<T> {
  const read = schema.safeParse(value);
  if (read.success) return { value: read.data };
  const [issue] = read.error.issues;
  return { fault: [issue!.path.join('.'), issue!.message].filter(Boolean).join(': '), line: 1 };
}

export const isFault = <T>(read: Read<T>): read is { fault: string; line: number } => 'fault' in read;
