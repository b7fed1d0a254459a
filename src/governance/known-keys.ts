/** Which keys a mapping may have, from the JSON Schema of what it is read by: for "did you mean". */
import { z } from 'zod';

interface Shape {
  properties?: Record<string, Shape>;
  additionalProperties?: Shape;
  items?: Shape;
}

/** Made once for each kind of file. */
const made = new WeakMap<z.ZodType, Shape>();

/** The keys of the mapping at this place of what the schema reads. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const whole =
    made.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape);
  made.set(schema, whole);
  const here = path.reduce<Shape | undefined>(
    (held, step) =>
      typeof step === 'number'
        ? held?.items
        : (held?.properties?.[String(step)] ?? held?.additionalProperties),
    whole,
  );
  /* istanbul ignore next -- what has a key too many is a mapping of the schema */
  return Object.keys(here?.properties ?? {});
}
