/** Names of files on a GitHub Release: GitHub keeps letters, digits and `. _ @ + ~ -`, and no folders. */

export const MANIFEST_ASSET = 'manifest.json';
export const PROVENANCE_ASSET = 'provenance.intoto.jsonl';
export const CRATE_ASSET = 'five-safes-ro-crate.zip';

const OURS = [MANIFEST_ASSET, PROVENANCE_ASSET, CRATE_ASSET];
const LONGEST = 200;

/** Path → name, the same for the same set. A folder is written `--`; what would clash gets a number. */
export function assetNames(paths: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  // GitHub compares names as they are; people and file systems do not always.
  const taken = new Set(OURS.map((name) => name.toLowerCase()));
  for (const path of [...paths].sort()) {
    const plain = plainName(path);
    let name = plain;
    for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = numbered(plain, n);
    taken.add(name.toLowerCase());
    names.set(path, name);
  }
  return names;
}

function plainName(path: string): string {
  const kept = path
    .split('/')
    .map((part) => part.replace(/[^A-Za-z0-9._@+~-]+/g, '_').replace(/\.{2,}/g, '.'))
    .join('--')
    .replace(/^[.-]+/, '')
    .replace(/\.+$/, '');
  return kept.length > LONGEST ? kept.slice(-LONGEST).replace(/^[.-]+/, '') : kept || 'file';
}

function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}~${n}${name.slice(dot)}` : `${name}~${n}`;
}
