/**
 * The two cookies of the hub. Under https they carry the `__Host-` prefix, so that no other host or path can
 * set them; plain http exists on a laptop's loopback only, where browsers refuse that prefix.
 */
import type { Request, Response } from 'express';

export interface Cookie {
  read(request: Request): string | undefined;
  /** Without an age it ends with the browser. */
  set(response: Response, value: string, ageMs?: number): void;
  clear(response: Response): void;
}

export function cookie(origin: string, name: string): Cookie {
  const secure = origin.startsWith('https:');
  const full = secure ? `__Host-${name}` : name;
  const write = (response: Response, value: string, age?: number): void => {
    const parts = [`${full}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
    if (secure) parts.push('Secure');
    if (age !== undefined) parts.push(`Max-Age=${age}`);
    response.append('set-cookie', parts.join('; '));
  };
  return {
    read: (request) => named(request.headers.cookie, full),
    set: (response, value, ageMs) =>
      write(response, value, ageMs === undefined ? undefined : Math.floor(ageMs / 1000)),
    clear: (response) => write(response, '', 0),
  };
}

/** A name that stands twice is nobody's: which of them we set cannot be told. */
function named(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) || undefined : undefined;
}
