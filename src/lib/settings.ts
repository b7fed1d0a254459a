/** A role's settings file: YAML read once at start, every fault told at once with line and column. */
import { readFileSync } from 'node:fs';
import { isCollection, isNode, type Document } from 'yaml';
import type { z } from 'zod';
import { refusal, Refused } from './refusal.ts';
import { readYaml } from './yaml.ts';

/** Throws Refused, with all faults in its sentence. */
export function readSettings<T>(file: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Refused(
      refusal(
        'settings.missing',
        `${file} cannot be read.`,
        '"sallyport setup" writes it, as docs/install/README.md says.',
      ),
      { cause },
    );
  }
  const answer = parseSettings(text, schema);
  if (!('faults' in answer)) return answer.settings;
  const { faults } = answer;
  const says = `${file} has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n${faults.map((fault) => `  ${file}:${fault}`).join('\n')}\n`;
  throw new Refused(refusal('settings.invalid', says, 'Correct them all, then start again.'));
}

/** Faults are written `line:column setting: sentence`. */
export function parseSettings<T>(text: string, schema: z.ZodType<T>): { settings: T } | { faults: string[] } {
  const reading = readYaml(text);
  const document = reading?.documents[0];
  if (!reading || !document) return { faults: ['1:1 there are no settings in it'] };
  const place = (offset: number): string => {
    const { line, col } = reading.lines.linePos(offset);
    return `${line || 1}:${col || 1}`;
  };
  if (document.errors.length > 0) {
    return { faults: document.errors.map((error) => `${place(error.pos[0])} ${error.message}`) };
  }
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const result = schema.safeParse(value);
  if (result.success) return { settings: result.data };
  const faults = result.error.issues.flatMap((issue) => {
    const at = place(offsetOf(document, issue.path));
    const name = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(
        (key) => `${at} ${[name, key].filter(Boolean).join('.')}: there is no such setting`,
      );
    }
    // A rule of ours that asks for a setting says itself what to write.
    const missing =
      issue.code !== 'custom' &&
      issue.path.reduce<unknown>(
        (held, step) => (held as Record<PropertyKey, unknown> | undefined)?.[step],
        value,
      ) === undefined;
    return [`${at} ${name}: ${missing ? 'this setting is missing' : issue.message}`];
  });
  return { faults };
}

/** Where a setting stands, or the nearest thing around it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const next = isCollection(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) break;
    node = next;
    offset = next.range?.[0] ?? offset;
  }
  return offset;
}
