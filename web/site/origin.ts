/** Where a request comes from, and where a page may send people. */
import type { Request } from 'express';

/** A path of this hub that somebody may be sent to; anything else is the front page. */
export function ownPath(text: unknown, origin: string): string {
  const home = '/';
  if (typeof text !== 'string' || text.length > 500 || !text.startsWith('/')) return home;
  let url: URL;
  try {
    url = new URL(text, origin);
  } catch {
    return home;
  }
  const path = url.pathname + url.search;
  // `/.//elsewhere` is of this origin, and yet its path alone would lead away.
  if (url.origin !== origin || /^\/[/\\]/.test(path) || path.includes('\\')) return home;
  return /^\/(login|logout)(\/|\?|$)/.test(path) ? home : path;
}

/** Whether a form was sent by a page of ours, by what only the browser can say. Silence is no. */
export function isOwnForm(request: Request, origin: string): boolean {
  const site = request.get('sec-fetch-site');
  const from = request.get('origin');
  if (site === undefined && from === undefined) return false;
  return (site === undefined || site === 'same-origin') && (from === undefined || from === origin);
}

/** Whether another site asks for something that is not a page: a picture, a script, a frame. */
export function isForeignLoad(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return request.get('sec-fetch-mode') !== 'navigate' || request.get('sec-fetch-dest') !== 'document';
}
