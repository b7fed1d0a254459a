/**
 * What is asked for, out of the raw request line: fully anchored patterns, and nothing decoded.
 *
 * What a pattern captured is all that is used from here on; the raw target is never sent anywhere.
 */
import type { Refusal } from '../../lib/refusal.ts';
import type { Head } from '../door.ts';
import { no } from '../words.ts';

export interface GitTarget {
  rule: 'git-refs' | 'git-pack';
  owner: string;
  name: string;
}

const OWNER = '([A-Za-z0-9][A-Za-z0-9-]{0,38})';
const NAME = '([A-Za-z0-9._-]{1,100}?)(?:\\.git)?';
const REFS = new RegExp(`^/${OWNER}/${NAME}/info/refs\\?service=git-upload-pack$`);
const PACK = new RegExp(`^/${OWNER}/${NAME}/git-upload-pack$`);

/** Headers that decide something: twice would mean two things. */
const ONCE = [
  'host',
  'authorization',
  'content-length',
  'transfer-encoding',
  'content-type',
  'content-encoding',
  'git-protocol',
  'range',
  'sallyport-repository-id',
  'sallyport-task',
];

/** What every request must be, whoever answers it. `hosts`: the names that are answered. */
export function faultOfHead({ url = '', headers, rawHeaders }: Head, hosts: readonly string[]) {
  // node:http has refused what is no HTTP; this refuses what could mean something else further on.
  if (!/^\/[\x21-\x7e]*$/.test(url) || /[\\;]|\/\/|\/\.{1,2}(?:[/?]|$)/.test(url)) return no.path();
  if (!hosts.includes(headers.host?.toLowerCase() ?? '')) return no.host();
  const names = rawHeaders.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (ONCE.some((name) => names.indexOf(name) !== names.lastIndexOf(name))) return no.headers();
  const length = headers['content-length'];
  const coding = headers['transfer-encoding'];
  if (headers.upgrade !== undefined || (length !== undefined && coding !== undefined)) return no.headers();
  return coding !== undefined && coding !== 'chunked' ? no.headers() : undefined;
}

export function readGitTarget({ method, url = '', headers }: Head): GitTarget | Refusal {
  if (url.includes('%')) return no.path();
  if (!headersFit(method, headers)) return no.headers();
  const match = method === 'GET' ? REFS.exec(url) : method === 'POST' ? PACK.exec(url) : null;
  const [, owner = '', name = ''] = match ?? [];
  // A wiki is a repository of its own that GitHub serves under this name.
  if (!match || /^\.{1,2}$|\.git$|\.wiki$/i.test(name)) return no.path();
  return { rule: method === 'GET' ? 'git-refs' : 'git-pack', owner, name };
}

function headersFit(method: string | undefined, headers: Head['headers']): boolean {
  if (!/^(?:version=[012])?$/.test(String(headers['git-protocol'] ?? ''))) return false;
  if (!/^[\w.-]{0,8192}$/.test(String(headers['sallyport-task'] ?? ''))) return false;
  if (!/^[1-9]\d{0,15}$/.test(String(headers['sallyport-repository-id'] ?? '1'))) return false;
  if (method !== 'POST')
    return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  const encoding = headers['content-encoding'] ?? 'identity';
  return (
    headers['content-type'] === 'application/x-git-upload-pack-request' &&
    ['gzip', 'x-gzip', 'identity'].includes(encoding)
  );
}
