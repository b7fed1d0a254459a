/** One API call as a route sees it, and what it answers. */
import type { IncomingMessage } from 'node:http';
import type { Failure } from '../state/failure.ts';
import { fail } from '../state/failure.ts';
import type { Actor, Repo, Signed } from '../state/model.ts';
import type { SandboxState } from '../state/state.ts';

export type Json = Record<string, unknown>;

export interface Call {
  readonly state: SandboxState;
  readonly actor: Actor;
  /** What the caller proved itself with. */
  readonly token: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Address as called, for links to further pages. */
  readonly url: URL;
  readonly accept: string;
  /** Parsed JSON; `{}` when there was none, as Octokit sends it. */
  readonly body: unknown;
  /** Ordered by a test: the bytes are lost on their way. */
  readonly broken: boolean;
  /** For what is streamed. */
  readonly incoming: IncomingMessage;
}

export interface RepoCall extends Call {
  readonly repo: Repo;
}

export interface Answer {
  status: number;
  body?: unknown;
  /** Bytes instead of JSON. */
  bytes?: Buffer | string;
  type?: string;
  headers?: Record<string, string>;
}

export type Handler = (call: Call) => Answer | Failure | Promise<Answer | Failure>;
export type RepoHandler = (call: RepoCall) => Answer | Failure | Promise<Answer | Failure>;

export const ok = (body: unknown, headers?: Record<string, string>): Answer => ({
  status: 200,
  body,
  ...(headers ? { headers } : {}),
});
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent = (): Answer => ({ status: 204 });

export function json(call: Call): Json {
  return typeof call.body === 'object' && call.body !== null && !Array.isArray(call.body)
    ? (call.body as Json)
    : {};
}

/** A text field, undefined when absent or of another type. */
export function text(from: Json, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' ? value : undefined;
}

/** Names of labels: `["a"]`, `{labels: ["a"]}`, `{labels: [{name: "a"}]}`. */
export function names(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const name = typeof one === 'string' ? one : (one as { name?: unknown } | null)?.name;
    return typeof name === 'string' && name ? [name] : [];
  });
}

/** The caller as somebody who can write, or why not. */
export function signed(call: Call): Signed | Failure {
  const { actor } = call;
  if (actor.kind === 'person' || actor.kind === 'installation') return actor;
  if (actor.kind === 'app') return fail(401, 'A JSON web token could not be decoded');
  return fail(401, 'Requires authentication');
}

const MOST_PER_PAGE = 100;

/** One page of a list, with the Link header that leads to the others. */
export function page<T>(call: Call, list: readonly T[]): { items: T[]; headers: Record<string, string> } {
  const size = clamp(Number(call.query.get('per_page') ?? 30), 1, MOST_PER_PAGE, 30);
  const current = clamp(Number(call.query.get('page') ?? 1), 1, Number.MAX_SAFE_INTEGER, 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  const link = (to: number, rel: string): string => {
    const url = new URL(call.url);
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (current > 1) links.push(link(Math.min(current - 1, last), 'prev'));
  if (current < last) links.push(link(current + 1, 'next'), link(last, 'last'));
  if (current > 1) links.push(link(1, 'first'));
  return {
    items: list.slice((current - 1) * size, current * size),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

function clamp(value: number, least: number, most: number, otherwise: number): number {
  if (!Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(least, Math.floor(value)));
}

export function wholeNumber(value: string | undefined): number {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : -1;
}
