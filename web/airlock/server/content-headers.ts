/**
 * What goes with the bytes of a file. They are written by code nobody trusts: opened in a tab of its own,
 * such a file is as powerless as in our frame.
 */
import type { Delivery, Opened } from '../../../agent/airlock/face.ts';
import type { Content } from '../../../src/release/release.ts';
import type { Site } from './site.ts';

const TYPES = {
  text: 'text/plain; charset=utf-8',
  png: 'image/png',
  jpeg: 'image/jpeg',
  svg: 'image/svg+xml; charset=utf-8',
  gzip: 'application/gzip',
  html: 'text/html; charset=utf-8',
  unknown: 'application/octet-stream',
} as const satisfies Record<Content, string>;

/** On every answer of the content origin, refusals included. */
export function sealedHeaders(app: Site, content: Site): Record<string, string> {
  return {
    'content-security-policy': [
      'sandbox',
      "default-src 'none'",
      'img-src data:',
      "style-src 'unsafe-inline'",
      "form-action 'none'",
      "base-uri 'none'",
      `frame-ancestors ${app.origin}`,
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, no-store',
    'x-robots-tag': 'noindex, nofollow',
    'cross-origin-opener-policy': 'same-origin',
    // Shown in frames of the app, which is another site; read by its scripts alone.
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': app.origin,
    vary: 'origin',
    'accept-ranges': 'none',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    ...(content.secure ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  };
}

export function contentHeaders(
  { content, size, path }: Opened,
  { purpose }: Delivery,
): Record<string, string> {
  // A browser draws a compressed drawing only when it is told to inflate it; our scripts do that themselves.
  const drawn = content === 'gzip' && purpose === 'preview';
  return {
    'content-type': drawn ? TYPES.svg : TYPES[content],
    ...(drawn ? { 'content-encoding': 'gzip' } : {}),
    'content-length': String(size),
    'content-disposition': `${purpose === 'download' ? 'attachment' : 'inline'}; ${fileName(path)}`,
  };
}

/** Only the last part, plain letters in the old form, everything else encoded in the new one. */
function fileName(path: string): string {
  const name = path.split('/').at(-1) ?? 'file';
  const plain = name.replace(/[^A-Za-z0-9._-]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  );
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}
