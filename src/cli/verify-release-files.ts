/** Reads what `verify-release` compares: the files of a GitHub Release in a folder, or an unpacked crate. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parsePublicKey } from '../lib/keys.ts';
import { isRefusal, refusal, Refused } from '../lib/refusal.ts';
import { MANIFEST_ASSET, PROVENANCE_ASSET } from '../publication/assets.ts';
import { outputPath, RELEASE_PATH, STATEMENTS_PATH } from '../publication/crate/terms.ts';
import type { Downloaded } from '../publication/verify-release.ts';

/** Throws Refused when a line is no key, or there is none. */
export async function readKeys(place: string): Promise<string[]> {
  const text = await readFile(place, 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0 && keys.every((key) => !isRefusal(parsePublicKey(key)))) return keys;
  throw new Refused(
    refusal(
      'release.no-keys',
      `${place} does not list public keys, one ed25519:… a line.`,
      'Copy `keys.viewer` of the backend from backends.yml in the governance repository.',
    ),
  );
}

/** Throws Refused when the folder holds neither. Links are not followed. */
export async function readDownload(folder: string): Promise<Downloaded> {
  const bag = await bagIn(folder);
  const [manifestPlace, statementsPlace] = bag
    ? [path.join(bag, 'data', RELEASE_PATH), path.join(bag, 'data', STATEMENTS_PATH)]
    : [path.join(folder, MANIFEST_ASSET), path.join(folder, PROVENANCE_ASSET)];
  const texts = [manifestPlace, statementsPlace].map((place) => readFile(place, 'utf8'));
  const [manifest, statements] = await Promise.all(texts).catch((cause: unknown) => {
    throw new Refused(
      refusal(
        'release.nothing-here',
        `${folder} holds neither ${MANIFEST_ASSET} with ${PROVENANCE_ASSET}, nor an unpacked crate.`,
        'Download all files of the GitHub Release into one folder.',
      ),
      { cause },
    );
  });
  const base = bag ? path.join(bag, 'data') : folder;
  const known = new Map<string, { size: number; sha256: string }>();
  for (const file of await filesBelow(base))
    known.set(file, await described(path.join(base, ...file.split('/'))));
  return {
    manifest: manifest ?? '',
    statements: statements ?? '',
    // Looked up in what was found: a name in a manifest never becomes a path.
    found: (file) => known.get(bag ? outputPath(file.path) : (file.asset ?? '')),
    mayLackEmpty: !bag,
  };
}

/** The folder itself, or the one directory that a crate unpacks to. */
async function bagIn(folder: string): Promise<string | undefined> {
  const inside = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (inside.some(({ name }) => name === 'bagit.txt')) return folder;
  const [only, ...more] = inside;
  if (!only?.isDirectory() || more.length > 0) return undefined;
  const names = await readdir(path.join(folder, only.name));
  return names.includes('bagit.txt') ? path.join(folder, only.name) : undefined;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}

async function described(place: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(place), hash);
  return { size: (await stat(place)).size, sha256: hash.digest('hex') };
}
