/** Which headers cross between apt and an archive: ranges and dates, in the one form that apt writes. */
import type { IncomingHttpHeaders } from 'node:http';

const DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const UP: Readonly<Record<string, RegExp>> = {
  range: /^bytes=\d{1,12}-$/,
  'if-range': DATE,
  'if-modified-since': DATE,
};
const DOWN: Readonly<Record<string, RegExp>> = {
  'content-length': /^\d{1,15}$/,
  'content-range': /^bytes (?:\d{1,15}-\d{1,15}|\*)\/(?:\d{1,15}|\*)$/,
  'accept-ranges': /^(?:bytes|none)$/,
  'last-modified': DATE,
};
const USER_AGENT = 'sallyport-proxy';

function listed(from: IncomingHttpHeaders, list: typeof UP): Record<string, string> {
  const found = Object.entries(list).flatMap(([name, fits]) => {
    const value = from[name];
    return typeof value === 'string' && fits.test(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}

export function headersUp(from: IncomingHttpHeaders): Record<string, string> {
  const sent = listed(from, UP);
  // Part of a file that may have changed is worth nothing: a range goes with the date that was given for it, or not at all.
  if (from['if-range'] !== undefined && sent['if-range'] === undefined) delete sent['range'];
  if (sent['range'] === undefined) delete sent['if-range'];
  return { ...sent, 'accept-encoding': 'identity', 'user-agent': USER_AGENT };
}

export function headersDown(from: IncomingHttpHeaders, status: number): Record<string, string> {
  const { 'content-length': length, ...rest } = listed(from, DOWN);
  return {
    ...rest,
    // What has no body says nothing of its length.
    ...(length === undefined || status === 304 || status === 416 ? {} : { 'content-length': length }),
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
  };
}
