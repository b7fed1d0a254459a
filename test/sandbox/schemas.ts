/** GitHub's published schemas (vendor/extract.mjs), and what a value has against one. */
import { Ajv, type ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';

interface Part {
  schemas: Record<string, unknown>;
  definitions: Record<string, unknown>;
}
export const vendored = JSON.parse(
  readFileSync(new URL('vendor/github-schemas.json', import.meta.url), 'utf8'),
) as {
  rest: Part;
  webhooks: Part;
};

function validator(part: Part): (pointer: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(part, 'github');
  return (pointer) => ajv.compile({ $ref: `github#/schemas/${pointer}` });
}

/** Where GitHub's document cannot be met, and why. */
export const MISPUBLISHED: Record<string, RegExp> = {
  // The account is said to be a user and an enterprise at once; a single installation says "or".
  'GET /app/installations': /^\/n\/account /,
};

export const escape = (name: string): string =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
export const restSchema = validator(vendored.rest);
export const hookSchema = validator(vendored.webhooks);

export function complaints(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return [
    ...new Set(
      (validate.errors ?? []).map((error) => `${error.instancePath.replace(/\d+/g, 'n')} ${error.message}`),
    ),
  ];
}
