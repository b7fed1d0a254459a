/** Which headers cross: what is listed, in both directions, and nothing else. */
import type { IncomingHttpHeaders } from 'node:http';

/** With the values git sends: these words are the client's own, and any others stay here. */
const UP: Readonly<Record<string, RegExp>> = {
  accept: /^(?:application\/x-git-upload-pack-(?:result|advertisement)|\*\/\*)(?:, \*\/\*)?$/,
  'accept-encoding': /^(?:gzip|deflate|identity)(?:, (?:gzip|deflate|identity))*$/,
  'git-protocol': /^version=[012]$/,
  'content-type': /^application\/x-git-upload-pack-request$/,
};
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

/** `plain`: the answer is to be read on the way. */
export function headersUp(
  from: IncomingHttpHeaders,
  { authorization, plain }: { authorization?: string | undefined; plain: boolean },
): Record<string, string> {
  const listed = Object.entries(UP).flatMap(([name, fits]) => {
    const value = from[name];
    return typeof value === 'string' && fits.test(value) ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(listed),
    ...(plain ? { 'accept-encoding': 'identity' } : {}),
    'user-agent': USER_AGENT,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

export function headersDown(from: IncomingHttpHeaders): Record<string, string> {
  const listed = DOWN.flatMap((name) => {
    const value = from[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return { ...Object.fromEntries(listed), 'x-content-type-options': 'nosniff' };
}
