/** Which headers cross: what is listed, in both directions, and nothing else. */
import type { IncomingHttpHeaders } from 'node:http';

/** With the values git sends: these words are the client's own, and any others stay here. */
const UP: Readonly<Record<string, RegExp>> = {
  accept: /^(?:application\/x-git-upload-pack-(?:result|advertisement)|\*\/\*)(?:, \*\/\*)?$/,
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

export function headersUp(
  from: IncomingHttpHeaders,
  authorization: string | undefined,
): Record<string, string> {
  const listed = Object.entries(UP).flatMap(([name, fits]) => {
    const value = from[name];
    return typeof value === 'string' && fits.test(value) ? [[name, value] as const] : [];
  });
  return {
    ...Object.fromEntries(listed),
    // A list of any length would say something; and lists are read on the way, packs are packed by themselves.
    'accept-encoding': 'identity',
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
