/** What an engine's refusal says, without the library that asks. */

/** HTTP code of the engine's refusal, undefined for anything else. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { statusCode?: unknown }).statusCode;
  return typeof code === 'number' ? code : undefined;
}

/** The engine's own words, without the code in front. */
export function wordsOf(error: unknown): string {
  const json = (error as { json?: { message?: unknown } }).json;
  return typeof json?.message === 'string' ? json.message.trim() : String((error as Error).message ?? error);
}

const CONFLICT = 409;

/** Podman says it with code 500. */
export function nameInUse(error: unknown): boolean {
  return statusOf(error) === CONFLICT || /name "[^"]*" is already in use/.test(wordsOf(error));
}
