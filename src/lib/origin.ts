/**
 * Which origins may be spoken to: https anywhere, plain http to this machine alone.
 *
 * The only place that decides it. Nothing else in the program asks whether GitHub is the real one.
 */
import { refusal, type Refusal } from './refusal.ts';

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The address as an origin without a trailing slash, or why it is not one. Credentials, paths and queries are refused. */
export function parseOrigin(text: string): string | Refusal {
  const url = parse(text);
  if (!url)
    return refusal('origin.invalid', `"${text}" is not an address.`, 'Write it like https://github.com.');
  if (url.pathname !== '/' || url.search || url.hash) {
    return refusal('origin.has-path', `"${text}" names more than an origin.`, `Write ${url.origin}.`);
  }
  const no = mayAddress(url);
  return no ?? url.origin;
}

/** Undefined when the address may be spoken to. */
export function mayAddress(address: string | URL): Refusal | undefined {
  const url = typeof address === 'string' ? parse(address) : address;
  if (!url)
    return refusal(
      'origin.invalid',
      `"${String(address)}" is not an address.`,
      'Write it like https://github.com.',
    );
  if (url.username || url.password) {
    return refusal(
      'origin.credentials',
      'An address may not carry credentials.',
      'Put them in their own setting.',
    );
  }
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && LOOPBACK.test(url.hostname)) return undefined;
  return refusal(
    'origin.not-https',
    `${url.protocol}//${url.hostname} is neither https nor this machine.`,
    'Use https; plain http is for loopback addresses only.',
  );
}

/** Where GitHub's parts live behind one web origin: github.com is spread over hosts, every other server is one. */
export function githubPlaces(origin: string): { web: string; api: string; git: string } {
  if (origin === 'https://github.com') return { web: origin, api: 'https://api.github.com', git: origin };
  return { web: origin, api: `${origin}/api/v3`, git: origin };
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
