/**
 * What is asked for of the registry: fully anchored, and nothing decoded but `:` and `/` in a token's query, which
 * engines write as escapes.
 */
import type { Refusal } from '../../lib/refusal.ts';
import type { Head } from '../door.ts';
import { no } from './words.ts';

/** `our-images/python`: never with a host. */
export type RepositoryName = string;
/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

export type ImageTarget =
  | { rule: 'image-ping' }
  | { rule: 'image-token'; repository: RepositoryName }
  | { rule: 'image-manifest'; repository: RepositoryName; reference: Digest | { tag: string } }
  | { rule: 'image-blob'; repository: RepositoryName; digest: Digest };

const PART = /^[a-z0-9]{1,64}(?:(?:\.|_{1,2}|-{1,4})[a-z0-9]{1,64}){0,16}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const LONGEST = 255;
/** What engines ask for a token with; each at most once. The last three say nothing that matters here. */
const KEYS = ['service', 'scope', 'account', 'client_id', 'offline_token'];

export const isDigest = (text: string): text is Digest => DIGEST.test(text);

export function isRepositoryName(text: string): text is RepositoryName {
  const parts = text.split('/');
  return (
    text.length <= LONGEST && parts.length >= 2 && parts.length <= 8 && parts.every((part) => PART.test(part))
  );
}

export const claimsImages = (url = ''): boolean => /^\/(?:v2|token)(?:[/?]|$)/.test(url);

/** `service`: the proxy's own name for itself as a registry. */
export function readImageTarget({ method, url = '', headers }: Head, service: string): ImageTarget | Refusal {
  if (method !== 'GET' && method !== 'HEAD') return no.readOnly();
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
    return no.body();
  if (url.startsWith('/token')) return method === 'GET' ? readToken(url, service) : no.readOnly();
  if (/[%?]/.test(url)) return no.path();
  if (url === '/v2/' || url === '/v2') return { rule: 'image-ping' };
  const [, repository = '', kind, reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
  if (kind === undefined || !isRepositoryName(repository)) return no.path();
  if (kind === 'blobs')
    return isDigest(reference) ? { rule: 'image-blob', repository, digest: reference } : no.digest();
  if (isDigest(reference)) return { rule: 'image-manifest', repository, reference };
  return TAG.test(reference)
    ? { rule: 'image-manifest', repository, reference: { tag: reference } }
    : no.digest();
}

function readToken(url: string, service: string): ImageTarget | Refusal {
  const query = /^\/token\?([^?#]*)$/.exec(url)?.[1];
  if (query === undefined) return no.scope();
  const asked = new Map<string, string>();
  for (const pair of query.split('&')) {
    const [, key = '', raw = ''] = /^([a-z_]{1,20})=([^=]{0,400})$/.exec(pair) ?? [];
    const value = raw.replace(/%3a/gi, ':').replace(/%2f/gi, '/');
    if (!KEYS.includes(key) || asked.has(key) || !/^[A-Za-z0-9._:/-]*$/.test(value)) return no.scope();
    asked.set(key, value);
  }
  const [, repository = ''] = /^repository:([^:]+):pull$/.exec(asked.get('scope') ?? '') ?? [];
  if (asked.get('service') !== service || !isRepositoryName(repository)) return no.scope();
  return { rule: 'image-token', repository };
}
