/** The answer "no" as GitHub words it: status, message and, for 422, what is wrong with which field. */
export interface FieldError {
  resource: string;
  field?: string;
  code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  message?: string;
  value?: unknown;
}

export interface Failure {
  readonly failed: true;
  readonly status: number;
  readonly message: string;
  readonly errors?: readonly (FieldError | string)[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it is now. */
  readonly url?: string;
}

export function fail(
  status: number,
  message: string,
  errors?: Failure['errors'],
  headers?: Failure['headers'],
): Failure {
  return { failed: true, status, message, ...(errors ? { errors } : {}), ...(headers ? { headers } : {}) };
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && (value as { failed?: unknown }).failed === true;
}

export const notFound = (): Failure => fail(404, 'Not Found');

export const invalid = (...errors: (FieldError | string)[]): Failure =>
  fail(422, 'Validation Failed', errors);

/** What the Checks API says instead: one sentence, no field list. */
export const invalidRequest = (...sentences: string[]): Failure =>
  fail(422, `Invalid request.\n\n${sentences.join('\n')}`);

/** GitHub counts characters, not UTF-16 units. */
export function longerThan(text: string, most: number): boolean {
  if (text.length <= most) return false;
  let count = 0;
  for (const _ of text) if (++count > most) return true;
  return false;
}
