/** A post is ours when a page of ours made it, in this browser: origin, fetch metadata and token must all say so. */
import type { Request } from 'express';
import { formToken } from '../../../agent/airlock/sign-in/sign-in.ts';
import { sameSecret } from '../../../src/lib/hash.ts';
import type { Site } from './site.ts';

export function isOwnForm(request: Request, site: Site, secret: string | undefined): boolean {
  const { origin, 'sec-fetch-site': from, 'x-csrf-token': header } = request.headers;
  if (origin !== undefined && origin !== site.origin) return false;
  if (from !== undefined && from !== 'same-origin') return false;
  const { _token: field } = (request.body ?? {}) as { _token?: unknown };
  const given = header ?? field;
  return secret !== undefined && typeof given === 'string' && sameSecret(given, formToken(secret));
}

/** A path of this viewer, or home: nobody is sent elsewhere by us. */
export function localPath(wanted: unknown, site: Site): string {
  if (typeof wanted !== 'string' || !/^\/(?![/\\])/.test(wanted) || /[\p{Cc}\\]/u.test(wanted)) return '/';
  const url = tryUrl(wanted, site.origin);
  if (url?.origin !== site.origin) return '/';
  const path = `${url.pathname}${url.search}`;
  // `/../..//elsewhere` has become `//elsewhere`.
  return path.startsWith('//') ? '/' : path;
}

function tryUrl(text: string, base: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
