/**
 * What a failed call to GitHub means for whoever made it.
 *
 * wait: GitHub asked for a pause, and saying it again too soon can get the App banned · away: no answer at all
 * · retry: GitHub answered that it is unwell · unknown: not a call to GitHub failed, but something of ours
 * · gone: repository, issue or installation is out of reach, for good · refused: the call itself is wrong
 * and will be wrong again.
 */
import { seconds } from '../lib/clock.ts';

export type Trouble =
  | { kind: 'wait'; ms: number; reason: string }
  | { kind: 'away'; reason: string }
  | { kind: 'retry'; reason: string }
  | { kind: 'unknown'; reason: string }
  | { kind: 'gone'; reason: string }
  | { kind: 'refused'; reason: string };

/** GitHub's own rule when it names no time: at least a minute. */
const UNNAMED_WAIT_MS = seconds(60);

export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : undefined;
}

/** `now` in milliseconds, for `x-ratelimit-reset`. The reason holds a status and GitHub's first words, never a body. */
export function troubleOf(error: unknown, now: number): Trouble {
  const status = statusOf(error);
  if (hadNoAnswer(error)) return { kind: 'away', reason: `no answer: ${nameOf(error)}` };
  if (status === undefined) return { kind: 'unknown', reason: `no call: ${nameOf(error)}` };
  const headers = headersOf(error);
  const says = messageOf(error);
  const limited = /rate limit|abuse detection/i.test(says) || headers['x-ratelimit-remaining'] === '0';
  if (status === 429 || (status === 403 && (limited || headers['retry-after']))) {
    return { kind: 'wait', ms: waitFor(headers, now), reason: `${status} rate limit` };
  }
  if (status >= 500 || status === 408) return { kind: 'retry', reason: `${status}` };
  // 401: a token that was just revoked or has run out; the next attempt mints another.
  if (status === 401) return { kind: 'retry', reason: '401' };
  if (status === 404 || status === 410 || status === 451)
    return { kind: 'gone', reason: `${status} ${says}` };
  if (status === 403)
    return { kind: /suspended|archived|locked/i.test(says) ? 'gone' : 'refused', reason: `403 ${says}` };
  return { kind: 'refused', reason: `${status} ${says}` };
}

/** Octokit calls it 500, too, when there was no answer. A database that is away is no GitHub that is away. */
function hadNoAnswer(error: unknown): boolean {
  const { response, message } = (error ?? {}) as { response?: unknown; message?: unknown };
  if (statusOf(error) === 500) return response === undefined;
  return error instanceof TypeError && message === 'fetch failed';
}

function waitFor(headers: Record<string, string>, now: number): number {
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after > 0) return seconds(after);
  if (headers['x-ratelimit-remaining'] === '0') {
    const until = seconds(Number(headers['x-ratelimit-reset'])) - now;
    if (Number.isFinite(until) && until > 0) return until + seconds(1);
  }
  return UNNAMED_WAIT_MS;
}

function headersOf(error: unknown): Record<string, string> {
  const headers = (error as { response?: { headers?: Record<string, unknown> } }).response?.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function messageOf(error: unknown): string {
  const data = (error as { response?: { data?: { message?: unknown } } }).response?.data;
  const message = typeof data?.message === 'string' ? data.message : nameOf(error);
  return message.split('\n')[0]?.slice(0, 200) ?? '';
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return (error as { name?: string } | null)?.name ?? 'unknown';
  for (let at: unknown = error.cause; at instanceof Object; at = (at as { cause?: unknown }).cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return error.name;
}

/** Undefined when the answer is one of these statuses. */
export async function orMissing<Answer>(
  call: Promise<Answer>,
  statuses: readonly number[] = [404],
): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}
