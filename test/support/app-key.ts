/**
 * The private key of a GitHub App of the tests. Making one takes a tenth of a second and more, and every
 * world wants one: it is made once for this checkout, beside the other things that can be made again.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/sallyport-test-keys/', import.meta.url));

/** Path of a PEM file; the same App has the same key in every world. */
export function appKey(app: string): string {
  const file = path.join(FOLDER, `${app}.pem`);
  if (existsSync(file)) return file;
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  // Another worker may be at it: whoever is last wins, and nobody reads half a key.
  const made = `${file}.${process.pid}`;
  writeFileSync(made, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  renameSync(made, file);
  return file;
}
