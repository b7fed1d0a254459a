/**
 * Which file of an archive is asked for: the signed index of a listed suite, an index of a listed component, or a
 * package of one. Fully anchored; of escapes only those that package names need, each of which means one character.
 *
 * What comes out is written anew: the parts that were captured, `+`, `~` and `:` escaped as apt escapes them.
 */
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import type { Head } from '../door.ts';
import type { Archive } from './settings.ts';
import { no } from './words.ts';

export interface PackageTarget {
  rule: 'package-index' | 'package-file';
  method: 'GET' | 'HEAD';
  /** Below the archive's own path, as it is sent: `pool/main/h/hello/hello_2.10-3_amd64.deb`. */
  path: string;
}

const LONGEST = 400;
/** As dpkg allows names of packages; sources are called alike. */
const NAME = '[a-z0-9][a-z0-9+.-]{0,99}';
const VERSION = '[A-Za-z0-9][A-Za-z0-9.+~:-]{0,99}';
const ARCH = '[a-z0-9][a-z0-9-]{0,30}';
const PACKED = '(?:\\.(?:gz|xz|bz2|lzma|lz4|zst))?';
/** MD5 and SHA-1 say nothing. */
const HASHED = 'by-hash/(?:SHA256/[0-9a-f]{64}|SHA512/[0-9a-f]{128})';

const SIGNED = /^dists\/([^/]+)\/(InRelease|Release|Release\.gpg)$/;
const LISTS = new RegExp(
  `^dists/([^/]+)/([^/]+)/(` +
    [
      `binary-${ARCH}/(?:Release|Packages${PACKED}|${HASHED})`,
      `i18n/(?:Translation-[a-z]{2,3}(?:_[A-Z]{2})?${PACKED}|${HASHED})`,
      `cnf/(?:Commands-${ARCH}${PACKED}|${HASHED})`,
      `dep11/(?:Components-${ARCH}\\.yml${PACKED}|icons-[0-9x@-]{1,20}\\.tar${PACKED}|${HASHED})`,
      `Contents-${ARCH}${PACKED}`,
    ].join('|') +
    `)$`,
);
const FILE = new RegExp(
  `^pool/(updates/)?([^/]+)/((?:lib)?[a-z0-9])/(${NAME})/(${NAME})_(${VERSION})_(${ARCH})\\.deb$`,
);

const DECODED = { '%2b': '+', '%7e': '~', '%3a': ':' } as const;
const ENCODED = { '+': '%2b', '~': '%7e', ':': '%3a' } as const;

/** `archive`: the one whose host was asked. */
export function readPackageTarget(
  { method, url = '', headers }: Head,
  archive: Archive,
): PackageTarget | Refusal {
  if (method !== 'GET' && method !== 'HEAD') return no.readOnly();
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
    return no.body();
  const base = `${new URL(archive.upstream).pathname.replace(/\/$/, '')}/`;
  if (url.length > LONGEST || !url.startsWith(base)) return no.path();
  const text = decoded(url.slice(base.length));
  if (text === undefined) return no.path();
  const path = indexIn(text, archive) ?? fileIn(text, archive) ?? no.path();
  if (isRefusal(path)) return path;
  return {
    rule: text.startsWith('pool/') ? 'package-file' : 'package-index',
    method,
    path: path.replace(/[+~:]/g, (one) => ENCODED[one as keyof typeof ENCODED]),
  };
}

/** Undefined when another escape is in it than those three. */
function decoded(text: string): string | undefined {
  const read = text.replace(/%(?:2b|7e|3a)/gi, (one) => DECODED[one.toLowerCase() as keyof typeof DECODED]);
  return read.includes('%') ? undefined : read;
}

function indexIn(text: string, { suites, components }: Archive): string | Refusal | undefined {
  const [, suite = '', signed] = SIGNED.exec(text) ?? [];
  if (signed !== undefined) return suites.includes(suite) ? `dists/${suite}/${signed}` : no.suite(suite);
  const [, of = '', component = '', list] = LISTS.exec(text) ?? [];
  if (list === undefined) return undefined;
  if (!suites.includes(of)) return no.suite(of);
  return components.includes(component) ? `dists/${of}/${component}/${list}` : no.component(component);
}

function fileIn(text: string, { components }: Archive): string | Refusal | undefined {
  const match = FILE.exec(text);
  if (!match) return undefined;
  const [, updates = '', component = '', prefix = '', source = '', name, version, arch] = match;
  // A folder of the pool is the beginning of the names in it.
  if (prefix !== (source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1))) return undefined;
  if (!components.includes(component)) return no.component(component);
  return `pool/${updates}${component}/${prefix}/${source}/${name}_${version}_${arch}.deb`;
}
