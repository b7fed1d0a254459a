/** Which headers cross: what is listed, in both directions, and nothing else. */
import type { IncomingHttpHeaders } from 'node:http';

const UP = [
  'accept',
  'accept-encoding',
  'git-protocol',
  'content-type',
  'content-encoding',
  'content-length',
] as const;
const DOWN = [
  'content-type',
  'content-length',
  'content-encoding',
  'cache-control',
  'expires',
  'pragma',
] as const;

/** GitHub answers git, not browsers, at these addresses. */
const USER_AGENT = 'git/2 (sallyport-proxy)';

export function headersUp(
  from: IncomingHttpHeaders,
  authorization: string | undefined,
): Record<string, string> {
  return {
    ...only(UP, from),
    'user-agent': USER_AGENT,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

export function headersDown(from: IncomingHttpHeaders): Record<string, string> {
  return { ...only(DOWN, from), 'x-content-type-options': 'nosniff' };
}

function only(names: readonly string[], from: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof from[name] === 'string' ? [[name, from[name]]] : [])),
  );
}
