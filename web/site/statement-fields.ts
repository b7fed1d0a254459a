/** The fields of a statement as people read them, from the schema that the zone signs by and everybody checks by. */
import { z } from 'zod';
import { provenance, review } from '../../src/protocol/statements.ts';

export interface Field {
  /** `predicate.policy.commit`; a list ends in `[]`. */
  path: string;
  says: string;
  /** Of a list with entries of several forms: each form's fields, relative to the entry. */
  forms: { says: string; fields: Field[] }[];
  optional: boolean;
}

interface Node {
  description?: string;
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  anyOf?: Node[];
  type?: string;
}

export const SCHEMAS = {
  action: z.toJSONSchema(provenance, { unrepresentable: 'any' }),
  review: z.toJSONSchema(review, { unrepresentable: 'any' }),
} as const;

/** Of the whole statement, in the order in which they are written. */
export const fieldsOf = (which: keyof typeof SCHEMAS): Field[] => walk(SCHEMAS[which] as Node, '', false);

function walk(node: Node, path: string, optional: boolean): Field[] {
  const nested = node.items ? `${path}[]` : path;
  const forms = node.items?.anyOf?.map((form) => ({
    says: form.description ?? '',
    fields: walk(form, '', false).filter((field) => field.path !== ''),
  }));
  const own: Field[] =
    path !== '' && (node.description || forms)
      ? [{ path: nested, says: node.description ?? '', forms: forms ?? [], optional }]
      : [];
  if (forms) return own;
  const inner = node.items ?? node;
  const below = Object.entries(inner.properties ?? {}).flatMap(([name, child]) =>
    walk(child, nested === '' ? name : `${nested}.${name}`, !(inner.required ?? []).includes(name)),
  );
  return [...own, ...below];
}
