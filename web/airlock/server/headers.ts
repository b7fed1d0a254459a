/** Response headers of the app origin. No inline script or style, no other origin but the content's. */
import type { RequestHandler } from 'express';
import type { Site } from './site.ts';

export function appHeaders(app: Site, content: Site): RequestHandler {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // The style sheet draws its arrows and ticks from data; our scripts make pictures of bytes they checked.
    `img-src 'self' data: blob: ${content.origin}`,
    `connect-src 'self' ${content.origin}`,
    `frame-src ${content.origin}`,
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return (_request, response, next) => {
    response.set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      // With `no-referrer` browsers would send our own forms with the origin "null".
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy':
        'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
      'cache-control': 'no-store',
      ...(app.secure ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
    });
    next();
  };
}
